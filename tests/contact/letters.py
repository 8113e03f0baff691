"""Letters of made-up people and companies, complete and adding up, for the tests and for docs/letters."""

from datetime import date
from decimal import Decimal

from services.contact.letters.letter import (
    Account,
    Agency,
    Claim,
    Cost,
    Creditor,
    Debtor,
    Interest,
    Letter,
    Objections,
    Payment,
)
from shared.money import Money

AGENCY_FI = Agency(
    name="Reilu Perintä Oy",
    business_id="2617416-4",
    address=("Kauppakatu 18 B", "40100 Jyväskylä"),
    telephone="014 555 0100",
    telephone_hours="ma–pe 9–17",
    email="asiakaspalvelu@reiluperinta.example",
)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def epc(amount: str, reference: str) -> str:
    """The content of a QR code, as EPC069-12 has it."""
    payee = ("NDEAFIHH", "Reilu Perintä Oy, asiakasvarat", "FI2112345600000785", f"EUR{amount}")
    return "\n".join(("BCD", "002", "1", "SCT", *payee, "", reference, "", ""))


FINNISH_DEMAND = Letter(
    kind="demand",
    country="FI",
    language="fi",
    debtor_kind="consumer",
    written_on=date(2025, 3, 3),
    case_number="2025-000417",
    handler="Päivi Åkerlund",
    agency=AGENCY_FI,
    creditor=Creditor(
        name="Järvi-Suomen Sähkö Oy",
        address=("Voimatie 7", "50100 Mikkeli"),
        business_id="0112038-9",
    ),
    debtor=Debtor(name="Aino Esimerkki", address=("Koivukuja 3 A 12", "70100 Kuopio")),
    claims=(
        Claim(
            invoice_number="10233",
            issued=date(2025, 1, 7),
            due=date(2025, 1, 21),
            basis="Sähkön siirto, joulukuu 2024, käyttöpaikka Koivukuja 3",
            principal=eur(1234_50),
            interest=(
                Interest(rate=Decimal("10.5"), first=date(2025, 1, 22), last=date(2025, 3, 18), amount=eur(19_89)),
            ),
            costs=(
                Cost(
                    kind="reminder",
                    on=date(2025, 2, 10),
                    amount=eur(5_00),
                    rule="perintälaki 10 a § 1 mom. 1 k.",
                ),
                Cost(
                    kind="demand",
                    on=date(2025, 3, 3),
                    amount=eur(50_00),
                    rule="perintälaki 10 a § 1 mom. 2 k.",
                ),
            ),
            paid=(Payment(on=date(2025, 2, 14), amount=eur(200_00)),),
            open=eur(1109_39),
        ),
    ),
    total=eur(1109_39),
    pay_by=date(2025, 3, 18),
    account=Account(holder="Reilu Perintä Oy, asiakasvarat", iban="FI2112345600000785", bic="NDEAFIHH"),
    reference="2348236",
    barcode="421123456000007850011093900000000000000002348236250318",
    epc_qr=epc("1109.39", "2348236"),
    options=("call", "plan", "later", "object"),
    objections=Objections(
        until=date(2025, 3, 18),
        name="Reilu Perintä Oy",
        address=("Kauppakatu 18 B", "40100 Jyväskylä"),
        email="asiakaspalvelu@reiluperinta.example",
    ),
    suspension="may_ask",
)
