"""Whether a store is what was written: every position, version and hash worked out anew, beside what is stored.

Nothing here uses the function that appends: the bytes a hash covers are put together again in Python, as
`casestore.append` says. Reads in one snapshot, so a store in use can be checked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from shared.casestore.as_signed import AsSigned
from shared.casestore.fault import Fault
from shared.casestore.link import link
from shared.casestore.look import Connection
from shared.casestore.recorded import COLUMNS
from shared.events import known

BATCH = 2_000
NAMES_A_DOCUMENT = ("document", "source", "proof", "payout", "statement")
MARKS = tuple(f'"{name}":"'.encode() for name in NAMES_A_DOCUMENT)
Row = Mapping[str, Any]


class Verified(msgspec.Struct, frozen=True):
    """What came of it. `documents`: every document an event names, with the place that names it first."""

    events: int
    streams: int
    faults: Sequence[Fault]
    documents: Mapping[str, str]


async def verify(
    store: Connection, tell: Callable[[int, int], None] = lambda _done, _of: None, signed: Sequence[AsSigned] = ()
) -> Verified:
    """Check a whole store, and hold it against what was signed; what differs there each `signed` tells itself.

    `store` is the owner's connection; `tell` hears how many events are done, of how many.
    """
    log = Log()
    async with store.transaction(isolation="repeatable_read", readonly=True):
        last = int(await store.fetchval("select coalesce(max(position), 0) from casestore.events"))
        sql = (
            f"select {COLUMNS}, opened, first from casestore.events where position > $1 order by position limit {BATCH}"  # noqa: S608  (constants)
        )
        while rows := await store.fetch(sql, log.position):
            for row in rows:
                log.take(row)
                for each in signed:
                    each.take(row, log.ends)
            tell(log.position, last)
        for head in await store.fetch("select stream_id, opened, kind, client_id, version, hash from casestore.heads"):
            log.take_head(head)
        for reader in await store.fetch("select reader, position, hash from casestore.readers where position > 0"):
            sql = "select hash from casestore.events where position = $1"
            log.take_reader(reader, await store.fetchval(sql, reader["position"]))
    for each in signed:
        each.at_the_end()
    return Verified(log.events, len(log.ends), [*log.faults, *log.at_the_end()], log.documents)


class End(msgspec.Struct):
    """How far a stream has come while the log is read."""

    version: int
    hash: bytes
    kind: str
    client_id: UUID | None
    call: tuple[str, UUID]  # The handler and cause of its last append.
    position: int
    opened: int
    type: str


class Log:
    """The log as it is read, event by event in the order of positions."""

    def __init__(self) -> None:
        self.position = self.events = 0
        self.time = datetime.min.replace(tzinfo=UTC)
        self.ends: dict[UUID, End] = {}
        self.headed: set[UUID] = set()
        self.faults: list[Fault] = []
        self.documents: dict[str, str] = {}

    def take(self, row: Row) -> None:
        """The next event."""
        self.faults += self._order(row)
        before = self.ends.get(row["stream_id"])
        self.faults += _place(row, before)
        self.faults += _opening(row, before)
        for name in documents_of(row["data"]):
            self.documents.setdefault(name, _at(row))
        self.ends[row["stream_id"]] = End(
            row["version"], row["hash"], before.kind if before else row["kind"],
            before.client_id if before else row["client_id"], (row["handler"], row["cause"]), row["position"],
            before.opened if before else row["position"], row["type"],
        )  # fmt: skip
        self.position, self.time = row["position"], max(self.time, row["recorded_at"])
        self.events += 1

    def _order(self, row: Row) -> Iterator[Fault]:
        for lost in range(self.position + 1, min(row["position"], self.position + LOST_NAMED_MAX + 1)):
            yield Fault("event_lost", "no event has this position", lost)
        if row["position"] > self.position + LOST_NAMED_MAX + 1:
            count = row["position"] - self.position - 1
            yield Fault("event_lost", f"{count} events before this position are lost", row["position"])
        if row["position"] <= self.position:
            yield _fault(row, "position_twice", "another event has this position too")
        if row["recorded_at"] < self.time:
            yield _fault(row, "time_goes_back", f"recorded at {row['recorded_at']}, after one at {self.time}")

    def take_head(self, head: Row) -> None:
        """What the store remembers of a stream's last event."""
        stream, end = head["stream_id"], self.ends.get(head["stream_id"])
        self.headed.add(stream)
        where = {"stream": stream, "version": head["version"]}
        if end is None:
            self.faults.append(Fault("stream_lost", "all events of this stream are lost", **where))
        elif end.version < head["version"]:
            what = f"events are lost: the stream goes on to version {head['version']} and ends here"
            self.faults.append(Fault("tail_lost", what, end.position, stream, end.version, end.type))
        elif (end.version, end.hash) != (head["version"], head["hash"]):
            self.faults.append(Fault("head_differs", "the stream's head is not its last event", **where))
        elif (end.kind, end.client_id, end.opened) != (head["kind"], head["client_id"], head["opened"]):
            what = "the stream's head names another kind, client or beginning"
            self.faults.append(Fault("head_differs", what, **where))

    def take_reader(self, reader: Row, found: bytes | None) -> None:
        """What a projection remembers of the event it read last."""
        name, position = reader["reader"], reader["position"]
        if found is None:
            what = f"the projections of {name} have read up to here, and there is no such event"
            self.faults.append(Fault("event_lost", what, position))
        elif reader["hash"] != found:
            what = f"the projections of {name} read another event here than the one that is stored"
            self.faults.append(Fault("event_replaced", what, position))

    def at_the_end(self) -> Iterator[Fault]:
        """What shows only once all is read."""
        for stream, end in self.ends.items():
            if stream not in self.headed:
                what = "the stream's head is lost"
                yield Fault("head_lost", what, end.position, stream, end.version, end.type)


LOST_NAMED_MAX = 20


def _place(row: Row, before: End | None) -> Iterator[Fault]:
    """Its version, the first of its append, and its hash, which covers everything else."""
    version = before.version if before else 0
    if row["version"] != version + 1:
        # The hash of the event that was here is not known, so this one's cannot be worked out.
        yield _fault(row, "version_gap", f"the stream's last event has version {version}")
        return
    if row["opened"] != (before.opened if before else row["position"]):
        yield _fault(
            row, "opening_differs", "it names another beginning of its stream: nobody who loads it would see it"
        )
    if row["first"] == (before is not None and before.call == (row["handler"], row["cause"])):
        yield _fault(row, "append_differs", "where its append begins was changed: a repeated call would not be seen")
    if link(row, before.hash if before else b"") != row["hash"]:
        yield _fault(row, "hash_differs", "this event was changed, or the one before it in its stream was")


def _opening(row: Row, before: End | None) -> Iterator[Fault]:
    """A stream has the kind and the client its first event named."""
    if before is not None:
        if (row["kind"], row["client_id"]) != (before.kind, before.client_id):
            yield _fault(row, "client_differs", "its kind or client is not that of its stream")
        return
    kind = known().get(row["type"])
    if kind is None or row["version"] != 1:
        return
    named = row["stream_id"] if kind.of.opens == "client" else _client_named(row["data"])
    if row["kind"] != kind.of.opens:
        yield _fault(row, "kind_differs", f"a stream opened by it is a {kind.of.opens}, not a {row['kind']}")
    if row["client_id"] != named:
        yield _fault(row, "client_differs", "its stream belongs to another client than the one it names")


def documents_of(data: bytes) -> Iterator[str]:
    """The documents an event's JSON names, wherever in it; none where it is not JSON."""
    if not any(mark in data for mark in MARKS):
        return
    try:
        yield from _named(msgspec.json.decode(data))
    except msgspec.DecodeError:
        return


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name in NAMES_A_DOCUMENT and isinstance(each, str) and len(each) == 64 and each.isalnum():
                yield each
            else:
                yield from _named(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)


def _client_named(data: bytes) -> UUID | None:
    try:
        named = msgspec.json.decode(data).get("client_id")
        return UUID(named) if named else None
    except (msgspec.DecodeError, AttributeError, ValueError, TypeError):
        return None


def _fault(row: Row, code: str, what: str) -> Fault:
    return Fault(code, what, row["position"], row["stream_id"], row["version"], row["type"])


def _at(row: Row) -> str:
    return _fault(row, "", "").where
