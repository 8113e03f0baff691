"""When a step may be taken: after which letters, how many days after them, and where the law names one, until when."""

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from shared.law.answers import Country, Debtor, Earliest, Rule, SentStep, Step
from shared.law.pack import ONE_DAY, Pack

NOTICES: tuple[Step, ...] = ("reminder", "notice")
DEMANDS: tuple[Step, ...] = ("demand", "second_demand")
LETTERS: tuple[Step, ...] = (*NOTICES, *DEMANDS, "tratta")
STEPS: dict[Country, tuple[Step, ...]] = {
    "FI": ("friendly", "reminder", "demand", "second_demand", "tratta", "publication", "legal"),
    "NO": ("friendly", "reminder", "notice", "demand", "second_demand", "heavy_salary", "legal"),
    "SE": ("friendly", "reminder", "demand", "legal"),
}
ONLY_BUSINESS: tuple[Step, ...] = ("tratta", "publication")
DUE_RULE = Rule(
    "policy.due", "Nothing is sent before the day after the due date", "agency policy", "process", "derived",
    our_choice=True,
)  # fmt: skip
PAY_BY_RULE = Rule(
    "policy.pay_by", "Nothing more is sent before the day a letter itself gave for paying has passed", "agency policy",
    "process", "derived", our_choice=True,
)  # fmt: skip


class Waiting:
    """The first day of a step in the making: every wait moves it later, never earlier."""

    def __init__(
        self, pack: Pack, debtor: Debtor, step: Step, due: date, previous: Sequence[SentStep], from_: date
    ) -> None:
        self.pack, self.debtor, self.step, self.due, self.previous = pack, debtor, step, due, previous
        self.on = from_
        self.latest: date | None = None
        self.rules: dict[str, Rule] = {}
        self.needs: Step | None = None

    def last(self, *kinds: Step) -> SentStep | None:
        """The latest letter of these kinds; of those of one day the one that gave the longest to pay."""
        return max(self.all(*kinds), key=lambda sent: (sent.on, sent.pay_by or sent.on), default=None)

    def all(self, *kinds: Step) -> list[SentStep]:
        """The letters of these kinds."""
        return [sent for sent in self.previous if sent.kind in kinds]

    def lacks(self, step: Step) -> None:
        """Names what must come first; the first thing lacking is told."""
        self.needs = self.needs or step

    def ask(self, name: str, day: date) -> int:
        value = self.pack.at(name, day)
        self.rules[value.rule.id] = value.rule
        days: int = value.value
        return days

    def not_before(self, day: date) -> None:
        self.on = max(self.on, day)

    def first(self, name: str, after: date, from_: date, reading: str | None = None) -> date:
        """The first day that lies a rule's days after another."""
        day, rules = self.pack.first_day(name, after, from_, reading)
        self.rules.update((rule.id, rule) for rule in rules)
        return day

    def days_after(self, day: date, name: str, reading: str | None = None) -> None:
        """So many days after a day, as the rule in force then says; a rule without days adds none."""
        self.not_before(self.first(name, day, self.on, reading))

    def pay_by_of(self, sent_on: date, pay_by: date | None, given: str | None = None) -> date:
        """The day a letter gave for paying; at the earliest the one the law gives from its sending."""
        ends = pay_by or sent_on
        return ends if given is None else max(ends, sent_on + timedelta(days=self.ask(given, sent_on)))

    def after_pay_by(self, sent: SentStep, given: str | None = None) -> None:
        ends = self.pay_by_of(sent.on, sent.pay_by, given)
        if ends == sent.pay_by and ends >= self.on - ONE_DAY:  # What the letter said decides, and not only the law.
            self.rules[PAY_BY_RULE.id] = PAY_BY_RULE
        self.not_before(ends + ONE_DAY)

    def answer(self) -> Earliest:
        rules = tuple(self.rules.values()) or (DUE_RULE,)  # Where the law names no days, ours is the rule.
        return Earliest(self.step, self.on, rules, self.needs, self.latest)


def earliest(pack: Pack, debtor: Debtor, step: Step, due: date, previous: Sequence[SentStep]) -> Earliest:
    """The first lawful day of a step, after the steps sent before. `due` is the day the claim fell due.

    Raises ValueError where the country, or this kind of debtor, does not know the step.
    """
    if step not in STEPS[pack.country] or (step in ONLY_BUSINESS and debtor == "consumer"):
        raise ValueError(f"{step} is no step in {COUNTRY_NAMES[pack.country]} for a {debtor}")
    on = due + ONE_DAY
    while True:  # A wait may move the day under a later law, which may ask for more: asked again until nothing moves.
        waiting = Waiting(pack, debtor, step, due, previous, on)
        if step != "friendly":
            COUNTRIES[pack.country](waiting)
        if waiting.on == on:
            return waiting.answer()
        on = waiting.on


def finland(waiting: Waiting) -> None:
    """Consumers: whole days between, so day 15 and not 14; businesses: after the reminder's day, day 11."""
    kind = waiting.debtor
    reading = f"{kind}.days.reading"
    match waiting.step:
        case "legal":
            waiting.ask("legal.after_demand", waiting.on)
            after_demand(waiting, "consumer.days.to_pay" if kind == "consumer" else None)
            return
        case "publication":
            publication(waiting)
            return
        case "reminder" if kind == "consumer":
            waiting.days_after(waiting.due, "consumer.days.to_reminder", reading)
        case "demand" | "second_demand" if kind == "consumer":
            reminder = waiting.last("reminder")
            reminded = reminder.on if reminder else None
            if reminded is None:
                waiting.lacks("reminder")
                reminded = waiting.first("consumer.days.to_reminder", waiting.due, waiting.due, reading)
            waiting.days_after(reminded, "consumer.days.to_demand", reading)
        case "tratta":
            before_tratta(waiting)
    if waiting.step == "second_demand" and waiting.last(*DEMANDS) is None:
        waiting.lacks("demand")
    before = waiting.last(*LETTERS)
    if before is not None:
        waiting.days_after(before.on, f"{kind}.days.between", reading)
    for each in waiting.all(*LETTERS):  # An older letter may have given longer to pay than a later one.
        waiting.after_pay_by(each)


def before_tratta(waiting: Waiting) -> None:
    """A reminder must have given its days to pay, and they must have passed (7 § 3 mom.)."""
    reminder = waiting.last("reminder")
    if reminder is None:
        waiting.lacks("reminder")
    sent_on = reminder.on if reminder else waiting.due
    waiting.days_after(sent_on, "business.tratta.days.reminder", "business.days.reading")


def publication(waiting: Waiting) -> None:
    """A tratta is published once its days have passed, and not after the last of them (7 § 5 and 6 mom.)."""
    tratta = waiting.last("tratta")
    sent_on = waiting.due + ONE_DAY if tratta is None else tratta.on
    waiting.days_after(sent_on, "business.tratta.days.publish", "business.days.reading")
    if tratta is None:
        waiting.lacks("tratta")
        return
    waiting.after_pay_by(tratta)
    days = waiting.ask("business.tratta.days.publish_latest", waiting.on)
    waiting.latest = sent_on + timedelta(days=days) if days else None


def norway(waiting: Waiting) -> None:
    """Notices from day 14, each with 14 days of its own; the demand after them; the heavy salær from day 43."""
    match waiting.step:
        case "reminder" | "notice":
            waiting.days_after(waiting.due, "notice.days.after_due")
            before = waiting.last(*NOTICES)
            if before is not None:
                waiting.after_pay_by(before, "notice.days.to_pay")
        case "demand" | "second_demand":
            waiting.ask("demand.after_notice", waiting.due)
            notice = waiting.last("notice")
            if notice is None:
                waiting.lacks("notice")
                first = waiting.first("notice.days.after_due", waiting.due, waiting.due)
                waiting.not_before(waiting.pay_by_of(first, None, "notice.days.to_pay") + ONE_DAY)
            else:
                waiting.after_pay_by(notice, "notice.days.to_pay")
            before = waiting.last(*DEMANDS)
            if before is not None:
                waiting.after_pay_by(before, "demand.days.to_pay")
            elif waiting.step == "second_demand":
                waiting.lacks("demand")
        case "heavy_salary":
            demand = waiting.last(*DEMANDS)
            if demand is None:
                waiting.lacks("demand")
            sent_on, pay_by = (demand.on, demand.pay_by) if demand else (waiting.due + ONE_DAY, None)
            ends = waiting.pay_by_of(sent_on, pay_by, "demand.days.to_pay")
            waiting.not_before(ends + timedelta(days=waiting.ask("salary.days.heavy", ends)) + ONE_DAY)
        case "legal":
            waiting.ask("legal.after_demand", waiting.due)
            demand = after_demand(waiting, "demand.days.to_pay")
            if demand is not None:
                waiting.latest = months_later(demand.on, waiting.ask("legal.months", demand.on))


def sweden(waiting: Waiting) -> None:
    """The law names no days between; a letter's own day must have passed before the next."""
    if waiting.step == "legal":
        waiting.ask("legal.after_demand", waiting.due)
        after_demand(waiting, "demand.days.to_pay")
        return
    for each in waiting.all(*LETTERS):
        waiting.after_pay_by(each)


def after_demand(waiting: Waiting, given: str | None = None) -> SentStep | None:
    """Court comes after a demand, once the days it gave have passed."""
    demand = waiting.last(*DEMANDS)
    if demand is None:
        waiting.lacks("demand")
    for each in waiting.all(*DEMANDS):
        waiting.after_pay_by(each, given)
    return demand


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


COUNTRIES: dict[Country, Callable[[Waiting], None]] = {"FI": finland, "NO": norway, "SE": sweden}
COUNTRY_NAMES: dict[Country, str] = {"FI": "Finland", "NO": "Norway", "SE": "Sweden"}
