"""What plans shows: one row a plan, written in store order by whoever moves the projection on."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.casestore import Recorded
from shared.events import plans
from shared.projections import Database


async def project(db: Database, one: Recorded) -> None:
    """The effect of one event on the view."""
    match one.event:
        case plans.PlanProposed(instalments=instalments):
            sql = """insert into plans (case_id, client_id, instalments, paid, state) values ($1, $2, $3, 0, 'proposed')
                     on conflict (case_id) do update set instalments = $3, paid = 0, state = 'proposed'"""
            await db.execute(sql, one.stream_id, one.client_id, len(instalments))
        case plans.PlanApprovalAsked():
            await _state(db, one, "waiting")
        case plans.PlanRefused():
            await _state(db, one, "refused")
        case plans.PlanStarted():
            await _state(db, one, "kept")
        case plans.InstalmentPaid():
            sql = "update plans set paid = paid + 1, state = 'kept' where case_id = $1"
            await db.execute(sql, one.stream_id)
        case plans.InstalmentMissed():
            await _state(db, one, "missed")
        case plans.PlanCompleted():
            await _state(db, one, "completed")
        case plans.PlanBroken():
            await _state(db, one, "broken")


async def at_risk(db: Database) -> Sequence[Mapping[str, Any]]:
    """Plans with an instalment missed and not yet made good or given up."""
    return await db.fetch("select case_id, instalments, paid from plans where state = 'missed' order by case_id")


async def _state(db: Database, one: Recorded, state: str) -> None:
    await db.execute("update plans set state = $2 where case_id = $1", one.stream_id, state)
