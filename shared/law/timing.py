"""When a step may be taken, how long a letter gives to pay, where a due date falls, and when a debt is barred."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from shared.calendar import SATURDAY, is_holiday
from shared.law.answers import (
    Channel,
    Country,
    DaysToPay,
    Debtor,
    Earliest,
    Limitation,
    PayableOn,
    Rule,
    SentStep,
    Step,
)
from shared.law.pack import Pack, Unknown

ONE_DAY = timedelta(days=1)
SUNDAY = 6
REMINDERS: tuple[Step, ...] = ("reminder", "notice")
DEMANDS: tuple[Step, ...] = ("demand", "second_demand")


class Waiting:
    """The first day of a step in the making: every wait moves it later, never earlier."""

    def __init__(self, pack: Pack, debtor: Debtor, step: Step, due: date, previous: Sequence[SentStep]) -> None:
        self.pack, self.debtor, self.step, self.due, self.previous = pack, debtor, step, due, previous
        self.on = due + ONE_DAY
        self.rules: dict[str, Rule] = {}
        self.needs: Step | None = None

    def last(self, *kinds: Step) -> SentStep | None:
        """The latest letter of these kinds; of those of one day the one that gave the longest to pay."""
        return max(self.all(*kinds), key=lambda sent: (sent.on, sent.pay_by or sent.on), default=None)

    def all(self, *kinds: Step) -> list[SentStep]:
        """The letters of these kinds."""
        return [sent for sent in self.previous if sent.kind in kinds]

    def ask(self, name: str, day: date) -> Any:
        value = self.pack.at(name, day)
        self.rules[value.rule.id] = value.rule
        return value.value

    def not_before(self, day: date) -> None:
        self.on = max(self.on, day)

    def days_after(self, day: date, *names: str) -> None:
        """So many days after a day, as the rules in force then say; a rule without days adds none."""
        self.not_before(day + timedelta(days=sum(self.ask(name, day) or 0 for name in names)))

    def after_pay_by(self, sent: SentStep, given: str | None = None) -> None:
        """The day after the day a letter gave for paying; at least the days the law gives from its sending."""
        ends = sent.pay_by or sent.on
        if given is not None:
            ends = max(ends, sent.on + timedelta(days=self.ask(given, sent.on)))
        self.not_before(ends + ONE_DAY)

    def answer(self) -> Earliest:
        return Earliest(self.step, self.on, tuple(self.rules.values()), self.needs)


def earliest(pack: Pack, debtor: Debtor, step: Step, due: date, previous: Sequence[SentStep]) -> Earliest:
    """The first lawful day of a step, after the steps sent before. `due` is the day the claim fell due."""
    waiting = Waiting(pack, debtor, step, due, previous)
    if step == "friendly":
        return waiting.answer()
    match pack.country:
        case "FI":
            finland(waiting)
        case "NO":
            norway(waiting)
        case _:
            sweden(waiting)
    return waiting.answer()


def finland(waiting: Waiting) -> None:
    """Consumers: whole days between, so day 15 and not 14; businesses: after the reminder's day, day 11."""
    kind = waiting.debtor
    consumer = kind == "consumer"
    reading = f"{kind}.days.reading"
    if waiting.step in {"notice", "heavy_salary"}:
        raise ValueError(f"{waiting.step} is no step in Finland")
    if waiting.step == "reminder" and consumer:
        waiting.days_after(waiting.due, "consumer.days.to_reminder", reading)
    if waiting.step in DEMANDS and consumer:
        reminder = waiting.last("reminder")
        if reminder is None:
            waiting.needs = "reminder"
            waiting.days_after(waiting.due, "consumer.days.to_reminder", reading)
            waiting.days_after(waiting.on, "consumer.days.to_demand", reading)
        else:
            waiting.days_after(reminder.on, "consumer.days.to_demand", reading)
    if waiting.step == "second_demand" and waiting.last(*DEMANDS) is None:
        waiting.needs = waiting.needs or "demand"
    before = waiting.last("reminder", *DEMANDS)
    if before is not None:
        waiting.days_after(before.on, f"{kind}.days.between", reading)
    for each in waiting.all("reminder", *DEMANDS):  # An older letter may have given longer to pay than a later one.
        waiting.after_pay_by(each)


def norway(waiting: Waiting) -> None:
    """Notices from day 14, each with 14 days of its own; the demand after them; the heavy salær from day 43."""
    match waiting.step:
        case "reminder" | "notice":
            waiting.days_after(waiting.due, "notice.days.after_due")
            before = waiting.last(*REMINDERS)
            if before is not None:
                waiting.after_pay_by(before, "notice.days.to_pay")
        case "demand" | "second_demand":
            waiting.ask("demand.after_notice", waiting.due)
            notice = waiting.last("notice")
            if notice is None:
                waiting.needs = "notice"
                waiting.days_after(waiting.due, "notice.days.after_due")
                waiting.after_pay_by(SentStep("notice", waiting.on), "notice.days.to_pay")
            else:
                waiting.after_pay_by(notice, "notice.days.to_pay")
            before = waiting.last(*DEMANDS)
            if before is not None:
                waiting.after_pay_by(before, "demand.days.to_pay")
            elif waiting.step == "second_demand":
                waiting.needs = waiting.needs or "demand"
        case "heavy_salary":
            demand = waiting.last(*DEMANDS)
            if demand is None:
                waiting.needs = "demand"
                demand = SentStep("demand", waiting.on)
            waiting.after_pay_by(demand, "demand.days.to_pay")
            waiting.on += timedelta(days=waiting.ask("salary.days.heavy", waiting.on))


def sweden(waiting: Waiting) -> None:
    """The law names no days between; a letter's own day must have passed before the next."""
    if waiting.step in {"notice", "heavy_salary", "second_demand"}:
        raise ValueError(f"{waiting.step} is no step in Sweden")
    before = waiting.last("reminder", *DEMANDS)
    if before is not None:
        waiting.after_pay_by(before)


def days_to_pay(pack: Pack, debtor: Debtor, kind: Step, channel: Channel, on: date) -> DaysToPay:
    """How many days after sending the pay-by date must at least be."""
    rules: dict[str, Rule] = {}

    def ask(name: str) -> int:
        value = pack.at(name, on)
        rules[value.rule.id] = value.rule
        days: int = value.value
        return days

    match pack.country, debtor:
        case "FI", "consumer":
            post = ask("consumer.days.post") if channel == "letter" else 0
            days = max(ask("consumer.days.to_pay") + post, ask("consumer.days.to_pay_least"))
        case "FI", _:
            days = ask("business.days.to_pay_least")
        case "NO", _:
            days = ask("demand.days.to_pay" if kind in DEMANDS else "notice.days.to_pay")
        case _:
            days = max(ask("demand.days.to_pay"), ask("days.to_pay_least"))
    return DaysToPay(days, tuple(rules.values()))


def payable_on(pack: Pack, country: Country, due: date) -> PayableOn:
    """The day itself, or the next weekday where the day is one on which nothing needs to be paid."""
    value = pack.at("due.moves", due)
    on = due
    while (on.weekday() == SATURDAY and "saturday" in value.value) or on.weekday() == SUNDAY or is_holiday(country, on):
        on += ONE_DAY
    return PayableOn(on, (value.rule,) if on != due else ())


def limitation(
    pack: Pack, debtor: Debtor, due: date, on: date, interrupted: Sequence[date], arose: date | None
) -> Limitation:
    """Whether the debt is barred on a day. An interruption counts from its day, unless it came too late."""
    rules: dict[str, Rule] = {}

    def years(name: str, day: date) -> int:
        value = pack.at(name, day)
        rules[value.rule.id] = value.rule
        count: int = value.value
        return count

    by_country = pack.has("limitation.years")
    if not by_country and arose is None:
        raise Unknown(pack.country, "limitation", "the day the debt arose missing")
    start = due if by_country or arose is None else arose
    name = "limitation.years" if by_country else f"limitation.{debtor}.years"
    last_day = years_later(start, years(name, start))
    for day in sorted(interrupted):
        if start < day <= min(last_day, on):
            value = pack.at("limitation.interruption", day)
            rules[value.rule.id] = value.rule
            last_day = max(last_day, years_later(day, years(name, start)))
    if debtor == "consumer" and pack.has("limitation.final_years"):
        final = years_later(due, pack.at("limitation.final_years", due).value)
        if final < last_day:
            last_day = final
            years("limitation.final_years", due)
    barred_on = last_day + ONE_DAY
    return Limitation(on >= barred_on, barred_on, tuple(rules.values()))


def years_later(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 28, the earlier day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
