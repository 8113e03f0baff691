"""History replayed: a kept stream's rows read as the store reads them, folded in every service, and summed up.

A kept stream is one case with all that belongs to it (its debtor, client, claims, payments, remittances), row by row as
stored in a demo of that release, without the encrypted personal values: as it would be after an erasure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from services.contact.known import Known
from services.gateway.progress import Progress
from services.intake.claim import Door
from services.plans.plan import Plan
from services.settlement.owed import Owed
from shared.casefile import Casefile
from shared.casestore import Recorded
from shared.casestore.recorded import COLUMNS, decode
from shared.deciding import S

T = TypeVar("T")
IDS = ("stream_id", "event_id", "cause", "client_id")
MOMENTS = ("occurred_at", "recorded_at")


def kept_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A stored row as it is kept: readable, and nothing personal, not even encrypted."""
    told = {name: value for name, value in row.items() if name not in ("sealed", "first")}
    return {**msgspec.to_builtins(told), "data": msgspec.json.decode(row["data"]), "hash": row["hash"].hex()}


class Row(dict[str, Any]):
    """As the database's driver gives one: it is asked by name, or for the values of columns that follow each other."""

    def __getitem__(self, of: Any) -> Any:
        return tuple(self.values())[of] if isinstance(of, slice) else super().__getitem__(of)


def stored_row(kept: Mapping[str, Any]) -> Row:
    """A kept row as the store would give it."""
    ids = {name: UUID(kept[name]) if kept[name] else None for name in IDS}
    moments = {name: datetime.fromisoformat(kept[name]) for name in MOMENTS}
    data = msgspec.json.encode(kept["data"])
    told = {**kept, **ids, **moments, "data": data, "sealed": b"", "hash": bytes.fromhex(kept["hash"])}
    return Row({name: told[name] for name in COLUMNS.replace(",", " ").split()})


class Destroyed:
    """The keys of a store in which everybody was erased."""

    async def of(self, key_ids: Iterable[UUID]) -> Mapping[UUID, bytes | None]:
        return dict.fromkeys(key_ids)


async def replayed(kept: Sequence[Mapping[str, Any]]) -> Sequence[Recorded]:
    """The events of kept rows, upcast and decoded by the store's own function. Raises NotUnderstood."""
    rows: Any = [stored_row(each) for each in kept]
    keys: Any = Destroyed()
    return await decode(rows, keys, {})


def folded(state: type[S], told: Iterable[Recorded]) -> S:
    """A stream as one of the services knows it."""
    return reduce(lambda known, one: known.after(one.event) if one.event else known, told, state())


def summary(case: Sequence[Recorded]) -> dict[str, Any]:
    """What each service knows of a case, in words that do not depend on how it is programmed."""
    file = folded(Casefile, case)
    door, known, plan = folded(Door, case), folded(Known, case), folded(Plan, case)
    owed, progress = folded(Owed, case), folded(Progress, case)
    told = {
        "events": len(case),
        "stage": file.stage,
        "conditions": sorted(file.conditions),
        "closed_because": file.closed_because,
        "claims": {
            claim.number: {"principal": claim.principal.minor, "open": claim.open_principal.minor}
            for claim in file.claims.values()
        },
        "costs": {earned.charge.measure: earned.charge.amount.minor for earned in file.charges},
        "intake": {"registry": door.outcome, "rejected": door.rejected.reason if door.rejected else None},
        "contact": {
            "strategy": known.strategy,
            "messages": len(known.contacts),
            "left": sum(each.state == "left" for each in known.contacts.values()),
            "calls": len(known.calls),
            "disputes": len(known.disputes),
        },
        "plans": {"instalments": len(plan.instalments), "paid": len(plan.paid), "missed": len(plan.missed)},
        "settlement": {"payments": len(owed.taken), "received": dict(owed.received), "set_aside": dict(owed.set_aside)},
        "gateway": {
            "messages": len(progress.messages),
            "plans": progress.plans_started,
            "questions": len(progress.questions),
        },
    }
    plain: dict[str, Any] = msgspec.to_builtins(told)
    return plain
