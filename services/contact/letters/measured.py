"""How fast letters are made: `python -m services.contact.letters.measured LETTERS AT_ONCE` prints it as JSON.

Each is a Finnish demand with bar code and QR code, and no two are alike: of a letter made before, Typst remembers all.
What it remembers here is what all demands of an agency share, as it does between any of the last ten letters made.
They are made as contact makes them, in threads of one process: `asyncio.to_thread` has four more than there are cores.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import msgspec

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
from services.contact.letters.render import render
from shared.money import Money
from shared.references import epc_qr, viitenumero, virtual_barcode

WRITTEN_ON = date(2026, 3, 3)
PAY_BY = WRITTEN_ON + timedelta(days=17)
DUE = WRITTEN_ON - timedelta(days=41)
IBAN, BIC, PAYEE = "FI2112345600000785", "NDEAFIHH", "Reilu Perintä Oy, asiakasvarat"


def main(letters: int, at_once: int) -> None:
    """Make so many letters, so many of them at a time, and tell how long it took."""
    asked = [invented(number) for number in range(letters)]
    render(invented(letters))  # Fonts and texts are read with the first.
    with ThreadPoolExecutor(at_once) as threads:
        began, began_processor = time.perf_counter(), time.process_time()
        written = sum(len(pdf) for pdf in threads.map(render, asked))
        seconds, processor_seconds = time.perf_counter() - began, time.process_time() - began_processor
    told = {
        "letters": letters,
        "at_once": at_once,
        "wall_seconds": round(seconds, 3),
        "letters_per_second": round(letters / seconds, 1),
        "processor_ms_per_letter": round(processor_seconds / letters * 1000, 2),
        "bytes_per_letter": written // letters,
    }
    print(msgspec.json.encode(told).decode())


def invented(number: int) -> Letter:
    """The letter of this number: to somebody who is not, about a claim of their own."""
    principal, paid, late = Money(30_00 + number), Money(1_00 + number % 29_00), Money(2_31 + number % 97)
    reminder, demand = Money(5_00), Money(14_00)
    whole = principal + late + reminder + demand - paid
    reference = viitenumero(f"1{number:09d}")
    claim = Claim(
        invoice_number=f"{20_000 + number}",
        issued=DUE - timedelta(days=14),
        due=DUE,
        basis=f"Sähkö ja siirto, käyttöpaikka {number}",
        principal=principal,
        interest=(Interest(rate=Decimal("9.5"), first=DUE + timedelta(days=1), last=PAY_BY, amount=late),),
        costs=(
            Cost(kind="reminder", on=DUE + timedelta(days=15), amount=reminder, rule="513/1999 10 a § 1 mom. 1 kohta"),
            Cost(kind="demand", on=WRITTEN_ON, amount=demand, rule="513/1999 10 a § 1 mom. 2 kohta"),
        ),
        paid=(Payment(on=DUE + timedelta(days=20), amount=paid),),
        open=whole,
    )
    address = ("Kauppakatu 18 B", "40100 Jyväskylä")
    return Letter(
        kind="demand",
        country="FI",
        language="fi",
        debtor_kind="consumer",
        written_on=WRITTEN_ON,
        case_number=f"2026-{number:06d}",
        handler="Tuuli Taitava",
        agency=Agency(
            name="Reilu Perintä Oy",
            business_id="2617416-4",
            address=address,
            telephone="014 555 0100",
            telephone_hours="ma–pe 9–17",
            email="asiakaspalvelu@reiluperinta.example",
        ),
        creditor=Creditor(name="Polku Pyörät Oy", address=("Voimatie 7", "50100 Mikkeli"), business_id="0112038-9"),
        debtor=Debtor(name=f"Aino Esimerkki {number}", address=(f"Koivukuja {number}", "70100 Kuopio")),
        claims=(claim,),
        total=whole,
        pay_by=PAY_BY,
        account=Account(holder=PAYEE, iban=IBAN, bic=BIC),
        reference=reference,
        barcode=virtual_barcode(IBAN, whole, reference, PAY_BY),
        epc_qr=epc_qr(PAYEE, IBAN, whole, reference=reference, bic=BIC),
        options=("call", "plan", "later", "object"),
        objections=Objections(
            until=PAY_BY, name="Reilu Perintä Oy", address=address, email="asiakaspalvelu@reiluperinta.example"
        ),
        suspension="may_ask",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
