"""How a case began: what was handed in, what the client had done itself, what was checked, and whether we took it."""

import re
from uuid import UUID

from services.gateway.progress import Progress
from services.gateway.telling.draft import Draft, Teller
from shared.casestore import Recorded
from shared.events import Event, intake
from shared.money import Money

SECTIONS = re.compile(r"\((.*§.*)\)$")  # A policy of law ends with its sections, which are the same in every language.


def tell(teller: Teller, one: Recorded, after: Progress) -> Draft | None:
    """The line this event starts or completes, where it belongs to this chapter."""
    words, agency, event = teller.words, teller.words("by.agency"), one.event
    match event:
        case intake.CaseReceived():
            draft = teller.start(one, "case", "line.received", by=words("by.you"), claims=words("line.unread"))
            teller.of["received", 0] = draft
            return draft
        case intake.ClaimDrafted(claim_id, number, _, _, principal, source):
            known = words("line.unread_numbered", number=number) if number else words("line.unread")
            if number and event.due and principal:
                known = _claim(teller, number, principal, words.day(event.due))
            return _handed_in(teller, one, claim_id, known, source)
        case intake.ClaimAdded(claim_id, number, _, due, principal, source=source):
            return _handed_in(teller, one, claim_id, _claim(teller, number, principal, words.day(due)), source)
        case intake.EarlierStepTold():
            return _earlier(teller, one, event)
        case intake.DefectsFound(defects, answer_by):
            what = words.listed([words.defect(defect) for defect in defects])
            draft = teller.start(one, "question", "line.defects", by=agency, what=what)
            teller.detail(draft, "answer_by", day=words.day(answer_by))
            return draft
        case intake.InfoReceived():
            return teller.start(one, "case", "line.information", by=words("by.you"))
        case intake.CreditCheckAsked() | intake.CreditCheckDelayed() | intake.CreditCheckCompleted():
            return _credit(teller, one, event)
        case intake.CaseAccepted(number, _, handler_id):
            handler = teller.names.get(handler_id)
            name = "line.accepted" if handler else "line.accepted_nobody"
            draft = teller.start(one, "case", name, by=agency, number=number, handler=handler)
            teller.of["accepted", 0] = draft
            return draft
        case intake.CaseRejected():
            return _rejected(teller, one, event, after)
        case intake.LimitationNear(barred_on=day):
            return teller.start(one, "question", "line.limitation", by=agency, day=words.day(day))
    return None


def _claim(teller: Teller, number: str, principal: Money, due: str) -> str:
    return teller.words("line.claim", number=number, amount=teller.words.amount(principal), day=due)


def _handed_in(teller: Teller, one: Recorded, claim_id: UUID, known: str, source: str) -> Draft:
    """An invoice of the case: on the line of its receipt until it is accepted, on a line of its own after that."""
    teller.claims[claim_id] = known
    draft = teller.of.get(("received", 0))
    if draft is None or ("accepted", 0) in teller.of:
        draft = teller.start(one, "case", "line.claim_added", claims=known)
    else:
        draft.what = teller.words("line.received", claims=teller.words.listed(list(teller.claims.values())))
    if ("source", source) not in draft.links:
        draft.links.append(("source", source))
    return draft


def _earlier(teller: Teller, one: Recorded, event: intake.EarlierStepTold) -> Draft:
    words, step = teller.words, event.step
    said = {"step": words.of("step", step.kind), "day": words.day(step.sent)}
    draft = teller.start(one, "message", "line.earlier", by=words("by.you"), **said)
    draft.channel = step.channel
    teller.by_law(draft, step.answer)
    if step.collectable:
        teller.detail(draft, "earlier_collected", amount=words.amount(step.collectable))
        teller.by_rule(draft, step.section)
    elif step.charged:
        because = words.of("blocked", step.because or "too_early")
        named = step.section if step.because != "unknown" else None  # There it names the missing value, in English.
        section = f"({words.section(named)})" if named else ""
        told = {"amount": words.amount(step.charged), "because": because, "section": section}
        teller.detail(draft, "earlier_dropped", **told)
    if event.proof.value:
        draft.links.append(("proof", event.proof.value))
    return draft


def _rejected(teller: Teller, one: Recorded, event: intake.CaseRejected, after: Progress) -> Draft:
    """Why, and what the client can do: in the reader's words by the reason, as it was told where the reason is new."""
    words, reason, case = teller.words, event.reason, after.case
    draft = teller.start(one, "case", "line.rejected", by=words("by.agency"), reason=words.of("rejected", reason))
    if sections := SECTIONS.search(event.policy):
        draft.rules = words.sections(sections[1].split("; "))
    teller.by_law(draft, event.answer)
    policy, advice = event.policy[:1].upper() + event.policy[1:], event.advice
    if words.has(f"rejected.{reason}"):
        policy = words(f"policy.{reason}") if words.has(f"policy.{reason}") else ""
        names = (f"advice.{reason}.{case.country}", f"advice.{reason}") if advice else ()
        advice = next((words(name) for name in names if words.has(name)), "")
    barred = [claim.time_barred_on for claim in case.claims.values() if claim.time_barred_on]
    if reason == "time_barred" and barred:
        teller.detail(draft, "barred", day=words.day(min(barred)))
    if policy:
        draft.details.append(policy)
    if advice:
        teller.detail(draft, "advice", advice=advice)
    return draft


def _credit(teller: Teller, one: Recorded, event: Event) -> Draft:
    words = teller.words
    draft = teller.of.get(("credit", 0))
    if draft is None:
        draft = teller.of["credit", 0] = teller.start(one, "case", "line.credit.asked", by=words("by.agency"))
    match event:
        case intake.CreditCheckDelayed(again_at=again_at):
            draft.what = words("line.credit.delayed")
            draft.details = [words("detail.again", moment=words.moment(again_at, teller.country))]
        case intake.CreditCheckCompleted(outcome=outcome):
            draft.what, draft.by, draft.details = words(f"line.credit.{outcome}"), words("by.register"), []
            teller.of.pop(("credit", 0))
    return draft
