"""What is owed on a day, claim by claim: principal, interest by law, costs with the actions that earned them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, cast, get_args
from uuid import UUID

import msgspec

from shared.casefile import Casefile, Claim
from shared.law import ChargedCost, Condition, Country, Debtor, Interest, Law, Measure, SentStep
from shared.money import Money, total

REMINDER_MEASURES = ("friendly", "reminder", "notice")  # What is paid as a reminder's cost; all else is collection's.
COMPONENTS: tuple[Literal["principal", "interest", "reminder_cost", "collection_cost"], ...] = (
    "principal", "interest", "reminder_cost", "collection_cost",
)  # fmt: skip


class ClaimBalance(msgspec.Struct, frozen=True):
    """What is open of one claim. Costs of the whole case stand on its oldest claim. None of the amounts is negative.

    `accrued` is all interest that has run, with the rule of each stretch; `interest` is what of it is unpaid.
    """

    claim_id: UUID
    number: str
    principal: Money
    interest: Money
    reminder_cost: Money
    collection_cost: Money
    accrued: Interest

    @property
    def total(self) -> Money:
        return self.principal + self.interest + self.reminder_cost + self.collection_cost

    def of(self, component: str) -> Money:
        """The open amount of one component by its name."""
        amount: Money = getattr(self, component)
        return amount


class Balance(msgspec.Struct, frozen=True):
    """What is owed on a case on a day, oldest claim first."""

    on: date
    currency: str
    claims: tuple[ClaimBalance, ...]

    @property
    def total(self) -> Money:
        return total((claim.total for claim in self.claims), self.currency)

    @property
    def principal(self) -> Money:
        return total((claim.principal for claim in self.claims), self.currency)


def balance(case: Casefile, on: date, law: Law) -> Balance:
    """What is owed on that day. Raises shared.law.Unknown where a rate that is needed is not known."""
    claims = sorted(case.claims.values(), key=lambda claim: (claim.due, claim.number))
    costs = open_costs(case)
    rows = []
    for place, claim in enumerate(claims):
        accrued = interest(case, claim, on, law)
        unpaid = accrued.amount.minor - claim.paid_of("interest")
        rows.append(
            ClaimBalance(
                claim.claim_id,
                claim.number,
                _not_below_zero(claim.open_principal.minor, case.currency),
                _not_below_zero(unpaid, case.currency),
                costs["reminder_cost"] if place == 0 else Money(0, case.currency),
                costs["collection_cost"] if place == 0 else Money(0, case.currency),
                accrued,
            )
        )
    return Balance(on, case.currency, tuple(rows))


def interest(case: Casefile, claim: Claim, on: date, law: Law) -> Interest:
    """All interest that has run on a claim, on what was open of it each day."""
    country, debtor = kind_of(case)
    by_day: dict[date, int] = defaultdict(int)
    for day, parts in claim.paid:
        by_day[day] += sum(part.amount.minor for part in parts if part.component == "principal")
    payments = [(day, Money(minor, case.currency)) for day, minor in sorted(by_day.items()) if minor and day <= on]
    owed = claim.principal - claim.credited
    rate = Decimal(claim.contract_rate) if claim.contract_rate else None
    return law.interest(country, debtor, owed, law.payable_on(country, claim.due).on, on, payments, rate)


def open_costs(case: Casefile) -> dict[str, Money]:
    """The costs in force and not yet paid, by component, over the whole case."""
    charged: dict[str, int] = defaultdict(int)
    for earned in case.charges:
        charged[component_of(earned.charge.measure)] += earned.charge.amount.minor
    paid = {each: sum(claim.paid_of(each) for claim in case.claims.values()) for each in COMPONENTS}
    return {
        each: _not_below_zero(charged[each] - paid[each], case.currency)
        for each in ("reminder_cost", "collection_cost")
    }


def component_of(measure: str) -> Literal["reminder_cost", "collection_cost"]:
    """Which part of a debt a measure's cost is."""
    return "reminder_cost" if measure in REMINDER_MEASURES else "collection_cost"


def charged(case: Casefile) -> Sequence[ChargedCost]:
    """The costs in force, as the law asks for them."""
    return [
        ChargedCost(cast("Measure", earned.charge.measure), earned.charge.on, earned.charge.amount)
        for earned in case.charges
    ]


def told_steps(case: Casefile) -> list[SentStep]:
    """The lawful steps the client took before us, as the law asks for them."""
    return [SentStep(step.kind, step.sent, step.pay_by, step.charged) for _, step in case.earlier]


def kind_of(case: Casefile) -> tuple[Country, Debtor]:
    """Country and kind of debtor, as the law asks for them."""
    return cast("Country", case.country), cast("Debtor", case.debtor)


def conditions_of(case: Casefile, party: Casefile) -> tuple[Condition, ...]:
    """What is true of the debt or the debtor now and changes what the law lets us do, in the law's words."""
    found: set[object] = {*case.conditions, case.suspended_because, party.suspended_because}
    found |= {"objection_upheld"} if case.objection_upheld else set()
    return tuple(condition for condition in get_args(Condition) if condition in found)


def _not_below_zero(minor: int, currency: str) -> Money:
    return Money(max(minor, 0), currency)
