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
from shared.law.answers import Blocked, Channel, ContactAnswer, PastContact, Rule
from shared.law.pack import Pack

ONE_DAY = timedelta(days=1)
LOOK_AHEAD_DAYS = 62  # Two of the longest windows: within them some day is always free.
WEEK_DAYS, MONTH_DAYS = 7, 31  # Any seven and any 31 days, so that no calendar week or month can hold more.


class ContactPolicy(msgspec.Struct, frozen=True):
    """What the agency allows itself: never more than the law, on working days only."""

    messages: tuple[time, time] = (MESSAGES_FROM, MESSAGES_UNTIL)
    letters: tuple[time, time] = (LETTERS_AT, MESSAGES_UNTIL)
    weekends: bool = False
    contacts_per_day: int = 1


AGENCY_POLICY = ContactPolicy()


def ours(name: str, says: str) -> Rule:
    """A rule of the agency's own."""
    return Rule(f"policy.{name}", says, "agency policy", "process", "derived", our_choice=True)


HOURS_RULE = ours("hours", "Messages and calls on working days from 9 to 19, letters from 10")
WORKING_DAYS_RULE = ours("working_days", "Nothing leaves on a weekend or a public holiday")
ONE_A_DAY_RULE = ours("one_a_day", "No two contacts with one debtor on one day")
OPT_OUT_RULE = ours("opt_out", "A channel the debtor has declined is not used")


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
        """The hours of a day that the law and the policy each leave."""
        found: list[tuple[time, time]] = []
        name = f"contact.calls.{day_kind(self.country, day)}"
        if self.channel == "call" and self.pack.has(name):
            value = self.pack.at(name, day)
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
            self.rule(ONE_A_DAY_RULE)
            if sum(on == day for on, _ in self.days) >= self.policy.contacts_per_day:
                return "contacted_that_day"
        if self.channel == "call":
            return self.too_many_calls(day)
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
            if not self.pack.has(name):
                continue
            value = self.pack.at(name, day)
            if value.value is None:
                continue
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
    opted_out: Collection[Channel] = (),
    policy: ContactPolicy | None = AGENCY_POLICY,
) -> ContactAnswer:
    """Whether a debtor may be contacted at an instant, given every contact made with them, over all cases."""
    if channel in opted_out:
        return ContactAnswer(allowed=False, reason="opted_out", earliest=None, rules=(OPT_OUT_RULE,))
    asking = Asking(pack, country, channel, history, policy)
    here = local(country, at)
    reason = asking.blocked_day(here.date())
    if reason is None and asking.opening(here.date(), here.time()) != here.time():
        reason = "outside_hours"
    rules = tuple(asking.rules.values())
    if reason is None:
        return ContactAnswer(allowed=True, reason=None, earliest=at, rules=rules)
    return ContactAnswer(allowed=False, reason=reason, earliest=first_free(asking, here), rules=rules)


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
    most = 0
    for first in {day, *(on for on in near if on <= day)}:
        last = first + timedelta(days=window - 1)
        if last >= day:
            most = max(most, sum(first <= on <= last for on in near))
    return most
