"""Where files are handed in: kept, read, and each invoice taken to its case; who is who is looked up on the way."""

import asyncio
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID, uuid5

import msgspec

from services.intake import channels, handlers, policy, result, views
from services.intake.channels.invoice import FileRead, Invoice, InvoiceRead
from services.intake.claim import Door, Reserved
from services.intake.correcting import Completion, corrected, rightly_written
from services.intake.digests import Digests
from services.intake.earlier import Earlier
from services.intake.file import File
from services.intake.result import FileResult, shown
from services.intake.told import Draft, Told, identifier_of, in_clear
from services.intake.who import WhoIsWho
from shared.calendar import Country, local_date
from shared.casefile import NOBODY
from shared.casestore import CaseStore
from shared.deciding import Answer, Deciding
from shared.documents import Documents
from shared.errors import Refused
from shared.events.gateway import AgencySet
from shared.events.intake import Defect, FileReceived, NotTaken
from shared.ids import AGENCY, claim_id
from shared.law import Law
from shared.projections import Reader
from shared.setup import Agency, Client
from shared.xml import BYTES_MAX, Unreadable

AT_ONCE = 16  # Invoices of one file that are worked on together.
CHECK_SECONDS_MAX = 5.0  # How long an import waits for the registry's answers.
FILE_KEPT = timedelta(days=90)  # To look again at how it was read. Each invoice is kept on its own, for its debtor.
MEDIA = {"finvoice": "application/xml", "json": "application/json"}


class HandedIn(msgspec.Struct, frozen=True):
    """A file as a client handed it in."""

    client_id: UUID
    name: str
    raw: bytes
    earlier: Earlier
    received_on: date
    today: date


class Taken(msgspec.Struct, frozen=True):
    """What became of one invoice of the file."""

    index: int
    invoice: Invoice | None
    case_id: UUID | None
    claim_id: UUID | None = None
    refused: tuple[Defect, ...] = ()  # Where no case was made.


class Reception:
    """Takes files in, with what that needs of the outside."""

    def __init__(self, store: CaseStore, reader: Reader, documents: Documents, digests: Digests, law: Law) -> None:
        self._store, self._reader, self._documents = store, reader, documents
        self.digests, self.law = digests, law
        self.who_is_who = WhoIsWho(store, digests)

    async def today(self, now: datetime) -> date:
        """The day it is where the agency is: days of receipt are counted there."""
        agency = (await self._store.fold(Agency, AGENCY)).now
        return local_date(cast("Country", agency.country), now)

    async def take_in(self, handed: HandedIn, decide: Deciding) -> list[FileResult]:
        """Keep the file, then take each of its invoices in. One result an invoice, in the file's order.

        Raises Refused where the agency or the client is not set up, or the client was stopped.
        """
        agency = (await self._store.fold(Agency, AGENCY)).now
        client = await self._store.fold(Client, handed.client_id)
        if client.now and "stopped" in client.file.conditions:
            raise Refused("collection for this client was stopped", "client_stopped")
        if len(handed.raw) > BYTES_MAX:
            too_large = Defect("too_large", "the file", f"{len(handed.raw)} bytes; at most {BYTES_MAX} are read")
            return [_refused(handed.name, (too_large,))]
        read = await asyncio.to_thread(_read, handed.raw)
        kept = await self._keep(handed, None if isinstance(read, Unreadable) else read.format, decide)
        if isinstance(read, Unreadable):
            defects = (Defect(read.code, read.where, read.what),)
            await decide(handlers.leave_out_of_file, kept.file_id, [NotTaken(1, in_clear(defects))])
            return [_refused(handed.name, defects)]
        taken = await self._take_all(read, handed, kept, agency, decide)
        await self._wait_for_checks({each.case_id for each in taken if each.case_id and not each.refused})
        limit = asyncio.Semaphore(AT_ONCE)
        return list(await asyncio.gather(*(self._result(handed.name, read.format, each, limit) for each in taken)))

    async def complete(self, case_id: UUID, door: Door, told: Completion, decide: Deciding) -> None:
        """What the client tells about a case: a decision, the facts of a draft, or the right debtor."""
        law, digests, who = self.law, self.digests, self.who_is_who
        if told.decision is not None:
            await decide(handlers.answer_question, case_id, told, await views.staff(self._store.pool))
        elif door.draft is not None and door.outcome is None:
            now = corrected(door.draft, told, digests).invoice
            party_id = await who.party_for(door, now.debtor.country, identifier_of(now), decide)
            today = await self.today(decide.now)
            await decide(handlers.complete_draft, case_id, told, party_id, law=law, digests=digests, today=today)
        else:
            told = rightly_written(door, told)
            party_id = await who.party_for(door, door.case.country, told.debtor.identifier, decide)
            await decide(handlers.name_debtor, case_id, told, party_id)
        await self._wait_for_checks({case_id})

    async def _keep(self, handed: HandedIn, form: str | None, decide: Deciding) -> FileReceived:
        """The file as it came, under a key of its own. Handed in again by the same call it is the one kept first."""
        file_id = uuid5(decide.cause, "file")
        await self._store.keys.make(file_id, handed.received_on + FILE_KEPT)
        document = await self._documents.keep(handed.raw, MEDIA.get(form or "", "application/octet-stream"), [file_id])
        told = FileReceived(handed.client_id, file_id, document, form, len(handed.raw), handed.received_on)
        await decide(handlers.receive_file, told)
        return (await self._store.fold(File, file_id)).received or told

    async def _take_all(
        self, read: FileRead, handed: HandedIn, kept: FileReceived, agency: AgencySet, decide: Deciding
    ) -> list[Taken]:
        limit = asyncio.Semaphore(AT_ONCE)

        async def take(each: InvoiceRead) -> Taken:
            async with limit:
                cause = uuid5(decide.cause, f"invoice {each.index}")
                item = Deciding(decide.store, cause, decide.actor, decide.now, decide.trace)
                return await self._take(each, handed, kept, agency, item)

        taken = await asyncio.gather(*map(take, read.read))
        left_out = [NotTaken(each.index, in_clear(each.refused), each.case_id) for each in taken if each.refused]
        if left_out:
            await decide(handlers.leave_out_of_file, kept.file_id, left_out)
        return taken

    async def _take(
        self, each: InvoiceRead, handed: HandedIn, kept: FileReceived, agency: AgencySet, decide: Deciding
    ) -> Taken:
        """One invoice: refused without a case, known already, or on a case of its own or of the same day."""
        if each.invoice is None:
            return Taken(each.index, None, None, refused=each.defects)
        no_case = policy.no_case(each.invoice, agency)
        if no_case:
            return Taken(each.index, each.invoice, await self._credited(each.invoice, handed), refused=no_case)
        draft = Draft(each.invoice, self.digests.content(each.invoice), handed.earlier.of(each.invoice.number))
        digest = self.digests.identity(each.invoice.debtor.country, identifier_of(each.invoice))
        async with self.who_is_who.one_at_a_time(digest):
            party_id = await self.who_is_who.find(digest) or uuid5(decide.cause, "party")
            told = Told(
                handed.client_id, uuid5(decide.cause, "case"), party_id, kept.file_id,
                await self._record(each, kept, party_id),
                kept.received_on, max(handed.today, kept.received_on), draft,
            )  # fmt: skip
            same_day = await self.who_is_who.same_day_case(told)
            answer = await decide(handlers.receive_claim, told, same_day, law=self.law)
            case_id = await self._case_of(told, answer, same_day)
            self.who_is_who.met(digest, party_id)
        if answer.outcome == "nothing":
            what = "this very invoice, in whatever format, is on this case already"
            refused = (Defect("duplicate", "number", f"{each.invoice.number or 'the invoice'}: {what}"),)
            return Taken(each.index, each.invoice, case_id, refused=refused)
        return Taken(each.index, each.invoice, case_id, told.claim_id)

    async def _record(self, each: InvoiceRead, kept: FileReceived, party_id: UUID) -> str:
        """One invoice of the file as it stood there, sealed for its debtor: it outlasts the file, and nobody else's."""
        await self._store.keys.make(party_id)
        return await self._documents.keep(each.record, MEDIA[kept.format or "json"], [party_id])

    async def _case_of(self, told: Told, answer: Answer, same_day: UUID | None) -> UUID:
        """The case the invoice is on now: one of its own, the same day's, or the one that had it already."""
        if answer.outcome == "appended" and told.draft.invoice.debtor.country != "NO":
            return told.case_id
        case_id = (await self._store.fold(Reserved, told.claim_id)).contents[told.draft.content]
        if case_id != same_day and (await self._store.fold(Door, case_id)).case.stage == "checking":
            self.who_is_who.opened(told, case_id)
        return case_id

    async def _credited(self, invoice: Invoice, handed: HandedIn) -> UUID | None:
        """The case of the invoice that a credit note lowers, issued that year or the year before."""
        if invoice.original_number is None or invoice.issued is None:
            return None
        for year in (invoice.issued.year, invoice.issued.year - 1):
            original = await self._store.fold(Reserved, claim_id(handed.client_id, invoice.original_number, year))
            if original.case_id != NOBODY:
                return original.case_id
        return None

    async def _wait_for_checks(self, cases: set[UUID]) -> None:
        """Give the registry a moment, so that most imports are answered with what came of them."""
        head = await self._store.head()
        try:
            async with asyncio.timeout(CHECK_SECONDS_MAX):
                while True:
                    moved = self._reader.moved  # Taken before looking, so that no move is missed in between.
                    if self._reader.position >= head and not await views.still_checking(self._store.pool, cases):
                        return
                    await moved.wait()
        except TimeoutError:
            return

    async def _result(self, name: str, form: str, taken: Taken, limit: asyncio.Semaphore) -> FileResult:
        read = result.as_read(taken.index, taken.invoice) if taken.invoice else None
        if taken.refused or taken.case_id is None or taken.invoice is None:
            defects = shown(taken.refused)
            return FileResult(file=name, format=form, read=read, result="refused", case=taken.case_id, defects=defects)
        async with limit:
            door = await self._store.fold(Door, taken.case_id)
        found = result.defects_of(door, taken.claim_id)
        known = {(each.code, each.where) for each in found}
        warnings = [each for each in taken.invoice.warnings if (each.code, each.where) not in known]
        defects = shown((*found, *warnings))
        what = result.result_of(door)
        return FileResult(file=name, format=form, read=read, result=what, case=taken.case_id, defects=defects)


def _read(raw: bytes) -> FileRead | Unreadable:
    try:
        return channels.read(raw)
    except Unreadable as unreadable:
        return unreadable


def _refused(name: str, defects: tuple[Defect, ...]) -> FileResult:
    return FileResult(file=name, format=None, read=None, result="refused", case=None, defects=shown(defects))
