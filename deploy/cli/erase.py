"""`sovinto erase`: close for good all that names a debtor, but for what the law keeps."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import typer

from deploy.cli.portal import Portal
from deploy.cli.saying import Told, document, give_up, note, say

JSON = dict[str, Any]
Because = Literal["asked", "no_longer_needed", "authority"]
KEPT = {
    "accounts": "The accounts: amounts, days and references, which name nobody",
    "bank_files": "Bank files, sealed under keys of their own",
    "payouts": "Payout files, sealed under keys of their own",
}
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


def erase(
    who: Annotated[
        str, typer.Argument(metavar="WHO", help="A debtor's id, a case's number or id, or words of the debtor's name.")
    ],
    because: Annotated[
        Because, typer.Option(help="asked (by the debtor), no_longer_needed, or authority (one has ordered it).")
    ] = "asked",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether this is meant.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a debtor for good: every value, letter and file that names them is closed, in every copy and backup.

    Says first what it comes to, and asks. Refused while a case is open, while money is on its way back to them, and as
    long as the law wants the record of a collection kept; what the law keeps all the same is listed with its section.
    Chains, ledger and proofs still verify afterwards. Nobody can take it back.
    """
    try:
        with Portal.find() as portal:
            party = find_party(portal, who)
            looked: JSON = portal.get(f"/parties/{party}/erasure")
            if looked["against"]:
                raise Told(_refusal(looked["against"]), "may_not_be_erased", looked["against"])
            if not looked["erased"] and not yes:
                _ask(looked, as_json=as_json)
            told: JSON = portal.post(f"/parties/{party}/erasure", {"because": because})
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document(told)
    else:
        _show(told)


def find_party(portal: Portal, who: str) -> UUID:
    """The one debtor a person means. Raises Told where it is nobody or could be several."""
    try:
        found = UUID(who)
    except ValueError:
        return _party_of(portal, _one_case(portal, who))
    try:
        return _party_of(portal, str(found))
    except Told as told:
        if told.code != "not_found":
            raise
    return found


def _one_case(portal: Portal, who: str) -> str:
    cases: Sequence[JSON] = portal.get("/cases", search=who)["cases"]
    exact = [each for each in cases if each["number"] == who] or cases
    parties = {_party_of(portal, each["case_id"]) for each in exact}
    if not parties:
        raise Told(f"No case has the number or a debtor with the name {who!r}.", "not_found")
    if len(parties) > 1:
        numbers = ", ".join(each["number"] or each["case_id"] for each in exact)
        raise Told(f"That could be {len(parties)} debtors; name one by a case: {numbers}.", "not_one")
    return str(exact[0]["case_id"])


def _party_of(portal: Portal, case: str) -> UUID:
    return UUID(portal.get(f"/cases/{case}")["party_id"])


def _refusal(against: Sequence[JSON]) -> str:
    days = [each["until"] for each in against if each["until"]]
    later = f" The last of these days is {max(days)}." if len(days) == len(against) else ""
    return f"This debtor may not be erased yet.{later}"


def _ask(looked: JSON, *, as_json: bool) -> None:
    """Say what it comes to and hear a yes. Where nobody can answer, it is not done."""
    if as_json or not sys.stdin.isatty():
        raise Told("Erasing cannot be taken back: say --yes where nobody can be asked.", "not_confirmed")
    _show_kept(looked)
    note(f"All else that names the debtor of {len(looked['cases'])} case(s) is closed for good.")
    if not typer.confirm("Erase?", default=False, err=True):
        raise Told("Nothing was erased.", "not_confirmed")


def _show(told: JSON) -> None:
    say("Erased." if told["outcome"] == "appended" else "Was erased already.")
    if not told["destroyed"]:
        note("Who keeps the keys does not answer yet; it is asked until it does, and then the last key is gone.")
    _show_kept(told)
    for other in told["others"]:
        note(f"These cases were about another debtor first, most often the same person: sovinto erase {other}")


def _show_kept(told: JSON) -> None:
    for kept in told["kept"]:
        until = f" up to {kept['until']}" if kept["until"] else ""
        files = f", {len(kept['documents'])} of them" if kept["documents"] else ""
        say(f"Kept{until}: {KEPT[kept['what']]}{files} ({kept['section']}).")
