"""How long a letter gives to pay, and on which day a due date really falls."""

from datetime import date, timedelta

from shared.calendar import SATURDAY, add_bank_days, is_holiday
from shared.law.answers import Channel, Country, DaysToPay, Debtor, PayableOn, Rule, Step
from shared.law.pack import ONE_DAY, Pack
from shared.law.timing import DEMANDS

SUNDAY = 6


def days_to_pay(pack: Pack, debtor: Debtor, kind: Step, channel: Channel, on: date) -> DaysToPay:
    """How many days after sending the pay-by date must at least be.

    A letter counts as received after the days of the post, whatever else is sent the day it is sent. Swedish bank
    days are counted from receipt, so that a letter sent before holidays gives more.
    """
    rules: dict[str, Rule] = {}

    def ask(name: str) -> int:
        value = pack.at(name, on)
        rules[value.rule.id] = value.rule
        days: int = value.value
        return days

    def post(name: str) -> int:
        return ask(name) if channel == "letter" else 0

    match pack.country, debtor:
        case "FI", "consumer":
            days = max(ask("consumer.days.to_pay") + post("consumer.days.post"), ask("consumer.days.to_pay_least"))
        case "FI", _:
            days = ask("business.days.to_pay_least")
        case "NO", _:
            days = ask("demand.days.to_pay" if kind in DEMANDS else "notice.days.to_pay")
        case _:
            received = on + timedelta(days=post("days.post"))
            bank_days = (add_bank_days("SE", received, ask("demand.days.bank")) - on).days
            days = max(ask("demand.days.to_pay"), bank_days, ask("days.to_pay_least"))
    return DaysToPay(days, tuple(rules.values()))


def payable_on(pack: Pack, country: Country, due: date) -> PayableOn:
    """The day itself, or the next weekday where the day is one on which nothing needs to be paid."""
    value = pack.at("due.moves", due)
    on = due
    while moves(value.value, country, on):
        on += ONE_DAY
    return PayableOn(on, (value.rule,) if on != due else ())


def moves(days_off: tuple[str, ...], country: Country, day: date) -> bool:
    """Whether a due date does not stay on such a day."""
    return (
        ("saturday" in days_off and day.weekday() == SATURDAY)
        or ("sunday" in days_off and day.weekday() == SUNDAY)
        or ("holiday" in days_off and is_holiday(country, day))
    )
