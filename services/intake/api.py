"""What intake answers over HTTP."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid5

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from services.intake import views
from services.intake.claim import Door
from services.intake.correcting import Completion, DebtorTold
from services.intake.earlier import Interruption, read_earlier
from services.intake.erasure import Because
from services.intake.forgetting import Forgetting, Looked
from services.intake.reception import HandedIn, Reception
from services.intake.result import CaseResult, FileResult, case_result
from shared.deciding import Deciding
from shared.errors import NotFound, Refused
from shared.http import CalledBy, Caller, Decide, TheStore
from shared.money import Money
from shared.xml import BYTES_MAX

router = APIRouter()
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Imported(BaseModel, frozen=True):
    files: list[FileResult]


class Interrupted(BaseModel, frozen=True, extra="forbid"):
    on: date
    proof: Text


class Debtor(BaseModel, frozen=True, extra="forbid"):
    """What is put right about the debtor; what is left out stays."""

    name: Text | None = None
    kind: Literal["consumer", "business"] | None = None
    identifier: Text | None = None
    address: list[Text] = []
    post_code: Text | None = None
    town: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    language: Literal["fi", "sv", "nb", "no", "nn", "en"] | None = None


class Complete(BaseModel, frozen=True, extra="forbid"):
    """Facts of the claim put right, or the client's decision about it."""

    number: Text | None = None
    issued: date | None = None
    due: date | None = None
    total_minor: Annotated[int, Field(gt=0)] | None = None
    subject: Text | None = None
    interruptions: list[Interrupted] = []
    debtor: Debtor = Debtor()
    decision: Literal["accept", "withdraw"] | None = None


class AtTheDoor(BaseModel, frozen=True):
    """A client's case as intake's list shows it."""

    case: UUID
    received_on: date
    stage: str
    reason: str
    answer_by: date | None
    again_at: datetime | None  # When the registry that did not answer is asked again.


class Reason(BaseModel, frozen=True):
    """One reason why somebody may not be erased yet."""

    obstacle: str
    where: str
    what: str
    until: date | None
    section: str | None


class ShownKept(BaseModel, frozen=True):
    """What the law keeps all the same; documents close by themselves after `until`."""

    what: str
    documents: list[str]
    until: date | None
    section: str


class Erasure(BaseModel, frozen=True):
    """What erasing a debtor comes to."""

    party: UUID
    erased: bool
    cases: list[UUID]
    against: list[Reason]
    kept: list[ShownKept]
    others: list[UUID]  # Debtors these cases were about before something was put right: the same person, mostly.


class Erased(Erasure, frozen=True):
    """An erasure done. Not `destroyed`: who keeps the keys did not answer yet and is asked until it does."""

    outcome: str
    version: int
    position: int
    destroyed: bool


class Erase(BaseModel, frozen=True, extra="forbid"):
    """Why: a code, for words could name somebody, and nobody could ever take them back."""

    because: Because


@router.post("/clients/{client_id}/files")
async def take_file(client_id: UUID, request: Request, caller: CalledBy, decide: Decide) -> Imported:
    """Multipart: `file` (one or more), `earlier` (JSON text, optional), `received` (a day, optional)."""
    _only_its_own(caller, client_id)
    reception: Reception = request.app.state.reception
    today = await reception.today(decide.now)
    async with request.form(max_files=FILES_MAX, max_part_size=EARLIER_BYTES_MAX) as form:
        files = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
        if not files:
            raise Refused("there is no part named `file`", "no_file")
        earlier = read_earlier(await _text(form.get("earlier")))
        received_on = _day(await _text(form.get("received")), today)
        results: list[FileResult] = []
        for number, part in enumerate(files):
            raw = await part.read(BYTES_MAX + 1)
            handed = HandedIn(client_id, part.filename or "file", raw, earlier, received_on, today)
            results += await reception.take_in(handed, _of_file(decide, number))
    return Imported(files=results)


@router.post("/cases/{case_id}/information")
async def complete_case(
    case_id: UUID, ask: Complete, request: Request, caller: CalledBy, decide: Decide, store: TheStore
) -> CaseResult:
    """The client completes a claim, answers about many marks, or withdraws."""
    door = await _door(case_id, caller, store)
    reception: Reception = request.app.state.reception
    await reception.complete(case_id, door, _completion(ask, door), decide)
    return case_result(case_id, await store.fold(Door, case_id))


@router.get("/cases/{case_id}/result")
async def show_result(case_id: UUID, caller: CalledBy, store: TheStore) -> CaseResult:
    return case_result(case_id, await _door(case_id, caller, store))


@router.get("/parties/{party_id}/erasure")
async def look_at_erasure(party_id: UUID, request: Request, caller: CalledBy) -> Erasure:
    forgetting: Forgetting = request.app.state.forgetting
    return _erasure(await forgetting.look(party_id))


@router.post("/parties/{party_id}/erasure")
async def erase(party_id: UUID, ask: Erase, request: Request, decide: Decide) -> Erased:
    forgetting: Forgetting = request.app.state.forgetting
    answer, destroyed = await forgetting.erase(party_id, ask.because, decide)
    told = _erasure(await forgetting.look(party_id))
    return Erased(outcome=answer.outcome, version=answer.version, position=answer.position, destroyed=destroyed,
                  **told.model_dump())  # fmt: skip


@router.get("/clients/{client_id}/results")
async def list_results(client_id: UUID, caller: CalledBy, store: TheStore) -> Sequence[AtTheDoor]:
    _only_its_own(caller, client_id)
    rows = await views.results(store.pool, client_id)
    return [AtTheDoor(**row) for row in rows]


FILES_MAX = 100
EARLIER_BYTES_MAX = 1024 * 1024


def _of_file(decide: Deciding, number: int) -> Deciding:
    """Each file of one request has a cause of its own."""
    if number == 0:
        return decide
    return Deciding(decide.store, uuid5(decide.cause, f"file {number}"), decide.actor, decide.now, decide.trace)


def _only_its_own(caller: Caller, client_id: UUID) -> None:
    if caller.client_id not in (None, client_id):
        raise NotFound("there is no such client")


async def _door(case_id: UUID, caller: Caller, store: TheStore) -> Door:
    door = await store.fold(Door, case_id)
    if not door.is_there or caller.client_id not in (None, door.case.client_id):
        raise NotFound("there is no such case")
    return door


def _completion(ask: Complete, door: Door) -> Completion:
    debtor, total = ask.debtor, None if ask.total_minor is None else Money(ask.total_minor, door.case.currency)
    return Completion(
        ask.number, ask.issued, ask.due, total,
        ask.subject, tuple(Interruption(each.on, each.proof) for each in ask.interruptions),
        DebtorTold(
            debtor.name, debtor.kind, debtor.identifier, tuple(debtor.address), debtor.post_code, debtor.town,
            debtor.email, debtor.phone, debtor.language,
        ),
        ask.decision,
    )  # fmt: skip


async def _text(part: UploadFile | str | None) -> str | None:
    """A field as text, also where it was sent as a file."""
    if isinstance(part, UploadFile):
        try:
            return (await part.read()).decode()
        except UnicodeDecodeError:
            raise Refused("the earlier steps are not UTF-8 text", "bad_earlier") from None
    return part


def _day(written: str | None, today: date) -> date:
    """The day of receipt: today, or an earlier one that is told."""
    if not written:
        return today
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise Refused(f"{written[:20]!r} is no day such as 2026-01-31", "bad_received") from None
    if day > today:
        raise Refused(f"{day} has not come yet", "bad_received")
    return day


def _erasure(looked: Looked) -> Erasure:
    known = looked.known
    return Erasure(
        party=known.party_id, erased=known.is_erased, cases=sorted(known.cases), others=list(looked.others),
        against=[
            Reason(**msgspec.structs.asdict(each)) for each in looked.against
        ],
        kept=[ShownKept(**msgspec.structs.asdict(each)) for each in looked.kept],
    )  # fmt: skip
