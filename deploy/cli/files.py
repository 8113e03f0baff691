"""Files in: invoices to collect, and what the bank says has been paid."""

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.portal import Portal
from deploy.cli.progress import steps
from deploy.cli.saying import Told, amount, document, give_up, misused, note, say, show, table
from shared.xml import BYTES_MAX

CHECKING_SECONDS_MAX = 30.0  # How long the command waits for a credit check that has not been answered yet.
JSON = dict[str, Any]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="One or more files.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


def import_files(
    files: Files,
    client: Annotated[str, typer.Option("--client", metavar="ID", help="Whose invoices these are: its id or name.")],
    earlier: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="JSON: reminders and demands the client sent itself."
        ),
    ] = None,
    received: Annotated[
        str, typer.Option(metavar="DATE", help="The day they came in, as 2026-01-31; today where left out.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Hand in invoices (Finvoice XML or JSON). Each becomes a case, or is refused with the reason and the place.

    Exit code 0 when every invoice was accepted, 1 when any was not; what was accepted stays.
    """
    fields = {"received": _day(received)} if received else {}
    if earlier is not None:
        fields["earlier"] = _text(earlier)
    told: list[JSON] = []
    wrong: Told | None = None
    try:
        with Portal.find() as portal, steps("Importing", len(files)) as step:
            for file in files:
                told += _import_one(portal, file, client, fields)
                step()
            _wait_for_checks(portal, told)
    except Told as stopped:
        wrong = stopped
    if as_json:
        document({"files": told, **({"error": wrong.error} if wrong else {})})
    else:
        _show_imported(told)
    if wrong is not None:
        if as_json:
            raise typer.Exit(1)
        give_up(wrong)
    if any(each["result"] not in ("accepted", "checking") for each in told):
        raise typer.Exit(1)


def bank(files: Files, as_json: AsJson = False) -> None:
    """Read bank files (camt.054): payments are booked once, however often a file comes.

    What belongs to no case, or is in a currency or on an account that is not ours, is held with its reason.
    """
    told: list[JSON] = []
    wrong: Told | None = None
    try:
        with Portal.find() as portal, steps("Reading", len(files)) as step:
            for file in files:
                told.append(_bank_one(portal, file))
                step()
    except Told as stopped:
        wrong = stopped
    if as_json:
        document({"files": told, **({"error": wrong.error} if wrong else {})})
    else:
        _show_booked(told)
    if wrong is not None:
        if as_json:
            raise typer.Exit(1)
        give_up(wrong)
    if any(each["result"] == "refused" for each in told):
        raise typer.Exit(1)


# Invoices.


def _import_one(portal: Portal, file: Path, client: str, fields: dict[str, str]) -> list[JSON]:
    if too_large := _too_large(file):
        return [_refused(file, "too_large", "the file", too_large)]
    with file.open("rb") as opened:
        raw = opened.read()
    try:
        answer = portal.ask("POST", f"/clients/{client}/files", files={"file": (file.name, raw)}, data=fields)
    except Told as told:
        if told.code == "too_large":
            return [_refused(file, "too_large", "the file", str(told))]
        raise
    return [{**each, "file": str(file)} for each in answer.json()["files"]]


def _wait_for_checks(portal: Portal, told: Sequence[JSON]) -> None:
    """Ask again for those whose credit check was still under way when the file was answered."""
    until = time.monotonic() + CHECKING_SECONDS_MAX
    for each in told:
        while each["result"] == "checking" and each["case"] and time.monotonic() < until:
            time.sleep(0.3)
            now = portal.get(f"/cases/{each['case']}/result")
            each["result"], each["defects"] = now["result"], now["defects"]


def _refused(file: Path, code: str, where: str, what: str) -> JSON:
    defect = {"code": code, "where": where, "what": what}
    return {"file": str(file), "format": None, "read": None, "result": "refused", "case": None, "defects": [defect]}


def _show_imported(told: Sequence[JSON]) -> None:
    if not told:
        return
    shown = table("file", "invoice", "amount", "due", "result", "case", right=("amount",))
    for each in told:
        read = each["read"] or {}
        owed = f"{read['principal']} {read['currency']}" if read.get("principal") else ""
        case = each["case"] or ""
        shown.add_row(
            each["file"], read.get("number") or "", owed, read.get("due") or "", _marked(each["result"]), case
        )
    show(shown)
    for each in told:
        for defect in each["defects"]:
            say(f"{_which(each)}: {defect['code']} at {defect['where']}: {defect['what']}")
    counted = {result: sum(each["result"] == result for each in told) for result in COLOURS}
    say(", ".join(f"{count} {result.replace('_', ' ')}" for result, count in counted.items() if count) + ".")
    if counted["checking"]:
        note("The credit register has not answered about some yet; `sovinto show CASE` tells when it has.")


def _which(each: JSON) -> str:
    read = each["read"] or {}
    number = f", invoice {read['number']}" if read.get("number") else ""
    return f"{each['file']}{number}"


COLOURS = {"accepted": "green", "checking": "yellow", "needs_info": "yellow", "rejected": "red", "refused": "red"}


def _marked(result: str) -> str:
    return f"[{COLOURS[result]}]{result}[/]"


# The bank.


def _bank_one(portal: Portal, file: Path) -> JSON:
    if too_large := _too_large(file):
        return _not_booked(file, Told(too_large, "too_large"))
    headers = {"Content-Type": "application/xml"}
    try:
        answer = portal.ask("POST", "/bank-files", content=file.read_bytes(), headers=headers).json()
    except Told as told:
        if told.code in ABOUT_US:
            raise
        return _not_booked(file, told)
    result = "duplicate" if answer["duplicate"] else "held" if answer["held"] and not answer["booked"] else "booked"
    return {**answer, "document": answer["file"], "file": str(file), "result": result, "defects": []}


# Not the file's fault: the command ends, and nothing is said of the file.
ABOUT_US = ("not_running", "no_answer", "no_key", "not_known", "not_allowed", "try_again", "our_mistake", "not_found",
            "not_understood")  # fmt: skip


def _not_booked(file: Path, told: Told) -> JSON:
    defects = told.defects or [{"where": "the file", "what": str(told)}]
    defects = [{"code": told.code, **each} for each in defects]
    return {
        "file": str(file), "document": None, "transactions": 0, "sums": {}, "booked": 0, "held": [],
        "duplicate": False, "result": "refused", "defects": defects,
    }  # fmt: skip


def _show_booked(told: Sequence[JSON]) -> None:
    if not told:
        return
    shown = table("file", "transactions", "sums", "booked", "held", "result", right=("transactions", "booked", "held"))
    for each in told:
        sums = "\n".join(amount(minor, currency) for currency, minor in sorted(each["sums"].items()))
        marked = {
            "booked": "[green]booked[/]",
            "held": "[yellow]held[/]",
            "duplicate": "read before",
            "refused": "[red]refused[/]",
        }
        shown.add_row(
            each["file"], str(each["transactions"]), sums, str(each["booked"]), str(len(each["held"])),
            marked[each["result"]],
        )  # fmt: skip
    show(shown)
    for each in told:
        for wrong in (*each["held"], *each["defects"]):
            say(f"{each['file']}: {wrong['code']} at {wrong['where']}: {wrong['what']}")


# Both.


def _too_large(file: Path) -> str:
    size = file.stat().st_size
    if size <= BYTES_MAX:
        return ""
    return f"the file has {size / 1024 / 1024:.1f} MB; at most {BYTES_MAX // 1024 // 1024} MB are taken. Split it."


def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        misused(f"--received {written!r} is no day such as 2026-01-31.")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        give_up(Told(f"{file} is not UTF-8 text.", "not_readable"))
