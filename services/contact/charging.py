"""What a step may cost the debtor: the dearest of its measures that the law allows today, one and never two."""

from datetime import datetime
from typing import cast

from services.contact import timing
from services.contact.known import Around, Known
from services.contact.reasons import asked
from services.contact.strategy import Step
from shared.balance import balance, charged, conditions_of, kind_of
from shared.calendar import local_date
from shared.events.reasons import Charge
from shared.law import Answer, Cost, Measure
from shared.law.kept import kept
from shared.money import Money


def charge_of(known: Known, around: Around, step: Step, now: datetime) -> tuple[Charge | None, tuple[Answer, ...]]:
    """The dearest of the step's measures that the law allows today: one of them, never two; and the law's answers."""
    country, debtor = kind_of(known.case)
    today = local_date(country, now)
    principal = balance(known.case, today, around.law).principal
    answers = [
        around.law.cost(
            country, debtor, cast("Measure", measure), principal, today, charged(known.case),
            due=timing.due_day(known, around.law), previous=timing.sent_steps(known),
            can_deduct_vat=around.client.now.agreement.can_deduct_vat,
            invoice_sent=max(claim.issued for claim in timing.open_claims(known)),
            conditions=conditions_of(known.case, around.party.file),
        )
        for measure in step.measures
    ]  # fmt: skip
    allowed = [answer for answer in answers if answer.allowed and answer.charge]
    if not allowed:
        return None, tuple(answers)
    best = max(allowed, key=lambda answer: answer.charge.minor)
    charge = Charge(best.measure, _in_force(known, best), today, asked(best), best.replaces, kept(best))
    return charge, tuple(answers)


def _in_force(known: Known, best: Cost) -> Money:
    """The amount in force from now on: where the measure takes another's place, that one's amount is in it."""
    amount = best.charge
    for earned in known.case.charges:
        if earned.charge.measure == best.replaces:
            amount += earned.charge.amount
    return amount
