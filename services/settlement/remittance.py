"""Paying a client on: what it keeps of each component, what the agency keeps, and one payout a run and currency."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Self, cast
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from services.settlement.owed import COMPONENTS, Owed
from shared.calendar import Country, at_local, bank_day_on_or_after, local_date
from shared.errors import Refused
from shared.events import Event, settlement
from shared.events.gateway import Account, Agreement
from shared.events.settlement import Carried, Part, RemittanceLine
from shared.ids import remittance_id
from shared.money import Money, total
from shared.setup import Client

NOON = time(12)
COUNTRIES = ("FI", "NO", "SE")  # A client from elsewhere is paid by the Finnish calendar.
DAY = timedelta(days=1)

# What we know.


class Runs(msgspec.Struct, frozen=True):
    """A client and its remittance runs: the one under way, how many there were, when the next one starts."""

    client: Client = Client()
    under_way: settlement.RemittanceRunStarted | None = None
    count: int = 0
    next_at: datetime | None = None

    @property
    def country(self) -> Country:
        """Whose local time and bank days the client's runs keep."""
        country = self.client.now.country
        return cast("Country", country) if country in COUNTRIES else "FI"

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        runs = replace(self, client=self.client.after(event))
        match event:
            case settlement.RemittanceRunPlanned(next_at) | settlement.RemittanceRunRefused(next_at=next_at):
                return replace(runs, next_at=next_at)
            case settlement.RemittanceRunStarted(next_at=next_at):
                return replace(runs, under_way=event, count=self.count + 1, next_at=next_at)
            case settlement.RemittanceRunEnded(run_id) if self.under_way and self.under_way.run_id == run_id:
                return replace(runs, under_way=None)
        return runs


class Remittance(msgspec.Struct, frozen=True):
    """One payout to a client."""

    created: settlement.RemittanceCreated | None = None
    paid: bool = False
    returned: bool = False

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        match event:
            case settlement.RemittanceCreated():
                return replace(self, created=event)
            case settlement.RemittancePaid():
                return replace(self, paid=True)
            case settlement.PayoutReturned():
                return replace(self, returned=True)
        return self


class Draft(msgspec.Struct, frozen=True):
    """A payout about to be made: its documents are written before it happens."""

    remittance_id: UUID
    run_id: UUID
    lines: tuple[RemittanceLine, ...]
    net: Money
    to: Account
    execute_on: date


# What we decide.


def plan(runs: Runs, now: datetime) -> list[Event]:
    """Say when the next run starts, by the client's agreement as it is now."""
    next_at = next_run(runs, now)
    return [] if runs.next_at == next_at else [settlement.RemittanceRunPlanned(next_at)]


def start(runs: Runs, client_id: UUID, now: datetime) -> list[Event]:
    """The day has come: gather what is to be paid on, unless something is missing for it."""
    missing = _missing(runs)
    if missing is not None:
        return [settlement.RemittanceRunRefused(missing, next_run(runs, now))]
    run_id = uuid5(client_id, f"run|{runs.count + 1}")
    return [settlement.RemittanceRunStarted(run_id, local_date(runs.country, now), next_run(runs, now))]


def start_now(runs: Runs, client_id: UUID, now: datetime) -> list[Event]:
    """A person asks for a run. Refused with what is missing."""
    missing = _missing(runs)
    if missing is not None:
        raise Refused(f"no run can be made: {missing}", missing)
    return start(runs, client_id, now)


def set_aside(owed: Owed, runs: Runs) -> list[Event]:
    """What of this case is paid on in the run under way. Nothing is set aside twice."""
    run, parts = runs.under_way, owed.to_pay_on
    if run is None or run.run_id in owed.runs or not parts:
        return []
    kept, commission, vat, net = divide(parts, runs.client.now.agreement)
    return [settlement.ShareSetAside(run.run_id, parts, kept, commission, vat, net, owed.days)]


def divide(parts: Sequence[Part], agreement: Agreement) -> tuple[Money, Money, Money, Money]:
    """What the agency keeps, its commission on the client's part, VAT on that, and what is left for the client."""
    currency = parts[0].amount.currency
    shares = {share.component: share for share in agreement.shares}
    theirs = [part for part in parts if shares[part.component].kept_by == "client"]
    kept = total((part.amount for part in parts if part not in theirs), currency)
    fees = (part.amount.share(Decimal(shares[part.component].commission_percent)) for part in theirs)
    commission = total(fees, currency)
    vat = commission.share(Decimal(agreement.vat_percent or 0))
    return kept, commission, vat, total((part.amount for part in theirs), currency) - commission - vat


def finish(runs: Runs, lines: Sequence[RemittanceLine], now: datetime) -> tuple[tuple[Draft, ...], tuple[Carried, ...]]:
    """One payout a currency of everything set aside and not paid on; what is not above zero is carried over."""
    assert runs.under_way is not None  # noqa: S101  (asked only while a run is under way)
    run_id, client = runs.under_way.run_id, runs.client.now
    by_currency: dict[str, list[RemittanceLine]] = {}
    for line in sorted(lines, key=lambda line: (line.number, str(line.run_id))):
        by_currency.setdefault(line.net.currency, []).append(line)
    drafts, carried = [], []
    for currency, those in sorted(by_currency.items()):
        net = total((line.net for line in those), currency)
        to = next((each for each in client.payout_accounts if each.currency == currency), None)
        if net.minor <= 0:
            carried.append(Carried(net, "nothing_to_pay"))
        elif to is None:
            carried.append(Carried(net, "no_payout_account"))
        else:
            execute_on = bank_day_on_or_after(runs.country, local_date(runs.country, now))
            made = remittance_id(run_id, currency)
            drafts.append(Draft(made, run_id, tuple(those), net, to, execute_on))
    return tuple(drafts), tuple(carried)


def created(draft: Draft, client_id: UUID, payout: str, statement: str) -> settlement.RemittanceCreated:
    """The payout, once its documents are written."""
    return settlement.RemittanceCreated(
        client_id, draft.run_id, draft.lines, draft.net, draft.execute_on, draft.to.iban,
        draft.remittance_id.hex, payout, statement,
    )  # fmt: skip


def next_run(runs: Runs, now: datetime) -> datetime:
    """Noon, local time, of the agreed weekday after now, or of the first bank day after it."""
    day = local_date(runs.country, now)
    while True:
        weekday = runs.client.now.agreement.remit_weekday
        due = day + DAY * ((weekday - day.weekday()) % 7)
        at = at_local(runs.country, bank_day_on_or_after(runs.country, due), NOON)
        if at > now:
            return at
        day = due + DAY


def sums_of(lines: Sequence[RemittanceLine]) -> Mapping[str, Money]:
    """The columns of a statement added up."""
    currency = lines[0].net.currency
    parts = [part for line in lines for part in line.received]
    columns: dict[str, Money] = {
        each: total((part.amount for part in parts if part.component == each), currency) for each in COMPONENTS
    }
    return {
        **columns,
        "received": total((part.amount for part in parts), currency),
        "kept": total((line.kept for line in lines), currency),
        "commission": total((line.commission for line in lines), currency),
        "vat": total((line.vat for line in lines), currency),
        "net": total((line.net for line in lines), currency),
    }


def _missing(runs: Runs) -> str | None:
    """What the agreement lacks for a run, by its name."""
    if runs.under_way is not None:
        return "run_under_way"
    agreement = runs.client.now.agreement
    if agreement.vat_percent is None:
        return "vat_percent"
    known = {share.component for share in agreement.shares}
    return next((f"share_of_{each}" for each in COMPONENTS if each not in known), None)
