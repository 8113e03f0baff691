"""The notary: signs what stands in the log, and where every stream ends, and hands that out of the database.

It reads the log in order as a role that sees where events stand and their hashes, and nothing they hold. Whoever
changes the store afterwards, even its superuser with all hashes made anew, contradicts what was signed and handed out.
What is changed before it was signed (at most a minute, or 1,024 events) is not found by it.

Its word is one file an epoch. It goes on from there, having held it against the store; where they differ it stops, for
then either was changed, and says so: in its log, in `sovinto_notary_stopped`, in /readyz. A store restored from a
backup has another epoch, and so another file. One notary works; others wait for its lock.
"""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import httpx2
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from prometheus_client import Gauge

from shared.casestore.appending import GONE
from shared.casestore.checkpoints import EVENTS_MAX, Checkpoint, Damaged, key_text, sign
from shared.casestore.left import Differs, as_left
from shared.casestore.merkle import Listed, Streams, leaf
from shared.casestore.proof import Proof, prove
from shared.casestore.recorded import of_stream
from shared.casestore.sinks import FAILING, NOT_HANDED_OUT, Kept, Webhook, back_off
from shared.errors import Away, NotFound, Refused
from shared.tasks import ended, hear_cancellation

ACTIVE = 727_004  # The advisory lock of the one notary at work.
SECONDS_MAX = 60.0  # An event is signed at the latest so long after it was appended.
LOOK_SECONDS = 1.0
STANDBY_SECONDS = 5.0
PROOF_EVENTS_MAX = 10_000
PROOF_SECONDS_MAX = 30.0
AWAY = (*GONE, asyncpg.PostgresError)
POSITION = Gauge("sovinto_notary_position", "The last position that was signed")
STOPPED = Gauge("sovinto_notary_stopped", "1 when the store and the checkpoints differ: nothing is signed any more")
Connection: TypeAlias = "asyncpg.Connection[Any]"

log = structlog.get_logger()


class Notary:
    """Signs one store's checkpoints.

    Args:
        dsn: the notary role's PostgreSQL URL.
        key: what it signs with.
        folder: where its files are kept.
        url: where checkpoints are posted; empty for nowhere.
    """

    def __init__(self, dsn: str, key: Ed25519PrivateKey, folder: Path, url: str = "") -> None:
        self._dsn, self._key, self._folder, self._url = dsn, key, folder, url
        self._lock = asyncio.Lock()
        self._db: Connection | None = None  # There while it works, as all below.
        self._kept: Kept
        self._streams = Streams()
        self._webhook: Webhook | None = None
        self._pending: list[asyncpg.Record] = []  # Read and not signed yet; the first one since this moment.
        self._since = 0.0
        self._live = True
        self._ending = False
        self._wake, self._signed = asyncio.Event(), asyncio.Event()
        self.wrong = "waiting for the store, or for its turn"

    async def run(self) -> None:
        """Sign until `end`, or until store and checkpoints differ."""
        failed = 0
        while not self._ending:
            try:
                await self._run_connected()
            except (Differs, Damaged) as differs:
                self.wrong = f"stopped: {differs}"
                STOPPED.set(1)
                log.error("the notary stopped: the store is not what was signed", because=str(differs))
                return
            except AWAY as away:
                hear_cancellation()
                failed = failed + 1 if self.wrong else 1
                wait = min(back_off(failed), STANDBY_SECONDS)
                self.wrong = f"the store or the folder of checkpoints is away: {type(away).__name__}"
                log.warning("the notary begins again", because=type(away).__name__, in_seconds=wait)
                await self._rest(wait)

    def end(self) -> None:
        """Sign what is there, then stop."""
        self._ending = True
        self._wake.set()

    async def proof(self, stream_id: UUID) -> Proof:
        """What proves a stream to its end. Signs at once what of it was not signed yet.

        Raises NotFound, Refused for a stream of more than 10,000 events, Away.
        """
        try:
            async with asyncio.timeout(PROOF_SECONDS_MAX):
                version = await self._version(stream_id)
                while (found := await self._proof(stream_id, version)) is None:
                    self._signed.clear()
                    self._wake.set()
                    await self._signed.wait()
                return found
        except AWAY as away:
            raise Away(f"the notary does not answer: {type(away).__name__}") from away

    async def _version(self, stream_id: UUID) -> int:
        async with self._lock:
            sql = "select version from casestore.heads where stream_id = $1"
            version: int | None = await self._at_work().fetchval(sql, stream_id)
        if version is None:
            raise NotFound("there is no such stream")
        if version > PROOF_EVENTS_MAX:
            raise Refused(f"a proof has at most {PROOF_EVENTS_MAX} events; this stream has {version}", "too_long")
        return version

    async def _proof(self, stream_id: UUID, version: int) -> Proof | None:
        """None where the stream was not signed up to this version yet."""
        async with self._lock:
            db, end = self._at_work(), self._streams.end(stream_id.bytes)
            if end is None or end[0] < version:
                return None
            sql = f"select position from casestore.events where {of_stream()} and version <= $2 order by version"  # noqa: S608  (a constant)
            positions = [row["position"] for row in await db.fetch(sql, stream_id, end[0])]
            return await asyncio.to_thread(prove, self._kept, self._streams, stream_id, positions)

    def _at_work(self) -> Connection:
        if self._db is None:
            raise Away(self.wrong)
        return self._db

    # The work.

    async def _run_connected(self) -> None:
        db = await asyncpg.connect(self._dsn, timeout=10, command_timeout=60)
        hook: asyncio.Task[None] | None = None
        try:
            while not await db.fetchval("select pg_try_advisory_lock($1)", ACTIVE):
                self.wrong = "another notary is at work"
                await self._rest(STANDBY_SECONDS)
                if self._ending:
                    return
            await self._resume(db)
            async with httpx2.AsyncClient() as client:
                self._webhook = Webhook(self._url, self._kept, client) if self._url else None
                hook = asyncio.create_task(self._webhook.run()) if self._webhook else None
                self._db, self.wrong = db, ""
                await self._sign_on(db, hook)
        finally:
            self._db = None
            if hook:
                await ended([hook])
            self._signed.set()  # Whoever waits for more to be signed sees that nobody is at work.
            db.terminate()

    async def _sign_on(self, db: Connection, hook: asyncio.Task[None] | None) -> None:
        asked = False
        while True:
            if hook and hook.done():
                hook.result()  # It never ends but by a mistake of ours, which is not to pass unseen.
            ending = self._ending
            async with self._lock:
                await self._look(db, now=ending or asked)
            self._signed.set()
            if ending:
                return
            asked = await self._rest(LOOK_SECONDS)

    async def _rest(self, seconds: float) -> bool:
        """Wait so long, or until somebody asks for something; whether somebody did."""
        try:
            async with asyncio.timeout(seconds):  # Not wait_for: until Python 3.12 it can swallow a cancellation.
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True

    async def _look(self, db: Connection, *, now: bool) -> None:
        """Read on, and sign what is due: full blocks, and the rest when its first event has waited, or now."""
        while True:
            read_to = self._pending[-1]["position"] if self._pending else self._last
            rows = await db.fetch(NEXT, read_to, EVENTS_MAX - len(self._pending))
            if rows and not self._pending:
                self._since = time.monotonic()
            self._pending += rows
            if len(self._pending) < EVENTS_MAX:
                break
            await self._sign(db)
        if self._pending and (now or time.monotonic() - self._since > SECONDS_MAX - 2 * LOOK_SECONDS):
            await self._sign(db)

    async def _sign(self, db: Connection) -> None:
        rows, chain = self._pending, self._kept.chain
        self._follow(rows)
        at = datetime.now(UTC) if self._live else await db.fetchval("select casestore.clock()")
        self._streams.put({row["stream_id"].bytes: (row["version"], row["hash"]) for row in rows})
        checkpoint = Checkpoint(
            chain.epoch, len(self._kept) + 1, self._last + 1, rows[-1]["position"],
            max(at, chain.last.at) if chain.last else at, Listed(leaf(row["hash"]) for row in rows).root,
            self._streams.root, chain.earlier.root,
        )  # fmt: skip
        signed, failed = sign(checkpoint, self._key, b"".join(row["hash"] for row in rows)), 0
        while True:  # Nothing more is signed before this one is on disk.
            try:
                await asyncio.to_thread(self._kept.add, signed)
                break
            except OSError as full:
                failed += 1
                FAILING.labels("file").set(1)
                NOT_HANDED_OUT.labels("file").set(1)
                log.error("a checkpoint was not written", number=checkpoint.number, because=full.strerror, tries=failed)
                await asyncio.sleep(back_off(failed))
        FAILING.labels("file").set(0)
        NOT_HANDED_OUT.labels("file").set(0)
        POSITION.set(self._last)
        self._pending = []
        if self._webhook:
            self._webhook.wake()

    def _follow(self, rows: list[asyncpg.Record]) -> None:
        """Positions and versions go on without a gap. Raises Differs."""
        versions: dict[bytes, int] = {}
        for position, row in enumerate(rows, self._last + 1):
            if row["position"] != position:
                raise Differs(f"position {position} is lost")
            stream = row["stream_id"].bytes
            before = versions.get(stream) or (self._streams.end(stream) or (0, b""))[0]
            if row["version"] != before + 1:
                raise Differs(f"at position {position} stream {row['stream_id']} goes on from version {before} to "
                              f"{row['version']}")  # fmt: skip
            versions[stream] = row["version"]

    @property
    def _last(self) -> int:
        """The last position that was signed."""
        last = self._kept.chain.last
        return last.last if last else 0

    async def _resume(self, db: Connection) -> None:
        about = await db.fetchrow("select epoch, live from casestore.store")
        if about is None:
            raise Differs("casestore.store has no row")
        self._live = about["live"]
        public = self._key.public_key()
        self._kept = await asyncio.to_thread(Kept(self._folder, about["epoch"], public).open)
        (self._folder / "notary.pub").write_text(key_text(public) + "\n")
        self._streams, self._pending = Streams(), []
        if self._kept.chain.last:
            await as_left(db, self._kept, self._streams)
        POSITION.set(self._last)
        log.info("the notary goes on", after=self._last, checkpoints=len(self._kept))


NEXT = """select position, stream_id, version, hash from casestore.events where position > $1
          order by position limit $2"""
