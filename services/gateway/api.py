"""What the gateway answers over HTTP under /api/v1 to whoever shows a key: set-up, cases, stop, questions, clock."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response

from services.gateway import access, bodies, demo, handlers, looking, reference, shown, views
from services.gateway.access import Viewer
from services.gateway.wired import Asking, Back, DecideByKey, Made, StaffAsking, Wired, up_to_date
from services.gateway.words import language_of, words
from shared.deciding import Answer
from shared.errors import NotFound, Refused
from shared.events.gateway import KeyIssued
from shared.http import Written, written
from shared.ids import AGENCY, client_id, staff_id

router = APIRouter()
JSON = dict[str, Any]

# Set-up.


@router.put("/agency")
async def set_agency(body: bodies.AgencyBody, _: StaffAsking, decide: DecideByKey, response: Response) -> Written:
    """Say who the agency is; again to change it. Example: deploy/examples/agency.json."""
    return written(await decide(handlers.set_agency, body.told()), response)


@router.put("/clients/{client}")
async def set_client(
    client: str, body: bodies.ClientBody, _: StaffAsking, decide: DecideByKey, made: Made, response: Response
) -> JSON:
    """Say who a client is, by its id or a short name. Example: deploy/examples/client-fi.json."""
    found = client_id(client)
    answer = await decide(handlers.set_client, found, body.told())
    await up_to_date(made, answer.position)
    return {"client_id": str(found), **written(answer, response).model_dump()}


@router.get("/clients")
async def clients(_: StaffAsking, made: Made) -> list[JSON]:
    """Whom we work for."""
    rows = await views.list_clients(made.as_staff)
    return [{"client_id": str(row["client_id"]), "name": row["name"], "cases": row["cases"]} for row in rows]


@router.post("/staff", status_code=201)
async def add_staff(
    body: bodies.StaffBody, _: StaffAsking, decide: DecideByKey, made: Made, response: Response
) -> JSON:
    """Add a person who works here; again to change the name or number."""
    found = staff_id(body.id)
    answer = await decide(handlers.add_staff, found, body.name, body.telephone)
    await up_to_date(made, answer.position)
    return {"staff_id": str(found), **written(answer, response).model_dump()}


@router.post("/keys", status_code=201)
async def issue_key(body: bodies.KeyBody, _: StaffAsking, decide: DecideByKey, made: Made) -> JSON:
    """Make a key. It is shown in this answer and never again; only its hash is kept."""
    key_id, secret = uuid4(), secrets.token_hex(32)
    kept = access.hash_of(secret)
    if body.client is not None:
        owner, key = client_id(body.client), KeyIssued(key_id, kept, "client")
        answer = await decide(handlers.issue_key, owner, key)
    else:
        owner = staff_id(body.staff or "")
        answer = await decide(handlers.issue_key, AGENCY, KeyIssued(key_id, kept, "staff", owner))
    if answer.outcome != "appended":
        raise Refused("that request made a key already, which cannot be shown again; make another", "key_made_already")
    await up_to_date(made, answer.position)
    return {"key": access.key_text(key_id, secret), "key_id": str(key_id), "owner_id": str(owner)}


@router.delete("/keys/{key_id}")
async def revoke_key(key_id: UUID, _: StaffAsking, decide: DecideByKey, made: Made, response: Response) -> Written:
    """Take a key back: it opens nothing from now on, and whoever is logged in with it is out."""
    kept = await views.kept_key(made.pool, key_id)
    if kept is None:
        raise NotFound("there is no such key")
    stream = kept.id if kept.owner == "client" else AGENCY
    answer = await decide(handlers.revoke_key, stream, key_id)
    await up_to_date(made, answer.position)
    return written(answer, response)


# Cases.


@router.get("/cases")
async def cases(
    viewer: Asking, made: Made, stage: str = "", search: Annotated[str, Query(max_length=100)] = "",
    before: int | None = None, after: int | None = None,
) -> JSON:  # fmt: skip
    """Cases, newest first. `after`: a position a write answered; waits up to a second for it, else says `updating`."""
    ready = await up_to_date(made, after)
    which = views.Filter(stage, search, before)
    rows, more = await views.list_cases(made.audience(viewer), viewer.client_id, which, made.beginnings)
    return {"cases": [shown.case_line(row) for row in rows], "before": more, "updating": not ready}


@router.get("/cases/{case}")
async def case(case: str, viewer: Asking, made: Made, response: Response, back: Back) -> JSON:
    """One case as it stands now, by its id or number; or as it stood `as_of` then, as far as `known_at` then."""
    seen = await looking.see_case(made, viewer, case, back)
    response.headers["ETag"] = f'"{seen.told[-1].version}"'
    return shown.case(seen, looking.balance_on(made, seen.case, seen.today))


@router.get("/cases/{case}/timeline")
async def case_timeline(case: str, viewer: Asking, made: Made, back: Back, language: str = "en") -> JSON:
    """What happened on a case, as sentences in fi, nb or en, oldest first; or what had, `as_of` then."""
    seen = await looking.see_case(made, viewer, case, back)
    said = words(language_of(language))
    entries = looking.story_of(made, seen, said)
    return {"case_id": str(seen.case_id), "number": seen.case.number, "entries": [shown.entry(one) for one in entries]}


@router.get("/cases/{case}/events")
async def case_events(case: str, _: StaffAsking, viewer: Asking, made: Made) -> list[JSON]:
    """A case's stream as it is stored, without personal values; for the agency's own staff."""
    found = await looking.look_up_case(made, viewer, case)
    return [shown.recorded(one) for one in await looking.own_stream(made, viewer, found)]


@router.get("/cases/{case}/proof")
async def case_proof(case: str, viewer: Asking, made: Made) -> JSON:
    """What proves the case's history: its events as stored (personal values sealed), chained, signed and complete.

    deploy/examples/verify_proof.py checks it offline. What was not signed yet is signed now.
    """
    return dict(await looking.see_proof(made, viewer, case))


@router.get("/cases/{case}/documents/{name}")
async def document(case: str, name: str, viewer: Asking, made: Made) -> Response:
    """A letter or message exactly as it left, or the file a claim came in."""
    return await shown.document(made, viewer, case, name, words("en"))


# Stop, pause, resume.


@router.get("/cases/{case}/stop")
async def before_stop(case: str, viewer: Asking, made: Made) -> JSON:
    """What stopping would do, before it is done."""
    seen = await looking.see_case(made, viewer, case)
    return shown.consequences(looking.see_consequences(made, seen))


@router.post("/cases/{case}/stop")
async def stop_case(
    case: str, viewer: Asking, made: Made, decide: DecideByKey, response: Response,
    body: bodies.BecauseBody | None = None,
) -> JSON:  # fmt: skip
    """Stop for good. Answered only once it is recorded; names what had left already."""
    found = (await looking.see_case(made, viewer, case)).case_id
    answer = await decide(handlers.stop, found, body.because if body else "")
    return await _with_consequences(answer, response, made, viewer, found)


@router.post("/cases/{case}/pause")
async def pause_case(
    case: str, viewer: Asking, made: Made, decide: DecideByKey, response: Response,
    body: bodies.BecauseBody | None = None,
) -> JSON:  # fmt: skip
    """Pause; nothing leaves until it is resumed."""
    found = (await looking.see_case(made, viewer, case)).case_id
    answer = await decide(handlers.pause, found, body.because if body else "")
    return await _with_consequences(answer, response, made, viewer, found)


async def _with_consequences(answer: Answer, response: Response, made: Wired, viewer: Viewer, case_id: UUID) -> JSON:
    seen = await looking.see_case(made, viewer, str(case_id))
    told = written(answer, response).model_dump()
    return {**told, "consequences": shown.consequences(looking.see_consequences(made, seen))}


@router.post("/cases/{case}/resume")
async def resume_case(case: str, viewer: Asking, made: Made, decide: DecideByKey, response: Response) -> Written:
    """Go on after a pause."""
    found = (await looking.see_case(made, viewer, case)).case_id
    return written(await decide(handlers.resume, found), response)


@router.post("/clients/{client}/stop")
async def stop_client(
    client: str, viewer: Asking, made: Made, decide: DecideByKey, response: Response,
    body: bodies.BecauseBody | None = None,
) -> Written:  # fmt: skip
    """Stop everything for a client, for good."""
    found = await looking.look_up_client(made, viewer, client)
    return written(await decide(handlers.stop, found, body.because if body else ""), response)


@router.post("/clients/{client}/pause")
async def pause_client(
    client: str, viewer: Asking, made: Made, decide: DecideByKey, response: Response,
    body: bodies.BecauseBody | None = None,
) -> Written:  # fmt: skip
    """Pause everything for a client."""
    found = await looking.look_up_client(made, viewer, client)
    return written(await decide(handlers.pause, found, body.because if body else ""), response)


@router.post("/clients/{client}/resume")
async def resume_client(client: str, viewer: Asking, made: Made, decide: DecideByKey, response: Response) -> Written:
    """Go on for a client after a pause."""
    found = await looking.look_up_client(made, viewer, client)
    return written(await decide(handlers.resume, found), response)


@router.put("/clients/{client}/paid-list")
async def confirm_paid_list(
    client: str, body: bodies.PaidListBody, viewer: Asking, made: Made, decide: DecideByKey, response: Response
) -> Written:
    """The client's word: payments made to itself are reported up to this day."""
    found = await looking.look_up_client(made, viewer, client)
    today = (await made.store.now()).date()
    return written(await decide(handlers.confirm_paid_list, found, body.up_to, today), response)


@router.post("/parties/{party}/stop")
async def stop_party(
    party: UUID, _: StaffAsking, decide: DecideByKey, response: Response, body: bodies.BecauseBody | None = None
) -> Written:
    """Stop everything to a debtor, whichever client's; for staff."""
    return written(await decide(handlers.stop, party, body.because if body else ""), response)


@router.post("/parties/{party}/pause")
async def pause_party(
    party: UUID, _: StaffAsking, decide: DecideByKey, response: Response, body: bodies.BecauseBody | None = None
) -> Written:
    """Pause everything to a debtor; for staff."""
    return written(await decide(handlers.pause, party, body.because if body else ""), response)


@router.post("/parties/{party}/resume")
async def resume_party(party: UUID, _: StaffAsking, decide: DecideByKey, response: Response) -> Written:
    """Go on with a debtor after a pause; for staff."""
    return written(await decide(handlers.resume, party), response)


@router.post("/parties/{party}/suspension")
async def suspend_party(
    party: UUID, body: bodies.SuspensionBody, _: StaffAsking, decide: DecideByKey, response: Response
) -> Written:
    """A rule stops contact: wrong person, deceased, minor, guardian, or the debtor's request (FI 4 c §)."""
    return written(await decide(handlers.suspend, party, body.because), response)


@router.delete("/parties/{party}/suspension")
async def allow_party(party: UUID, _: StaffAsking, decide: DecideByKey, response: Response) -> Written:
    """What had suspended contact is over."""
    return written(await decide(handlers.allow_again, party), response)


# What waits for somebody.


@router.get("/approvals")
async def approvals(viewer: Asking, made: Made, after: int | None = None) -> JSON:
    """What the client is asked: a plan, how to go on, missing information, its side of a dispute."""
    ready = await up_to_date(made, after)
    rows = await views.list_questions(made.audience(viewer), viewer.client_id)
    return {"questions": [shown.question(row) for row in rows], "updating": not ready}


@router.post("/approvals/{question_id}")
async def answer(question_id: UUID, body: bodies.AnswerBody, viewer: Asking, made: Made, request: Request) -> Response:
    """Answer a plan (`approve`, `refuse`) or a legal decision (`court`, `close`, `surveillance`)."""
    asked = await views.find_question(made.audience(viewer), viewer.client_id, question_id)
    if asked is None:
        raise NotFound("there is no such question, or it was answered")
    if asked["kind"] == "plan":
        path, service = f"/cases/{asked['case_id']}/plan/answer", "plans"
        told = {"plan_id": str(question_id), "answer": body.answer, "because": body.because}
    elif asked["kind"] == "legal_decision":
        path, service = f"/cases/{asked['case_id']}/legal-decision", "contact"
        told = {"question_id": str(question_id), "answer": body.answer}
    else:
        raise Refused("this is answered on the case: with information or evidence", "answered_elsewhere")
    came = await made.neighbours.ask(service, "POST", path, viewer, headers=dict(request.headers), json=told)
    return shown.passed_back(came)


@router.get("/calls")
async def calls(_: StaffAsking, made: Made, after: int | None = None) -> JSON:
    """Calls to make, the first due first."""
    ready = await up_to_date(made, after)
    return {"calls": [shown.plain(row) for row in await views.list_calls(made.as_staff)], "updating": not ready}


@router.get("/disputes")
async def disputes(viewer: Asking, made: Made) -> JSON:
    """Disputes still open."""
    rows = await views.list_disputes(made.audience(viewer), viewer.client_id)
    return {"disputes": [shown.question(row) for row in rows]}


@router.get("/payments/held")
async def held_payments(_: StaffAsking, made: Made, after: int | None = None) -> JSON:
    """Payments that belong to no case yet."""
    ready = await up_to_date(made, after)
    return {"payments": [shown.plain(row) for row in await views.list_payments(made.as_staff)], "updating": not ready}


# The platform.


@router.get("/asyncapi.json")
async def asyncapi(_: StaffAsking) -> JSON:
    """What is said on Kafka: events, commands and their answers, as an AsyncAPI 3 document."""
    told: JSON = reference.read("asyncapi")
    return told


@router.get("/summary")
async def summary(viewer: StaffAsking, made: Made) -> JSON:
    """All cases and all money as numbers."""
    await up_to_date(made, await made.store.head())
    money = await made.neighbours.ask("settlement", "GET", "/summary", viewer)
    return {**await views.summary(made.pool), **money.body}


@router.get("/clock")
async def clock(_: Asking, made: Made) -> JSON:
    """What time it is here, and whether this store is live."""
    return {"now": (await made.store.now()).isoformat(), "live": made.store.live}


@router.post("/clock")
async def move_clock(_: StaffAsking, made: Made, body: bodies.ClockBody | None = None) -> JSON:
    """Let a demo store live until then, slot by slot. A live store refuses."""
    until = await demo.next_evening(made.store) if body is None or body.until is None else _moment(body.until)
    moments = await demo.live_until(made.store, until)
    return {"now": (await made.store.now()).isoformat(), "moments": [each.isoformat() for each in moments]}


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("until is a moment like 2025-03-01T20:00:00+02:00", "not_a_moment") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
