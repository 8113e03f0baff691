"""The moment between a payout file and the event that records it: whether a remittance run has come to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from shared.ids import remittance_id

CURRENCIES = ("EUR", "NOK")
NEWEST = 50  # Documents: it was written just now.
UNDER_WAY = """select convert_from(began.data, 'UTF8')::json ->> 'run_id' as run_id from casestore.events began
               where began.type = 'RemittanceRunStarted' and not exists (
                   select from casestore.events ended where ended.type = 'RemittanceRunEnded'
                   and ended.stream_id = began.stream_id and ended.position > began.position)"""


async def payouts(db: "asyncpg.Connection[Any]") -> Sequence[UUID]:
    """Those that the runs under way may make."""
    runs = [UUID(row["run_id"]) for row in await db.fetch(UNDER_WAY)]
    return [remittance_id(run, currency) for run in runs for currency in CURRENCIES]


def is_written(home: Path, made: Sequence[UUID]) -> bool:
    """Whether a document that is sealed for one of these payouts lies on the disk."""
    named = [str(each).encode() for each in made]
    files = [path for path in (home / "documents").glob("*/*") if not path.suffix]  # One with a suffix is not whole.
    files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    newest = [path.read_bytes() for path in files[:NEWEST]]
    return any(name in document for document in newest for name in named)
