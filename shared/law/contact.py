"""How often and at what hours a debtor may be contacted: the law of the country, and the agency's stricter policy."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from shared.calendar import (
    LETTERS_AT,
    MESSAGES_FROM,
    MESSAGES_UNTIL,
    SATURDAY,
    Country,
    at_local,
    is_holiday,
    local,
    local_date,
)
from shared.law.answers import Blocked, Channel, Condition, ContactAnswer, Debtor, Instead, PastContact, Rule
from shared.law.conditions import effects_of
from shared.law.pack import ONE_DAY, Pack, Unknown

LOOK_AHEAD_DAYS = 62  # Two of the longest windows: within them some day is always free.
WEEK_DAYS, MONTH_DAYS = 7, 31  # Any seven and any 31 days, so that no calendar week or month can hold more.


class ContactPolicy(msgspec.Struct, frozen=True):
    """What the agency allows itself: never more than the law, on working days only.

    The numbers of contacts are the debtor's budget over all cases and channels, in a day and in any seven and 31 days.
    `after_suspension`: collection that costs nothing goes on after a consumer asked for it to be suspended.
    Raises ValueError where it could never allow anything.
    """

    messages: tuple[time, time] = (MESSAGES_FROM, MESSAGES_UNTIL)
    letters: tuple[time, time] = (LETTERS_AT, MESSAGES_UNTIL)
    weekends: bool = False
    contacts_per_day: int = 1
    contacts_per_week: int = 5
    contacts_per_month: int = 15
    after_suspension: bool = False

    def __post_init__(self) -> None:
        if min(self.contacts_per_day, self.contacts_per_week, self.contacts_per_month) < 1:
            raise ValueError("a policy allows at least one contact a day, a week and a month")
        if not (self.messages[0] < self.messages[1] and self.letters[0] < self.letters[1]):
            raise ValueError("a policy's hours end after they begin")


AGENCY_POLICY = ContactPolicy()


def ours(name: str, says: str) -> Rule:
    """A rule of the agency's own."""
    return Rule(f"policy.{name}", says, "agency policy", "process", "derived", our_choice=True)


HOURS_RULE = ours("hours", "Messages, calls and letters leave only in the agency's own hours")
WORKING_DAYS_RULE = ours("working_days", "Nothing leaves on a weekend or a public holiday")
BUDGET_RULE = ours("budget", "No more contacts with one debtor than the agency's budget, over all cases and channels")
OPT_OUT_RULE = ours("opt_out", "A channel the debtor has declined is not used")
SUSPENSION_RULE = ours("suspension", "Once a debtor asked for collection to be suspended, all contact stops")


class Asking:
    """One question about one instant, in local time."""

    def __init__(
        self,
        pack: Pack,
        country: Country,
        channel: Channel,
        history: Sequence[PastContact],
        policy: ContactPolicy | None,
    ) -> None:
        self.pack, self.country, self.channel, self.policy = pack, country, channel, policy
        self.days = [(local_date(country, contact.at), contact.channel) for contact in history]
        self.rules: dict[str, Rule] = {}

    def rule(self, rule: Rule) -> None:
        self.rules[rule.id] = rule

    def hours(self, day: date) -> list[tuple[time, time]]:
        """The hours of a day that the law and the policy each leave. Raises Unknown where the law's are not known."""
        found: list[tuple[time, time]] = []
        if self.channel == "call":
            value = self.pack.at(f"contact.calls.{day_kind(self.country, day)}", day)
            if value.value is not None:
                self.rule(value.rule)
                found.append(value.value)
        if self.policy is not None:
            self.rule(HOURS_RULE)
            found.append(self.policy.letters if self.channel == "letter" else self.policy.messages)
        return found

    def blocked_day(self, day: date) -> Blocked | None:
        """Why nothing may be said on that day at any hour."""
        if self.policy is not None and not self.policy.weekends:
            self.rule(WORKING_DAYS_RULE)
            if is_holiday(self.country, day):
                return "holiday"
            if day.weekday() >= SATURDAY:
                return "weekend"
        if self.policy is not None:
            self.rule(BUDGET_RULE)
            spent = self.budget_spent(day, self.policy)
            if spent is not None:
                return spent
        if self.channel == "call" and self.pack.has("contact.calls.per_day"):
            return self.too_many_calls(day)
        return None

    def budget_spent(self, day: date, policy: ContactPolicy) -> Blocked | None:
        """Whether one more contact, by whatever channel, would be too many in the day, or in any seven or 31 days."""
        all_days = [on for on, _ in self.days]
        budget: tuple[tuple[int, int, Blocked], ...] = (
            (policy.contacts_per_day, 1, "contacted_that_day"),
            (policy.contacts_per_week, WEEK_DAYS, "contacted_that_week"),
            (policy.contacts_per_month, MONTH_DAYS, "contacted_that_month"),
        )
        for most, window, reason in budget:
            if most_in_any_window(all_days, day, window) >= most:
                return reason
        return None

    def too_many_calls(self, day: date) -> Blocked | None:
        """Whether one more call would be too many in the day, or in any seven or 31 days it falls in."""
        calls = [on for on, channel in self.days if channel == "call"]
        limits: tuple[tuple[str, int, Blocked], ...] = (
            ("contact.calls.per_day", 1, "calls_per_day"),
            ("contact.calls.per_week", WEEK_DAYS, "calls_per_week"),
            ("contact.calls.per_month", MONTH_DAYS, "calls_per_month"),
        )
        for name, window, reason in limits:
            value = self.pack.at(name, day)
            if value.value is not None:
                self.rule(value.rule)
                if most_in_any_window(calls, day, window) >= value.value:
                    return reason
        return None

    def opening(self, day: date, after: time) -> time | None:
        """The first allowed time of a day that is not blocked; none where there is none left."""
        opens, closes = after, time.max
        for first, last in self.hours(day):
            opens, closes = max(opens, first), min(closes, last)
        return opens if opens < closes else None


def may_contact(
    pack: Pack,
    country: Country,
    channel: Channel,
    at: datetime,
    history: Sequence[PastContact],
    opted_out: Collection[Channel],
    policy: ContactPolicy | None,
    conditions: Collection[Condition],
    debtor: Debtor,
) -> ContactAnswer:
    """Whether a debtor may be contacted at an instant, given every contact made with them, over all cases."""
    here = local(country, at)
    never = declined(pack, channel, here.date(), opted_out) or silenced(pack, here.date(), policy, conditions, debtor)
    if never is not None:
        return never
    asking = Asking(pack, country, channel, history, policy)
    try:
        reason = asking.blocked_day(here.date())
        if reason is None and asking.opening(here.date(), here.time()) != here.time():
            reason = "outside_hours"
        rules = tuple(asking.rules.values())
        earliest = at if reason is None else first_free(asking, here)
    except Unknown as unknown:
        found = (unknown.rule,) if unknown.rule else ()
        return ContactAnswer(allowed=False, reason="hours_unknown", earliest=None, rules=found)
    return ContactAnswer(allowed=reason is None, reason=reason, earliest=earliest, rules=rules)


def declined(pack: Pack, channel: Channel, day: date, opted_out: Collection[Channel]) -> ContactAnswer | None:
    """A channel the debtor declined, by the law where it says so and by our own rule everywhere."""
    if channel not in opted_out:
        return None
    rule = OPT_OUT_RULE
    if channel == "call" and pack.has("contact.calls.opt_out"):
        value = pack.at("contact.calls.opt_out", day)
        rule = value.rule if value.value is not None else rule
    return ContactAnswer(allowed=False, reason="opted_out", earliest=None, rules=(rule,))


def silenced(
    pack: Pack, day: date, policy: ContactPolicy | None, conditions: Collection[Condition], debtor: Debtor
) -> ContactAnswer | None:
    """What is true of the debt or the debtor and ends contact with them, until it is told that it is over."""
    for condition, effects, rule in effects_of(pack, day, conditions, debtor):
        if "guardian instead" in effects or "representative instead" in effects:
            instead: Instead = "guardian" if "guardian instead" in effects else "representative"
            return ContactAnswer(allowed=False, reason=condition, earliest=None, rules=(rule,), instead=instead)
        if "no contact" in effects:
            return ContactAnswer(allowed=False, reason=condition, earliest=None, rules=(rule,))
        if condition == "suspension_request" and policy is not None and not policy.after_suspension:
            return ContactAnswer(allowed=False, reason=condition, earliest=None, rules=(SUSPENSION_RULE, rule))
    return None


def first_free(asking: Asking, here: datetime) -> datetime | None:
    """The first instant, from `here` on, at which nothing blocks; none within two months."""
    day, after = here.date(), here.time()
    for _ in range(LOOK_AHEAD_DAYS):
        opens = asking.opening(day, after) if asking.blocked_day(day) is None else None
        if opens is not None:
            return at_local(asking.country, day, opens)
        day, after = day + ONE_DAY, time.min
    return None


def day_kind(country: Country, day: date) -> str:
    """How the rules on calls name the day; a public holiday is a Sunday."""
    if is_holiday(country, day) or day.weekday() > SATURDAY:
        return "sunday"
    return "saturday" if day.weekday() == SATURDAY else "weekday"


def most_in_any_window(calls: Sequence[date], day: date, window: int) -> int:
    """The most calls in any run of so many days that the day falls in."""
    near = [on for on in calls if abs((on - day).days) < window]
    firsts = {day, *(on for on in near if on <= day)}
    return max(sum(first <= on < first + timedelta(days=window) for on in near) for first in firsts)
