"""Bank files: what is booked, under which key, by which reference, and what is held instead of guessed."""

import re
from datetime import date
from pathlib import Path

import pytest

from services.settlement import camt054
from services.settlement.camt054 import BankFile, Held, Transaction
from shared.money import Money
from shared.references import same_reference
from shared.xml import Unreadable

FILES = Path(__file__).parent / "files"
FINNISH = (FILES / "camt054_02_fi.xml").read_bytes()
RETURNS = (FILES / "camt054_04_returns_and_held.xml").read_bytes()
NORWEGIAN = (FILES / "camt054_08_no.xml").read_bytes()


def by_reference(told: BankFile, bank_reference: str) -> list[Transaction]:
    return [each for each in told.transactions if f"|{bank_reference}|" in each.key]


def one(raw: bytes, bank_reference: str) -> Transaction:
    (found,) = by_reference(camt054.read(raw), bank_reference)
    return found


def held(bank_reference: str) -> Held:
    (found,) = [each for each in camt054.read(RETURNS).held if f"|{bank_reference}|" in (each.key or "")]
    return found


def test_the_file_says_who_it_is_about() -> None:
    told = camt054.read(FINNISH)
    (notification,) = told.notifications
    assert (told.message_id, told.kind) == ("MSG-2026-0203-1", "camt.054")
    assert (notification.account, notification.currency, notification.id) == ("FI5542345670000081", "EUR", "NTF-1")
    assert told.sums == (camt054.Sum(Money(955_90), Money(0)),)
    assert told.count == 11


def test_a_structured_viitenumero_is_read_with_its_padding_and_matches_without_it() -> None:
    paid = one(FINNISH, "2602030001")
    assert (paid.amount, paid.direction) == (Money(125_50), "in")
    assert (paid.reference, paid.reference_source) == ("00000000000020261007", "structured")
    assert same_reference(paid.reference or "", "20261007")
    assert (paid.payer_name, paid.payer_account) == ("Virtanen Ville", "FI4947300010416310")


def test_the_day_of_payment_is_when_the_debtor_paid_where_the_bank_says_so() -> None:
    paid = one(FINNISH, "2602030001")
    assert (paid.paid_on, paid.value_on, paid.booked_on) == (date(2026, 2, 2), date(2026, 2, 3), date(2026, 2, 3))
    assert one(FINNISH, "2602030002").paid_on == date(2026, 2, 3)


def test_an_rf_reference_with_a_blank_behind_it_matches_its_viitenumero() -> None:
    assert same_reference(one(FINNISH, "2602030002").reference or "", "20262006")


def test_a_batch_is_its_transactions_and_equal_ones_are_counted_each() -> None:
    batch = by_reference(camt054.read(FINNISH), "2602030003")
    assert [each.amount for each in batch] == [Money(100_00)] * 3
    assert len({each.key for each in batch}) == 3


def test_the_same_file_read_again_gives_the_same_keys() -> None:
    keys = [each.key for each in camt054.read(FINNISH).transactions]
    assert keys == [each.key for each in camt054.read(FINNISH.replace(b"MSG-2026-0203-1", b"MSG-2")).transactions]
    assert len(set(keys)) == len(keys) == 11


def test_a_checked_reference_is_found_in_free_text() -> None:
    paid = one(FINNISH, "2602030004")
    assert (paid.reference, paid.reference_source, paid.text) == (
        "20261007",
        "unstructured",
        "Lasku 2026-1001 viite 20261007",
    )


def test_a_reference_may_hide_in_the_end_to_end_id() -> None:
    paid = one(FINNISH, "2602030005")
    assert (paid.reference, paid.reference_source) == ("RF2220262006", "end_to_end")


def test_a_payment_without_a_reference_keeps_all_that_could_tell_whose_it_is() -> None:
    paid = one(FINNISH, "2602030006")
    assert (paid.reference, paid.references, paid.end_to_end) == (None, (), "oma-42")
    assert (paid.text, paid.payer_name) == ("Maksan molemmat", "Virtanen Ville")
    assert one(FINNISH, "2602030004").end_to_end is None  # NOTPROVIDED


def test_a_payment_for_several_claims_is_split_as_the_payer_says_when_it_adds_up() -> None:
    paid = one(FINNISH, "2602030007")
    assert [(split.reference, split.amount, split.document) for split in paid.splits] == [
        ("20261007", Money(250_00), None),
        ("20262006", Money(-60_00), "H-1"),
    ]
    assert (paid.reference, paid.references) == (None, ("20261007", "20262006"))


def test_two_references_without_amounts_are_one_payment_that_nobody_splits() -> None:
    paid = one(FINNISH, "2602030008")
    assert (paid.splits, paid.reference, paid.references) == ((), None, ("20261007", "20262006"))
    not_adding_up = FINNISH.replace(b">60.00</CdtNoteAmt>", b">61.00</CdtNoteAmt>")
    assert one(not_adding_up, "2602030007").splits == ()


def test_what_the_bank_kept_did_not_arrive() -> None:
    paid = one(FINNISH, "2602030009")
    assert (paid.amount, paid.charges) == (Money(95_00), Money(5_00))


def test_a_payout_of_ours_that_came_back_names_its_line() -> None:
    back = one(RETURNS, "2602040001")
    assert (back.direction, back.is_return, back.return_reason, back.reverses) == ("in", True, "AC01", "SOV-LINE-77")
    assert back.is_reversal is False


def test_a_debtors_payment_that_was_recalled_goes_out_again() -> None:
    recalled = one(RETURNS, "2602040002")
    assert (recalled.direction, recalled.is_return, recalled.return_reason) == ("out", True, "MD06")
    assert recalled.amount == Money(125_50)
    assert recalled.reference == "20261007"


def test_an_entry_the_bank_takes_back_is_a_reversal() -> None:
    reversal = one(RETURNS, "2602040003")
    assert (reversal.direction, reversal.is_reversal, reversal.is_return) == ("out", True, False)


def test_a_batch_may_hold_money_of_both_ways() -> None:
    batch = by_reference(camt054.read(RETURNS), "2602040004")
    assert [(each.amount, each.direction) for each in batch] == [(Money(100_00), "in"), (Money(20_00), "out")]


def test_a_single_transaction_without_an_amount_has_the_entrys() -> None:
    assert one(RETURNS, "2602040005").amount == Money(10_00)


@pytest.mark.parametrize(
    ("bank_reference", "code", "amount"),
    [
        ("2602040006", "not_booked", Money(6_00)),  # Pending.
        ("2602040007", "not_booked", Money(7_00)),  # For information.
        ("2602040008", "sum_mismatch", Money(300_00)),
        ("2602040009", "lump_sum", Money(500_00)),
        ("2602040010", "no_amount", Money(30_00)),
        ("2602040011", "bad_amount", None),  # Five decimals.
        ("2602040012", "bad_amount", None),  # Below zero.
        ("2602040013", "bad_amount", None),  # Zero.
        ("2602040014", "bad_date", Money(11_00)),  # 31 February.
        ("2602040015", "bad_amount", None),  # Two points.
    ],
)
def test_what_is_not_clear_is_held_with_its_reason(bank_reference: str, code: str, amount: Money | None) -> None:
    kept = held(bank_reference)
    assert (kept.code, kept.amount) == (code, amount)
    assert re.match(r"line \d+, entry \d+", kept.where)
    assert not by_reference(camt054.read(RETURNS), bank_reference)


def test_a_batch_of_which_only_a_part_is_told_waits_for_the_rest() -> None:
    batch = b"<NtryDtls><Btch><NbOfTxs>6</NbOfTxs></Btch>"
    raw = FINNISH.replace(b"<NtryDtls>", batch, 1)
    assert raw != FINNISH
    assert [(each.code, each.amount) for each in camt054.read(raw).held] == [("lump_sum", Money(125_50))]


def test_a_payment_in_another_currency_is_the_money_that_reached_the_account() -> None:
    raw = FINNISH.replace(b'<TxAmt><Amt Ccy="EUR">125.50', b'<TxAmt><Amt Ccy="USD">140.00', 1)
    assert raw != FINNISH
    assert one(raw, "2602030001").amount == Money(125_50)


def test_a_batch_in_two_currencies_is_held() -> None:
    raw = FINNISH.replace(b'<TxAmt><Amt Ccy="EUR">100.00', b'<TxAmt><Amt Ccy="USD">100.00', 1)
    assert raw != FINNISH
    assert [(each.code, each.amount) for each in camt054.read(raw).held] == [("sum_mismatch", Money(300_00))]


def test_charges_are_what_the_bank_lists_and_not_counted_twice() -> None:
    listed = b'<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">4.50</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="EUR">3.00</Amt></Rcrd>'
    listed += b'<Rcrd><Amt Ccy="EUR">2.00</Amt></Rcrd></Chrgs>'
    raw = FINNISH.replace(b'<Chrgs><Amt Ccy="EUR">5.00</Amt></Chrgs>', listed)
    assert one(raw, "2602030009").charges == Money(5_00)
    whole = FINNISH.replace(b'<Amt Ccy="EUR">5.00</Amt>', b'<TtlChrgsAndTaxAmt Ccy="EUR">5.00</TtlChrgsAndTaxAmt>')
    assert one(whole, "2602030009").charges == Money(5_00)


def test_a_file_without_accounts_books_nothing() -> None:
    raw = FINNISH.replace(b"<IBAN>FI5542345670000081</IBAN>", b"")
    told = camt054.read(raw)
    assert told.transactions == ()
    assert {each.code for each in told.held} == {"no_account"}


def test_money_that_has_not_moved_is_in_no_sum() -> None:
    told = camt054.read(RETURNS)
    danish, euros = told.sums
    assert danish == camt054.Sum(Money(13_00, "DKK"), Money(0, "DKK"))
    # Booked: 400 + 100 + 10 + 14.50; held though booked: 300 + 500 + 30 + 11. Pending 6 and 7 are not there.
    assert euros == camt054.Sum(Money(1365_50), Money(205_90))


def test_other_currencies_are_read_and_zeros_behind_the_cents_say_nothing() -> None:
    assert one(RETURNS, "2602040016").amount == Money(13_00, "DKK")
    assert one(RETURNS, "2602040017").amount == Money(14_50)


def test_a_norwegian_file_tells_accounts_by_number_and_payments_by_kid() -> None:
    told = camt054.read(NORWEGIAN)
    first, empty = told.notifications
    assert first.account == "NO9386011117947"
    assert (empty.transactions, empty.held) == ((), ())
    paid, by_text, unknown = first.transactions
    assert (paid.reference, paid.amount, paid.payer_name) == ("000000778", Money(250_00, "NOK"), "Ås Snekkeri AS")
    assert (paid.payer_account, paid.end_to_end) == ("15062774310", None)
    assert (by_text.reference, by_text.reference_source) == ("000000778", "unstructured")
    assert (unknown.reference, unknown.text) == (None, "Faktura 12")


@pytest.mark.parametrize(
    ("message", "part", "kind"),
    [("BkToCstmrStmt", "Stmt", "camt.053"), ("BkToCstmrAcctRpt", "Rpt", "camt.052")],
)
def test_statements_and_reports_are_read_alike(message: str, part: str, kind: str) -> None:
    raw = FINNISH.decode().replace("BkToCstmrDbtCdtNtfctn", message).replace("Ntfctn>", f"{part}>").encode()
    told = camt054.read(raw)
    assert told.kind == kind
    assert told.transactions == camt054.read(FINNISH).transactions


def test_a_file_without_its_namespace_or_in_an_envelope_is_read_alike() -> None:
    bare = re.sub(rb' xmlns="[^"]*"', b"", FINNISH)
    document = bare.partition(b"?>\n")[2]
    for raw in (bare, b"<message><AppHdr/>\n" + document + b"</message>"):
        assert [each.key for each in camt054.read(raw).transactions] == [
            each.key for each in camt054.read(FINNISH).transactions
        ]


def test_an_entry_without_a_bank_reference_is_known_by_its_place_in_the_notification() -> None:
    raw = re.sub(rb"<AcctSvcrRef>[^<]*</AcctSvcrRef>", b"", FINNISH)
    keys = [each.key for each in camt054.read(raw).transactions]
    assert len(set(keys)) == len(keys) == 11
    assert keys[0] == "FI5542345670000081|NTF-1/1|0|125.50EUR|2026-02-03"


@pytest.mark.parametrize(
    "raw",
    [
        b"<Document/>",
        b"<Document><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr></BkToCstmrStmt></Document>",
        b"<Finvoice/>",
    ],
)
def test_what_is_no_bank_file_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        camt054.read(raw)
    assert refused.value.code == "not_a_bank_file"


def test_a_bank_file_with_a_doctype_is_refused() -> None:
    raw = FINNISH.replace(b"<Document ", b'<!DOCTYPE Document SYSTEM "x.dtd"><Document ')
    with pytest.raises(Unreadable, match="DOCTYPE"):
        camt054.read(raw)


def test_an_entry_that_tells_almost_nothing_is_held_and_breaks_nothing() -> None:
    part = "<Ntfctn><Id>1</Id><Acct><Id><IBAN>FI5542345670000081</IBAN></Id></Acct>{}</Ntfctn>"
    entries = "<Ntry/><Ntry><Sts>BOOK</Sts></Ntry><Ntry><Amt Ccy='EUR'>1</Amt><Sts>BOOK</Sts></Ntry>"
    raw = f"<Document><BkToCstmrDbtCdtNtfctn>{part.format(entries)}</BkToCstmrDbtCdtNtfctn></Document>"
    told = camt054.read(raw.encode())
    assert [each.code for each in told.held] == ["not_booked", "not_readable", "not_readable"]


def test_a_file_holds_at_most_a_hundred_thousand_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camt054, "TRANSACTIONS_MAX", 10)
    with pytest.raises(Unreadable) as refused:
        camt054.read(FINNISH)
    assert refused.value.code == "too_many"
