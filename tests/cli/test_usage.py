"""What the command says where there is nothing to reach, or where it is used wrongly."""

import json
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Here

INVOICE = "tests/formats/files/finvoice_business.xml"
GROUPS = (
    ("agency", "set"), ("client", "set"), ("staff", "add"), ("key", "new"), ("key", "revoke"), ("import",), ("bank",),
    ("show",), ("proof",), ("verify",), ("demo",), ("run",), ("bench", "life"),
    ("bench", "law"), ("bench", "store"),
    ("law", "interest"), ("law", "cost"), ("law", "may-contact"), ("law", "next"), ("law", "diff"),
    ("stream",), ("positions",), ("waiting",), ("parked",),
    ("parked", "list"), ("parked", "show"), ("parked", "replay"), ("parked", "discard"),
    ("rebuild",), ("digest",),
)  # fmt: skip


def test_alone_it_says_everything_one_can_do(nothing: Here) -> None:
    told = nothing.sovinto("--help")
    assert told.code == 0
    for group in GROUPS:
        assert group[0] in told.out


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_explains_itself_in_a_sentence(nothing: Here, group: tuple[str, ...]) -> None:
    told = nothing.sovinto(*group, "--help")
    assert told.code == 0
    first = " ".join(told.out.split("Usage:")[1].split("╭")[0].split())
    assert first.count(".") >= 1, first


@pytest.mark.parametrize(
    "wrong",
    [
        ("fly",),
        ("import", INVOICE),
        ("import", "no-such-file.xml", "--client", "malli-oy"),
        ("import", INVOICE, "--client", "malli-oy", "--earlier", "no-such-file.json"),
        ("import", INVOICE, "--client", "malli-oy", "--received", "yesterday"),
        ("bank", "no-such-file.xml"),
        ("bank",),
        ("agency", "set", "no-such-file.json"),
        ("key", "new"),
        ("key", "new", "--client", "a", "--staff", "b"),
        ("staff", "add", "--name", "Anna"),
        ("run", "--port", "many"),
        ("demo", "--from", "2025-02-30"),
        ("demo", "--cases", "0"),
        ("show",),
        ("rebuild",),
        ("rebuild", "everything"),
        ("parked", "replay", "intake", "agency"),
        ("parked", "discard", "intake"),
    ],
)
def test_what_cannot_be_understood_is_usage_and_says_so_on_stderr(nothing: Here, wrong: tuple[str, ...]) -> None:
    told = nothing.sovinto(*wrong)
    assert told.code == 2
    assert told.err
    assert told.out == ""


@pytest.mark.parametrize(
    "asked",
    [
        ("import", INVOICE, "--client", "malli-oy"),
        ("bank", INVOICE),
        ("show", "123"),
        ("proof", "123"),
        ("positions",),
        ("waiting",),
        ("parked",),
        ("stream", "agency"),
        ("agency", "set", "deploy/examples/agency.json"),
        ("key", "new", "--client", "malli-oy"),
        ("verify",),
    ],
)
def test_where_no_platform_runs_it_says_what_to_do_and_json_stays_one_document(
    nothing: Here, asked: tuple[str, ...]
) -> None:
    told = nothing.sovinto(*asked)
    assert told.code == 1
    assert str(nothing.home) in told.err
    assert told.err.count("\n") == 1
    as_json = nothing.sovinto(*asked, "--json")
    assert as_json.code == 1
    assert as_json.json["error"]["code"] in ("not_running", "nothing_here")


def test_a_platform_that_was_killed_is_told_from_one_that_never_ran(nothing: Here) -> None:
    nothing.home.mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound and not listening: nobody answers there.
        told = {"portal": f"http://127.0.0.1:{taken.getsockname()[1]}", "database_url": "postgresql://x@127.0.0.1:1/x"}
        (nothing.home / "run.json").write_text(json.dumps(told))
        (nothing.home / "secrets").write_text(json.dumps({"operator_key": "abc"}))
        shown = nothing.sovinto("show", "123")
        looked = nothing.sovinto("positions")
    assert shown.code == looked.code == 1
    assert "does not answer" in shown.err
    assert "sovinto run" in shown.err
    assert "does not answer" in looked.err


def test_a_platform_named_by_address_needs_a_key(nothing: Here) -> None:
    told = nothing.sovinto("show", "123", SOVINTO_URL="http://127.0.0.1:9")
    assert told.code == 1
    assert "SOVINTO_KEY" in told.err


def test_a_file_over_twenty_megabytes_is_refused_before_it_is_sent(nothing: Here, tmp_path: Path) -> None:
    large = tmp_path / "large.xml"
    with large.open("wb") as file:
        file.truncate(20 * 1024 * 1024 + 1)
    nowhere = {"SOVINTO_URL": "http://127.0.0.1:9", "SOVINTO_KEY": "a key"}
    handed_in = nothing.sovinto("import", large, "--client", "malli-oy", "--json", **nowhere)
    [file_told] = handed_in.json["files"]
    assert handed_in.code == 1
    assert (file_told["result"], file_told["case"]) == ("refused", None)
    assert file_told["defects"][0]["code"] == "too_large"
    fed = nothing.sovinto("bank", large, "--json", **nowhere)
    assert fed.code == 1
    assert fed.json["files"][0]["defects"][0]["code"] == "too_large"


def test_a_live_platform_without_providers_is_refused_naming_each(nothing: Here) -> None:
    told = nothing.sovinto("run", "--live", SOVINTO_SMTP="mail.example:25")
    assert told.code == 1
    for name in ("SOVINTO_SMS_URL", "SOVINTO_PRINT_URL", "SOVINTO_REGISTRY_URL"):
        assert name in told.err
    assert "SOVINTO_SMTP" not in told.err
    assert not nothing.home.exists()


def test_a_port_that_is_taken_is_refused(nothing: Here) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = nothing.sovinto("run", "--port", str(port))
    assert told.code == 1
    assert f"Port {port} is taken" in told.err


def test_a_set_up_file_that_is_no_json_names_the_line(nothing: Here, tmp_path: Path) -> None:
    broken = tmp_path / "agency.json"
    broken.write_text('{\n "name": "Malli",\n}')
    told = nothing.sovinto("agency", "set", broken, SOVINTO_URL="http://127.0.0.1:9", SOVINTO_KEY="a key")
    assert told.code == 1
    assert f"{broken} is not JSON" in told.err
    assert "line 3" in told.err or "line 2" in told.err
