"""What the law answers: every answer carries the rules it rests on, so that it can be stored and explained."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from shared.calendar import Country
from shared.money import Money

Debtor = Literal["consumer", "business"]
Component = Literal["interest", "principal", "reminder_cost", "collection_cost"]
Channel = Literal["call", "sms", "email", "letter"]
Step = Literal[
    "friendly",
    "reminder",
    "notice",
    "demand",
    "second_demand",
    "heavy_salary",
    "tratta",
    "publication",
    "legal",
]
Letter = Literal["friendly", "reminder", "notice", "demand", "second_demand", "plan"]
Measure = Literal[
    "reminder",
    "other_reminder",
    "notice",
    "demand",
    "second_demand",
    "own_demand",
    "same_group_demand",
    "extension",
    "plan",
    "tratta",
    "bankruptcy_demand",
    "standard_compensation",
    "salary_light",
    "salary_heavy",
]
# What is true of a debt or a debtor and changes what may be done; which of them changes what, the packs say.
Condition = Literal["disputed", "objection_upheld", "suspension_request", "represented", "guardian", "minor"]
Refusal = Literal[
    "no_statutory_amount",  # The law knows the measure but gives it no amount; never the same as zero.
    "no_such_measure",  # Not a measure that is paid for in this country or by this kind of debtor.
    "unknown",  # The amount is not known (or not confirmed); it could only add, so it is left out.
    "too_early",
    "count_limit",
    "charged_already",
    "cap_reached",
    "within_standard_compensation",
    "invoice_sent_late",
    "extension_too_short",
    "not_agreed",
    "notice_missing",
    "notice_running",
    "reminder_missing",
    "demand_missing",
    Condition,
]
EarlierReason = Refusal | Literal["before_due", "above_maximum", "too_little_time"]
Instead = Literal["representative", "guardian"]
Interruption = Literal["agreement", "payment", "acknowledgement", "demand", "legal"]
Blocked = Literal[
    "opted_out",
    Condition,
    "hours_unknown",
    "holiday",
    "weekend",
    "outside_hours",
    "contacted_that_day",
    "contacted_that_week",
    "contacted_that_month",
    "calls_per_day",
    "calls_per_week",
    "calls_per_month",
]
NothingFollows = Literal["paid", "time_barred", "all_taken", "too_late", Condition]
Confidence = Literal["verified", "secondary", "from-memory", "derived", "unknown"]


class Rule(msgspec.Struct, frozen=True):
    """One value of a rule pack: what it says, the section it stands in, where that was seen, how surely."""

    id: str
    says: str
    section: str
    source: str
    confidence: Confidence
    our_choice: bool = False


class Segment(msgspec.Struct, frozen=True):
    """Days with one rate and one principal. The amount is shown to ten decimals; only the whole is rounded."""

    from_: date = msgspec.field(name="from")
    to: date
    days: int
    rate: Decimal
    amount: Decimal
    principal: Money
    year_days: int


class Interest(msgspec.Struct, frozen=True):
    """The late interest run from the day after the due date to a day, that day included."""

    amount: Money
    segments: tuple[Segment, ...]
    rules: tuple[Rule, ...]


class ChargedCost(msgspec.Struct, frozen=True):
    """A cost charged earlier. `full` is what it would have been had the standard compensation not held it."""

    measure: Measure
    on: date
    amount: Money
    full: Money | None = None


class Cost(msgspec.Struct, frozen=True):
    """What one measure may cost the debtor.

    `amount` is what the measure costs; none where the law gives no amount. `charge` is what may be booked now: zero
    unless allowed, and only the difference where the measure replaces (`replaces`) one charged before. VAT is in
    neither, but in `vat_on_top`. `cap_left` is what the total cap left before this charge; none where there is no
    cap. `earliest` is set where it is too early. The first of `rules` is the one the amount stands in.
    `left_out` names unknowns that could only have added to the amount.
    """

    measure: Measure
    amount: Money | None
    allowed: bool
    reason: Refusal | None
    earliest: date | None
    cap_left: Money | None
    charge: Money
    rules: tuple[Rule, ...]
    vat_on_top: Money | None = None
    replaces: Measure | None = None
    left_out: tuple[str, ...] = ()


class SentStep(msgspec.Struct, frozen=True):
    """A letter or message sent earlier, by us or by the client, the day it gave for paying, and what it cost."""

    kind: Step
    on: date
    pay_by: date | None = None
    cost: Money | None = None


class Earliest(msgspec.Struct, frozen=True):
    """The first lawful day of a step. `needs` names a step that must have been sent first and was not.

    `latest` is the last lawful day, where the law names one for the step itself; beside it there is limitation.
    """

    step: Step
    on: date
    rules: tuple[Rule, ...]
    needs: Step | None = None
    latest: date | None = None


class DaysToPay(msgspec.Struct, frozen=True):
    """How many days after sending the pay-by date of a letter must at least be."""

    days: int
    rules: tuple[Rule, ...]


class PayableOn(msgspec.Struct, frozen=True):
    """The day a payment is due once weekends and holidays are counted out."""

    on: date
    rules: tuple[Rule, ...]


class AllocationOrder(msgspec.Struct, frozen=True):
    """What a payment pays first, and last. `by_wish`: the payer's own wish decided.

    `left_out` says why a wish was not followed where it is not known whether it counts.
    """

    order: tuple[Component, ...]
    rules: tuple[Rule, ...]
    by_wish: bool = False
    left_out: tuple[str, ...] = ()


class Limitation(msgspec.Struct, frozen=True):
    """Whether a debt is barred. `barred_on` is the first day it is; the day before is the last it can be asked for."""

    barred: bool
    barred_on: date
    rules: tuple[Rule, ...]


class NextStep(msgspec.Struct, frozen=True):
    """A step that may follow: the law's first instant, the first the agency's policy leaves, and its cost then.

    `agency_from` is none where the policy leaves no instant within two months; `cost` is none where it never costs.
    """

    step: Step
    lawful_from: datetime
    agency_from: datetime | None
    earliest: Earliest
    cost: Cost | None


class NextSteps(msgspec.Struct, frozen=True):
    """What may be done next, in the country's order; no step where `reason` says why nothing follows.

    `barred` is none where it cannot be said when the debt is barred: in Sweden without the day it arose. `instead` is
    who may be asked in the debtor's place.
    """

    steps: tuple[NextStep, ...]
    reason: NothingFollows | None
    barred: Limitation | None
    rules: tuple[Rule, ...]
    instead: Instead | None = None


class KeptUntil(msgspec.Struct, frozen=True):
    """Something that must be kept up to this day, the day included."""

    day: date
    rule: Rule


class PastContact(msgspec.Struct, frozen=True):
    """A contact made with the debtor, over any case and by any channel."""

    at: datetime
    channel: Channel


class ContactAnswer(msgspec.Struct, frozen=True):
    """Whether the debtor may be contacted then; if not, why, and the first instant at which they may.

    `instead` is who may be asked in the debtor's place.
    """

    allowed: bool
    reason: Blocked | None
    earliest: datetime | None
    rules: tuple[Rule, ...]
    instead: Instead | None = None


class EarlierStep(msgspec.Struct, frozen=True):
    """Whether a step the client took before us was lawful, and what of its charge may be collected.

    `counts` says whether later steps may build on it: a reminder sent too early to cost anything is still a reminder.
    """

    lawful: bool
    counts: bool
    cost_collectable: Money
    reason: EarlierReason | None
    rules: tuple[Rule, ...]


class LetterItem(msgspec.Struct, frozen=True):
    """One thing a letter must carry."""

    item: str
    says: str
    rule: Rule


Answer = (
    Interest
    | Cost
    | Earliest
    | NextSteps
    | DaysToPay
    | PayableOn
    | AllocationOrder
    | Limitation
    | ContactAnswer
    | EarlierStep
)

__all__ = [
    "AllocationOrder",
    "Answer",
    "Blocked",
    "Channel",
    "ChargedCost",
    "Component",
    "Condition",
    "ContactAnswer",
    "Cost",
    "Country",
    "DaysToPay",
    "Debtor",
    "EarlierReason",
    "EarlierStep",
    "Earliest",
    "Instead",
    "Interest",
    "Interruption",
    "Letter",
    "LetterItem",
    "Limitation",
    "Measure",
    "NextStep",
    "NextSteps",
    "NothingFollows",
    "PastContact",
    "PayableOn",
    "Refusal",
    "Rule",
    "Segment",
    "SentStep",
    "Step",
]
