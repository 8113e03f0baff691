"""Stream ids. Where a natural key exists the id is its UUIDv5, so that the same thing told twice meets itself.

A case's and a party's ids are random, and a party's is never made of a personal code: every code could be tried.
"""

from uuid import UUID, uuid5

SOVINTO = UUID("0b0f7a1e-3c55-5d0e-9c7b-2a6f5a1d4c10")
AGENCY = uuid5(SOVINTO, "agency")


def client_id(name: str) -> UUID:
    """A client's stream: its UUID, or the short name the agency gave it in its file (`malli-oy`)."""
    try:
        return UUID(name)
    except ValueError:
        return uuid5(SOVINTO, f"client|{name}")


def staff_id(name: str) -> UUID:
    """A staff member's stream, by the short name the agency uses (`anna`)."""
    return uuid5(SOVINTO, f"staff|{name}")


def claim_id(client: UUID, number: str, issue_year: int) -> UUID:
    """A claim's stream: one invoice number of one client's seller in one year."""
    return uuid5(SOVINTO, f"claim|{client}|{number.strip()}|{issue_year}")


def reference_id(currency: str, reference: str) -> UUID:
    """The stream that holds whose a payment reference is: two cases never share one."""
    return uuid5(SOVINTO, f"reference|{currency}|{reference}")


def payment_id(account: str, key: str) -> UUID:
    """A bank transaction's stream: our account and the bank's own key of it."""
    return uuid5(SOVINTO, f"payment|{account}|{key}")


def account_id(iban: str) -> UUID:
    """The stream of one client-money account: how far its bank's files are read."""
    return uuid5(SOVINTO, f"account|{iban.replace(' ', '')}")


def remittance_id(run: UUID, currency: str) -> UUID:
    """The payout of one run in one currency."""
    return uuid5(run, currency)
