"""The `eventsourcing` library's recorders on the case store, so that any application written with it runs here.

    PERSISTENCE_MODULE=shared.casestore.recorder SOVINTO_LIBRARY_URL=postgresql://sovinto_library:…@…

What an application records are events like all others: positions, versions, chains, one SQL function. An originator's
stream is its id, its kind `library.<application>`. Topics name Python code, so they are content and not stored types:
every stored event is a `RecordedByLibrary`, which services ignore. Snapshots and tracking have streams of their own.

Nothing here is sealed: personal values need the library's own cipher (CIPHER_TOPIC).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import msgspec
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    InfrastructureFactoryError,
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    ProcessRecorder,
    ProgrammingError,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic

from shared.casestore.appending import OnStream
from shared.casestore.install import RECORDED_BY_LIBRARY, TRACKED_BY_LIBRARY
from shared.casestore.listening import APPENDED, Changes, Listening
from shared.casestore.recorded import Encoded, event_id, of_stream
from shared.casestore.threaded import Connected
from shared.deciding import Call

LOOK_SECONDS = 0.5


class LibraryEvent(msgspec.Struct, frozen=True):
    """The content of a `RecordedByLibrary`: what the library calls a stored event, without its originator."""

    topic: str
    version: int  # The library's own. It begins at 0 or 1, as the application likes; the stream's at 1.
    state: bytes


class LibraryTracking(msgspec.Struct, frozen=True):
    """The content of a `TrackedByLibrary`: an upstream application's events have been seen up to here."""

    notification_id: int


class CaseStoreRecorder:
    """What all recorders here share."""

    def __init__(self, connected: Connected) -> None:
        self.connected = connected
        self.kind = connected.kind


class CaseStoreAggregateRecorder(CaseStoreRecorder, AggregateRecorder):
    """Stored events by originator. `purpose`: `events`, or `snapshots`, which any version may have."""

    def __init__(self, connected: Connected, purpose: str = "events") -> None:
        super().__init__(connected)
        self._of_events = purpose == "events"
        self.kind = connected.kind if self._of_events else f"{connected.kind}.{purpose}"

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        self._insert_events(stored_events, **kwargs)
        return None

    def _insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        if not stored_events:
            return []

        async def streams(call: Call) -> Sequence[OnStream]:
            return await self._on_streams(call, stored_events)

        return _positions(stored_events, self.connected.append(streams).position)

    async def _on_streams(self, call: Call, stored_events: Sequence[StoredEvent]) -> Sequence[OnStream]:
        return [await self._on_stream(call, *each) for each in _by_originator(stored_events).items()]

    async def _on_stream(self, call: Call, originator: UUID, told: Sequence[StoredEvent]) -> OnStream:
        stream = self._stream(originator)
        sql = f"""select version, data from casestore.events where {of_stream()} and kind = $2
                  order by version desc limit $3"""  # noqa: S608  (a constant)
        rows = await self.connected.rows(sql, stream, self.kind, 1 if self._of_events else None)
        held = [msgspec.json.decode(row["data"], type=LibraryEvent).version for row in rows]
        for event in told:
            if event.originator_version in held or (
                self._of_events and held and event.originator_version != held[0] + 1
            ):
                raise IntegrityError(
                    f"{originator} has version {held[0]}, so {event.originator_version} is not its next"
                )
            held = [event.originator_version, *held]
        encoded = [
            _encoded(
                call,
                stream,
                ordinal,
                RECORDED_BY_LIBRARY,
                LibraryEvent(each.topic, each.originator_version, each.state),
            )
            for ordinal, each in enumerate(told)
        ]
        return OnStream(stream, rows[0]["version"] if rows else 0, self.kind, None, tuple(encoded))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        originator = _uuid(originator_id)
        sql = f"""select data from casestore.events,
                      lateral (select (convert_from(data, 'UTF8')::json ->> 'version')::int as own) as told
                  where {of_stream()} and kind = $2
                    and ($3::int is null or own > $3) and ($4::int is null or own <= $4)
                  order by own {"desc" if desc else "asc"} limit $5"""  # noqa: S608  (a constant, and one of two words)
        rows = self.connected.fetch(sql, self._stream(originator), self.kind, gt, lte, limit)
        told = [msgspec.json.decode(row["data"], type=LibraryEvent) for row in rows]
        return [StoredEvent(originator_id, each.version, each.topic, each.state) for each in told]

    def _stream(self, originator: UUID) -> UUID:
        return originator if self._of_events else uuid5(originator, self.kind)


class CaseStoreApplicationRecorder(CaseStoreAggregateRecorder, ApplicationRecorder):
    """An application's events in the order of the log. A notification's id is its event's position."""

    def __init__(self, connected: Connected) -> None:
        super().__init__(connected)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        return self._insert_events(stored_events, **kwargs)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - inclusive_of_start
        sql = """select position, stream_id, data from casestore.events
                 where kind = $1 and position > $2 and ($3::bigint is null or position <= $3)
                   and ($4::text[] = '{}' or convert_from(data, 'UTF8')::json ->> 'topic' = any($4))
                 order by position limit $5"""
        rows = self.connected.fetch(sql, self.kind, after, stop, list(topics), limit)
        told = [(row, msgspec.json.decode(row["data"], type=LibraryEvent)) for row in rows]
        return [
            Notification(row["stream_id"], each.version, each.topic, each.state, id=row["position"])
            for row, each in told
        ]

    def max_notification_id(self) -> int | None:
        sql = "select position from casestore.events where kind = $1 order by position desc limit 1"
        rows = self.connected.fetch(sql, self.kind)
        return rows[0]["position"] if rows else None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        return CaseStoreSubscription(self, gt, topics)


class CaseStoreSubscription(ListenNotifySubscription[CaseStoreApplicationRecorder]):
    """Woken by the store's NOTIFY, and now and then by itself."""

    def __init__(self, recorder: CaseStoreApplicationRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._listening = recorder.connected.start(self._listen(recorder.connected.store.listening))

    async def _listen(self, listening: Listening) -> None:
        changes = Changes(listening, APPENDED)
        try:
            while True:
                await changes.wait(LOOK_SECONDS)
                self._has_been_notified.set()
        finally:
            changes.end()

    def stop(self) -> None:
        super().stop()
        self._listening.cancel()


class CaseStoreTrackingRecorder(CaseStoreRecorder, TrackingRecorder):
    """How far an upstream application's notifications were seen: a stream for each of them, never going back."""

    def insert_tracking(self, tracking: Tracking) -> None:
        async def streams(call: Call) -> Sequence[OnStream]:
            return [await self._tracked(call, tracking)]

        self.connected.append(streams)

    async def _tracked(self, call: Call, tracking: Tracking) -> OnStream:
        stream = self._of(tracking.application_name)
        rows = await self.connected.rows(LAST_TRACKED, stream)
        seen = msgspec.json.decode(rows[0]["data"], type=LibraryTracking).notification_id if rows else None
        if seen is not None and tracking.notification_id <= seen:
            raise IntegrityError(f"{tracking.application_name} was seen up to {seen}, past {tracking.notification_id}")
        told = _encoded(call, stream, 0, TRACKED_BY_LIBRARY, LibraryTracking(tracking.notification_id))
        kind = f"{self.connected.kind}.tracking"
        return OnStream(stream, rows[0]["version"] if rows else 0, kind, None, (told,))

    def max_tracking_id(self, application_name: str) -> int | None:
        rows = self.connected.fetch(LAST_TRACKED, self._of(application_name))
        return msgspec.json.decode(rows[0]["data"], type=LibraryTracking).notification_id if rows else None

    def _of(self, upstream: str) -> UUID:
        return uuid5(TRACKING, f"{self.connected.kind}|{upstream}")


class CaseStoreProcessRecorder(CaseStoreTrackingRecorder, CaseStoreApplicationRecorder, ProcessRecorder):
    """Events and how far was seen, in one append."""

    def _insert_events(
        self, stored_events: Sequence[StoredEvent], tracking: Tracking | None = None, **kwargs: Any
    ) -> Sequence[int]:
        if tracking is None:
            return super()._insert_events(stored_events, **kwargs)
        seen = tracking

        async def streams(call: Call) -> Sequence[OnStream]:
            return [*await self._on_streams(call, stored_events), await self._tracked(call, seen)]

        return _positions(stored_events, self.connected.append(streams).position)


class Factory(InfrastructureFactory[CaseStoreTrackingRecorder]):
    """Makes an application's recorders; the first one connects."""

    URL = "SOVINTO_LIBRARY_URL"

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._connected: Connected | None = None

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        return CaseStoreAggregateRecorder(self.connected, purpose)

    def application_recorder(self) -> ApplicationRecorder:
        return CaseStoreApplicationRecorder(self.connected)

    def tracking_recorder(
        self, tracking_recorder_class: type[CaseStoreTrackingRecorder] | None = None
    ) -> CaseStoreTrackingRecorder:
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        named: type[CaseStoreTrackingRecorder] = resolve_topic(topic) if topic else CaseStoreTrackingRecorder
        return (tracking_recorder_class or named)(self.connected)

    def process_recorder(self) -> ProcessRecorder:
        return CaseStoreProcessRecorder(self.connected)

    @property
    def connected(self) -> Connected:
        if self._connected is None:
            url = self.env.get(self.URL)
            if not url:
                raise InfrastructureFactoryError(
                    f"{self.URL} names the store as the role sovinto_library; it is not set"
                )
            self._connected = Connected(url, self.env.name or "application")
        return self._connected

    def close(self) -> None:
        if self._connected is not None:
            self._connected.close()
            self._connected = None


TRACKING = UUID("6f1d3c8a-52f4-4c0e-9a6b-0d7f5a4c2b11")
LAST_TRACKED = f"select version, data from casestore.events where {of_stream()} order by version desc limit 1"  # noqa: S608  (a constant)


def _encoded(call: Call, stream: UUID, ordinal: int, type_: str, content: LibraryEvent | LibraryTracking) -> Encoded:
    with_id = event_id(call.handler, call.cause, stream, ordinal)
    return Encoded(with_id, type_, 1, msgspec.json.encode(content), b"")


def _by_originator(stored_events: Sequence[StoredEvent]) -> Mapping[UUID, Sequence[StoredEvent]]:
    told: dict[UUID, list[StoredEvent]] = {}
    for event in stored_events:
        told.setdefault(_uuid(event.originator_id), []).append(event)
    return told


def _positions(stored_events: Sequence[StoredEvent], first: int) -> Sequence[int]:
    """Where each was put: an append's streams follow each other, each with its events in order."""
    put = [id(event) for told in _by_originator(stored_events).values() for event in told]
    at = {each: first + ordinal for ordinal, each in enumerate(put)}
    return [at[id(event)] for event in stored_events]


def _uuid(originator_id: UUID | str) -> UUID:
    """Raises ProgrammingError for an id in words: streams are named by UUIDs."""
    if not isinstance(originator_id, UUID):
        raise ProgrammingError(f"an originator's id is a UUID here, not {originator_id!r}")
    return originator_id
