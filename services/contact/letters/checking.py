"""What a letter must carry before it may leave, checked against the law's list beside this file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.contact.letters.figures import account_number, amount, day, long_day, percent, reference_number
from services.contact.letters.letter import Consequence, Country, DebtorKind, Kind, Letter
from services.contact.letters.words import in_local_words, options, words

CHECKLIST = Path(__file__).parent / "checklist.yaml"


class MissingItem(ValueError):
    """The letter lacks an item, and the section that asks for it. Nothing personal is in the message."""

    def __init__(self, item: str, section: str) -> None:
        super().__init__(f"the letter lacks {item}, which {section} asks for")
        self.item, self.section = item, section


class TooStrict(ValueError):
    """The letter tells a consequence that a letter of its kind may not tell yet."""


class DoesNotAddUp(ValueError):
    """The amounts of the letter contradict each other."""


class UnknownLetter(LookupError):
    """There is no letter of that kind in that country."""


def refuse_unless_complete(letter: Letter) -> None:
    """Raises MissingItem, TooStrict, DoesNotAddUp or UnknownLetter where the letter may not leave."""
    for item, section in required(letter).items():
        shown = ITEMS[item](letter)
        if not shown or not all(text.strip() for text in shown):
            raise MissingItem(item, section)
    if not set(letter.consequences) <= may_tell(letter.country, letter.debtor_kind, letter.kind):
        raise TooStrict(f"a {letter.kind} in {letter.country} may not tell {', '.join(letter.consequences)}")
    if not letter.adds_up:
        raise DoesNotAddUp("the claims, the total and the instalments do not add up")


def required(letter: Letter) -> Mapping[str, str]:
    """The items this letter must carry, each with the most particular section that asks for it."""
    items: dict[str, str] = {}
    for group in groups(letter.country, letter.debtor_kind, letter.kind):
        items |= group.get("items", {})
    if not items:
        raise UnknownLetter(f"there is no {letter.kind} in {letter.country}")
    return items


def may_tell(country: Country, debtor_kind: DebtorKind, kind: Kind) -> frozenset[Consequence]:
    """The consequences a letter of this kind may tell: none in the first ones."""
    return frozenset(told for group in groups(country, debtor_kind, kind) for told in group.get("consequences", ()))


def groups(country: Country, debtor_kind: DebtorKind, kind: Kind) -> Iterator[Mapping[str, Any]]:
    """The parts of the checklist that speak of such a letter."""
    for group in checklist()[country]:
        if debtor_kind in group["debtors"] and kind in group["kinds"]:
            yield group


@cache
def checklist() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The checklist, read once."""
    parsed: Mapping[str, Sequence[Mapping[str, Any]]] = yaml.safe_load(CHECKLIST.read_text(encoding="utf-8"))
    return parsed


# What each item looks like on the page. No text, or an empty one, means that the item is missing.

Shown = Callable[[Letter], Sequence[str]]


def a_way_out(letter: Letter) -> Sequence[str]:
    """What the debtor can do other than pay at once."""
    known = options(letter.language, letter.kind, letter.debtor_kind)
    return [known[option]["title"] for option in letter.options]


def late_interest(letter: Letter) -> Sequence[str]:
    """Rate, days and amount of each period; where there is none, that none is asked for."""
    periods = [interest for claim in letter.claims for interest in claim.interest]
    if not periods:
        return [words(letter.language)["claims"]["no_interest"]]
    return [
        text
        for period in periods
        for text in (
            percent(period.rate),
            f"{day(period.first, letter.language)}–{day(period.last, letter.language)}",
            amount(period.amount),
        )
    ]


def interest_explained(letter: Letter) -> Sequence[str]:
    """How the interest came about; where none is asked for, that is said instead."""
    asked = any(claim.interest for claim in letter.claims)
    return [words(letter.language)["rights"]["interest"]["title"]] if asked else late_interest(letter)


def cost_rules(letter: Letter) -> Sequence[str]:
    """Each cost with its amount and its rule. A letter without costs has nothing to explain."""
    costs = [cost for claim in letter.claims for cost in claim.costs]
    named = [words(letter.language)["costs"][cost.kind] for cost in costs]
    return [
        *named,
        *(text for cost in costs for text in (amount(cost.amount), in_local_words(cost.rule, letter.language))),
    ] or [amount(letter.total)]


def claim_subject(letter: Letter) -> Sequence[str]:
    """What each claim is about, which invoice it is and when it fell due."""
    return [
        text for claim in letter.claims for text in (claim.basis, claim.invoice_number, day(claim.due, letter.language))
    ]


def objection_place(letter: Letter) -> Sequence[str]:
    """To whom objections go: a name with an address, or at least an e-mail address."""
    place = letter.objections
    return [place.name, *(place.address or [place.email])] if place else []


def suspension_right(letter: Letter) -> Sequence[str]:
    """The right itself and where to ask, or nothing to say while a part of the claim is yet to fall due."""
    match letter.suspension:
        case "may_ask":
            return [words(letter.language)["rights"]["suspension"]["title"], *objection_place(letter)]
        case "not_all_due":
            return [letter.case_number]
    return []


def complaint_board(letter: Letter) -> Sequence[str]:
    """The board's name and how to reach it."""
    board = letter.complaint_board
    return [board.name, *(board.address or [board.web])] if board else []


def instalments(letter: Letter) -> Sequence[str]:
    """The day and amount of every instalment."""
    return [text for part in letter.instalments for text in (day(part.due, letter.language), amount(part.amount))]


def told(consequence: str) -> Shown:
    """The sentence of one consequence, where the letter tells it."""

    def shown(letter: Letter) -> Sequence[str]:
        return [words(letter.language)["consequences"][consequence]] if consequence in letter.consequences else []

    return shown


ITEMS: Mapping[str, Shown] = {
    "a_way_out": a_way_out,
    "account": lambda letter: [account_number(letter.account)],
    "agency_address": lambda letter: letter.agency.address,
    "agency_business_id": lambda letter: [letter.agency.business_id],
    "agency_email": lambda letter: [letter.agency.email],
    "agency_name": lambda letter: [letter.agency.name],
    "agency_telephone": lambda letter: [letter.agency.telephone],
    "agency_telephone_hours": lambda letter: [letter.agency.telephone_hours],
    "barcode": lambda letter: [letter.barcode],
    "case_number": lambda letter: [letter.case_number],
    "claim_subject": claim_subject,
    "complaint_board": complaint_board,
    "consequence_court": told("court"),
    "consequence_further_costs": told("further_costs"),
    "cost_rules": cost_rules,
    "creditor_address": lambda letter: letter.creditor.address,
    "creditor_name": lambda letter: [letter.creditor.name],
    "debtor_address": lambda letter: letter.debtor.address,
    "debtor_name": lambda letter: [letter.debtor.name],
    "handler": lambda letter: [letter.handler],
    "instalments": instalments,
    "interest_explained": interest_explained,
    "late_interest": late_interest,
    "letter_date": lambda letter: [long_day(letter.written_on, letter.language)],
    "objection_deadline": lambda letter: (
        [long_day(letter.objections.until, letter.language)] if letter.objections else []
    ),
    "objection_place": objection_place,
    "pay_by": lambda letter: [long_day(letter.pay_by, letter.language)],
    "payee": lambda letter: [letter.account.holder],
    "principal": lambda letter: [amount(claim.principal) for claim in letter.claims],
    "qr_code": lambda letter: [words(letter.language)["pay"]["qr"] if letter.epc_qr else ""],
    "reference": lambda letter: [reference_number(letter.reference, letter.country) if letter.reference else ""],
    "suspension_right": suspension_right,
    "total": lambda letter: [amount(letter.total)] if letter.total else [],
    "whole_debt": lambda letter: [words(letter.language)["whole_debt"]],
    "warning_of_collection": lambda letter: [words(letter.language)["warning_of_collection"]],
}
