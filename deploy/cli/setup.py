"""Set-up: who the agency is, whom it works for, who works there, and the keys that let people in."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.portal import Portal
from deploy.cli.saying import Told, document, give_up, misused, note, say

FileHere = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="A JSON file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]

agency = typer.Typer(no_args_is_help=True, help="Say who the agency is.")
client = typer.Typer(no_args_is_help=True, help="Say whom the agency works for.")
staff = typer.Typer(no_args_is_help=True, help="Say who works at the agency.")
key = typer.Typer(no_args_is_help=True, help="Make keys for clients and staff, and take them back.")


@agency.command("set")
def set_agency(file: FileHere, as_json: AsJson = False) -> None:
    """Set the agency's facts from a JSON file; set again to change them. Example: deploy/examples/agency.json."""
    try:
        with Portal.find() as portal:
            told = portal.put("/agency", _object(file))
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document(told)
    else:
        say("The agency is set.")


@client.command("set")
def set_client(file: FileHere, as_json: AsJson = False) -> None:
    """Set a client from a JSON file; its `id` is a short name you choose. Example: deploy/examples/client-fi.json."""
    try:
        body = _object(file)
        name = body.pop("id", None)
        if not isinstance(name, str) or not name:
            raise Told(f'{file}: the client\'s `id` is missing, a short name such as "malli-oy".', "no_id")
        with Portal.find() as portal:
            told = portal.put(f"/clients/{name}", body)
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"id": name, **told})
    else:
        say(f"The client {name} is set; its id is {told['client_id']}.")


@staff.command("add")
def add_staff(
    name: Annotated[str, typer.Option(help="The person's name as letters and pages show it.")],
    telephone: Annotated[str, typer.Option(help="Where debtors and clients reach this person.")],
    short: Annotated[str, typer.Option("--id", help="A short name; made of the name where it is left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add a person who works here; add again with the same id to change the name or number."""
    found = short or short_name(name)
    try:
        with Portal.find() as portal:
            told = portal.post("/staff", {"id": found, "name": name, "telephone": telephone})
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"id": found, **told})
    else:
        say(f"{name} works here now, as {found}.")


@key.command("new")
def new_key(
    of_client: Annotated[str, typer.Option("--client", metavar="ID", help="For this client: its id or name.")] = "",
    of_staff: Annotated[str, typer.Option("--staff", metavar="NAME", help="For this member of staff.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once: only its hash is kept. It opens the portal and the API."""
    if bool(of_client) == bool(of_staff):
        misused("Say for whom the key is: either --client ID or --staff NAME.")
    body = {"client": of_client} if of_client else {"staff": short_name(of_staff)}
    try:
        with Portal.find() as portal:
            told = portal.post("/keys", body)
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document(told)
    else:
        say(told["key"])
        note("Keep it safe: it is not shown again. To take it back: sovinto key revoke " + told["key_id"])


@key.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="The key's id, which `key new` told.")],
    as_json: AsJson = False,
) -> None:
    """Take a key back: from now on it opens nothing."""
    try:
        with Portal.find() as portal:
            told = portal.ask("DELETE", f"/keys/{key_id}").json()
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document(told)
    else:
        say("The key opens nothing any more.")


def short_name(name: str) -> str:
    """`Äijö Malli` as `aijo-malli`: what a person is called on command lines."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]


def _object(file: Path) -> dict[str, Any]:
    """A file's JSON object. Raises Told naming the line."""
    try:
        told = json.loads(file.read_bytes())
    except UnicodeDecodeError:
        raise Told(f"{file} is not UTF-8 text.", "not_readable") from None
    except ValueError as wrong:
        raise Told(f"{file} is not JSON: {wrong}.", "not_readable") from None
    if not isinstance(told, dict):
        raise Told(f"{file} holds no JSON object.", "not_readable")
    return told
