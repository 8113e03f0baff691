"""What stopping or pausing would do, said before it is done and again when it is."""

from collections.abc import Callable
from datetime import date, timedelta

import msgspec

from services.gateway.progress import Message, Plan, Progress
from shared.balance import Balance
from shared.casefile import Casefile
from shared.money import Money, total

ONE_DAY = timedelta(days=1)
BalanceOn = Callable[[Casefile, date], Balance]


class GoneAlready(msgspec.Struct, frozen=True):
    """A message its provider already has: it may still arrive."""

    kind: str
    channel: str
    document: str
    pay_by: date | None


class PlanInForce(msgspec.Struct, frozen=True):
    """Instalments the debtor is keeping. Stopping does not end them: what is promised may still be paid."""

    instalments: int
    paid: int
    missed: int
    still_to_come: Money


class Consequences(msgspec.Struct, frozen=True):
    """What is so on the day it is asked.

    `cost_to_client` is what stopping costs by the agreement; `costs_not_collected` what the debtor owes in costs that
    is no longer asked for; `interest_a_day` what the law adds to the claim each day, whether asked for or not.
    """

    gone_already: tuple[GoneAlready, ...]
    recalled: tuple[GoneAlready, ...]
    plan: PlanInForce | None
    cost_to_client: Money
    costs_not_collected: Money
    interest_to_date: Money
    interest_a_day: Money
    open_balance: Money


def consequences(progress: Progress, today: date, balance_on: BalanceOn) -> Consequences:
    """What stopping this case would do today. Raises shared.law.Unknown where interest cannot be told."""
    case = progress.case
    owed, tomorrow = balance_on(case, today), balance_on(case, today + ONE_DAY)
    interest = _interest(owed)
    costs = total((claim.reminder_cost + claim.collection_cost for claim in owed.claims), owed.currency)
    to_debtor = [message for message in progress.messages.values() if message.to == "debtor"]
    return Consequences(
        gone_already=tuple(_told(message) for message in to_debtor if message.is_out_of_our_hands),
        recalled=tuple(_told(message) for message in to_debtor if message.where in ("decided", "failed")),
        plan=_plan(progress.plan_in_force, case.currency),
        cost_to_client=Money(0, case.currency),  # No component of an agreement puts a price on stopping.
        costs_not_collected=costs,
        interest_to_date=interest,
        interest_a_day=_interest(tomorrow) - interest,
        open_balance=owed.total,
    )


def _interest(owed: Balance) -> Money:
    return total((claim.interest for claim in owed.claims), owed.currency)


def _told(message: Message) -> GoneAlready:
    return GoneAlready(message.kind, message.channel, message.document, message.pay_by)


def _plan(plan: Plan | None, currency: str) -> PlanInForce | None:
    if plan is None:
        return None
    left = total((each.amount for number, each in enumerate(plan.instalments, 1) if number not in plan.paid), currency)
    return PlanInForce(len(plan.instalments), len(plan.paid), len(plan.missed - plan.paid), left)
