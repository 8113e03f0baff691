"""Letters: what the law asks for is on the page, what a bank reads is right, and nothing incomplete leaves."""

import io
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import get_args

import pypdf
import pypdfium2
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contact.letters.checking import (
    ITEMS,
    DoesNotAddUp,
    MissingItem,
    TooStrict,
    UnknownLetter,
    checklist,
    may_tell,
    required,
)
from services.contact.letters.figures import account_number, amount, long_day, percent, reference_number
from services.contact.letters.letter import Account, Consequence, CostKind, Kind, Letter, Option
from services.contact.letters.masks import best
from services.contact.letters.render import render
from services.contact.letters.words import TEXTS, NoTexts, words
from shared.law import Law, Measure
from shared.money import Money
from tests.contact.letters import FINNISH_DEMAND, FINNISH_PLAN, LETTERS, NORWEGIAN_DEMAND, NORWEGIAN_NOTICE
from tests.contact.papers import codes_of, flat, text_of
from tests.contact.tone import forbidden_in

EVERY_LETTER = pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
finished = cache(render)  # The same letter is looked at by many tests.

# What is on the page.


@EVERY_LETTER
def test_every_item_the_checklist_asks_for_is_read_back_from_the_finished_page(letter: Letter) -> None:
    page = text_of(finished(letter))
    missing = {item: text for item in required(letter) for text in ITEMS[item](letter) if flat(text) not in page}
    assert missing == {}


@EVERY_LETTER
def test_every_amount_of_the_letter_is_read_back_from_the_finished_page(letter: Letter) -> None:
    page = text_of(finished(letter))
    sums = [letter.total, *(part.amount for part in letter.instalments)]
    for claim in letter.claims:
        sums += [claim.principal, claim.open, *(period.amount for period in claim.interest)]
        sums += [*(cost.amount for cost in claim.costs), *(-paid.amount for paid in claim.paid)]
    assert [amount(money) for money in sums if flat(amount(money)) not in page] == []


@EVERY_LETTER
def test_a_banks_reader_reads_the_bar_code_and_the_qr_code_where_the_country_has_them(letter: Letter) -> None:
    expected = {"Code128": letter.barcode, "QRCode": letter.epc_qr} if letter.country == "FI" else {}
    assert codes_of(finished(letter)) == expected


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=80), st.integers(1, 4))
@settings(max_examples=25)
def test_a_qr_code_has_the_mask_the_standard_chooses(text: str, times: int) -> None:
    """segno weighs every module by itself, which is slow and right."""
    content = text * times
    weighed = segno.make_qr(content, error="m", encoding="utf-8", boost_error=False)
    assert best(content) == tuple("".join(map(str, row)).encode() for row in weighed.matrix)


@EVERY_LETTER
def test_a_letter_says_nothing_that_threatens_or_shames(letter: Letter) -> None:
    told = text_of(finished(letter)).replace(letter.account.bic or "-", "-")
    assert forbidden_in(told, letter.language) == []


@EVERY_LETTER
def test_the_envelopes_window_shows_where_the_letter_goes_and_nothing_else(letter: Letter) -> None:
    window = words_within(finished(letter), left=15, right=120, top=44, bottom=79)  # C5, millimetres from the corner.
    ours = letter.creditor if letter.kind in ("friendly", "notice") else letter.agency
    assert window == flat(" ".join((", ".join(ours.address), letter.debtor.name, *letter.debtor.address)))


@EVERY_LETTER
def test_each_page_is_numbered(letter: Letter) -> None:
    word = words(letter.language)["labels"]["page"]
    pages = pypdf.PdfReader(io.BytesIO(finished(letter))).pages
    told = [flat(page.extract_text()) for page in pages]
    assert [f"{word} {number} / {len(pages)}" in text for number, text in enumerate(told, 1)] == [True] * len(pages)


def test_a_plan_asks_for_its_first_instalment_and_shows_them_all() -> None:
    page = text_of(render(FINNISH_PLAN))
    assert f"Ensimmäinen erä {flat(amount(FINNISH_PLAN.instalments[0].amount))}" in page
    assert "4. 1.7.2025 282,05 €" in page


def test_a_name_is_shown_as_it_is_written_whatever_its_letters() -> None:
    for name in ("#panic() *Åsa* $Ødegård$ @æ_€", "Šaštín-Ťahanovce Łódź", "Niillas Áŋŋel Čuoigan"):
        letter = replace(FINNISH_DEMAND, debtor=replace(FINNISH_DEMAND.debtor, name=name))
        assert name in text_of(render(letter))


def test_braces_in_a_name_are_not_filled_in() -> None:
    letter = replace(FINNISH_DEMAND, creditor=replace(FINNISH_DEMAND.creditor, name="{total} Oy"))
    assert "{total} Oy" in text_of(render(letter))


def test_a_long_plan_and_many_claims_go_over_to_further_pages() -> None:
    claims = tuple(replace(FINNISH_DEMAND.claims[0], invoice_number=f"{20000 + number}") for number in range(12))
    letter = replace(FINNISH_DEMAND, claims=claims, total=Money(12 * FINNISH_DEMAND.total.minor))
    pdf = render(letter)
    assert "Lasku 20011" in text_of(pdf)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) > 3


# What may not leave.

Change = Callable[[Letter], Letter]
WITHOUT: dict[str, Change] = {
    "a_way_out": lambda letter: replace(letter, options=()),
    "account": lambda letter: replace(letter, account=replace(letter.account, iban="", bban="")),
    "agency_address": lambda letter: replace(letter, agency=replace(letter.agency, address=())),
    "agency_business_id": lambda letter: replace(letter, agency=replace(letter.agency, business_id="")),
    "agency_email": lambda letter: replace(letter, agency=replace(letter.agency, email="")),
    "agency_name": lambda letter: replace(letter, agency=replace(letter.agency, name=" ")),
    "agency_telephone": lambda letter: replace(letter, agency=replace(letter.agency, telephone="")),
    "agency_telephone_hours": lambda letter: replace(letter, agency=replace(letter.agency, telephone_hours="")),
    "barcode": lambda letter: replace(letter, barcode=""),
    "case_number": lambda letter: replace(letter, case_number=""),
    "claim_subject": lambda letter: replace(letter, claims=(replace(letter.claims[0], basis=""),)),
    "complaint_board": lambda letter: replace(letter, complaint_board=None),
    "consequence_court": lambda letter: replace(letter, consequences=("further_costs",)),
    "consequence_further_costs": lambda letter: replace(letter, consequences=("court",)),
    "cost_rules": lambda letter: without_cost_rule(letter),
    "creditor_address": lambda letter: replace(letter, creditor=replace(letter.creditor, address=())),
    "creditor_name": lambda letter: replace(letter, creditor=replace(letter.creditor, name="")),
    "debtor_address": lambda letter: replace(letter, debtor=replace(letter.debtor, address=())),
    "debtor_name": lambda letter: replace(letter, debtor=replace(letter.debtor, name="")),
    "handler": lambda letter: replace(letter, handler=""),
    "instalments": lambda letter: replace(letter, instalments=()),
    "objection_deadline": lambda letter: replace(letter, objections=None),
    "objection_place": lambda letter: without_objection_place(letter),
    "payee": lambda letter: replace(letter, account=replace(letter.account, holder="")),
    "principal": lambda letter: replace(letter, claims=()),
    "qr_code": lambda letter: replace(letter, epc_qr=None),
    "reference": lambda letter: replace(letter, reference=""),
    "suspension_right": lambda letter: replace(letter, suspension=""),
    "total": lambda letter: replace(letter, total=replace(letter.total, minor=0)),
}
# A date cannot be empty, and our own texts always hold these.
ALWAYS_THERE = {"interest_explained", "late_interest", "letter_date", "pay_by", "warning_of_collection", "whole_debt"}


def without_cost_rule(letter: Letter) -> Letter:
    claim = letter.claims[0]
    return replace(letter, claims=(replace(claim, costs=(replace(claim.costs[0], rule=""),)), *letter.claims[1:]))


def without_objection_place(letter: Letter) -> Letter:
    assert letter.objections
    return replace(letter, objections=replace(letter.objections, address=(), email=""))


@EVERY_LETTER
def test_a_letter_that_lacks_an_item_is_refused_by_the_items_name_and_its_section(letter: Letter) -> None:
    for item, section in required(letter).items():
        if item in ALWAYS_THERE or (item == "cost_rules" and not letter.claims[0].costs):
            continue
        with pytest.raises(MissingItem) as refused:
            render(WITHOUT[item](letter))
        also = {"claim_subject", "principal", "objection_place", "objection_deadline"}  # Fall together.
        assert refused.value.item == item or {item, refused.value.item} <= also
        assert refused.value.section == required(letter)[refused.value.item]
        assert section


def test_a_refusal_names_no_person() -> None:
    with pytest.raises(MissingItem) as refused:
        render(replace(FINNISH_DEMAND, handler=""))
    assert str(refused.value) == "the letter lacks handler, which practice asks for"


def test_a_first_demand_in_finland_may_not_speak_of_courts() -> None:
    with pytest.raises(TooStrict):
        render(replace(FINNISH_DEMAND, consequences=("court",)))


def test_a_norwegian_demand_tells_the_two_consequences_its_law_asks_for_and_no_more() -> None:
    with pytest.raises(TooStrict):
        render(replace(NORWEGIAN_DEMAND, consequences=("further_costs", "court", "credit_record")))


def test_a_friendly_reminder_is_signed_by_the_client_and_never_speaks_of_collection() -> None:
    for letter in (LETTERS["FI-friendly"], LETTERS["NO-friendly"]):
        told = text_of(finished(letter)).replace(letter.agency.name, "").replace(letter.agency.email, "").lower()
        assert letter.account.holder == letter.creditor.name
        assert "perin" not in told
        assert "inkasso" not in told


@pytest.mark.parametrize(
    "wrong",
    [
        replace(FINNISH_DEMAND, total=Money(1)),
        replace(FINNISH_DEMAND, claims=(replace(FINNISH_DEMAND.claims[0], principal=Money(1)),)),
        replace(FINNISH_PLAN, instalments=(*FINNISH_PLAN.instalments, FINNISH_PLAN.instalments[0])),
        replace(FINNISH_PLAN, pay_by=date(2025, 4, 2)),
    ],
    ids=["total", "claim", "instalments", "first instalment's day"],
)
def test_a_letter_whose_amounts_contradict_each_other_is_refused(wrong: Letter) -> None:
    with pytest.raises(DoesNotAddUp):
        render(wrong)


def test_there_is_no_collection_notice_in_finland() -> None:
    with pytest.raises(UnknownLetter):
        render(replace(FINNISH_DEMAND, kind="notice", objections=None))


def test_a_language_without_texts_is_refused_by_name() -> None:
    with pytest.raises(NoTexts, match="sv/words"):
        render(replace(FINNISH_DEMAND, language="sv"))


def test_while_a_part_is_yet_to_fall_due_a_consumer_is_not_told_of_a_right_that_does_not_apply() -> None:
    told = text_of(render(replace(FINNISH_DEMAND, suspension="not_all_due")))
    assert words("fi")["rights"]["suspension"]["title"] not in told


def test_a_business_is_not_told_of_a_consumers_right() -> None:
    told = text_of(render(LETTERS["FI-business-demand"]))
    assert words("fi")["rights"]["suspension"]["title"] not in told


# As the law packs say.

OF_THE_LAW = {
    "account": {"account", "reference"},
    "agency": {"agency_name", "agency_business_id", "agency_address", "agency_telephone", "agency_telephone_hours"},
    "amounts": {"principal", "late_interest", "cost_rules"},
    "basis": {"claim_subject"},
    "complaint_board": {"complaint_board"},
    "consequences": {"consequence_further_costs", "consequence_court"},
    "cost_rules": {"cost_rules"},
    "creditor": {"creditor_name"},
    "handler": {"handler"},
    "instalments": {"instalments"},
    "interest_explained": {"late_interest"},
    "objection": {"objection_deadline"},
    "objection_contact": {"objection_place"},
    "original_creditor": set(),  # Only where the claim was sold or renamed: the next test.
    "payment": {"payee", "account", "pay_by"},
    "per_claim": {"claim_subject", "principal"},
    "suspension": {"suspension_right"},
    "total": {"total"},
    "whole_debt": {"whole_debt"},
    "warning": {"warning_of_collection"},
}


@EVERY_LETTER
def test_the_checklist_holds_every_item_the_law_packs_name(letter: Letter) -> None:
    for asked in Law.load().letter_items(letter.country, letter.debtor_kind, letter.kind):
        assert OF_THE_LAW[asked.item] <= set(required(letter)), asked.item


def test_a_claim_that_was_sold_names_its_first_creditor() -> None:
    told = text_of(render(LETTERS["FI-second_demand"]))
    assert "Alkuperäinen velkoja Saatavan alkuperäinen velkoja tai velkojasta alun perin käytetty nimi on Savon" in told


def test_the_kinds_of_cost_are_the_measures_of_the_law() -> None:
    assert set(get_args(CostKind)) == set(get_args(Measure))


def test_only_late_letters_may_tell_strict_consequences() -> None:
    kinds: tuple[Kind, ...] = get_args(Kind)
    strict = {(country, kind) for country in ("FI", "NO") for kind in kinds if may_tell(country, "consumer", kind)}
    assert strict == {("FI", "second_demand"), ("NO", "demand"), ("NO", "second_demand")}
    assert may_tell("NO", "consumer", "demand") == {"further_costs", "court"}  # § 10 asks for these two.


# The texts.


def test_every_language_has_words_for_every_cost_option_and_consequence() -> None:
    for folder in TEXTS.iterdir():
        word = words(folder.name)  # type: ignore[arg-type] # The folder's name is the language.
        assert set(word["costs"]) == set(get_args(CostKind))
        assert set(word["options"]) == set(get_args(Option))
        assert set(word["consequences"]) == set(get_args(Consequence))


def test_every_item_of_the_checklist_has_its_look_on_the_page_and_is_tried_without() -> None:
    asked = {item for groups in checklist().values() for group in groups for item in group.get("items", ())}
    assert asked == set(ITEMS)
    assert set(WITHOUT) | ALWAYS_THERE == asked


def test_the_notice_warns_of_collection_as_section_9_asks() -> None:
    told = text_of(render(NORWEGIAN_NOTICE))
    assert "Er det ikke betalt innen 26. februar 2025, blir inkasso satt i verk" in told


def test_amounts_days_and_numbers_are_written_as_people_write_them() -> None:
    written = [
        amount(Money(1234_50)),
        amount(Money(-1234567_05, "NOK")),
        long_day(date(2025, 3, 14), "fi"),
        long_day(date(2025, 3, 14), "nb"),
        percent(FINNISH_DEMAND.claims[0].interest[1].rate),
        account_number(Account(holder="", iban="FI2112345600000785")),
        account_number(Account(holder="", bban="86011117947")),
        reference_number("12345671234567856784", "FI"),
        reference_number("RF341234561", "FI"),
        reference_number("0000531", "NO"),
    ]
    assert [flat(text) for text in written] == [
        "1 234,50 €",
        "−1 234 567,05 kr",
        "14.3.2025",
        "14. mars 2025",
        "10,5 %",
        "FI21 1234 5600 0007 85",
        "8601.11.17947",
        "12345 67123 45678 56784",
        "RF34 1234 561",
        "0000531",
    ]


def words_within(pdf: bytes, *, left: int, right: int, top: int, bottom: int) -> str:
    """The words on the first page inside a box, in millimetres from the page's upper left corner."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    points, height = 72 / 25.4, page.get_height()
    text: str = page.get_textpage().get_text_bounded(
        left=left * points, right=right * points, top=height - top * points, bottom=height - bottom * points
    )
    document.close()
    return flat(text)
