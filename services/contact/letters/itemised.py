"""What the total is made of: every claim's amounts with their basis, and a plan's instalments."""

from collections.abc import Mapping
from typing import Any

from services.contact.letters.figures import amount, day, percent
from services.contact.letters.letter import Claim, Letter
from services.contact.letters.words import in_local_words, words


def plan(letter: Letter) -> Mapping[str, Any] | None:
    """The instalments as a table, in a plan's confirmation."""
    if not letter.instalments:
        return None
    word = words(letter.language)["plan"]
    return {
        "title": word["title"],
        "head": [word["number"], word["due"], word["amount"]],
        "rows": [
            (f"{number}.", day(part.due, letter.language), amount(part.amount))
            for number, part in enumerate(letter.instalments, start=1)
        ],
        "total": (word["total"], amount(letter.total)),
    }


def claims(letter: Letter) -> Mapping[str, Any]:
    """What the total is made of, claim by claim, with the basis of every amount."""
    word = words(letter.language)["claims"]
    return {
        "title": word["title"],
        "creditor": creditor(letter),
        "head": [word["what"], word["basis"], word["amount"]],
        "claims": [claim_rows(letter, claim) for claim in letter.claims],
        "total": (word["total"], amount(letter.total)),
        "note": word.get("note", "") if any(claim.costs for claim in letter.claims) else "",
    }


def creditor(letter: Letter) -> tuple[str, str]:
    """Whose claims they are: name, business id and address."""
    label, whose = words(letter.language)["labels"], letter.creditor
    named = f"{label['business_id']} {whose.business_id}" if whose.business_id else ""
    return label["creditor"], ", ".join(part for part in (whose.name, named, *whose.address) if part)


def claim_rows(letter: Letter, claim: Claim) -> Mapping[str, Any]:
    """One claim's rows: principal, interest by period, costs by rule, payments, and what is left."""
    shared, language = words(letter.language), letter.language
    word = shared["claims"]
    due = word["principal_basis"].format(due=day(claim.due, language))
    rows = [(word["principal"], due, amount(claim.principal))]
    for period in claim.interest:
        basis = word["interest_basis"].format(
            rate=percent(period.rate), first=day(period.first, language), last=day(period.last, language)
        )
        rows.append((word["interest"], basis, amount(period.amount)))
    if not claim.interest:
        rows.append((word["interest"], word["no_interest"], amount(type(claim.open)(0, claim.open.currency))))
    for cost in claim.costs:
        basis = word["cost_basis"].format(on=day(cost.on, language), rule=in_local_words(cost.rule, language))
        rows.append((shared["costs"][cost.kind], basis, amount(cost.amount)))
    rows += [
        (word["paid"], word["paid_basis"].format(on=day(paid.on, language)), amount(-paid.amount))
        for paid in claim.paid
    ]
    about = {
        "basis": claim.basis,
        "issued": day(claim.issued, language),
        "due": day(claim.due, language),
    }
    return {
        "title": word["claim"].format(invoice=claim.invoice_number),
        "about": word["about"].format_map(about),
        "rows": rows,
        "open": (word["open"], amount(claim.open)),
    }
