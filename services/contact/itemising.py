"""A case's money as a message itemises it: per claim principal, interest, costs by rule, payments, what is left."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, cast

from msgspec.structs import replace

from services.contact.known import Known
from services.contact.letters.letter import Claim, Cost, Interest, Payment
from shared.allocation import allocate
from shared.balance import ClaimBalance, balance, kind_of
from shared.casefile import NOBODY, Casefile
from shared.casefile import Claim as Owed
from shared.events.contact import ContactDecided
from shared.events.plans import PlanStarted
from shared.events.settlement import PaymentAllocated
from shared.law import Law
from shared.money import Money, round_half_up, total

MINOR = Decimal(100)


def claims_of(known: Known, law: Law, decided: ContactDecided, on: date) -> tuple[Claim, ...]:
    """The claims itemised on a day. A friendly message asks for the invoice alone."""
    case = known.case
    if all(earned.by != decided.contact_id for earned in case.charges):
        case = case.earning(decided.contact_id, decided.charge)
    rows = balance(case, on, law).claims
    friendly = decided.kind == "friendly"
    return tuple(
        itemised(case, row, place == 0 and not friendly, not friendly)
        for place, row in enumerate(rows)
        if row.total
    )  # fmt: skip


def planned_claims(known: Known, law: Law, plan: PlanStarted) -> tuple[Claim, ...]:
    """The claims as a plan pays them: interest falls as the instalments come."""
    played, country, debtor = known.case, *kind_of(known.case)
    for part in plan.instalments:
        order = law.allocation_order(country, debtor, part.due).order
        for claim_id, parts in allocate(balance(played, part.due, law), part.amount, order).claims:
            paid = total((each.amount for each in parts), played.currency)
            played = played.after(PaymentAllocated(NOBODY, claim_id, paid, parts, part.due, "", ""))
    last = plan.instalments[-1].due
    before, after = balance(known.case, last, law).claims, balance(played, last, law).claims
    rows = [replace(row, accrued=end.accrued) for row, end in zip(before, after, strict=True)]
    claims = [itemised(known.case, row, place == 0, True, exact=False) for place, row in enumerate(rows) if row.total]
    wanted = total((part.amount for part in plan.instalments), known.case.currency)
    return _adding_up_to(claims, wanted)


def itemised(case: Casefile, row: ClaimBalance, with_costs: bool, with_interest: bool, *, exact: bool = True) -> Claim:
    """One claim: principal, interest by rate, costs by rule, what was paid, and what is left."""
    claim = case.claims[row.claim_id]
    interest = interest_lines(row) if with_interest else ()
    costs = cost_lines(case) if with_costs else ()
    charged = total((claim.principal, *(one.amount for one in interest), *(one.amount for one in costs)), case.currency)
    paid = paid_lines(claim, with_interest)
    left = charged - total((one.amount for one in paid), case.currency)
    wanted = left
    if exact:
        wanted = row.principal if not with_interest else row.total
    if left != wanted:
        # Interest once paid may fall away by a credit note; what counts as paid is what leaves this balance.
        day = paid[-1].on if paid else claim.due
        paid = (Payment(on=day, amount=charged - wanted),)
    return Claim(
        invoice_number=claim.number,
        issued=claim.issued,
        due=claim.due,
        basis="",
        principal=claim.principal,
        interest=interest,
        costs=costs,
        paid=paid,
        open=wanted,
    )


def interest_lines(row: ClaimBalance) -> tuple[Interest, ...]:
    """The interest stretch by stretch, rounded so that the lines add up to the whole."""
    segments, currency = row.accrued.segments, row.accrued.amount.currency
    sums = [Decimal(0)]
    for segment in segments:
        sums.append(sums[-1] + segment.amount)
    minors = [round_half_up(each * MINOR) for each in sums[:-1]] + [row.accrued.amount.minor]
    lines = [
        Interest(
            rate=segment.rate, first=segment.from_, last=segment.to, amount=Money(high - low, currency)
        )
        for segment, (low, high) in zip(segments, pairwise(minors), strict=True)
    ]  # fmt: skip
    return tuple(lines)


def cost_lines(case: Casefile) -> tuple[Cost, ...]:
    """Each cost in force, with the day of the action that earned it and the section that allows it."""
    return tuple(
        Cost(
            kind=cast("Any", earned.charge.measure),
            on=earned.charge.on,
            amount=earned.charge.amount,
            rule=earned.charge.rules[0].section if earned.charge.rules else section_of(case, earned.charge.measure),
        )
        for earned in case.charges
    )


def section_of(case: Casefile, measure: str) -> str:
    """The section of a cost the client charged itself: the one its step was checked against."""
    found = (step.section for _, step in case.earlier if step.kind == measure and step.section)
    return next(found, "513/1999 10 §" if case.country == "FI" else "inkassoloven § 17")


def paid_lines(claim: Owed, with_interest: bool) -> tuple[Payment, ...]:
    """What was paid and credited, a line a day. Where only the invoice is asked for, only what paid it counts."""
    by_day: dict[date, int] = {}
    currency = claim.principal.currency
    for day, parts in claim.paid:
        counted = [part for part in parts if with_interest or part.component == "principal"]
        by_day[day] = by_day.get(day, 0) + sum(part.amount.minor for part in counted)
    lines = [(day, minor) for day, minor in sorted(by_day.items()) if minor]
    if claim.credited:
        lines.insert(0, (claim.due, claim.credited.minor))
    if any(minor < 0 or day == date.max for day, minor in lines):
        # Money taken back or written off: only the sum can be told.
        days = [day for day, _ in lines if day != date.max]
        lines = [(max(days, default=claim.due), sum(minor for _, minor in lines))]
    return tuple(Payment(on=day, amount=Money(minor, currency)) for day, minor in lines if minor > 0)


def _adding_up_to(claims: Sequence[Claim], wanted: Money) -> tuple[Claim, ...]:
    """The same claims where they add up; else the last one's payments say the odd cents."""
    off = total((claim.open for claim in claims), wanted.currency) - wanted
    if not off or not claims:
        return tuple(claims)
    last = claims[-1]
    paid = (*last.paid, Payment(on=last.due, amount=off))
    return (*claims[:-1], replace(last, paid=paid, open=last.open - off))


def with_basis(known: Known, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims with what each is for, in the words of its invoice."""
    words = {claim.number: known.basis.get(claim.claim_id, "") for claim in known.case.claims.values()}
    return tuple(replace(claim, basis=words.get(claim.invoice_number) or claim.invoice_number) for claim in claims)
