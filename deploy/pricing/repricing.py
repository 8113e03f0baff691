"""What a change of the packs would change: each open case priced under two versions, beside each other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from deploy.pricing.portfolio import CURRENCY, OpenCase, Priced, price
from shared.law import Country, Debtor, Law, Rule
from shared.law.pack import Pack, Value
from shared.money import Money

NOT_KNOWN = "not known"


class ChangedValue(msgspec.Struct, frozen=True):
    """A value of a pack that is another in the new version; none where it stands in only one of them."""

    rule: str
    says: str
    old: str | None
    new: str | None


class Change(msgspec.Struct, frozen=True):
    """What would be different for a case: `what` names it, `rules` are the changed ones it rests on.

    `old` and `new` are amounts or days as text, none where there is none. `difference_minor` is told for amounts that
    both versions know.
    """

    case: str
    country: Country
    debtor: Debtor
    what: str
    old: str | None
    new: str | None
    difference_minor: int | None
    rules: tuple[str, ...]


class Total(msgspec.Struct):
    """One kind of change in one country, over all cases: how many, and the sum of those that are amounts."""

    country: Country
    what: str
    cases: int = 0
    difference_minor: int = 0
    not_comparable: int = 0  # Days, reasons, and amounts that one version does not know.

    @property
    def currency(self) -> str:
        return CURRENCY[self.country]


class Said(msgspec.Struct, frozen=True):
    """One part of what the law says of a case: as text, as an amount where it is one, and the rules it rests on."""

    text: str
    amount: Money | None
    rules: tuple[Rule, ...]


def changes_of(case: OpenCase, old: Law, new: Law, on: date, changed: Sequence[ChangedValue]) -> Iterator[Change]:
    """What would be different for one case on that day."""
    ids = {each.rule for each in changed}
    before, after = said_of(price(old, case, on)), said_of(price(new, case, on))
    for what in dict.fromkeys((*before, *after)):
        one, two = before.get(what), after.get(what)
        if (one.text if one else None) == (two.text if two else None):
            continue
        used = dict.fromkeys(rule.id for each in (one, two) if each for rule in each.rules)
        difference = None
        if one and two and one.amount is not None and two.amount is not None:
            difference = (two.amount - one.amount).minor
        yield Change(
            case.name,
            case.country,
            case.debtor,
            what,
            one.text if one else None,
            two.text if two else None,
            difference,
            tuple(rule for rule in used if rule in ids),
        )


def said_of(priced: Priced) -> dict[str, Said]:
    """What the law says of a case, part by part."""
    said: dict[str, Said] = {}
    moved = tuple(rule for payable in priced.payable for rule in payable.rules)
    amount = priced.interest_amount
    rules = tuple(rule for each in priced.interest for rule in each.rules)
    said["interest"] = Said(NOT_KNOWN if amount is None else str(amount.decimal), amount, (*rules, *moved))
    if priced.next is None:
        return said
    if priced.next.reason is not None:
        said["nothing follows"] = Said(priced.next.reason, None, priced.next.rules)
    if priced.next.barred is not None:
        said["barred on"] = Said(str(priced.next.barred.barred_on), None, (*priced.next.barred.rules, *moved))
    for step in priced.next.steps:
        name = step.step.replace("_", " ")
        said[f"{name}: from"] = Said(str(step.earliest.on), None, (*step.earliest.rules, *moved))
        if step.cost is not None:
            charge, reason = step.cost.charge, step.cost.reason
            text = f"{charge.decimal} ({reason})" if reason else str(charge.decimal)
            said[f"{name}: cost"] = Said(text, charge, step.cost.rules)
    return said


def totals(changes: Iterable[Change]) -> list[Total]:
    """The changes summed, by country and by what they are."""
    found: dict[tuple[Country, str], Total] = {}
    for each in changes:
        whole = found.setdefault((each.country, each.what), Total(each.country, each.what))
        whole.cases += 1
        whole.difference_minor += each.difference_minor or 0
        whole.not_comparable += each.difference_minor is None
    return sorted(found.values(), key=lambda each: (each.country, each.what))


# The packs themselves.


def changed_values(old: Mapping[Country, Pack], new: Mapping[Country, Pack]) -> list[ChangedValue]:
    """Every value that differs, by the rule's id; where it was seen and how surely counts too."""
    found = []
    for country in sorted(old.keys() & new.keys()):
        before, after = values_of(old[country]), values_of(new[country])
        for rule in dict.fromkeys((*before, *after)):
            one, two = before.get(rule), after.get(rule)
            if as_said(one) != as_said(two):
                says = next(value.rule.says for value in (two, one) if value is not None)
                found.append(ChangedValue(rule, says, as_said(one), as_said(two)))
    return found


def values_of(pack: Pack) -> dict[str, Value]:
    """Every value by its rule's id."""
    return {value.rule.id: value for dated in pack.rules.values() for value in dated.values}


def as_said(value: Value | None) -> str | None:
    """A value with its days and where it stands, as a person compares it."""
    if value is None:
        return None
    days = f"{value.from_} to {value.to}" if value.to else f"from {value.from_}"
    said = "unknown" if not value.known else "none" if value.value is None else written(value.value)
    return f"{said} ({days}; {value.rule.section}; {value.rule.source}; {value.rule.confidence})"


def written(value: object) -> str:
    """A value as a pack writes it."""
    match value:
        case Money():
            return str(value.decimal)
        case (None, of):
            return f"above: {written(of)}"
        case (int() as limit, of):
            return f"{limit // 100}: {written(of)}"
        case tuple():
            return ", ".join(written(each) for each in value)
    return str(value)
