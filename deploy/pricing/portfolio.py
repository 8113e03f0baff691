"""Open cases as the law is asked about them, without a name in them: invented ones from a seed, and what each is worth.

The benchmark prices a whole portfolio of them; `sovinto law diff` prices each under two versions of the packs.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import msgspec
from msgspec.structs import replace

from shared.law import ChargedCost, Country, Debtor, Interest, Law, NextSteps, PayableOn, SentStep, Step, Unknown
from shared.money import Money, total

CURRENCY: dict[Country, str] = {"FI": "EUR", "NO": "NOK", "SE": "SEK"}
LARGEST_MINOR: dict[Country, int] = {"FI": 20_000_00, "NO": 200_000_00, "SE": 200_000_00}
COUNTRIES: tuple[Country, ...] = ("FI",) * 6 + ("NO",) * 3 + ("SE",)
LETTERS: dict[Country, tuple[Step, ...]] = {
    "FI": ("reminder", "demand", "second_demand"),
    "NO": ("reminder", "notice", "demand", "heavy_salary"),
    "SE": ("reminder", "demand"),
}
BUSINESS_PERCENT = 40
OLDEST_DAYS = 1_000  # Within the three years after which most of them would be barred.
TERM_DAYS = 14
TO_PAY = timedelta(days=21)
CONTRACT_RATE_PERCENT = 10  # How many businesses agreed a rate of their own.
PART_PAID_PERCENT = 25


class OpenClaim(msgspec.Struct, frozen=True):
    """One unpaid invoice: what was owed on its due date, as told, and what of the principal was paid since."""

    principal: Money
    due: date
    issued: date
    payments: tuple[tuple[date, Money], ...] = ()
    contract_rate: Decimal | None = None
    interrupted: tuple[date, ...] = ()  # Days on which limitation was interrupted.


class OpenCase(msgspec.Struct, frozen=True):
    """An open case: its claims, what was sent for it and what was charged. `name` is its number or its id."""

    name: str
    country: Country
    debtor: Debtor
    claims: tuple[OpenClaim, ...]
    sent: tuple[SentStep, ...] = ()
    charged: tuple[ChargedCost, ...] = ()
    can_deduct_vat: bool = True

    def open_principal(self) -> Money:
        """What is left of all invoices."""
        currency = self.claims[0].principal.currency
        left = sum(
            max(claim.principal.minor - sum(paid.minor for _, paid in claim.payments), 0) for claim in self.claims
        )
        return Money(left, currency)


class Priced(msgspec.Struct, frozen=True):
    """What the law says of a case on a day. `missing` names what is not known; what stands on it is then left out."""

    payable: tuple[PayableOn, ...]  # The day each claim really fell due.
    interest: tuple[Interest, ...]
    next: NextSteps | None
    missing: tuple[str, ...] = ()

    @property
    def interest_amount(self) -> Money | None:
        """All interest that has run; none where a rate is not known."""
        amounts = [each.amount for each in self.interest]
        return total(amounts, amounts[0].currency) if amounts else None


def price(law: Law, case: OpenCase, on: date) -> Priced:
    """Interest to the day, and what may be done and charged next. Everything is worked out anew."""
    missing: list[str] = []
    payable = tuple(law.payable_on(case.country, claim.due) for claim in case.claims)
    interest, steps = (), None  # type: tuple[Interest, ...], NextSteps | None
    try:
        interest = tuple(
            law.interest(case.country, case.debtor, claim.principal, due.on, on, claim.payments, claim.contract_rate)
            for claim, due in zip(case.claims, payable, strict=True)
        )
    except Unknown as unknown:
        missing.append(unknown.missing)
    try:
        steps = next_of(law, case, max(due.on for due in payable), on)
    except Unknown as unknown:
        missing.append(unknown.missing)
    return Priced(payable, interest, steps, tuple(missing))


def next_of(law: Law, case: OpenCase, due: date, on: date) -> NextSteps:
    """What may be done and charged next. `due` is the last day a claim really fell due, so that no claim is early."""
    return law.next_steps(
        case.country,
        case.debtor,
        case.open_principal(),
        on,
        case.charged,
        due=due,
        previous=case.sent,
        interrupted=[day for claim in case.claims for day in claim.interrupted],
        can_deduct_vat=case.can_deduct_vat,
        arose=min(claim.issued for claim in case.claims),
        invoice_sent=max(claim.issued for claim in case.claims),
    )


# Invented cases.


def invented(law: Law, count: int, seed: int, on: date) -> Iterator[OpenCase]:
    """So many open cases as they might stand on a day, in the countries of this law.

    Each is drawn from the seed and its number alone.
    """
    countries = [country for country in COUNTRIES if country in law.packs]
    for number in range(1, count + 1):
        rng = Random(f"case {seed} {number}")  # noqa: S311 - invented cases, no secret.
        yield as_far_as_it_came(law, new_case(number, rng.choice(countries), on, rng), on, rng)


def new_case(number: int, country: Country, on: date, rng: Random) -> OpenCase:
    """One unpaid invoice, of which a part may have been paid."""
    currency = CURRENCY[country]
    debtor: Debtor = "business" if rng.randrange(100) < BUSINESS_PERCENT else "consumer"
    # Small sums are many and large ones few: the square of an even draw.
    minor = 10_00 + LARGEST_MINOR[country] * rng.randrange(1_000_000) ** 2 // 1_000_000**2
    due = on - timedelta(days=rng.randrange(1, OLDEST_DAYS))
    payments = ()  # type: tuple[tuple[date, Money], ...]
    if rng.randrange(100) < PART_PAID_PERCENT:
        paid_on = due + timedelta(days=rng.randrange((on - due).days))
        payments = ((paid_on, Money(rng.randrange(1_00, minor), currency)),)
    rate = None
    if debtor == "business" and rng.randrange(100) < CONTRACT_RATE_PERCENT:
        rate = Decimal(rng.randrange(6_00, 16_00)) / 100
    issued = due - timedelta(days=rng.randrange(TERM_DAYS, 2 * TERM_DAYS))
    claim = OpenClaim(Money(minor, currency), due, issued, payments, rate)
    return OpenCase(f"{number:06}", country, debtor, (claim,), can_deduct_vat=rng.randrange(10) > 0)


def as_far_as_it_came(law: Law, case: OpenCase, on: date, rng: Random) -> OpenCase:
    """The case with some of its letters sent, each on a lawful day or a little later, and charged as the law allows."""
    due = law.payable_on(case.country, case.claims[0].due).on
    for step in LETTERS[case.country][: rng.randrange(len(LETTERS[case.country]) + 1)]:
        first = law.earliest(case.country, case.debtor, step, due, case.sent)
        day = first.on + timedelta(days=rng.randrange(10))
        if day > on:
            break
        case = after(law, case, SentStep(step, day, day + TO_PAY), due)
    return case


def after(law: Law, case: OpenCase, sent: SentStep, due: date) -> OpenCase:
    """The case once a letter was sent, with what it may cost; a cost that replaces another takes its place."""
    measure = law.measure_of(case.country, sent.kind)
    charged = case.charged
    if measure is not None:
        cost = law.cost(
            case.country, case.debtor, measure, case.open_principal(), sent.on, charged, due=due, previous=case.sent,
            can_deduct_vat=case.can_deduct_vat,
        )  # fmt: skip
        if cost.charge:
            whole = total((each.amount for each in charged if each.measure == cost.replaces), cost.charge.currency)
            kept = tuple(each for each in charged if each.measure != cost.replaces)
            charged = (*kept, ChargedCost(measure, sent.on, whole + cost.charge))
    return replace(case, sent=(*case.sent, sent), charged=charged)
