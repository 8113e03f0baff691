"""What the API's answers look like: rows and folds as JSON, money as minor units with its currency."""

from typing import Any
from urllib.parse import quote

import msgspec
from fastapi import Response

from services.gateway import looking
from services.gateway.access import Viewer
from services.gateway.consequences import Consequences
from services.gateway.looking import CaseSeen
from services.gateway.neighbours import Answered
from services.gateway.timeline import Entry
from services.gateway.wired import Wired
from services.gateway.words import Words
from shared.balance import Balance
from shared.casestore import Recorded
from shared.errors import NotFound
from shared.events import kind_of

JSON = dict[str, Any]
GONE = "application/problem+json"
SHOWN_AS_THEY_ARE = ("application/pdf", "text/plain", "application/xml", "text/xml", "application/json")


def built(value: object) -> Any:
    """Any struct, row value or date as plain JSON values."""
    return msgspec.to_builtins(value)


def consequences(told: Consequences) -> JSON:
    """What stopping does."""
    said: JSON = msgspec.to_builtins(told)
    return said


def plain(row: Any) -> JSON:
    """A row as it is."""
    shown: JSON = msgspec.to_builtins(dict(row.items()))
    return shown


def case_line(row: Any) -> JSON:
    """A case in a list."""
    told = plain({name: row[name] for name in CASE_LINE})
    return {**told, "open_principal": {"minor": row["principal"], "currency": row["currency"]}}


CASE_LINE = (
    "case_id", "number", "invoices", "debtor", "client", "client_id", "stage", "conditions", "country", "next_step",
    "next_at", "asked", "because", "received", "position",
)  # fmt: skip


def case(seen: CaseSeen, owed: Balance | None) -> JSON:
    """One case, as its page shows it."""
    file, progress = seen.case, seen.progress
    return {
        "case_id": str(seen.case_id),
        "number": file.number,
        "reference": file.reference,
        "client_id": str(file.client_id),
        "party_id": str(file.party_id),
        "client": seen.client.name if seen.client else None,
        "debtor": {"kind": file.debtor, "country": file.country, **(built(seen.person) if seen.person else {})},
        "stage": file.stage,
        "blocked_by": [{"condition": condition, "of": whose} for condition, whose in seen.blocked_by],
        "suspended_because": file.suspended_because,
        "because": file.closed_because or progress.rejected_because,
        "claims": [_claim(claim) for claim in file.claims.values()],
        "balance": _balance(owed),
        "next_step": built(progress.next_step),
        "calls": built(progress.calls),
        "questions": built(progress.questions),
        "plan": built(progress.plan),
        "disputes": [str(each) for each in file.disputes],
        "messages": built(progress.messages),
        "handler": {"name": seen.handler.name.value, "telephone": seen.handler.telephone} if seen.handler else None,
        "now": seen.now.isoformat(),
        "as_of": seen.then.as_of.isoformat() if seen.then else None,
        "known_at": seen.then.known_at.isoformat() if seen.then else None,
        "version": len([one for one in seen.told if one.stream_id == seen.case_id]),
        "position": seen.position,
    }


def _claim(claim: Any) -> JSON:
    return {
        "claim_id": str(claim.claim_id),
        "number": claim.number,
        "issued": claim.issued.isoformat(),
        "due": claim.due.isoformat(),
        "principal": built(claim.principal),
        "open_principal": built(claim.open_principal),
        "source": claim.source,
    }


def _balance(owed: Balance | None) -> JSON | None:
    if owed is None:
        return None
    claims = [
        {
            "claim_id": str(claim.claim_id),
            "number": claim.number,
            **{part: claim.of(part).minor for part in ("principal", "interest", "reminder_cost", "collection_cost")},
            "total": claim.total.minor,
        }
        for claim in owed.claims
    ]
    return {"on": owed.on.isoformat(), "currency": owed.currency, "total_minor": owed.total.minor, "claims": claims}


def entry(one: Entry) -> JSON:
    """A line of the timeline."""
    shown: JSON = built(one)
    return shown


def question(row: Any) -> JSON:
    """Something the client is asked."""
    return plain(
        {name: row[name] for name in ("question_id", "case_id", "kind", "answer_by", "number", "debtor", "client")}
    )


def recorded(one: Recorded) -> JSON:
    """An event as it is stored; personal values stay sealed."""
    event = one.event
    told = msgspec.to_builtins(_without_values(event)) if event is not None else None
    return {
        "position": one.position, "version": one.version, "type": one.type, "at": one.recorded_at.isoformat(),
        "actor": one.actor, "handler": one.handler, "cause": str(one.cause), "trace": one.trace,
        "hash": one.hash.hex(), "told": told,
    }  # fmt: skip


def _without_values(event: Any) -> Any:
    sealed = {name: msgspec.structs.replace(value, value=None) for name in kind_of(event).sealed
              if (value := getattr(event, name)) is not None}  # fmt: skip
    return msgspec.structs.replace(event, **sealed)


def passed_back(came: Answered) -> Response:
    """Another service's answer, as it came."""
    return Response(came.content, came.status, headers=dict(came.headers))


async def document(made: Wired, viewer: Viewer, which: str, name: str, said: Words) -> Response:
    """A document of a case this viewer may see. Raises NotFound where the case does not name it, or it was erased."""
    found = await looking.look_up_case(made, viewer, which)
    told = await looking.own_stream(made, viewer, found)
    what = looking.documents_of(told).get(name)
    if what is None:
        raise NotFound("there is no such document on this case")
    opened = await made.documents.open(name)
    if opened.content is None:
        raise NotFound("this document was erased")
    kind = opened.media_type if opened.media_type.split(";")[0] in SHOWN_AS_THEY_ARE else "application/octet-stream"
    ending = {"application/pdf": ".pdf", "text/plain": ".txt"}.get(kind.split(";")[0], "")
    headers = {
        "content-disposition": f"inline; filename*=UTF-8''{quote(said.of('document', what))}{ending}",
        "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        "cache-control": "private, no-store",
    }
    return Response(opened.content, media_type=kind, headers=headers)
