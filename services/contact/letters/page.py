"""What stands on the page, every string finished: the template only places it."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.contact.letters.figures import (
    account_number,
    amount,
    long_day,
    reference_number,
    unbroken,
)
from services.contact.letters.itemised import claims, plan
from services.contact.letters.letter import IN_THE_CLIENTS_NAME, Letter
from services.contact.letters.pictures import BAR_HEIGHT_MM, bar_code, qr_code
from services.contact.letters.words import fill, options, texts, words

Page = Mapping[str, Any]


def page(letter: Letter) -> Page:
    """The letter as strings and pictures, in its language. Raises NoTexts where it is not written yet."""
    own, shared = texts(letter.language, letter.kind, letter.debtor_kind), words(letter.language)
    ways_out = options(letter.language, letter.kind, letter.debtor_kind)
    facts = facts_of(letter)
    many = len(letter.claims) > 1

    def filled(text: str | Mapping[str, str]) -> str:
        return fill(text, facts, many=many)

    return {
        "language": letter.language,
        "sender": sender(letter),
        "return_address": ", ".join(sender(letter)["address"]),
        "recipient": [letter.debtor.name, *letter.debtor.address],
        "facts": heading_facts(letter),
        "title": filled(own["title"]),
        "subject": filled(own["subject"]),
        "greeting": filled(own["greeting"]),
        "opening": [filled(paragraph) for paragraph in own["opening"]],
        "options_title": filled(own["options_title"]),
        "options": [{part: filled(text) for part, text in ways_out[option].items()} for option in letter.options],
        "pay": payment(letter, facts),
        "plan": plan(letter),
        "claims": claims(letter),
        "rights_title": shared["rights"]["title"],
        "rights": rights(letter, own["rights"], facts),
        "closing": filled(own["closing"]),
        "signature": signature(letter),
        "footer": footer(letter),
        "page_word": shared["labels"]["page"],
    }


def facts_of(letter: Letter) -> Mapping[str, str]:
    """The facts a text may name in braces."""
    shared, places = words(letter.language), letter.objections
    numbers = [claim.invoice_number for claim in letter.claims]
    named = shared["the_invoices"]["many" if len(numbers) > 1 else "one"]
    board = letter.complaint_board
    return {
        "agency": letter.agency.name,
        "creditor": letter.creditor.name,
        "original_creditor": letter.creditor.original_creditor,
        "the_invoices": named.format(numbers=in_a_row(numbers, shared["and"])),
        "total": amount(letter.total),
        "pay_by": long_day(letter.pay_by, letter.language),
        "reference": letter.reference,
        "whole_debt": shared["whole_debt"],
        "warning": shared.get("warning_of_collection", ""),
        "barcode": letter.barcode,
        "case": letter.case_number,
        "handler": letter.handler,
        "telephone": unbroken(letter.agency.telephone),
        "hours": unbroken(letter.agency.telephone_hours),
        "email": letter.agency.email,
        "creditor_telephone": letter.creditor.telephone,
        "creditor_email": letter.creditor.email,
        "objections_until": long_day(places.until, letter.language) if places else "",
        "objections_to": contact(places.name, places.address, places.email, places.telephone) if places else "",
        "board": contact(board.name, board.address, board.web, "") if board else "",
    }


def sender(letter: Letter) -> Mapping[str, Any]:
    """Whose letter it is: the client's when in its name, ours otherwise."""
    if letter.kind in IN_THE_CLIENTS_NAME:
        return {"name": letter.creditor.name, "address": letter.creditor.address}
    return {"name": letter.agency.name, "address": letter.agency.address}


def signature(letter: Letter) -> Sequence[str]:
    """Who greets: the handler by name, or the client where the letter is in its name."""
    if letter.kind in IN_THE_CLIENTS_NAME:
        return [letter.creditor.name]
    return [letter.handler, letter.agency.name]


def heading_facts(letter: Letter) -> Sequence[tuple[str, str]]:
    """What one looks for first: the day, the case, who handles it and when they answer."""
    label, agency = words(letter.language)["labels"], letter.agency
    return [
        (label["date"], long_day(letter.written_on, letter.language)),
        (label["case"], letter.case_number),
        (label["creditor"], letter.creditor.name),
        (label["handler"], letter.handler),
        (label["telephone"], agency.telephone),
        (label["hours"], agency.telephone_hours),
    ]


def payment(letter: Letter, facts: Mapping[str, str]) -> Mapping[str, Any]:
    """Where, how much, by when; with what a bank's reader reads."""
    word, account = words(letter.language)["pay"], letter.account
    rows = [
        (word["payee"], account.holder),
        (word["account"], account_number(account)),
        (word["bic"], account.bic),
        (word["reference"], reference_number(letter.reference, letter.country)),
    ]
    to_pay = (word["total"], amount(letter.total))
    bars, bars_width = bar_code(letter.barcode) if letter.barcode else ("", "")
    if letter.instalments:
        to_pay = (word["instalment"], amount(letter.instalments[0].amount))
    return {
        "rows": [(label, value) for label, value in rows if value],
        "total": to_pay,
        "pay_by": (word["pay_by"], long_day(letter.pay_by, letter.language)),
        "barcode": letter.barcode
        and {
            "svg": bars,
            "width": bars_width,
            "height": BAR_HEIGHT_MM,
            "label": word["barcode"],
            "digits": letter.barcode,
            "alt": word["barcode_alt"].format_map(facts),
        },
        "qr": letter.epc_qr
        and {"svg": qr_code(letter.epc_qr), "label": word["qr"], "alt": word["qr_alt"].format_map(facts)},
    }


def rights(letter: Letter, names: Sequence[str], facts: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """The rights and facts a letter of this kind explains, those that apply to this one."""
    shared = words(letter.language)
    applies = {
        "objections": letter.objections is not None,
        "interest": any(claim.interest for claim in letter.claims),
        "suspension": letter.suspension == "may_ask",
        "original_creditor": bool(letter.creditor.original_creditor),
        "complaint_board": letter.complaint_board is not None,
        "consequences": bool(letter.consequences),
    }
    told = " ".join(shared["consequences"][consequence] for consequence in letter.consequences)
    chosen = [shared["rights"][name] for name in names if applies.get(name, True)]
    return [
        {"title": right["title"], "text": fill(right["text"], {**facts, "told": told}, many=False)} for right in chosen
    ]


def footer(letter: Letter) -> Sequence[str]:
    """Who we are, on every page."""
    label, agency = words(letter.language)["labels"], letter.agency
    behalf = f"{label['on_behalf']} " if letter.kind in IN_THE_CLIENTS_NAME else ""
    return [
        f"{behalf}{agency.name}  ·  {label['business_id']} {agency.business_id}  ·  {', '.join(agency.address)}",
        f"{agency.telephone} ({agency.telephone_hours})  ·  {agency.email}",
    ]


def contact(name: str, address: Sequence[str], electronic: str, telephone: str) -> str:
    """A place to write to, in one line."""
    return ", ".join(part for part in (name, *address, electronic, telephone) if part)


def in_a_row(names: Sequence[str], last: str) -> str:
    """`1, 2 ja 3`."""
    return f" {last} ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""
