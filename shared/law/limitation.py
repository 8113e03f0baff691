"""When a debt is barred: so many years, anew from each interruption, and for good in the end."""

from collections.abc import Sequence
from datetime import date

from shared.law.answers import Debtor, Interruption, Limitation, Rule
from shared.law.pack import ONE_DAY, Pack, Unknown


def limitation(
    pack: Pack,
    debtor: Debtor,
    due: date,
    on: date,
    interrupted: Sequence[date],
    arose: date | None,
    judged: date | None,
    *,
    loan: bool,
) -> Limitation:
    """Whether the debt is barred on a day. An interruption counts from its day, unless it came too late."""
    rules: dict[str, Rule] = {}

    def years(name: str, day: date) -> int:
        value = pack.at(name, day)
        rules[value.rule.id] = value.rule
        count: int = value.value
        return count

    start, name = beginning(pack, debtor, due, arose, judged, loan=loan)
    length = years(name, start)
    last_day = years_later(start, length)
    for day in sorted(interrupted):
        if start < day <= min(last_day, on):
            value = pack.at("limitation.interruption", day)
            rules[value.rule.id] = value.rule
            last_day = max(last_day, years_later(day, length))
    if debtor == "consumer" and pack.has("limitation.final_years"):
        final = years_later(due, pack.at("limitation.final_years", due).value)
        if final < last_day:
            last_day = final
            years("limitation.final_years", due)
    barred_on = last_day + ONE_DAY
    return Limitation(on >= barred_on, barred_on, tuple(rules.values()))


def beginning(
    pack: Pack, debtor: Debtor, due: date, arose: date | None, judged: date | None, *, loan: bool
) -> tuple[date, str]:
    """From which day the years run, and which years: a judgment's, a loan's, or those of any other claim."""
    if judged is not None:
        return judged, "limitation.judgment.years"
    if loan and pack.has("limitation.loan.years"):
        return due, "limitation.loan.years"
    if pack.has("limitation.years"):
        return due, "limitation.years"
    if arose is None:
        raise Unknown(pack.country, "limitation", "the day the debt arose missing")
    return arose, f"limitation.{debtor}.years"


def interrupts(pack: Pack, what: Interruption, on: date) -> bool:
    """Whether this makes the years run anew. Raises Unknown where that is not known in this store."""
    return what in pack.at("limitation.interruption", on).value


def years_later(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 28, the earlier day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
