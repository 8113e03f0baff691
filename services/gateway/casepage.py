"""A case's page, ready to be drawn: its top, what is owed, what happens next, its story; and its line in a list."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from services.gateway import looking
from services.gateway.consequences import Consequences, GoneAlready
from services.gateway.looking import CaseSeen
from services.gateway.next_step import ENDED, what_happens_next
from services.gateway.wired import Wired
from services.gateway.words import Words
from shared.balance import Balance
from shared.calendar import Country, local_date
from shared.money import Money

PARTS = ("principal", "interest", "reminder_cost", "collection_cost")


def line(row: Any, said: Words, now: datetime) -> dict[str, Any]:
    """A case in a list."""
    country = cast("Country", row["country"] or "FI")
    step, at = row["next_step"], row["next_at"]
    over = row["stage"] in ENDED  # Then nothing is blocked any more.
    blocked = [] if over else list(dict.fromkeys([*row["conditions"], *(row["client_conditions"] or [])]))
    coming = step and at and at >= now and not blocked and not over
    return {
        "case_id": str(row["case_id"]),
        "number": row["number"],
        "debtor": row["debtor"],
        "client": row["client"],
        "invoices": said("list.invoices", numbers=", ".join(row["invoices"])) if row["invoices"] else "",
        "stage": row["stage"],
        "stage_said": said.of("stage", row["stage"]),
        "conditions": [(each, said.of("condition", each)) for each in blocked],
        "because": _ended(row["stage"], row["because"], said),
        "amount": said.amount(Money(row["principal"], row["currency"])),
        "next": said.of("step", step) if coming else None,
        "next_day": said.day(local_date(country, at)) if coming else None,
        "asked": row["asked"],
    }


def _ended(stage: str, because: str | None, said: Words) -> str | None:
    if not because:
        return None
    return said.of("rejected" if stage == "rejected" else "closed", because)


def filters(stages: Sequence[str], counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Stages to choose from, with how many cases are in each; those with none are left out."""
    ended = counts.get("closed", 0) + counts.get("rejected", 0)
    every = {**counts, "open": sum(counts.values()) - ended}
    shown = [(stage, every.get(stage, 0)) for stage in stages if every.get(stage, 0) or stage == "open"]
    return [*shown, ("all", sum(counts.values()))]


def head(seen: CaseSeen, said: Words) -> dict[str, Any]:
    """Whose case it is, for the top of any page about it."""
    return {
        "case_id": str(seen.case_id),
        "name": seen.person.name if seen.person else said("case.erased"),
        "number": seen.case.number,
        "title": said("case.title", number=seen.case.number) if seen.case.number else said("case.title_unnumbered"),
        "invoices": [claim.number for claim in seen.case.claims.values()],
    }


def whole(made: Wired, seen: CaseSeen, said: Words) -> dict[str, Any]:
    """Everything on a case's page."""
    case, progress = seen.case, seen.progress
    owed = looking.balance_on(made, case, seen.today)
    stopped = any(condition == "stopped" for condition, _ in seen.blocked_by)
    over = case.stage in ENDED
    acts = seen.then is None  # Who looks back changes nothing.
    return {
        "then": seen.then and said("case.then", moment=said.moment(seen.then.as_of, seen.country),
                                   known=said.moment(seen.then.known_at, seen.country)),
        "then_day": local_date(seen.country, seen.now).isoformat(),
        "head": head(seen, said),
        "stage": case.stage,
        "stage_said": said.of("stage", case.stage),
        "stage_explained": said.of("stage_says", case.stage),
        "ended": _ended(case.stage, case.closed_because or progress.rejected_because, said),
        "blocked": [
            (condition, said("case.condition_line", condition=said.of("condition", condition),
                             of=said.of("condition_of", whose)))
            for condition, whose in seen.blocked_by if not over
        ],
        "balance": said.amount(owed.total) if owed else None,
        "balance_parts": _parts(owed, seen, said) if owed else None,
        "next": what_happens_next(progress, seen.blocked_by, seen.country, said, seen.today),
        "handler": _handler(seen, said),
        "client_name": seen.client.name if seen.client else "",
        "reference": case.reference,
        "may_stop": acts and not stopped and not over,
        "may_pause": acts and not stopped and not over and "paused" not in case.conditions,
        "may_resume": acts and "paused" in case.conditions and not stopped and not over,
        "plan": _plan(seen, said),
        "questions": [
            {"id": str(each), "kind": asked.kind, "title": said(f"question.{asked.kind}"),
             "answer_by": said("question.answer_by", day=said.weekday(asked.answer_by))}
            for each, asked in progress.questions.items() if acts
        ],
        "story": looking.story_of(made, seen, said),
        "story_time": said("case.story_time", place=said.of("place", seen.country)),
        "suspended": any(condition == "suspended_by_rule" for condition, _ in seen.blocked_by),
        "party_id": str(case.party_id),
        "country": seen.country,
    }  # fmt: skip


def _parts(owed: Balance, seen: CaseSeen, said: Words) -> list[dict[str, Any]]:
    due = {claim.claim_id: claim.due for claim in seen.case.claims.values()}
    return [
        {
            "number": claim.number,
            "due": said.day(due[claim.claim_id]),
            "parts": [(part, said.amount(claim.of(part))) for part in PARTS if claim.of(part) or part == "principal"],
            "total": said.amount(claim.total),
        }
        for claim in owed.claims
    ]


def _handler(seen: CaseSeen, said: Words) -> dict[str, str] | None:
    if seen.handler is None:
        return None
    telephone = seen.handler.telephone
    hours = said("case.hours", hours=seen.agency.telephone_hours) if seen.agency else ""
    return {
        "name": seen.handler.name.value or said("by.somebody"),
        "telephone": telephone,
        "dial": "".join(each for each in telephone if each.isdigit() or each == "+"),
        "hours": hours,
    }


def _plan(seen: CaseSeen, said: Words) -> list[dict[str, Any]] | None:
    plan = seen.progress.plan_in_force
    if plan is None:
        return None
    state = dict.fromkeys(plan.missed, "missed") | dict.fromkeys(plan.paid, "paid")
    return [
        {
            "number": number,
            "day": said.weekday(each.due),
            "amount": said.amount(each.amount),
            "state": state.get(number, "due"),
            "state_said": said(f"case.state_{state.get(number, 'due')}"),
        }
        for number, each in enumerate(plan.instalments, start=1)
    ]


def consequences_said(told: Consequences, said: Words, what: str) -> list[str]:
    """What stopping or pausing does, as sentences."""
    sentences = [_gone("gone", each, said) for each in told.gone_already]
    sentences += [_gone("recalled", each, said) for each in told.recalled]
    if not told.gone_already:
        sentences.append(said("stop.nothing_gone"))
    if told.plan is not None:
        left = said.amount(told.plan.still_to_come)
        sentences.append(said("stop.plan", paid=told.plan.paid, count=told.plan.instalments, left=left))
    if what == "stop":
        sentences.append(said("stop.cost_to_client", amount=said.amount(told.cost_to_client)))
        costs = told.costs_not_collected
        sentences.append(said("stop.costs", amount=said.amount(costs)) if costs else said("stop.no_costs"))
    interest = {"interest": said.amount(told.interest_to_date), "day": said.amount(told.interest_a_day)}
    sentences.append(said("stop.interest" if what == "stop" else "stop.pause_interest", **interest))
    sentences.append(said("stop.open", amount=said.amount(told.open_balance)))
    return sentences


def _gone(name: str, message: GoneAlready, said: Words) -> str:
    kind = said.of("document", message.kind)
    return said(f"stop.{name}", message=kind, channel=said.of("by_channel", message.channel))
