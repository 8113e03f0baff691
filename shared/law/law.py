"""The law, loaded once and asked often: every answer is worked out from its arguments alone, for any day since 2015."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Self

from shared.law import (
    allocation,
    contact,
    costs,
    costs_fi,
    costs_no,
    costs_se,
    earlier,
    keeping,
    limitation,
    paying,
    timing,
)
from shared.law import interest as late_interest
from shared.law.answers import (
    AllocationOrder,
    Channel,
    ChargedCost,
    Component,
    Condition,
    ContactAnswer,
    Cost,
    Country,
    DaysToPay,
    Debtor,
    EarlierStep,
    Earliest,
    Interest,
    Interruption,
    KeptUntil,
    Letter,
    LetterItem,
    Limitation,
    Measure,
    NextSteps,
    PastContact,
    PayableOn,
    SentStep,
    Step,
)
from shared.law.contact import AGENCY_POLICY, ContactPolicy
from shared.law.interest import Rates
from shared.law.next_steps import next_steps
from shared.law.pack import BadPack, Pack, Value
from shared.law.reading import read_pack
from shared.money import Money

PACKS = Path(__file__).parent / "packs"
COUNTRIES: tuple[Country, ...] = ("FI", "NO", "SE")
DEBTORS: tuple[Debtor, ...] = ("consumer", "business")
COSTS: dict[Country, costs.OfCountry] = {"FI": costs_fi.cost, "NO": costs_no.cost, "SE": costs_se.cost}

# What a step costs by; a friendly message never costs.
MEASURE_OF_STEP: dict[Country, dict[Step, Measure]] = {
    "FI": {"reminder": "reminder", "demand": "demand", "second_demand": "second_demand", "tratta": "tratta"},
    "NO": {"reminder": "reminder", "notice": "notice", "demand": "salary_light", "heavy_salary": "salary_heavy"},
    "SE": {"reminder": "reminder", "demand": "demand"},
}


class Law:
    """The rule packs of every country, ready to be asked. Raises Unknown where a value that is needed is missing."""

    def __init__(self, packs: Mapping[Country, Pack]) -> None:
        self.packs = packs
        self.rates = {(country, debtor): Rates(pack, debtor) for country, pack in packs.items() for debtor in DEBTORS}

    @classmethod
    def load(cls, *, live: bool = False, overlay: Path | None = None, packs: Path = PACKS) -> Self:
        """Reads and checks the packs; raises BadPack with file and line.

        In a live store a value known only from memory is unknown until `overlay` confirms it with a source.
        """
        read = {
            country: read_pack(packs / f"{country.lower()}.yaml", live=live, overlay=overlay) for country in COUNTRIES
        }
        for country, pack in read.items():
            if pack.country != country:
                raise BadPack(f"{country.lower()}.yaml:1: this is not the pack of {country}, but of {pack.country}")
        return cls(read)

    def interest(
        self,
        country: Country,
        debtor: Debtor,
        principal: Money,
        due: date,
        until: date,
        payments: Sequence[tuple[date, Money]] = (),
        contract_rate: Decimal | None = None,
        *,
        credit_rate: Decimal | None = None,
    ) -> Interest:
        """Late interest from the day after `due` to `until`, both included; payments reduce the principal.

        `due` is the day the claim really fell due (`payable_on`), `principal` what was owed on it. `credit_rate` is
        the rate a credit bore before all of it fell due: in Finland a higher one goes on for 180 days.
        """
        self.check_currency(country, principal)
        rates = self.rates[country, debtor]
        return late_interest.interest(rates, principal, due, until, payments, contract_rate, credit_rate)

    def cost(
        self,
        country: Country,
        debtor: Debtor,
        measure: Measure,
        principal: Money,
        on: date,
        so_far: Sequence[ChargedCost] = (),
        *,
        due: date,
        previous: Sequence[SentStep] | None = None,
        instalments: int = 0,
        enforceable: bool = False,
        can_deduct_vat: bool = True,
        invoice_sent: date | None = None,
        fixed_due_date: bool = False,
        extension_days: int = 0,
        agreed: bool = False,
        conditions: Collection[Condition] = (),
    ) -> Cost:
        """What a measure may cost on a day, after what was charged (`so_far`) and sent (`previous`) before.

        `so_far` holds every cost the debtor is asked for on the claim, the client's own lawful ones too. `previous`
        holds every letter sent; left out it is not known which were, and only what was charged is looked at.
        `principal` is in Norway the claim with the interest that ran before its due date.

        `agreed`: a Swedish reminder's cost was agreed. `fixed_due_date`: agreed without a separate notice (Finland).
        `conditions`: what is true of the debt or the debtor now.
        """
        asked = costs.Asked(
            debtor=debtor,
            measure=measure,
            principal=principal,
            on=on,
            due=due,
            so_far=tuple(so_far),
            previous=tuple(previous or ()),
            letters_told=previous is not None,
            instalments=instalments,
            enforceable=enforceable,
            can_deduct_vat=can_deduct_vat,
            invoice_sent=invoice_sent,
            fixed_due_date=fixed_due_date,
            extension_days=extension_days,
            agreed=agreed,
            conditions=tuple(conditions),
        )
        return costs.cost(self.packs[country], asked, COSTS[country])

    def measure_of(self, country: Country, step: Step) -> Measure | None:
        """What a step of a strategy costs by: a Norwegian demand by the light salær. None: it never costs."""
        return MEASURE_OF_STEP[country].get(step)

    def next_steps(
        self,
        country: Country,
        debtor: Debtor,
        principal: Money,
        on: date,
        so_far: Sequence[ChargedCost] = (),
        *,
        due: date,
        previous: Sequence[SentStep] = (),
        history: Sequence[PastContact] = (),
        interrupted: Sequence[date] = (),
        arose: date | None = None,
        enforceable: bool = False,
        can_deduct_vat: bool = True,
        invoice_sent: date | None = None,
        fixed_due_date: bool = False,
        agreed: bool = False,
        conditions: Collection[Condition] = (),
    ) -> NextSteps:
        """What may be done next and from which instant, asked as `cost` is, on the day `on`.

        `principal` is what is left of it; `history` is every contact with the debtor, for the agency's policy.
        """
        asked = costs.Asked(
            debtor=debtor,
            measure="reminder",  # Each step is asked about by its own.
            principal=principal,
            on=on,
            due=due,
            so_far=tuple(so_far),
            previous=tuple(previous),
            enforceable=enforceable,
            can_deduct_vat=can_deduct_vat,
            invoice_sent=invoice_sent,
            fixed_due_date=fixed_due_date,
            agreed=agreed,
            conditions=tuple(conditions),
        )
        self.check_currency(country, principal)
        told = arose is not None or self.packs[country].has("limitation.years")
        barred = self.time_barred(country, debtor, due, on, interrupted, arose) if told else None
        return next_steps(self.packs[country], MEASURE_OF_STEP[country], COSTS[country], asked, history, barred)

    def earliest(
        self, country: Country, debtor: Debtor, step: Step, due: date, previous: Sequence[SentStep] = ()
    ) -> Earliest:
        """The first lawful day of a step, given the letters sent before by us or, proven, by the client."""
        return timing.earliest(self.packs[country], debtor, step, due, previous)

    def days_to_pay(
        self, country: Country, debtor: Debtor, kind: Step, channel: Channel = "letter", *, on: date
    ) -> DaysToPay:
        """How many days after `on`, the day of sending, the pay-by date in a letter must at least be."""
        return paying.days_to_pay(self.packs[country], debtor, kind, channel, on)

    def payable_on(self, country: Country, due: date) -> PayableOn:
        """The day a claim really falls due: not on a Saturday, Sunday or public holiday."""
        return paying.payable_on(self.packs[country], country, due)

    def allocation_order(
        self, country: Country, debtor: Debtor, on: date, wish: Sequence[Component] = ()
    ) -> AllocationOrder:
        """What a payment received on a day pays first, and last.

        `wish` is what the payer said it was for, first things first; it is followed where the law lets it count.
        """
        return allocation.order(self.packs[country], debtor, on, wish)

    def time_barred(
        self,
        country: Country,
        debtor: Debtor,
        due: date,
        on: date,
        interrupted: Sequence[date] = (),
        arose: date | None = None,
        *,
        judged: date | None = None,
        loan: bool = False,
    ) -> Limitation:
        """Whether a debt is barred; `interrupted` are days of what the country's law counts as interruption.

        In Sweden the years run from the day the debt arose, which must be told. `judged` is the day of a judgment:
        from it run years of its own. `loan`: the debt is a loan, which in Norway lasts longer.
        """
        pack = self.packs[country]
        return limitation.limitation(pack, debtor, due, on, interrupted, arose, judged, loan=loan)

    def interrupts(self, country: Country, what: Interruption, on: date) -> bool:
        """Whether this makes the years of limitation run anew in that country."""
        return limitation.interrupts(self.packs[country], what, on)

    def may_contact(
        self,
        country: Country,
        channel: Channel,
        at: datetime,
        history: Sequence[PastContact] = (),
        opted_out: Collection[Channel] = (),
        policy: ContactPolicy | None = AGENCY_POLICY,
        *,
        conditions: Collection[Condition] = (),
        debtor: Debtor = "consumer",
    ) -> ContactAnswer:
        """Whether a debtor may be contacted at an instant; `history` is every contact with them, over all cases.

        `policy=None` asks the law alone, without the agency's stricter policy. `conditions` are what is true of the
        debt or the debtor now: a dispute, a suspension request, a representative, a guardian, a child.
        """
        pack = self.packs[country]
        return contact.may_contact(
            pack, country, channel, at, history, opted_out, policy, conditions=conditions, debtor=debtor
        )

    def check_earlier_step(
        self,
        country: Country,
        debtor: Debtor,
        step: SentStep,
        principal: Money,
        due: date,
        previous: Sequence[SentStep] = (),
        *,
        invoice_sent: date | None = None,
        fixed_due_date: bool = False,
        agreed: bool = False,
    ) -> EarlierStep:
        """Whether a step the client took was lawful, whether later ones may build on it, and what it may cost.

        `previous` holds the client's other steps with their costs; the rest is as in `cost`.
        """
        self.check_currency(country, principal)
        taken = earlier.Taken(
            country, debtor, step, principal, due, tuple(previous), invoice_sent, fixed_due_date, agreed
        )
        return earlier.check(self.packs[country], COSTS[country], taken)

    def records_kept(self, country: Country, ended: date) -> KeptUntil:
        """The last day on which what was done on a case must be kept, given the day collection ended."""
        return keeping.records(self.packs[country], ended)

    def accounts_kept(self, country: Country, booked: date) -> KeptUntil:
        """The last day on which a voucher of that day must be kept. The financial year is the calendar's."""
        return keeping.accounts(self.packs[country], booked)

    def letter_items(self, country: Country, debtor: Debtor, kind: Letter) -> tuple[LetterItem, ...]:
        """What a letter must carry, in the order it is read; a second demand carries what a demand does."""
        letters = self.packs[country].letters
        name = "demand" if kind == "second_demand" else kind
        own = letters.get(f"{debtor}.{name}") or letters.get(f"both.{name}")
        if own is None:
            raise ValueError(f"{kind} is no letter in {country}")
        return tuple(LetterItem(item, value.value, value.rule) for item, value in (*own, *letters["both.all"]))

    def unknowns(self) -> list[tuple[Country, str, Value]]:
        """Every value that stops or shortens an answer in this store: for readiness and for the operator."""
        return [(country, name, value) for country, pack in self.packs.items() for name, value in pack.unknowns()]

    def check_currency(self, country: Country, amount: Money) -> None:
        """Raises ValueError where the amount is not in the country's currency."""
        if amount.currency != self.packs[country].currency:
            raise ValueError(f"{amount.currency} is not the currency of {country}")
