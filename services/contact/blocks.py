"""What keeps a message from leaving: side conditions, a plan, nothing owed, money not known; and until when."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from services.contact.known import Around, Known
from services.contact.reach import country_of
from services.contact.strategy import Fresh
from shared.balance import balance
from shared.calendar import local_date, next_slot
from shared.law import Unknown

MONEY = frozenset({"money_not_fresh", "paid_list_too_old"})
AFTER_TWO_DAYS, AFTER_A_WEEK = timedelta(days=2), timedelta(days=7)
DAY = timedelta(days=1)

# These end by something that is told to us, and the step is then planned anew: nothing is looked at before.
UNTIL_TOLD = frozenset(
    {
        "stopped", "paused", "disputed", "suspended_by_rule", "closed", "on_plan", "plan_proposed",
        "nothing_owed", "wrong_person", "no_address",
    }
)  # fmt: skip


def conditions(known: Known, around: Around, today: date) -> set[str]:
    """The side conditions of case, debtor and client that are in force."""
    return {
        *known.case.blocked_by(today),
        *around.party.file.blocked_by(today),
        *around.client.file.blocked_by(today),
    }


def blocked(known: Known, around: Around, today: date, fresh: Sequence[Fresh] = ()) -> tuple[str, ...]:
    """All that speaks against asking this debtor for this money today, by name."""
    found = conditions(known, around, today)
    if not known.case.is_open:
        found.add("closed")
    if known.case.stage == "on_plan":
        found.add("on_plan")
    if known.approval is not None:
        found.add("plan_proposed")
    if "wrong_person" in known.call_outcomes:
        found.add("wrong_person")
    if nothing_owed(known, around, today):
        found.add("nothing_owed")
    return tuple(sorted(found | set(not_fresh(known, around, today, fresh))))


def nothing_owed(known: Known, around: Around, today: date) -> bool:
    """Whether the debt is paid, credited, or was found to be none."""
    if known.nothing_left:
        return True
    try:
        return not balance(known.case, today, around.law).total
    except Unknown:  # A rate is missing: whether anything is owed is seen by the invoices alone.
        return all(claim.open_principal.minor <= 0 for claim in known.case.claims.values())


def not_fresh(known: Known, around: Around, today: date, fresh: Sequence[Fresh]) -> list[str]:
    """Which of the two sources of money is not known far enough to ask anybody for it."""
    found = []
    if "account" in fresh and not around.money.is_fresh(country_of(known.case.country), today):
        found.append("money_not_fresh")
    if "client" in fresh and not _paid_list_is_fresh(around, today):
        found.append("paid_list_too_old")
    return found


def again_at(known: Known, because: Collection[str], now: datetime) -> datetime | None:
    """When a step that waits is looked at again; never by itself where we shall be told.

    Money that is not known yet wakes the step when it is told. It is looked at after two days all the same, for
    then there is an alarm, and after that once a week.
    """
    country = country_of(known.case.country)
    if UNTIL_TOLD & set(because):
        return None
    if "on_hold" in because and known.case.hold_until is not None:
        today = local_date(country, now)
        return next_slot(country, "letter", now + max(known.case.hold_until + DAY - today, DAY))
    if MONEY & set(because):
        return next_slot(country, "letter", now + (AFTER_A_WEEK if known.waits else AFTER_TWO_DAYS))
    return next_slot(country, "letter", now + AFTER_A_WEEK)


def _paid_list_is_fresh(around: Around, today: date) -> bool:
    up_to = around.client.paid_list_up_to
    return up_to is not None and (today - up_to).days <= around.client.now.agreement.paid_list_days
