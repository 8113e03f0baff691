"""What may be done next about a claim, and from which instant: each step not yet taken, and what it may then cost."""

from collections.abc import Mapping, Sequence
from datetime import time

from msgspec.structs import replace

from shared.calendar import at_local
from shared.law import costs, timing
from shared.law.answers import (
    Earliest,
    Limitation,
    Measure,
    NextStep,
    NextSteps,
    PastContact,
    Step,
)
from shared.law.contact import AGENCY_POLICY, silenced
from shared.law.contact import may_contact as may_contact_at
from shared.law.costs import Asked
from shared.law.pack import Pack


def next_steps(
    pack: Pack,
    measures: Mapping[Step, Measure],
    of_country: costs.OfCountry,
    asked: Asked,
    history: Sequence[PastContact],
    barred: Limitation | None,
) -> NextSteps:
    """The steps after those taken that need no other before them, in the country's order.

    `measures` names what steps cost by. A friendly message is one only while nothing was sent. `asked` is the question
    on the day that is asked about; its measure is replaced by each step's own.
    """
    if not asked.principal:
        return NextSteps((), "paid", barred, ())
    if barred is not None and barred.barred:
        return NextSteps((), "time_barred", barred, barred.rules)
    silent = silenced(pack, asked.on, None, asked.conditions, asked.debtor)
    if silent is not None:
        return NextSteps(
            (), next(each for each in asked.conditions if each == silent.reason), barred, silent.rules, silent.instead
        )
    order = [
        step for step in timing.STEPS[pack.country] if asked.debtor == "business" or step not in timing.ONLY_BUSINESS
    ]
    taken = [order.index(sent.kind) for sent in asked.previous if sent.kind in order]
    after = order[max(taken, default=-1) + 1 :]
    firsts = [first_of(pack, asked, step) for step in after]
    # What was stepped over and is needed now is sent after all: a demand does not make up for its reminder.
    lacking = {first.needs for first in firsts} - set(after)
    firsts = [*(first_of(pack, asked, step) for step in order if step in lacking), *firsts]
    ready = [first for first in firsts if first.needs is None]
    still = [first for first in ready if first.latest is None or asked.on <= first.latest]
    if not still:
        return NextSteps((), "too_late" if ready else "all_taken", barred, ready[0].rules if ready else ())
    steps = tuple(one(pack, first, measures.get(first.step), of_country, asked, history) for first in still)
    return NextSteps(steps, None, barred, still[0].rules)


def first_of(pack: Pack, asked: Asked, step: Step) -> Earliest:
    """The first lawful day of a step."""
    return timing.earliest(pack, asked.debtor, step, asked.due, asked.previous)


def one(
    pack: Pack,
    first: Earliest,
    measure: Measure | None,
    of_country: costs.OfCountry,
    asked: Asked,
    history: Sequence[PastContact],
) -> NextStep:
    """One step: the law's first instant, the agency's, and what it may cost on the first of its days still ahead."""
    day = max(first.on, asked.on)
    free = may_contact_at(
        pack, pack.country, "letter", at_local(pack.country, day, time.min), history, (), AGENCY_POLICY,
        asked.conditions, asked.debtor,
    )  # fmt: skip
    cost = None
    if measure is not None:
        cost = costs.cost(pack, replace(asked, measure=measure, on=day), of_country)
    return NextStep(first.step, at_local(pack.country, first.on, time.min), free.earliest, first, cost)
