"""Questions to a client, as a page puts them, and the answers as the service that asked wants them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData

from services.gateway.access import Viewer
from services.gateway.looking import CaseSeen
from services.gateway.progress import Question
from services.gateway.wired import Wired, is_id
from services.gateway.words import Words
from shared.errors import NotFound, Refused
from shared.events import contact, intake, plans
from shared.money import Money


def question(seen: CaseSeen, which: str, said: Words) -> dict[str, Any]:
    """All a page needs to put this question. Raises NotFound where it was answered already."""
    question_id, asked = _find(seen, which)
    facts: dict[str, Any] = {
        "question_id": str(question_id),
        "kind": asked.kind,
        "answer_by": said.weekday(asked.answer_by),
    }
    if asked.kind == "plan":
        return {**facts, **_plan(seen, question_id, said)}
    if asked.kind == "information":
        defects = _last_defects(seen)
        wanted, others, decision = _asked_fields(defects)
        return {
            **facts,
            "defects": [said.defect(each) for each in defects],
            "wanted": wanted,
            "others": others,
            "decision": decision,
        }
    if asked.kind == "dispute":
        return {**facts, "objection": _objection(seen, question_id)}
    return facts


async def answer(made: Wired, viewer: Viewer, seen: CaseSeen, which: str, form: FormData) -> str:
    """Bring the answer to the service that asked. What was done, for the page to say. Raises Refused, Away."""
    question_id, asked = _find(seen, which)
    path, said = f"/cases/{seen.case_id}", str(form.get("answer", ""))
    because = str(form.get("because", ""))[:500]
    match asked.kind:
        case "plan":
            told: dict[str, Any] = {"plan_id": str(question_id), "answer": said, "because": because}
            service, path, done = "plans", f"{path}/plan/answer", "answered"
        case "legal_decision":
            told = {"question_id": str(question_id), "answer": said}
            service, path, done = "contact", f"{path}/legal-decision", "answered"
        case "dispute":
            told = {"text": _text(form)}
            service, path, done = "contact", f"{path}/disputes/{question_id}/evidence", "evidence"
        case _:
            told = _facts(form, seen.case.currency)
            service, path, done = "intake", f"{path}/information", "information"
    if asked.kind in ("plan", "legal_decision") and not said:
        raise Refused("choose one of the answers", "no_answer")
    _ = (await made.neighbours.ask(service, "POST", path, viewer, json=told)).body
    return done


OF_CLAIM, OF_DEBTOR = ("number", "issued", "due"), ("name", "kind", "identifier", "post_code", "town", "email", "phone")
FACTS = (*OF_CLAIM, "total", *OF_DEBTOR, "street")
ASKED_BY_FIELD = {"debtor.post_code": "post_code", "debtor.postcode": "post_code", "debtor.address": "street"}


def _facts(form: FormData, currency: str) -> dict[str, Any]:
    """What the client put right, in the form intake takes. Raises Refused where nothing was said."""
    said = {name: str(form.get(name, "")).strip() for name in (*FACTS, "decision")}
    told: dict[str, Any] = {name: said[name] for name in OF_CLAIM if said[name]}
    if said["total"]:
        told["total_minor"] = amount(said["total"], currency).minor
    debtor: dict[str, Any] = {name: said[name] for name in OF_DEBTOR if said[name]}
    if said["street"]:
        debtor["address"] = [said["street"]]
    if debtor:
        told["debtor"] = debtor
    if said["decision"]:
        told = {"decision": said["decision"]}
    if not told:
        raise Refused("nothing was filled in", "nothing_told")
    return told


def amount(text: str, currency: str) -> Money:
    """An amount as a person writes it. Raises Refused."""
    try:
        found = Money.of("".join(text.split()).replace(",", "."), currency)
    except (ValueError, ArithmeticError):
        raise Refused(f"{text} is not an amount", "amount") from None
    return found


def _asked_fields(defects: Sequence[intake.Defect]) -> tuple[list[str], list[str], bool]:
    """The facts to ask for first, all others, and whether it is the client's decision that is asked for."""
    wanted: list[str] = []
    for defect in defects:
        name = ASKED_BY_FIELD.get(defect.where, defect.where.rpartition(".")[2])
        if name in FACTS and name not in wanted:
            wanted.append(name)
    decision = any(defect.code == "many_marks" for defect in defects)
    return wanted, [name for name in FACTS if name not in wanted], decision


def _text(form: FormData) -> str:
    text = str(form.get("text", "")).strip()
    if not text:
        raise Refused("write something first", "no_text")
    return text[:4000]


def _find(seen: CaseSeen, which: str) -> tuple[UUID, Question]:
    question_id = is_id(which)
    if question_id is None or question_id not in seen.progress.questions:
        raise NotFound("there is no such question, or it was answered")
    return question_id, seen.progress.questions[question_id]


def _plan(seen: CaseSeen, plan_id: UUID, said: Words) -> dict[str, Any]:
    proposed = next(
        (one.event for one in seen.told if isinstance(one.event, plans.PlanProposed) and one.event.plan_id == plan_id),
        None,
    )
    asked = next(
        (
            one.event
            for one in seen.told
            if isinstance(one.event, plans.PlanApprovalAsked) and one.event.plan_id == plan_id
        ),
        None,
    )
    if proposed is None or asked is None:
        raise NotFound("there is no such plan")
    return {
        "instalments": [
            {"number": number, "day": said.weekday(each.due), "amount": said.amount(each.amount)}
            for number, each in enumerate(proposed.instalments, start=1)
        ],
        "total": said.amount(proposed.total),
        "plan_cost": said.amount(proposed.charge.amount) if proposed.charge else None,
        "outside": [said.of("outside", each) for each in proposed.outside_mandate],
        "silence": "silence_starts" if asked.silence == "starts" else "silence_waits",
    }


def _last_defects(seen: CaseSeen) -> tuple[intake.Defect, ...]:
    found = [one.event for one in seen.told if isinstance(one.event, intake.DefectsFound)]
    return found[-1].defects if found else ()


def _objection(seen: CaseSeen, dispute_id: UUID) -> str:
    for one in seen.told:
        if isinstance(one.event, contact.DisputeOpened) and one.event.dispute_id == dispute_id:
            return one.event.objection.value or ""
    return ""
