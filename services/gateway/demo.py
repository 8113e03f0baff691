"""Time in a demo store: it goes on when someone asks for the next day."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from shared.calendar import at_local, local_date
from shared.casestore import SERVICES, CaseStore
from shared.clock import advance
from shared.errors import Refused

EVENING = time(20)  # By then every slot of the day has been.


async def next_evening(store: CaseStore) -> datetime:
    """The next time it is eight in the evening in Helsinki."""
    now = await store.now()
    evening = at_local("FI", local_date("FI", now), EVENING)
    return evening if evening > now else at_local("FI", local_date("FI", now) + timedelta(days=1), EVENING)


async def live_until(store: CaseStore, until: datetime) -> Sequence[datetime]:
    """Let the platform do all that is due until then.

    Returns the moments at which something happened. Raises Refused.
    """
    if store.live:
        raise Refused("a live store has the real clock", "live_store")
    return await advance(store, until, readers=len(SERVICES))
