"""Letters of made-up people and companies, complete and adding up, for the tests and for docs/letters."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from services.contact.letters.letter import (
    Account,
    Agency,
    Claim,
    ComplaintBoard,
    Cost,
    Creditor,
    Debtor,
    Instalment,
    Interest,
    Letter,
    Objections,
    Payment,
)
from shared.money import Money, total
from shared.references import epc_qr, kid, viitenumero, virtual_barcode


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def nok(minor: int) -> Money:
    return Money(minor, "NOK")


def of_claims(letter: Letter, *claims: Claim) -> Letter:
    """The letter about these claims, with the total, the bar code and the QR code that follow from them."""
    return payable(replace(letter, claims=claims), total((claim.open for claim in claims), letter.total.currency))


def payable(letter: Letter, whole: Money) -> Letter:
    """The letter with what a bank's reader reads, where the country has it."""
    letter = replace(letter, total=whole)
    if letter.country != "FI":
        return letter
    asked = letter.instalments[0].amount if letter.instalments else whole
    account = letter.account
    return replace(
        letter,
        barcode=virtual_barcode(account.iban, asked, letter.reference, letter.pay_by),
        epc_qr=epc_qr(account.holder, account.iban, asked, reference=letter.reference, bic=account.bic),
    )


def cost(kind: str, on: date, amount: Money, rule: str) -> Cost:
    return Cost(kind=kind, on=on, amount=amount, rule=rule)  # type: ignore[arg-type] # A test names a kind in words.


def plan_of(letter: Letter, days: Sequence[date]) -> Letter:
    """The same case as a confirmed plan."""
    parts = [Instalment(due=due, amount=part) for due, part in zip(days, letter.total.split(len(days)), strict=True)]
    return payable(
        replace(letter, kind="plan", instalments=tuple(parts), pay_by=days[0], objections=None), letter.total
    )


# Finland.

REILU = Agency(
    name="Reilu Perintä Oy",
    business_id="2617416-4",
    address=("Kauppakatu 18 B", "40100 Jyväskylä"),
    telephone="014 555 0100",
    telephone_hours="ma–pe 9–17",
    email="asiakaspalvelu@reiluperinta.example",
)
REILU_CLIENT_MONEY = Account(holder="Reilu Perintä Oy, asiakasvarat", iban="FI2112345600000785", bic="NDEAFIHH")
ELECTRICITY = Creditor(
    name="Järvi-Suomen Sähkö Oy",
    address=("Voimatie 7", "50100 Mikkeli"),
    business_id="0112038-9",
    telephone="015 555 0200",
    email="laskutus@jarvisuomensahko.example",
)
REMINDED = cost("reminder", date(2025, 2, 10), eur(5_00), "513/1999 10 a § 1 mom. 1 kohta")
DEMANDED = cost("demand", date(2025, 3, 3), eur(50_00), "513/1999 10 a § 1 mom. 2 kohta")
ELECTRICITY_CLAIM = Claim(
    invoice_number="10233",
    issued=date(2025, 1, 7),
    due=date(2025, 1, 21),
    basis="Sähkö ja siirto, joulukuu 2024, käyttöpaikka Koivukuja 3",
    principal=eur(1234_50),
    interest=(
        Interest(rate=Decimal("10.5"), first=date(2025, 1, 22), last=date(2025, 2, 14), amount=eur(8_52)),
        Interest(rate=Decimal("10.50"), first=date(2025, 2, 15), last=date(2025, 3, 20), amount=eur(10_20)),
    ),
    costs=(REMINDED, DEMANDED),
    paid=(Payment(on=date(2025, 2, 14), amount=eur(200_00)),),
    open=eur(1108_22),
)
FINNISH_DEMAND = of_claims(
    Letter(
        kind="demand",
        country="FI",
        language="fi",
        debtor_kind="consumer",
        written_on=date(2025, 3, 3),
        case_number="2025-000417",
        handler="Päivi Åkerlund",
        agency=REILU,
        creditor=ELECTRICITY,
        debtor=Debtor(name="Aino Esimerkki", address=("Koivukuja 3 A 12", "70100 Kuopio")),
        claims=(),
        total=eur(0),
        pay_by=date(2025, 3, 20),
        account=REILU_CLIENT_MONEY,
        reference=viitenumero("2025000417"),
        options=("call", "plan", "later", "object"),
        objections=Objections(until=date(2025, 3, 20), name=REILU.name, address=REILU.address, email=REILU.email),
        suspension="may_ask",
    ),
    ELECTRICITY_CLAIM,
)
PLAIN_CLAIM = replace(ELECTRICITY_CLAIM, interest=(), costs=(), paid=(), open=ELECTRICITY_CLAIM.principal)
FINNISH_FRIENDLY = of_claims(
    replace(
        FINNISH_DEMAND,
        kind="friendly",
        written_on=date(2025, 1, 22),
        pay_by=date(2025, 2, 5),
        account=Account(holder=ELECTRICITY.name, iban="FI5542345670000081", bic="ITELFIHH"),
        reference=viitenumero("10233"),
        objections=None,
        suspension="",
    ),
    PLAIN_CLAIM,
)
FINNISH_REMINDER = of_claims(
    replace(FINNISH_DEMAND, kind="reminder", written_on=date(2025, 2, 10), pay_by=date(2025, 2, 24)),
    replace(
        ELECTRICITY_CLAIM,
        interest=(Interest(rate=Decimal("10.5"), first=date(2025, 1, 22), last=date(2025, 2, 24), amount=eur(12_07)),),
        costs=(REMINDED,),
        paid=(),
        open=eur(1251_57),
    ),
)
FINNISH_SECOND_DEMAND = of_claims(
    replace(
        FINNISH_DEMAND,
        kind="second_demand",
        written_on=date(2025, 4, 7),
        pay_by=date(2025, 4, 24),
        consequences=("court", "enforcement", "credit_record"),
        objections=replace(FINNISH_DEMAND.objections, until=date(2025, 4, 24)) if FINNISH_DEMAND.objections else None,
        creditor=replace(ELECTRICITY, original_creditor="Savon Valo Oy"),
    ),
    replace(
        ELECTRICITY_CLAIM,
        interest=(
            ELECTRICITY_CLAIM.interest[0],
            replace(ELECTRICITY_CLAIM.interest[1], last=date(2025, 4, 24), amount=eur(20_70)),
        ),
        costs=(
            REMINDED,
            DEMANDED,
            cost("second_demand", date(2025, 4, 7), eur(25_00), "513/1999 10 a § 1 mom. 4 kohta"),
        ),
        open=eur(1143_72),
    ),
)
FINNISH_PLAN = plan_of(
    of_claims(
        FINNISH_DEMAND,
        replace(
            ELECTRICITY_CLAIM,
            costs=(REMINDED, DEMANDED, cost("plan", date(2025, 3, 6), eur(20_00), "513/1999 10 a § 1 mom. 7 kohta")),
            open=eur(1128_22),
        ),
    ),
    (date(2025, 4, 1), date(2025, 5, 2), date(2025, 6, 2), date(2025, 7, 1)),
)
FINNISH_BUSINESS_DEMAND = of_claims(
    replace(
        FINNISH_DEMAND,
        debtor_kind="business",
        debtor=Debtor(name="Rakennus Kivi ja Kanto Oy", address=("Telakkatie 5", "20100 Turku")),
        suspension="",
    ),
    replace(
        PLAIN_CLAIM,
        basis="Työmaasähkö, tammikuu 2025, Telakkatie 5",
        costs=(cost("standard_compensation", date(2025, 3, 3), eur(40_00), "513/1999 10 i §"),),
        open=eur(1274_50),
    ),
    replace(
        PLAIN_CLAIM, invoice_number="10877", basis="Työmaasähkö, helmikuu 2025", principal=eur(88_10), open=eur(88_10)
    ),
)

# Norway.

RIMELIG = Agency(
    name="Rimelig Inkasso AS",
    business_id="987 654 325",
    address=("Storgata 11", "7011 Trondheim"),
    telephone="73 55 01 00",
    telephone_hours="man–fre 9–17",
    email="kundeservice@rimeliginkasso.example",
)
TEETH = Creditor(
    name="Bølgen Tannklinikk AS",
    address=("Fjordgata 4", "7010 Trondheim"),
    business_id="912 345 671",
    telephone="73 55 02 00",
    email="post@bolgentannklinikk.example",
)
NOTICED = cost("notice", date(2025, 2, 10), nok(35_00), "inkassoforskriften § 1-2")
TEETH_CLAIM = Claim(
    invoice_number="30518",
    issued=date(2025, 1, 6),
    due=date(2025, 1, 20),
    basis="Tannbehandling 3. januar 2025",
    principal=nok(4890_00),
    interest=(Interest(rate=Decimal("12.5"), first=date(2025, 1, 21), last=date(2025, 3, 27), amount=nok(110_53)),),
    costs=(
        NOTICED,
        cost("salary_light", date(2025, 3, 10), nok(560_00), "inkassoforskriften § 2-2 second paragraph"),
    ),
    open=nok(5595_53),
)
NORWEGIAN_DEMAND = of_claims(
    Letter(
        kind="demand",
        country="NO",
        language="nb",
        debtor_kind="consumer",
        written_on=date(2025, 3, 10),
        case_number="2025-000982",
        handler="Sølvi Aas",
        agency=RIMELIG,
        creditor=TEETH,
        debtor=Debtor(name="Kåre Eksempel", address=("Bakklandet 20 B", "7013 Trondheim")),
        claims=(),
        total=nok(0),
        pay_by=date(2025, 3, 27),
        account=Account(holder="Rimelig Inkasso AS, klientkonto", bban="86011117947"),
        reference=kid("2025000982", 12),
        options=("call", "plan", "later", "object"),
        objections=Objections(until=date(2025, 3, 27), name=RIMELIG.name, address=RIMELIG.address, email=RIMELIG.email),
        complaint_board=ComplaintBoard(
            name="Finansklagenemnda", address=("Postboks 53 Skøyen", "0212 Oslo"), web="finkn.no"
        ),
        consequences=("further_costs", "court"),
    ),
    TEETH_CLAIM,
)
PLAIN_TEETH_CLAIM = replace(TEETH_CLAIM, interest=(), costs=(), open=TEETH_CLAIM.principal)
NORWEGIAN_FRIENDLY = of_claims(
    replace(
        NORWEGIAN_DEMAND,
        kind="friendly",
        written_on=date(2025, 1, 21),
        pay_by=date(2025, 2, 4),
        account=Account(holder=TEETH.name, bban="12345678911"),
        reference=kid("30518", 8),
        objections=None,
        consequences=(),
        complaint_board=None,
    ),
    PLAIN_TEETH_CLAIM,
)
NORWEGIAN_NOTICE = of_claims(
    replace(NORWEGIAN_FRIENDLY, kind="notice", written_on=date(2025, 2, 10), pay_by=date(2025, 2, 26)),
    replace(PLAIN_TEETH_CLAIM, costs=(NOTICED,), open=nok(4925_00)),
)
NORWEGIAN_REMINDER = of_claims(
    replace(NORWEGIAN_DEMAND, kind="reminder", consequences=(), complaint_board=None, objections=None),
    replace(PLAIN_TEETH_CLAIM, costs=(replace(NOTICED, kind="reminder"),), open=nok(4925_00)),
)
NORWEGIAN_SECOND_DEMAND = replace(NORWEGIAN_DEMAND, kind="second_demand")
NORWEGIAN_PLAN = plan_of(
    replace(NORWEGIAN_DEMAND, consequences=(), complaint_board=None),
    (date(2025, 4, 15), date(2025, 5, 15), date(2025, 6, 16)),
)
NORWEGIAN_BUSINESS_DEMAND = replace(
    NORWEGIAN_DEMAND,
    debtor_kind="business",
    debtor=Debtor(name="Nordlys Øl og Mat AS", address=("Kaigata 2", "9008 Tromsø")),
)

LETTERS: dict[str, Letter] = {
    "FI-friendly": FINNISH_FRIENDLY,
    "FI-reminder": FINNISH_REMINDER,
    "FI-demand": FINNISH_DEMAND,
    "FI-second_demand": FINNISH_SECOND_DEMAND,
    "FI-plan": FINNISH_PLAN,
    "FI-business-demand": FINNISH_BUSINESS_DEMAND,
    "NO-friendly": NORWEGIAN_FRIENDLY,
    "NO-reminder": NORWEGIAN_REMINDER,
    "NO-notice": NORWEGIAN_NOTICE,
    "NO-demand": NORWEGIAN_DEMAND,
    "NO-second_demand": NORWEGIAN_SECOND_DEMAND,
    "NO-plan": NORWEGIAN_PLAN,
    "NO-business-demand": NORWEGIAN_BUSINESS_DEMAND,
}
