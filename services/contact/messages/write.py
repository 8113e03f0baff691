"""A message in its reader's language: an SMS in one piece, or an e-mail in plain text and simple HTML."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from services.contact.letters.figures import UNBROKEN, amount, day, percent
from services.contact.letters.letter import Language
from services.contact.letters.words import words
from services.contact.messages.facts import MissingFact, facts_shown, filled, texts
from services.contact.messages.gsm import plain
from services.contact.messages.message import Message, WrittenMessage

HERE = Path(__file__).parent


class NotByThisChannel(LookupError):
    """There is no such message by that channel: some are too long for an SMS."""


def write(message: Message) -> WrittenMessage:
    """The message as it leaves. Raises MissingFact or NotByThisChannel rather than send half of it."""
    own = texts(message.language)[message.kind]
    if own.get("options") and not message.options:
        raise MissingFact("options")
    if message.channel == "sms":
        if "sms" not in own:
            raise NotByThisChannel(f"{message.kind} is not sent as an SMS")
        return WrittenMessage("", plain(filled(message, own["sms"])), "")
    parts = {
        "language": message.language,
        "subject": " ".join(filled(message, own["subject"]).split()),  # A header is one line.
        "opening": [filled(message, text) for text in own["opening"]],
        "facts": list(facts_shown(message, own.get("facts", ()))),
        "tables": list(tables(message, own.get("tables", ()))),
        "options_title": own.get("options", ""),
        "options": options(message) if own.get("options") else [],
        "ending": [filled(message, text) for text in own.get("ending", ())],
        "link": link(message),
        "signature": signature(message, own),
    }
    return WrittenMessage(parts["subject"], as_text(parts), template().render(parts))


Table = Mapping[str, Any]


def tables(message: Message, names: Sequence[str]) -> Iterator[Table]:
    """The tables of a message: claims itemised, instalments, or defects."""
    for name in names:
        found = list({"claims": claims, "instalments": instalments, "defects": defects}[name](message))
        if not found:
            raise MissingFact(name)
        yield from found


def claims(message: Message) -> Iterator[Table]:
    """Each claim with its principal, interest, costs and payments, as in a letter."""
    shared, language = words_of(message.language), message.language
    for claim in message.claims:
        rows = [(shared["principal"], amount(claim.principal))]
        for period in claim.interest:
            days = f"{day(period.first, language)}–{day(period.last, language)}"
            rows.append((f"{shared['interest']} {percent(period.rate)}, {days}", amount(period.amount)))
        rows += [(shared["costs"][one.kind], amount(one.amount)) for one in claim.costs]
        rows += [(f"{shared['paid']} {day(one.on, language)}", amount(-one.amount)) for one in claim.paid]
        rows.append((shared["open"], amount(claim.open)))
        yield {"title": f"{shared['claim']} {claim.invoice_number}: {claim.basis}", "rows": rows}


def instalments(message: Message) -> Iterator[Table]:
    """The days and amounts of a plan."""
    rows = [(day(one.due, message.language), amount(one.amount)) for one in message.instalments]
    if rows:
        yield {"title": texts(message.language)["labels"]["instalments"], "rows": rows}


def defects(message: Message) -> Iterator[Table]:
    """What was found wrong, where, and under which code."""
    rows = [(one.where, f"{one.what} ({one.code})") for one in message.defects]
    if rows:
        yield {"title": texts(message.language)["labels"]["defects"], "rows": rows}


def options(message: Message) -> Sequence[str]:
    """What the reader can do instead of paying at once."""
    word = texts(message.language)["options"]
    return [filled(message, word[option]) for option in message.options]


def link(message: Message) -> tuple[str, str] | None:
    """Where the reader can act, with its label. Raises ValueError for what a browser would not only open."""
    if message.link and not message.link.startswith(("https://", "http://")):
        raise ValueError("a link in a message starts with https:// or http://")
    return (texts(message.language)["labels"]["link"], message.link) if message.link else None


def signature(message: Message, own: Mapping[str, Any]) -> Sequence[str]:
    """Who writes. A message in the client's name says for whom, and who sends it."""
    word = texts(message.language)
    who = [message.creditor, filled(message, word["on_behalf"])] if own.get("in_the_clients_name") else []
    reach = filled(message, word["reach"])
    return [word["greetings"], *(who or [message.handler, message.agency.name]), reach]


def as_text(parts: Mapping[str, Any]) -> str:
    """The message in plain text: paragraphs, then facts, tables and options as lines."""
    blocks = list(parts["opening"])
    blocks.append("\n".join(f"{label}: {value}" for label, value in parts["facts"]))
    blocks += [
        "\n".join([table["title"], *(f"  {left}: {right}" for left, right in table["rows"])])
        for table in parts["tables"]
    ]
    if parts["options"]:
        blocks.append("\n".join([parts["options_title"], *(f"- {option}" for option in parts["options"])]))
    if parts["link"]:
        blocks.append(": ".join(parts["link"]))
    blocks += [*parts["ending"], "\n".join(parts["signature"])]
    return "\n\n".join(block for block in blocks if block).replace(UNBROKEN, " ") + "\n"


def words_of(language: Language) -> Mapping[str, Any]:
    """What lines of a claim are called: the letters' own words where the language has letters."""
    own = texts(language)
    if "lines" in own:
        lines: Mapping[str, Any] = own["lines"]
        return lines
    shared = words(language)
    return {**shared["claims"], "costs": shared["costs"], "claim": shared["claims"]["claim"].split(" ")[0]}


@cache
def template() -> jinja2.Template:
    """The e-mail's HTML. Everything a person or a file gave us is escaped."""
    loader = jinja2.FileSystemLoader(HERE)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    return environment.get_template("email.html")
