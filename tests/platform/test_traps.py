"""What a real machine does to a platform: odd paths and locales, root, crashes, neighbours, busy ports."""

import asyncio
import os
import shutil
import signal
import socket
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded import broker as brokers
from deploy.embedded.broker import Broker, answers
from deploy.embedded.cluster import installed_binaries
from deploy.embedded.postgres import Postgres
from deploy.embedded.process import Failed
from deploy.embedded.secrets import secret
from deploy.embedded.users import ELSEWHERE, lodge
from deploy.ports import free_port
from tests.platform.stage import ended, folder, processes, somebody, started

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="not run: needs root")


def postgres(home: Path) -> Postgres:
    return Postgres(home, shared_buffers="16MB", tell=lambda line: None)


async def asked(url: str, question: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", ["a folder with ä in it's name", "long/" + "x" * 150], ids=["spaces", "long"])
async def test_the_servers_run_in_any_folder(name: str) -> None:
    with folder(name) as home:
        async with postgres(home) as server, Broker(home) as broker:
            assert await asked(server.url(), "select 1") == 1
            assert await answers(broker.address)


async def test_the_users_locale_and_settings_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = {"LC_ALL": "xx_YY.UTF-8", "LANG": "xx_YY.UTF-8", "PGDATA": "/nowhere", "PGPORT": "1", "CERT": "/no"}
    for name, value in odd.items():
        monkeypatch.setenv(name, value)
    with folder() as home:
        async with postgres(home) as server, Broker(home) as broker:
            assert await asked(server.url(), "show server_encoding") == "UTF8"
            assert await answers(broker.address)


async def test_what_a_killed_server_left_behind_does_not_stop_the_next_one() -> None:
    with folder() as home:
        async with postgres(home) as server:
            await asked(server.url(), "create table kept as select 1 as one")
        files = next(path.parent for path in home.rglob("PG_VERSION"))
        for left in ("", "1\n", f"{os.getpid()}\n/nowhere\n"):
            async with postgres(home) as server:
                await server.kill()
            (files / "postmaster.pid").write_text(left)
            async with postgres(home) as server:
                assert await asked(server.url(), "select one from kept") == 1


async def test_a_server_that_cannot_start_says_why() -> None:
    with folder() as home:
        with pytest.raises(Failed, match=r"ended with 1 .*\n.*shared_buffers"):
            await Postgres(home, shared_buffers="much").start()
        assert processes(home) == []


async def test_two_platforms_run_beside_each_other() -> None:
    with folder() as home, folder() as other:
        (home / "postgres" / "data.new" / "base").mkdir(parents=True)  # The first one's files were left half made.
        servers = postgres(home), postgres(other)
        one, two = await asyncio.gather(*(server.start() for server in servers))
        assert one != two
        assert await asked(one, "select 1") == await asked(two, "select 1") == 1
        await asyncio.gather(*(server.stop() for server in servers))


async def test_only_the_owner_reads_the_passwords_and_nobody_comes_in_without_one() -> None:
    with folder() as home:
        async with postgres(home) as server:
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asked(server.url().replace(secret(home, "postgres"), "guessed"), "select 1")
        assert (home / "secrets").stat().st_mode & 0o777 == 0o600
        assert secret(home, "contact") == secret(home, "contact") != secret(home, "postgres")


@AS_ROOT
async def test_root_with_the_clone_under_a_private_folder_changes_nothing_outside_its_own() -> None:
    with folder("clone/.sovinto", mode=0o700) as home:
        around = [home.parent, home.parent.parent, installed_binaries()]
        before = [(path.stat().st_mode, path.stat().st_uid) for path in around]
        told: list[str] = []
        for _ in range(2):
            async with Postgres(home, shared_buffers="16MB", tell=told.append) as server:
                assert await asked(server.url(), "select 1") == 1
        assert str(ELSEWHERE) in told[0]
        assert [(path.stat().st_mode, path.stat().st_uid) for path in around] == before


@AS_ROOT
async def test_root_with_everything_under_a_private_folder_runs_a_copy_of_the_binaries() -> None:
    with folder("clone/.sovinto", mode=0o700) as home:
        wheel = installed_binaries().parents[1]
        for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            if part.exists():
                shutil.copytree(part, home.parent / part.name, copy_function=os.link)
        lodging = lodge(home, home.parent / wheel.name / "pginstall18" / "bin", lambda line: None)
        assert lodging.binaries.is_relative_to(ELSEWHERE)
        made = await asyncio.create_subprocess_exec(
            str(lodging.binaries / "initdb"), "--version", stdout=asyncio.subprocess.PIPE, **lodging.as_user()
        )
        assert b"PostgreSQL" in (await made.communicate())[0]
        shutil.rmtree(lodging.binaries.parents[2])


def test_another_user_after_root_is_told_so_and_has_a_platform_of_its_own_elsewhere() -> None:
    python, user = somebody()
    with folder() as home, folder() as own, folder("readonly") as readonly:
        with started(home) as running:
            running.send_signal(signal.SIGINT)
            assert ended(running)[0] == 0

        with started(home, {"HOME": str(readonly)}, python=python, user=user) as refused:
            code, told = ended(refused)
        assert (code, "belongs to another user" in told) == (1, True), told

        os.chown(own, user, user)
        with started(own, {"HOME": str(readonly)}, python=python, user=user) as running:
            running.send_signal(signal.SIGINT)
            code, told = ended(running)
        assert code == 0, told
        assert list(readonly.iterdir()) == []


async def test_a_busy_port_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with folder() as home, socket.socket() as neighbour:
        neighbour.bind(("127.0.0.1", 0))
        neighbour.listen()
        ports = iter([neighbour.getsockname()[1], free_port()])
        monkeypatch.setattr(brokers, "free_port", lambda: next(ports))
        async with Broker(home) as broker:
            assert broker.port != neighbour.getsockname()[1]
            assert await answers(broker.address)


async def test_a_broker_that_cannot_start_shows_its_last_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    with folder() as home:
        monkeypatch.setattr(brokers, "program", lambda home: Path("/bin/false"))
        with pytest.raises(Failed, match="ended with 1 before it was ready"):
            await Broker(home).start()


async def test_a_broker_that_lost_its_right_to_run_is_copied_into_the_data_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with folder() as home:
        monkeypatch.setattr(os, "access", lambda *_: False)
        copy = brokers.program(home)
        assert copy.is_relative_to(home)
        copy.write_bytes(b"half of it")
        assert brokers.program(home).stat().st_size > 1_000_000
