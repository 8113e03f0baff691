"""Who the demo's agency is, whom it works for and who works there: what a user would put into set-up files."""

from typing import Any, Literal

from deploy.demo.identity import iban
from deploy.demo.names import Country

ClientName = Literal["kaamos", "hymy", "fjord"]
CLIENTS: dict[ClientName, Country] = {"kaamos": "FI", "hymy": "FI", "fjord": "NO"}
CURRENCIES: dict[Country, str] = {"FI": "EUR", "NO": "NOK"}

# Client-money accounts of the agency, accounts the clients' own customers pay to, and accounts clients are paid on.
OURS = {"EUR": iban("FI", 1), "NOK": iban("NO", 1)}
CLIENT_ACCOUNTS: dict[ClientName, str] = {"kaamos": iban("FI", 11), "hymy": iban("FI", 12), "fjord": iban("NO", 13)}
PAYOUT_ACCOUNTS: dict[ClientName, str] = {"kaamos": iban("FI", 21), "hymy": iban("FI", 22), "fjord": iban("NO", 23)}

AGENCY: dict[str, Any] = {
    "name": "Pihlajakannas Perintä Oy",
    "business_id": "9000003-8",
    "country": "FI",
    "street": "Kaikukatu 1",
    "postcode": "00530",
    "town": "Helsinki",
    "email": "asiakkaat@pihlajakannas.example",
    "telephone": "+358 50 000 9990",
    "telephone_hours": "9–16",
    "accounts": [{"iban": OURS["EUR"], "currency": "EUR"}, {"iban": OURS["NOK"], "currency": "NOK"}],
    "references": [
        {"currency": "EUR", "kind": "viitenumero", "length": 12},
        {"currency": "NOK", "kind": "kid_mod10", "length": 12},
    ],
    "complaint_board": "Finansklagenemnda, Postboks 53 Skøyen, 0212 Oslo",
}
STAFF: tuple[dict[str, Any], ...] = (
    {"id": "anni", "name": "Anni Kuuransaarto", "telephone": "+358 50 000 9991"},
    {"id": "pal", "name": "Pål Rimgardtun", "telephone": "+47 400 09 992"},
)


def client(name: ClientName) -> dict[str, Any]:
    """A client as it is set up."""
    currency = CURRENCIES[CLIENTS[name]]
    who = {
        "kaamos": ("Kaamoksen Sähkö Oy", "9000004-6", "Naavatie 4", "90100", "Oulu", "fi"),
        "hymy": ("Hymynhovin Hammas Oy", "9000005-4", "Utukuja 2", "33100", "Tampere", "fi"),
        "fjord": ("Glimefjord Bredbånd AS", "310000019", "Rimveien 8", "5003", "Bergen", "nb"),
    }[name]
    return {
        "name": who[0],
        "business_id": who[1],
        "country": CLIENTS[name],
        "street": who[2],
        "postcode": who[3],
        "town": who[4],
        "language": who[5],
        "languages": [who[5], "en"],
        "email": f"laskutus@{name}.example",
        "payout_accounts": [{"iban": PAYOUT_ACCOUNTS[name], "currency": currency}],
        "invoice_accounts": [{"iban": CLIENT_ACCOUNTS[name], "currency": currency}],
        "agreement": {
            "shares": [
                {"component": "principal", "kept_by": "client", "commission_percent": "4"},
                {"component": "interest", "kept_by": "client", "commission_percent": "10"},
                {"component": "reminder_cost", "kept_by": "client"},
                {"component": "collection_cost", "kept_by": "agency"},
            ],
            "vat_percent": "25.5" if CLIENTS[name] == "FI" else "25",
            "can_deduct_vat": name != "hymy",
        },
        "mandate": {"instalments_max": 6, "plan_days_max": 185, "waive_plan_cost": name == "hymy"},
        "consumers_by_agreement": True,
    }
