"""A plan's story: put together, asked about, begun, kept or broken."""

from services.gateway.progress import Progress
from services.gateway.telling.draft import Draft, Teller
from shared.casestore import Recorded
from shared.events import plans


def tell(teller: Teller, one: Recorded, after: Progress) -> Draft | None:
    """The line this event starts or completes, where it belongs to this chapter."""
    words, event = teller.words, one.event
    match event:
        case plans.PlanProposed():
            return _proposed(teller, one, event)
        case plans.PlanApprovalAsked(plan_id, answer_by, silence=silence) if ("plan", plan_id) in teller.of:
            draft = teller.of["plan", plan_id]
            teller.detail(draft, "answer_by", day=words.day(answer_by))
            teller.detail(draft, "silence_starts" if silence == "starts" else "silence_waits")
            return None
        case plans.PlanApprovalReminded(plan_id, on) if ("plan", plan_id) in teller.of:
            teller.detail(teller.of["plan", plan_id], "reminded", day=words.day(on))
            return None
        case plans.PlanApproved(plan_id, by):
            silent = by == "silence"
            name = "line.plan_approved_silence" if silent else "line.plan_approved"
            return teller.start(one, "plan", name, by=words("by.agency") if silent else None)
        case plans.PlanRefused(because=because, said=said):
            draft = teller.start(one, "plan", "line.plan_refused")
            if because == "no answer":
                draft.details.append(words("refused.no_answer"))
            elif said.value:
                teller.detail(draft, "said", text=said.value)
            return draft
        case plans.PlanStarted(instalments=instalments, charge=charge):
            told = {"count": str(len(instalments)), "amount": words.amount(instalments[0].amount)}
            told |= {"first": words.day(instalments[0].due), "last": words.day(instalments[-1].due)}
            draft = teller.start(one, "plan", "line.plan_started", by=words("by.agency"), **told)
            teller.charged(draft, charge)
            return draft
        case plans.PlanCompleted():
            return teller.start(one, "plan", "line.plan_completed", by=words("by.customer"))
        case plans.PlanBroken(number):
            return teller.start(one, "plan", "line.plan_broken", by=words("by.plan"), number=number)
    return _instalment(teller, one)


def _proposed(teller: Teller, one: Recorded, event: plans.PlanProposed) -> Draft:
    words = teller.words
    told = {"count": str(len(event.instalments)), "total": words.amount(event.total)}
    draft = teller.of["plan", event.plan_id] = teller.start(one, "plan", "line.plan_proposed", **told)
    if event.charge and event.charge.amount:
        teller.detail(draft, "cost_of_plan", amount=words.amount(event.charge.amount))
    if event.outside_mandate:
        teller.detail(draft, "outside", reasons=words.all_of("outside", list(event.outside_mandate)))
    return draft


def _instalment(teller: Teller, one: Recorded) -> Draft | None:
    words = teller.words
    match one.event:
        case plans.InstalmentPaid(number):
            paid = teller.of.get(("payment", "last"))
            if paid is None:
                return teller.start(one, "plan", "line.instalment_paid", by=words("by.plan"), number=number)
            teller.detail(paid, "instalments_paid", numbers=number)
        case plans.InstalmentMissed(number):
            draft = teller.start(one, "plan", "line.instalment_missed", by=words("by.plan"), number=number)
            teller.of["missed", number] = draft
            return draft
        case plans.RescueDecided(number, breaks_on) if ("missed", number) in teller.of:
            teller.detail(teller.of["missed", number], "rescue", day=words.day(breaks_on))
        case plans.RescueWithheld(number, because) if ("missed", number) in teller.of:
            teller.detail(teller.of["missed", number], "rescue_withheld", reasons=teller.blocked(because))
    return None
