"""The rules that matter most, held by the code itself: each test is named for its rule."""

import ast
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from deploy.cli.main import app
from shared.casestore import SERVICES
from shared.events import known
from tests.schemas.handlers import modules
from tests.sources import PROJECT, calls, code, imports, named, texts, tracked

# What is not for deciding, by service, with what it is for. Every other file right inside a service decides, and a
# file that is new decides until it is named here.
EDGES = {
    "every": ("handlers", "consumers", "views", "api", "main", "__main__", "__init__", "wired"),
    "contact": (
        "conversations",  # handlers of what people answer
        "dispatch",  # gives messages to providers
        "strategy",  # reads strategies.yaml once
        "talks",  # handlers of calls
        "tongues",  # reads the words of a language once
        "writing",  # draws a letter and keeps it
    ),
    "gateway": (
        "asking",  # asks the other services
        "demo",  # moves the demo's clock
        "limits",  # counts tries to log in
        "looking",  # what pages and API read
        "neighbours",  # the other services over HTTP
        "pages",  # routes
        "passing",  # routes that pass a command on
        "reference",  # reads the committed documents once
        "reference_pages",  # routes
        "rendering",  # templates
        "sessions",  # signs cookies
        "shown",  # what pages and API read
        "staff_pages",  # routes
        "statics",  # files for browsers
        "words",  # reads the words of a language once
    ),
    "intake": (
        "forgetting",  # destroys keys and writes the list of erasures
        "checking",  # asks the registry, then decides on its answer
        "reception",  # a file's whole way in
        "registry",  # the registry over HTTP
        "who",  # looks up who is who
    ),
    "settlement": (
        "check",  # compares books, files and bank
        "feeding",  # a bank file's whole way in
        "needs",  # what its handlers use besides the store
    ),
}
# In shared/ these decide or assign; the law only asks its packs, which three files open.
SHARED_DECIDING = (
    "allocation", "balance", "calendar", "casefile", "errors", "identifiers", "ids", "money", "references", "setup",
    "events/*", "law/[!_]*",
)  # fmt: skip
OPENS_PACKS = ("shared/law/reader.py", "shared/law/reading.py", "shared/law/law.py")
OUTSIDE = {
    "aiokafka", "aiosmtplib", "asyncio", "asyncpg", "faststream", "httpx2", "os", "pathlib", "random", "secrets",
    "socket", "structlog", "subprocess", "time", "urllib.request",
}  # fmt: skip
CLOCKS_AND_CHANCE = {"now", "utcnow", "today", "uuid1", "uuid4", "time", "monotonic", "random", "choice", "uniform"}
CLOCKS = {"datetime", "date", "uuid", "time", "random", "secrets"}

# Who may know the store's SQL besides shared/casestore, and why.
STORE_SQL = {
    "deploy/bench/contenders.py": "COPY goes into the store's own tables, and a bare fetch comes from them",
    "deploy/bench/start.py": "a log is said to be read and handled by all, which takes them hours",
    "deploy/bench/store.py": "tables are emptied between rounds, and filled by the million",
    "deploy/bench/watching.py": "what is new in the log, and how far all groups are, is looked at from outside",
    "shared/bus/doing.py": "what a message that cannot be read was about is looked up",
    "shared/bus/relay.py": "the relay reads the log as its own role",
    "shared/clock.py": "quiet is asked in one query over readers, groups and deadlines",
    "shared/moving.py": "a reader's position moves in one transaction with its views",
    "shared/projections.py": "a reader finds its position, and measures how far the log's end is",
    "shared/rebuilding.py": "the same for a reader that builds anew, and the swap of both positions",
    "shared/sealing.py": "keys lie beside the events they open",
}
LINES_MAX = 350
LONG_FILES = {
    "shared/law/words.py": "the words of every answer in four languages: one table",
    "services/gateway/telling.py": "a sentence for each event type, in the order of a case's life: one table",
}
SERVICE_FILES = (
    "README.md", "handlers.py", "consumers.py", "deadlines.py", "views.py", "schema.sql", "api.py", "main.py",
    "__main__.py",
)  # fmt: skip
NOUNS = {"intake": "claim", "contact": "step", "plans": "plan", "settlement": "money", "gateway": "access"}
README_ROWS = ["States", "Hears", "Tells", "Waits for", "Ask it"]


@cache
def deciding() -> Sequence[tuple[str, ast.Module]]:
    """The files that decide."""
    return [(name, tree) for name, tree in code("services", "shared") if is_deciding(Path(name))]


def is_deciding(path: Path) -> bool:
    if path.parts[0] == "services":
        service = path.parts[1]
        return len(path.parts) == 3 and path.stem not in (*EDGES["every"], *EDGES.get(service, ()))
    return any(path.match(f"shared/{pattern}.py") for pattern in SHARED_DECIDING)


# Deciding.


def test_every_edge_named_here_exists() -> None:
    gone = [
        f"services/{service}/{name}.py"
        for service, names in EDGES.items()
        for name in names
        if service != "every" and not (PROJECT / "services" / service / f"{name}.py").exists()
    ]
    assert gone == []


def test_no_float_in_a_deciding_file() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in deciding()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert found == []


def test_a_deciding_file_sees_no_clock_and_no_chance() -> None:
    found = [
        f"{name}:{line} {called}"
        for name, tree in deciding()
        for called, line in calls(tree)
        if called in {"uuid1", "uuid4"}
        or (called.count(".") and called.split(".")[-1] in CLOCKS_AND_CHANCE and called.split(".")[0] in CLOCKS)
    ]
    assert found == []


def test_a_deciding_file_does_nothing_outside() -> None:
    opens = {"open", "print", "input", "exec", "eval", "__import__"}
    found = [
        f"{name} {what}"
        for name, tree in deciding()
        if name not in OPENS_PACKS
        for what in [
            *(each for each in imports(tree) if each in OUTSIDE or each.split(".")[0] in OUTSIDE),
            *(called for called, _ in calls(tree) if called in opens),
            *("async" for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)),
        ]
    ]
    assert found == []


# Who knows what.


def test_a_service_imports_no_other_service() -> None:
    found = [
        f"{name} imports {each}"
        for name, tree in code("services")
        for each in imports(tree)
        if each.startswith("services.") and each.split(".")[1] != name.split("/")[1]
    ]
    assert found == []


def test_sql_of_the_store_is_only_in_its_own_folder() -> None:
    sql = re.compile(r"(?<!shared\.)\bcasestore\.[a-z_]+")
    found = [
        f"{name}:{line}"
        for name, tree in code("services", "shared", "deploy")
        if not name.startswith("shared/casestore/") and name not in STORE_SQL
        for text, line in texts(tree)
        if sql.search(text) and not text.endswith(".sql")
    ]
    schemas = [
        named(path)
        for path in tracked()
        if path.suffix == ".sql" and named(path).startswith("services/") and "casestore." in path.read_text()
    ]
    assert found + schemas == []


def test_only_the_bus_knows_kafka() -> None:
    found = [
        name
        for name, tree in code("services", "shared", "deploy")
        if not name.startswith(("shared/bus/", "deploy/embedded/broker.py"))
        and any(each.split(".")[0] in {"aiokafka", "faststream"} for each in imports(tree))
    ]
    assert found == []


def test_kafka_options_are_said_once() -> None:
    options = re.compile(r".*(_ms|_bytes|_size|_records)$|acks|auto_offset_reset|ack_policy|allow_auto_create_topics")
    found = [
        f"{name}:{node.value.lineno} {node.arg}"
        for name, tree in code("shared")
        if name.startswith("shared/bus/") and name != "shared/bus/options.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and options.fullmatch(node.arg or "") and isinstance(node.value, ast.Constant)
    ]
    assert found == []


# The shape of the house.


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_files(service: str) -> None:
    folder = PROJECT / "services" / service
    missing = [name for name in (f"{NOUNS[service]}.py", *SERVICE_FILES) if not (folder / name).exists()]
    assert missing == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_told_in_the_same_order(service: str) -> None:
    readme = (PROJECT / "services" / service / "README.md").read_text(encoding="utf-8")
    assert readme.startswith(f"# {service}\n")
    assert re.findall(r"^\| \*\*(.+?)\*\* \|", readme, re.MULTILINE) == README_ROWS


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_readme_names_what_it_hears_and_tells(service: str) -> None:
    readme = (PROJECT / "services" / service / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", readme, re.MULTILINE))
    consumers = next(module for module in modules() if module.__name__ == f"services.{service}.consumers")
    hears = getattr(consumers, "hears", None)
    assert set(re.findall(r"`([A-Z]\w+)`", rows["Hears"])) == (set(hears.by_type) if hears else set())
    told = {kind.name for kind in known().values() if kind.owner == service}
    assert set(re.findall(r"`([A-Z]\w+)`", rows["Tells"])) == told


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_started_in_two_lines(service: str) -> None:
    main = (PROJECT / "services" / service / "__main__.py").read_text(encoding="utf-8")
    assert main == (
        f'"""`python -m services.{service}`."""\n\nfrom services.{service}.main import main\n'
        f'from shared.service import start\n\nstart("{service}", main)\n'
    )


def test_a_file_says_first_what_it_is_for() -> None:
    """In the words of the business, not of files."""
    found = [
        name
        for name, tree in code("services", "shared", "deploy")
        if not (ast.get_docstring(tree) or "").strip()
        or re.match(r"(this|the) (module|file|package)\b", ast.get_docstring(tree) or "", re.IGNORECASE)
    ]
    assert [name for name in found if (PROJECT / name).stat().st_size] == []


def test_a_file_can_be_held_in_the_head() -> None:
    """About 200 lines; one longer than 350 has its reason in the list above."""
    long = {
        named(path)
        for path in tracked()
        if path.suffix in {".py", ".sql"} and len(path.read_text(encoding="utf-8").splitlines()) > LINES_MAX
    }
    assert long - set(LONG_FILES) == set()


def test_no_name_says_nothing() -> None:
    empty = {"manager", "processor", "helper", "helpers", "util", "utils", "data", "info", "misc", "common"}
    found = [named(path) for path in tracked() if path.suffix == ".py" and path.stem.lower() in empty]
    words = re.compile(r"(Manager|Processor|Helper|Util|Utils|Data|Info|Misc|Common)$")
    found += [
        f"{name} {node.name}"
        for name, tree in code("services", "shared", "deploy")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and words.search(node.name)
    ]
    assert found == []


def test_the_project_needs_nothing_beside_it() -> None:
    beside = re.compile(r"\.\./" + r"shared|(?<![\w.])/" + r"work\b|\." + r"library\b")
    found = []
    for path in tracked():
        if named(path) == ".ci/run" or path.suffix in {".png", ".pdf", ".otf", ".woff2", ".ico"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{named(path)}: {match.group()}" for match in beside.finditer(text)]
    assert found == []


def test_tests_are_named_for_rules_and_not_for_people() -> None:
    from deploy.demo.names import GIVEN, SURNAME_STARTS

    people = {name.lower() for names in GIVEN.values() for name in names if len(name) > 3}
    people |= {start.lower() for starts in SURNAME_STARTS.values() for start in starts if len(start) > 5}
    found = [
        f"{name} {node.name}"
        for name, tree in code("tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and (people & set(node.name.split("_")) or re.search(r"\d{6}", node.name))
    ]
    assert found == []


def test_a_test_says_a_sentence() -> None:
    short = [
        f"{name} {node.name}"
        for name, tree in code("tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and node.name.count("_") < 3
    ]
    assert short == []


def test_the_readmes_name_only_commands_that_exist() -> None:
    made = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    commands = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    wrong = []
    for path in tracked():
        if path.suffix != ".md":
            continue
        for block in re.findall(r"^```(?:sh|text|bash)?\n(.*?)^```|`([^`\n]+)`", path.read_text(), re.M | re.S):
            for line in "\n".join(block).splitlines():
                found = re.match(r"\s*(?:\$ )?(make|(?:\.venv/bin/)?sovinto) ([a-z]+)", line)
                if found and found[2] not in (made if found[1] == "make" else commands):
                    wrong.append(f"{named(path)}: {found.group().strip()}")
    assert wrong == []
