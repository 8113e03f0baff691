"""What a client reads about a payout: case by case what came, what the agency keeps, and what is paid, to the cent."""

from html import escape

from services.settlement.owed import COMPONENTS
from services.settlement.remittance import Draft, sums_of
from shared.events.gateway import AgencySet, ClientSet
from shared.events.settlement import RemittanceLine
from shared.money import Money

COLUMNS = ("case", "paid_on", *COMPONENTS, "received", "kept", "commission", "vat", "net")
WORDS = {
    "fi": {
        "title": "Tilityserittely", "case": "Asia", "paid_on": "Maksettu", "principal": "Pääoma", "interest": "Korko",
        "reminder_cost": "Muistutuskulu", "collection_cost": "Perintäkulu", "received": "Saatu yhteensä",
        "kept": "Toimistolle", "commission": "Palkkio", "vat": "ALV", "net": "Tilitetään", "sum": "Yhteensä",
        "to": "Tilille", "on": "Maksupäivä", "id": "Tilitys",
    },
    "nb": {
        "title": "Oppgjør", "case": "Sak", "paid_on": "Betalt", "principal": "Hovedstol", "interest": "Renter",
        "reminder_cost": "Purregebyr", "collection_cost": "Inkassosalær", "received": "Mottatt i alt",
        "kept": "Til byrået", "commission": "Provisjon", "vat": "MVA", "net": "Utbetales", "sum": "Sum",
        "to": "Til konto", "on": "Betalingsdag", "id": "Oppgjør nr.",
    },
    "sv": {
        "title": "Redovisning", "case": "Ärende", "paid_on": "Betalt", "principal": "Kapital", "interest": "Ränta",
        "reminder_cost": "Påminnelseavgift", "collection_cost": "Inkassokostnad", "received": "Mottaget totalt",
        "kept": "Till byrån", "commission": "Provision", "vat": "Moms", "net": "Utbetalas", "sum": "Summa",
        "to": "Till konto", "on": "Betalningsdag", "id": "Redovisning nr",
    },
    "en": {
        "title": "Remittance statement", "case": "Case", "paid_on": "Paid on", "principal": "Principal",
        "interest": "Interest", "reminder_cost": "Reminder costs", "collection_cost": "Collection costs",
        "received": "Received", "kept": "Kept by the agency", "commission": "Commission", "vat": "VAT",
        "net": "Paid to you", "sum": "Total", "to": "To account", "on": "Payment day", "id": "Remittance",
    },
}  # fmt: skip
STYLE = """
  body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #1b1b1b }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid #ddd; white-space: nowrap }
  th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left }
  tfoot td { font-weight: 600; border-top: 2px solid #1b1b1b }
"""


def statement(draft: Draft, client: ClientSet, agency: AgencySet) -> bytes:
    """The statement as an HTML page in the client's language. It names cases by their numbers, never a debtor."""
    words = WORDS.get(client.language, WORDS["en"])
    heads = "".join(f'<th scope="col">{words[column]}</th>' for column in COLUMNS)
    rows = "\n".join(_row(line, client.language) for line in draft.lines)
    sums = sums_of(draft.lines)
    foot = "".join(f"<td>{_amount(sums[column], client.language)}</td>" for column in COLUMNS[2:])
    facts = (
        (words["id"], draft.remittance_id.hex[:8]),
        (words["on"], _day(draft.execute_on.isoformat(), client.language)),
        (words["to"], draft.to.iban),
        (words["net"], f"{_amount(draft.net, client.language)} {draft.net.currency}"),
    )
    listed = "".join(f"<p>{name}: <strong>{escape(value)}</strong></p>" for name, value in facts)
    page = f"""<!doctype html>
<html lang="{escape(client.language)}">
<head><meta charset="utf-8"><title>{words["title"]} {draft.execute_on.isoformat()}</title><style>{STYLE}</style></head>
<body>
<h1>{words["title"]}</h1>
<p>{escape(agency.name)}, {escape(agency.business_id)} → {escape(client.name)}, {escape(client.business_id)}</p>
{listed}
<table>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
<tfoot><tr><td>{words["sum"]}</td><td></td>{foot}</tr></tfoot>
</table>
</body>
</html>
"""
    return page.encode()


def _row(line: RemittanceLine, language: str) -> str:
    sums = sums_of((line,))
    days = ", ".join(_day(day.isoformat(), language) for day in line.paid_on)
    amounts = "".join(f"<td>{_amount(sums[column], language)}</td>" for column in COLUMNS[2:])
    return f"<tr><td>{escape(line.number)}</td><td>{days}</td>{amounts}</tr>"


def _amount(amount: Money, language: str) -> str:
    written = f"{amount.decimal:,.2f}"
    if language == "en":
        return written
    return written.replace(",", "\u00a0").replace(".", ",")


def _day(written: str, language: str) -> str:
    if language in ("en", "sv"):
        return written
    year, month, day = written.split("-")
    return f"{int(day)}.{int(month)}.{year}"
