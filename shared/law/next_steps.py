"""What may be done next about a claim, and from which instant: each step not yet taken, and what it may then cost."""

from collections.abc import Mapping, Sequence
from datetime import time

from msgspec.structs import replace

from shared.calendar import at_local
from shared.law import costs, timing
from shared.law.answers import Country, Measure, NextStep, PastContact, Step
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
) -> tuple[NextStep, ...]:
    """The steps after those taken that need no other before them, in the country's order.

    `measures` names the steps with what each costs by. A friendly message is one only while nothing was sent. `asked`
    is the question on the day that is asked about; its measure is replaced by each step's own.
    """
    order: tuple[Step, ...] = ("friendly", *measures)
    taken = [order.index(sent.kind) for sent in asked.previous if sent.kind in order]
    told = {
        step: one(pack, country, step, measures.get(step), of_country, asked, history)
        for step in order[max(taken, default=-1) + 1 :]
    }
    ready = tuple(each for each in told.values() if each.earliest.needs is None)
    if ready or not told:
        return ready
    # What was stepped over is sent first: a demand does not make up for the reminder it needed.
    missing = {each.earliest.needs for each in told.values()} - set(told)
    return tuple(
        one(pack, country, step, measures.get(step), of_country, asked, history) for step in order if step in missing
    )


def one(
    pack: Pack,
    country: Country,
    step: Step,
    measure: Measure | None,
    of_country: costs.OfCountry,
    asked: Asked,
    history: Sequence[PastContact],
) -> NextStep:
    """One step: the law's first instant, the agency's, and what it may cost on the first of its days still ahead."""
    first = timing.earliest(pack, asked.debtor, step, asked.due, asked.previous)
    day = max(first.on, asked.on)
    free = may_contact(pack, country, "letter", at_local(country, day, time.min), history, (), AGENCY_POLICY)
    cost = None
    if measure is not None:
        cost = costs.cost(pack, replace(asked, measure=measure, on=day), of_country)
    return NextStep(step, at_local(country, first.on, time.min), free.earliest, first, cost)
