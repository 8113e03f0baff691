"""A case's story: one line per thing a person would call one thing, told in the reader's language.

Events are the truth, lines are made of them: that a message was decided, handed over and posted is one line. Nothing
here is stored and nothing here decides; the same events always tell the same story.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.gateway.progress import Progress
from services.gateway.telling import Draft, Teller, tell
from services.gateway.words import Words
from shared.calendar import Country, local, local_date
from shared.casefile import Casefile
from shared.casestore import Recorded
from shared.money import Money


class Link(msgspec.Struct, frozen=True):
    """Something to open: a letter, a message, the file it came in."""

    what: str
    document: str


class Entry(msgspec.Struct, frozen=True):
    """One line of the story, ready to be read."""

    at: datetime  # Local to the debtor's country.
    day: str
    time: str
    what: str
    details: tuple[str, ...]
    by: str
    kind: str  # message, call, money, plan, question, case, control: how a page may mark it.
    channel: str | None
    cost: str | None
    balance: Money | None
    balance_said: str | None
    why: str | None  # What spoke against it; else the rules it was done by.
    rules: str | None
    law: tuple[str, ...]  # What the law answered, a sentence each, with its sections.
    facts: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]


def timeline(
    told: Sequence[Recorded], words: Words, country: Country, names: Mapping[UUID, str],
    balance_on: Callable[[Casefile, date], Money | None],
) -> list[Entry]:  # fmt: skip
    """The story of a case, oldest first.

    Args:
        told: the case's events in order, with what was decided for its debtor or client meanwhile.
        words: the reader's language.
        country: whose local time and days count.
        names: of those who acted, by id.
        balance_on: what a case owes on a day; None where that cannot be told.
    """
    teller = Teller(words, country, names)
    progress = Progress()
    for one in told:
        if one.event is None:
            continue
        after = progress.after(one.event) if one.kind == "case" else progress
        touched = tell(teller, one, after)
        if touched is not None and after.case.claims and after.case.stage != "rejected":
            touched.balance = balance_on(after.case, local_date(country, one.recorded_at))
        progress = after
    return [_entry(draft, words, country) for draft in teller.drafts]


def _entry(draft: Draft, words: Words, country: Country) -> Entry:
    at = local(country, draft.at)
    return Entry(
        at=at,
        day=words.day(at.date()),
        time=words.clock(draft.at, country),
        what=draft.what,
        details=tuple(draft.details),
        by=draft.by,
        kind=draft.kind,
        channel=words.of("channel", draft.channel) if draft.channel else None,
        cost=draft.cost,
        balance=draft.balance,
        balance_said=words.amount(draft.balance) if draft.balance is not None else None,
        why=draft.why or draft.rules,
        rules=draft.rules,
        law=tuple(draft.law),
        facts=draft.facts,
        links=tuple(Link(what, document) for what, document in draft.links),
    )
