"""`sovinto proof`: a case's history in one file that anybody can check offline, without trusting who made it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.portal import Portal
from deploy.cli.saying import Told, document, give_up, note, say

VERIFIER = "deploy/examples/verify_proof.py"
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


def proof(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case's number, or its id.")],
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="The file to write; else proof-CASE.json.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the proof of a case: its events as they are stored, and what shows that they are all of them, unchanged.

    Every event with its place in a checkpoint the notary signed, up to the last one, and the notary's public key. What
    of the case was not signed yet is signed first. Personal values stay sealed in it: who has the file reads from it
    amounts, days, ids and what was done, and no name or address.
    """
    file = out or Path(f"proof-{case}.json")
    try:
        with Portal.find() as portal:
            told: dict[str, Any] = portal.get(f"/cases/{case}/proof")
        file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    except OSError as wrong:
        give_up(Told(f"{file} cannot be written: {wrong.strerror}.", "not_written"), as_json=as_json)
    last = told["checkpoints"][-1]
    if as_json:
        document({"file": str(file), "case": told["stream"], "events": len(told["events"]), "signed_at": last["at"],
                  "key": told["key"]})  # fmt: skip
        return
    say(f"{file}: {len(told['events'])} events, signed to the last one in checkpoint {last['number']} at {last['at']}.")
    note(f"Check it anywhere, offline: python {VERIFIER} {file} --key KEY, with the key the agency has published.")
