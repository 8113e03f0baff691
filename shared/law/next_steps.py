"""What may be done next about a claim, and from which instant: each step not yet taken, and what it may then cost."""

from collections.abc import Mapping, Sequence
from datetime import time

from msgspec.structs import replace

from shared.calendar import at_local
from shared.law import costs, timing
from shared.law.answers import Country, Earliest, Limitation, Measure, NextStep, NextSteps, PastContact, Step
from shared.law.contact import AGENCY_POLICY, may_contact
from shared.law.costs import Asked
from shared.law.pack import Pack


def next_steps(
    pack: Pack,
    country: Country,
    measures: Mapping[Step, Measure],
    of_country: costs.OfCountry,
    asked: Asked,
    history: Sequence[PastContact],
    barred: Limitation | None,
) -> NextSteps:
    """The steps after those taken that need no other before them, in the country's order.

    `measures` names the steps with what each costs by. A friendly message is one only while nothing was sent. `asked`
    is the question on the day that is asked about; its measure is replaced by each step's own.
    """
    if not asked.principal:
        return NextSteps((), "paid", barred, ())
    if barred is not None and barred.barred:
        return NextSteps((), "time_barred", barred, barred.rules)
    order: tuple[Step, ...] = ("friendly", *measures)
    taken = [order.index(sent.kind) for sent in asked.previous if sent.kind in order]
    after = order[max(taken, default=-1) + 1 :]
    firsts = [timing.earliest(pack, asked.debtor, step, asked.due, asked.previous) for step in after]
    ready = [first for first in firsts if first.needs is None]
    if not ready:
        # What was stepped over is sent first: a demand does not make up for the reminder it needed.
        missing = [step for step in order if step in {first.needs for first in firsts}]
        ready = [timing.earliest(pack, asked.debtor, step, asked.due, asked.previous) for step in missing]
    if not ready:
        return NextSteps((), "all_taken", barred, ())
    steps = tuple(one(pack, country, first, measures.get(first.step), of_country, asked, history) for first in ready)
    return NextSteps(steps, None, barred, ready[0].rules)


def one(
    pack: Pack,
    country: Country,
    first: Earliest,
    measure: Measure | None,
    of_country: costs.OfCountry,
    asked: Asked,
    history: Sequence[PastContact],
) -> NextStep:
    """One step: the law's first instant, the agency's, and what it may cost on the first of its days still ahead."""
    day = max(first.on, asked.on)
    free = may_contact(pack, country, "letter", at_local(country, day, time.min), history, (), AGENCY_POLICY)
    cost = None
    if measure is not None:
        cost = costs.cost(pack, replace(asked, measure=measure, on=day), of_country)
    return NextStep(first.step, at_local(country, first.on, time.min), free.earliest, first, cost)
