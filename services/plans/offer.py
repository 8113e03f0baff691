"""An offer: instalments after payday on bank days, with their cost and total worked out before anyone chooses."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from shared.allocation import allocate
from shared.balance import Balance, balance, charged, conditions_of, kind_of
from shared.calendar import Country, add_bank_days, bank_day_on_or_after
from shared.casefile import Casefile
from shared.errors import Refused
from shared.events.gateway import ClientSet, Mandate
from shared.events.plans import Instalment
from shared.events.reasons import Charge, RuleAsked
from shared.events.settlement import PaymentAllocated
from shared.law import Law, Unknown
from shared.law.kept import kept
from shared.money import Money, total

INSTALMENTS_MAX = 24
OFFERED = (2, 3, 4, 6, 9, 12)  # What a page shows; any number up to the maximum can be asked for.
NEAR_PERCENT = 110  # A plan this much of the mandate's length is near enough to start by silence.
PROJECTIONS_MAX = 4
NOBODY = UUID(int=0)


class Offer(msgspec.Struct, frozen=True):
    """Instalments, the whole they add up to, what of it is the plan's own cost, and what the mandate says of it."""

    instalments: tuple[Instalment, ...]
    total: Money
    charge: Charge | None
    outside_mandate: tuple[str, ...]

    def is_near(self, mandate: Mandate) -> bool:
        """Whether only its length is outside the mandate, and by no more than a tenth."""
        return (
            set(self.outside_mandate) <= {"too_many_instalments", "too_long"}
            and len(self.instalments) * 100 <= mandate.instalments_max * NEAR_PERCENT
        )


def options(case: Casefile, party: Casefile, client: ClientSet, law: Law, first_due: date, today: date) -> list[Offer]:
    """The offers to show, fewest instalments first. Too many for so small a debt, or into a time whose rate is not
    known, are left out.

    Raises:
        Refused: none can be offered; why not even the fewest.
    """
    made, refused = [], []
    for count in OFFERED:
        try:
            made.append(offer(case, party, client, law, count, first_due, today))
        except Refused as no:
            refused.append(no)
    if not made:
        raise refused[0]
    return made


def offer(
    case: Casefile, party: Casefile, client: ClientSet, law: Law, count: int, first_due: date, today: date
) -> Offer:
    """What paying in this many instalments comes to. The last one holds the interest that runs until its day.

    Raises:
        Refused: a number of instalments no plan has, a first day in the past, nothing to pay, or a rate not known.
    """
    try:
        return _offer(case, party, client, law, count, first_due, today)
    except Unknown as unknown:
        # Interest to the last day is part of the promise: nobody promises an amount that cannot be worked out.
        raise Refused(f"no plan can be priced that far ahead: {unknown}", "rate_missing") from None


def _offer(
    case: Casefile, party: Casefile, client: ClientSet, law: Law, count: int, first_due: date, today: date
) -> Offer:
    if not 2 <= count <= INSTALMENTS_MAX:
        raise Refused(f"a plan has 2 to {INSTALMENTS_MAX} instalments, not {count}", "instalments")
    if first_due <= today:
        raise Refused(f"the first instalment falls after today, not on {first_due}", "first_due")
    country, _ = kind_of(case)
    days = due_days(country, first_due, count)
    charge = cost(case, party, client, law, count, today)
    owed = balance(case, today, law)
    if owed.total.minor < count:
        raise Refused("there is nothing to spread", "nothing_owed")
    planned = case if charge is None else case.earning(NOBODY, charge)
    whole = _whole(planned, days, law)
    instalments = tuple(
        Instalment(day, amount, add_bank_days(country, day, 1))
        for day, amount in zip(days, whole.split(count), strict=True)
    )
    return Offer(instalments, whole, charge, outside(client.mandate, instalments, today))


def due_days(country: Country, first_due: date, count: int) -> tuple[date, ...]:
    """The same day of each month, or its last, moved to a bank day."""
    days = []
    for month in range(count):
        year, zero_based = divmod(first_due.year * 12 + first_due.month - 1 + month, 12)
        day = first_due.day
        while day > 28:
            try:
                date(year, zero_based + 1, day)
                break
            except ValueError:
                day -= 1
        days.append(bank_day_on_or_after(country, date(year, zero_based + 1, day)))
    return tuple(days)


def cost(case: Casefile, party: Casefile, client: ClientSet, law: Law, count: int, today: date) -> Charge | None:
    """What a plan over the whole debt costs the debtor by law today; nothing where the client waives it."""
    if client.mandate.waive_plan_cost:
        return None
    country, debtor = kind_of(case)
    owed = balance(case, today, law)
    oldest = min(claim.due for claim in case.claims.values())
    answer = law.cost(
        country, debtor, "plan", owed.principal, today, charged(case), due=oldest, instalments=count,
        can_deduct_vat=client.agreement.can_deduct_vat, conditions=conditions_of(case, party),
    )  # fmt: skip
    if not answer.allowed or not answer.charge:
        return None
    rules = tuple(RuleAsked(rule.id, rule.section, rule.source) for rule in answer.rules)
    return Charge("plan", answer.charge, today, rules, answer.replaces, kept(answer))


def outside(mandate: Mandate, instalments: Sequence[Instalment], today: date) -> tuple[str, ...]:
    """What of a plan the client has not allowed in advance."""
    currency = instalments[0].amount.currency
    smallest = next((each for each in mandate.instalment_mins if each.currency == currency), Money(0, currency))
    reasons = []
    if len(instalments) > mandate.instalments_max:
        reasons.append("too_many_instalments")
    if (instalments[-1].due - today).days > mandate.plan_days_max:
        reasons.append("too_long")
    if min(each.amount for each in instalments) < smallest:
        reasons.append("instalment_too_small")
    return tuple(reasons)


def _whole(case: Casefile, days: Sequence[date], law: Law) -> Money:
    """What all instalments together must be so that the last one leaves nothing, interest to its day included."""
    whole = balance(case, days[-1], law).total
    for _ in range(PROJECTIONS_MAX):
        left = _left_after(case, days, whole, law)
        surplus = whole - _taken(case, days, whole, law)
        if not left.total and not surplus:
            break
        whole = whole + left.total - surplus
    return whole


def _left_after(case: Casefile, days: Sequence[date], whole: Money, law: Law) -> Balance:
    return balance(_played(case, days, whole, law)[0], days[-1], law)


def _taken(case: Casefile, days: Sequence[date], whole: Money, law: Law) -> Money:
    return _played(case, days, whole, law)[1]


def _played(case: Casefile, days: Sequence[date], whole: Money, law: Law) -> tuple[Casefile, Money]:
    """The case as it would be had every instalment come on its day, and how much of them it took."""
    country, debtor = kind_of(case)
    taken = []
    for day, amount in zip(days, whole.split(len(days)), strict=True):
        order = law.allocation_order(country, debtor, day).order
        for claim_id, parts in allocate(balance(case, day, law), amount, order).claims:
            paid = total((part.amount for part in parts), case.currency)
            taken.append(paid)
            case = case.after(PaymentAllocated(NOBODY, claim_id, paid, parts, day, "", ""))
    return case, total(taken, case.currency)
