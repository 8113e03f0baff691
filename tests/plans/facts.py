"""Facts the tests of plans share: an agency with one account, a client with an everyday mandate."""

from shared.events.gateway import Account, AgencySet, Agreement, ClientSet, Mandate, ReferenceKind, Share

IBAN = "FI2112345600000785"  # A published test number.
AGENCY_SET = AgencySet(
    "Malliperintä Oy", "1234567-1", "FI", "Mallikatu 1", "00100", "Helsinki", "apu@example.org", "+358 9 4245 0000",
    "9–16", (Account(IBAN, "EUR"),), (ReferenceKind("EUR", "viitenumero", 13),),
)  # fmt: skip
CLIENT_SET = ClientSet(
    "Esimerkki Oy", "1234567-1", "FI", "fi", ("fi",), "Katu 2", "00100", "Helsinki", "laskut@example.org",
    (Account(IBAN, "EUR"),), (Account(IBAN, "EUR"),),
    Agreement((Share("principal", "client"),), vat_percent="25.5"), Mandate(),
)  # fmt: skip
