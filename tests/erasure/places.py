"""Every place of a platform where a value could be: each as bytes, under a name that says where it was found.

Two ways to look. `readers` are what people and services read with: the store and the documents opened with the keys,
the pages' API, the commands. `raw` is what lies there for anybody: every column, the files on disk, the write-ahead
log, the topic, the logs, the documents as they are.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from asyncpg import Connection

from shared.bus.options import topic
from shared.casestore import CaseStore
from shared.casestore.install import as_role, role_of
from shared.documents import Documents
from tests.casestore.conftest import password
from tests.cli.conftest import Here
from tests.whole.platform import Whole

Place = tuple[str, bytes]
SILENT_SECONDS = 3.0


async def readers(whole: Whole, cases: Mapping[str, str]) -> AsyncIterator[Place]:
    """What can be read with the keys and with a staff key. `cases`: ids by client."""
    master = sha256(whole.servers.secret("master_key").encode()).digest()
    url = as_role(whole.servers.database_url, role_of("intake"), password(role_of("intake")))
    store = await CaseStore(url, master, "intake").open()
    try:
        documents, position = Documents(whole.servers.home / "documents", store.keys), 0
        while told := await store.read(position, 500):
            for one in told:
                yield f"store, opened: {one.type}", msgspec.json.encode(one.event)
            position = told[-1].position
        for path in sorted((whole.servers.home / "documents").glob("??/*")):
            opened = await documents.open(path.parent.name + path.name)
            yield f"document, opened: {opened.name}", opened.content or b""
    finally:
        await store.close()
    for client, case in cases.items():
        async for place in of_case(whole, client, case):
            yield place
    yield "lists", json.dumps(await whole.sovinto.get("/cases")).encode()
    here = Here(whole.servers.home, {"SOVINTO_KEY": whole.sovinto.staff_key})
    for command in (["parked"], ["waiting"], ["positions"], *(["stream", case] for case in cases.values())):
        ran = await asyncio.to_thread(here.sovinto, *command, "--json")
        yield f"sovinto {command[0]}", ran.out.encode() + ran.err.encode()


async def of_case(whole: Whole, client: str, case: str) -> AsyncIterator[Place]:
    """A case as its client and the agency see it."""
    here = Here(whole.servers.home, {"SOVINTO_KEY": whole.sovinto.staff_key})
    ran = await asyncio.to_thread(here.sovinto, "show", case, "--json")
    yield "sovinto show", ran.out.encode() + ran.err.encode()
    for language in ("fi", "nb", "en"):
        yield f"timeline in {language}", json.dumps(await whole.timeline(case, language, of=client)).encode()
    yield "events", json.dumps(await whole.events(case)).encode()


async def raw(whole: Whole) -> AsyncIterator[Place]:
    """What lies there, for who has no key."""
    async for place in columns(whole.servers.database_url):
        yield place
    async for place in on_disk(whole.servers.database_url):
        yield place
    async for place in messages(whole):
        yield place
    for path in sorted(each for each in whole.servers.home.rglob("*") if each.is_file()):
        inside = path.relative_to(whole.servers.home)
        if inside.parts[0] not in ("postgres", "data", "secrets", "run.json", "lock"):
            yield f"file: {inside}", path.read_bytes()


async def columns(url: str) -> AsyncIterator[Place]:
    """Every column of every table of every schema, what the server counted of them included."""
    database = await asyncpg.connect(url)
    try:
        sql = """select table_schema, table_name, column_name, data_type from information_schema.columns
                 join information_schema.tables using (table_schema, table_name)
                 where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"""
        for schema, table, column, kind in await database.fetch(sql):
            plain = f'"{column}"' if kind == "bytea" else f"convert_to(\"{column}\"::text, 'UTF8')"
            for row in await database.fetch(f'select {plain} as value from "{schema}"."{table}"'):  # noqa: S608
                yield f"column: {schema}.{table}.{column}", row["value"] or b""
        for row in await database.fetch("select convert_to(s::text, 'UTF8') as value from pg_stats s"):
            yield "what the server counted", row["value"]
    finally:
        await database.close()


async def on_disk(url: str) -> AsyncIterator[Place]:
    """Table files after VACUUM FULL and the write-ahead log after a checkpoint, as they lie on disk."""
    database = await asyncpg.connect(url, command_timeout=120)
    try:
        folder = await emptied(database)
    finally:
        await database.close()
    for part in ("base", "global", "pg_wal", "pg_xact", "pg_logical", "pg_replslot", "pg_stat_tmp"):
        for path in sorted(each for each in (folder / part).rglob("*") if each.is_file()):
            content = await asyncio.to_thread(_whole, path)
            yield f"on disk: {path.relative_to(folder)}", content


def _whole(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # The server took it away meanwhile.
        return b""


async def emptied(database: "Connection[Any]") -> Path:
    """Have the server write tables anew and let go of old log: nothing is left that nobody can reach. Its folder."""
    await database.execute("alter system set wal_recycle = off")  # A recycled segment keeps its old bytes.
    await database.execute("select pg_reload_conf()")
    tables = """select format('%I.%I', schemaname, tablename) as name from pg_tables
                where schemaname not in ('pg_catalog', 'information_schema')"""
    for row in await database.fetch(tables):
        await database.execute(f"vacuum (full, analyze) {row['name']}")
    for _ in range(2):
        await database.execute("select pg_switch_wal()")
        await database.execute("checkpoint")
    return Path(await database.fetchval("show data_directory"))


async def messages(whole: Whole) -> AsyncIterator[Place]:
    """Everything the broker holds of the topic: keys, headers, values."""
    epoch: UUID = await whole.database.fetchval("select epoch from casestore.store")
    consumer = AIOKafkaConsumer(bootstrap_servers=whole.servers.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic(epoch), each) for each in consumer.partitions_for_topic(topic(epoch)) or ()]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        while batch := await consumer.getmany(timeout_ms=int(SILENT_SECONDS * 1000)):
            for record in (each for several in batch.values() for each in several):
                headers = b"\n".join(name.encode() + b": " + value for name, value in record.headers)
                yield "topic", b"\n".join((record.key or b"", headers, record.value or b""))
    finally:
        await consumer.stop()
