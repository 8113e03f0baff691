"""How far a group is in each partition: what the relay has sent, and what the group has handled.

PostgreSQL keeps it (`bus.sent`, `bus.handled`). What is remembered of it here spares a question a batch: only who hears
a partition counts in it, and the relay says what it sent. Where a partition has just come to us, and where a message is
not plainly the next, the store is asked.
"""

import time
from collections.abc import Iterable, Mapping, Set
from uuid import UUID

import structlog

from shared.bus.options import PARTITIONS
from shared.casestore.store import CaseStore

ASK_AGAIN_SECONDS = 3.0  # What was under way when we asked for a feed jumps too, and is no reason to ask once more.

log = structlog.get_logger()


class Counted:
    """One group's places. Every method that asks the store raises what asyncpg raises."""

    def __init__(self, group: str, store: CaseStore) -> None:
        self._group, self._store = group, store
        self.sent: dict[int, int] = {}
        self.handled: dict[int, int] = {}
        self.turn = 0  # How often the relay has gone on to its other topic.
        self._asked: dict[int, tuple[int, float]] = {}  # From where each partition was asked for again, and when.

    @property
    def behind(self) -> Set[int]:
        """The partitions in which more was sent than was handled."""
        return {partition for partition, position in self.sent.items() if position > self.handled.get(partition, 0)}

    async def begin(self) -> None:
        """Count from the log's beginning, unless the group has counted before."""
        sql = "insert into bus.handled values ($1, $2, 0) on conflict do nothing"
        await self._store.pool.executemany(sql, [(self._group, partition) for partition in range(PARTITIONS)])

    async def look(self) -> None:
        """Ask the store, whatever was remembered."""
        sql = """select partition, s.position as sent, coalesce(h.position, 0) as handled, r.turn
                 from bus.relay r, bus.sent s
                 left join (select * from bus.handled where group_name = $1) h using (partition)"""
        rows = await self._store.pool.fetch(sql, self._group)
        self.sent, self.handled = ({row["partition"]: row[name] for row in rows} for name in ("sent", "handled"))
        self.turn = max((row["turn"] for row in rows), default=self.turn)

    def know_only(self, ours: Iterable[int]) -> None:
        """Forget how far other partitions are: whoever hears them counts there. One that comes back is asked for."""
        kept = set(ours)
        self.handled = {partition: at for partition, at in self.handled.items() if partition in kept}

    def hear(self, told: str) -> None:
        """What the relay said when it had sent: `TURN PARTITION:POSITION ...`, all partitions there is anything in."""
        turn, *places = told.split() or ["0"]
        self.turn = max(self.turn, int(turn))
        for each in places:
            partition, position = map(int, each.split(":"))
            self.sent[partition] = max(position, self.sent.get(partition, 0))

    async def count(self, then: Mapping[int, int]) -> None:
        """All is done up to these positions."""
        sql = """insert into bus.handled (group_name, partition, position)
                 select $1, * from unnest($2::int[], $3::bigint[])
                 on conflict (group_name, partition)
                 do update set position = greatest(bus.handled.position, excluded.position)"""
        await self._store.pool.execute(sql, self._group, list(then), list(then.values()))
        self.handled.update(then)

    async def parked(self, streams: Iterable[UUID]) -> Mapping[UUID, int]:
        """The position from which on each of these streams is parked, where it is."""
        sql = """select stream_id, min(position) as position from bus.parked
                 where group_name = $1 and stream_id = any($2) group by stream_id"""
        rows = await self._store.pool.fetch(sql, self._group, list(streams))
        return {row["stream_id"]: row["position"] for row in rows}

    async def ask_again(self, partition: int, after: int) -> None:
        """Have the relay feed us again what comes after this position."""
        asked = self._asked.get(partition)
        if asked is not None and asked[0] == after and time.monotonic() - asked[1] < ASK_AGAIN_SECONDS:
            return
        self._asked[partition] = (after, time.monotonic())
        log.warning("jump", group=self._group, partition=partition, after=after)
        sql = """insert into bus.refeeds (group_name, partition, after) values ($1, $2, $3)
                 on conflict (group_name, partition) do update set after = least(bus.refeeds.after, excluded.after)"""
        await self._store.pool.execute(sql, self._group, partition, after)
        await self._store.pool.execute("notify sovinto")
