"""`sovinto proof`: a case as a file that holds offline; a client gets its own with its own key."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx2

from deploy.cli.proof import VERIFIER
from deploy.folder import read_facts
from tests.cli.conftest import Here
from tests.cli.facts import accepted
from tests.platform.stage import PROJECT


def verified(file: Path, key: Path) -> "subprocess.CompletedProcess[str]":
    """As somebody else checks it, with none of our code to be found."""
    command = [sys.executable, "-I", str(PROJECT / VERIFIER), str(file), "--key", str(key)]
    return subprocess.run(command, cwd=file.parent, env={}, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603  (our own program)


def test_a_proof_of_a_case_is_written_and_holds_to_its_last_event(here: Here, tmp_path: Path) -> None:
    case = accepted(here, tmp_path)
    file = tmp_path / "proof.json"
    told = here.sovinto("proof", case["number"], "--out", file, "--json")
    assert told.code == 0, told.out + told.err
    assert (told.json["case"], told.json["file"]) == (case["case_id"], str(file))
    ran = verified(file, here.home / "checkpoints" / "notary.pub")
    assert ran.returncode == 0, ran.stderr
    assert f"are all of case {case['case_id']}" in ran.stdout
    assert "CaseAccepted" in ran.stdout
    in_clear = b"".join(base64.b64decode(each["data"]) for each in json.loads(file.read_text())["events"])
    assert b"EUR" in in_clear
    assert b"Kuvitteellinen" not in in_clear


def test_a_client_proves_its_own_case_with_its_own_key_and_nobody_elses(here: Here, tmp_path: Path) -> None:
    case = accepted(here, tmp_path)
    own = here.sovinto("key", "new", "--client", "malli-oy", "--json").json["key"]
    assert here.sovinto("client", "set", "deploy/examples/client-no.json").code == 0
    other = here.sovinto("key", "new", "--client", "eksempel-as", "--json").json["key"]
    far = {"SOVINTO_URL": str(read_facts(here.home)["portal"])}
    file = tmp_path / "own.json"
    assert here.sovinto("proof", case["case_id"], "--out", file, SOVINTO_KEY=own, **far).code == 0
    assert verified(file, here.home / "checkpoints" / "notary.pub").returncode == 0
    refused = here.sovinto("proof", case["case_id"], "--out", tmp_path / "other.json", SOVINTO_KEY=other, **far)
    assert refused.code == 1
    assert "no such case" in refused.err
    assert not (tmp_path / "other.json").exists()


def test_the_notary_of_a_platform_tells_its_state_and_what_it_signed(here: Here) -> None:
    notary = str(read_facts(here.home)["notary"])
    ready = httpx2.get(f"{notary}/readyz", timeout=60.0)
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    told = httpx2.get(f"{notary}/metrics", timeout=60.0).text
    assert re.search(r"^sovinto_notary_stopped 0\.0$", told, re.MULTILINE)
    assert re.search(r"^sovinto_notary_position [1-9]", told, re.MULTILINE)
