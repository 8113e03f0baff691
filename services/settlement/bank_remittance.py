"""What a payer says a payment is for: its reference, or how it is to be split over several claims."""

import msgspec
from lxml import etree

from services.settlement.bank_file import ReferenceSource, Split
from shared.money import Money
from shared.references import found_in, reference_key
from shared.xml import text_of

CREDIT_NOTE = "CREN"


class Remittance(msgspec.Struct, frozen=True):
    """`reference` only where there is exactly one to be had; `splits` only where they add up."""

    reference: str | None
    source: ReferenceSource | None
    references: tuple[str, ...]
    splits: tuple[Split, ...]
    text: str


def read(detail: etree._Element, amount: Money, country: str | None, end_to_end: str | None) -> Remittance:
    """In this order: a structured reference, a checked one in the free text, a checked one as end-to-end id."""
    told = detail.find("RmtInf")
    blocks = told.findall("Strd") if told is not None else []
    lines = [line for line in map(text_of, told.findall("Ustrd") if told is not None else []) if line]
    text = " ".join(lines)
    structured = _structured(blocks)
    if structured:
        by_creditor = _structured([block for block in blocks if _is_scor(block)])
        reference = _the_only(by_creditor, country) or _the_only(structured, country)
        return Remittance(reference, "structured" if reference else None, structured, _splits(blocks, amount), text)
    in_text = found_in(text, country)
    if in_text:
        reference = _the_only(in_text, country)
        return Remittance(reference, "unstructured" if reference else None, in_text, (), text)
    in_id = found_in(end_to_end or "", country)
    if in_id and reference_key(in_id[0], "") == reference_key(end_to_end or "", ""):
        return Remittance(in_id[0], "end_to_end", in_id, (), text)
    return Remittance(None, None, (), _splits(blocks, amount), text)


def _structured(blocks: list[etree._Element]) -> tuple[str, ...]:
    return tuple(told for told in (text_of(block, "CdtrRefInf/Ref") for block in blocks) if told)


def _is_scor(block: etree._Element) -> bool:
    return text_of(block, "CdtrRefInf/Tp/CdOrPrtry/Cd") == "SCOR"


def _the_only(references: tuple[str, ...], country: str | None) -> str | None:
    keys = {reference_key(reference, country or "FI") for reference in references}
    return references[0] if len(keys) == 1 else None


def _splits(blocks: list[etree._Element], amount: Money) -> tuple[Split, ...]:
    """The payer's own division over several documents, if every part is stated and they make the whole."""
    if len(blocks) < 2:
        return ()
    splits = tuple(split for split in (_split(block, amount.currency) for block in blocks) if split)
    whole = sum(split.amount.minor for split in splits)
    return splits if len(splits) == len(blocks) and whole == amount.minor else ()


def _split(block: etree._Element, currency: str) -> Split | None:
    credit = block.find("RfrdDocAmt/CdtNoteAmt")
    stated = credit if credit is not None else block.find("RfrdDocAmt/RmtdAmt")
    if stated is None or stated.get("Ccy") != currency:
        return None
    is_credit = credit is not None or text_of(block, "RfrdDocInf/Tp/CdOrPrtry/Cd") == CREDIT_NOTE
    try:
        part = Money.of((stated.text or "").strip(), currency)
    except (ValueError, ArithmeticError):
        return None
    number = text_of(block, "RfrdDocInf/Nb")
    return Split(text_of(block, "CdtrRefInf/Ref"), -part if is_credit and part.minor > 0 else part, number)
