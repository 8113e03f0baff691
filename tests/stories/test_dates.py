"""The dates of a case, read off its stream, per country and kind of debtor: held against the days of the law."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import pytest
import pytest_asyncio

from deploy.demo.agency import ClientName
from deploy.demo.names import Country
from shared.calendar import bank_day_on_or_after, is_bank_day
from tests.whole.platform import Json, Whole, local_day

DAY = timedelta(days=1)


class Letter(NamedTuple):
    """One message of a case, in days: it leaves on the first working day on which all of these have passed."""

    kind: str
    after: int  # Days after the message before it left; of the first two, days after the due date.
    after_pay_by: int  # Days after the day the message before it gave for paying.
    to_pay: int  # Days it gives itself; where the last of them is no working day, the next one.


class Debtor(NamedTuple):
    country: Country
    client: ClientName
    is_business: bool
    letters: tuple[Letter, ...]

    @property
    def handed_over_with(self) -> str:
        """The client's own letter after which a demand may follow."""
        return "notice" if self.country == "NO" else "reminder"


# A friendly message is no step of the law: the day after the due date, with days to pay that are ours. No later
# message asks again before the day the one before it gave has passed.
NORWEGIAN = (
    Letter("friendly", 1, 0, 10),
    # Inkassoforskriften § 1-2: fourteen days after the due date. Inkassoloven § 9: fourteen days to pay.
    Letter("notice", 14, 1, 14),
    # Inkassoloven § 9 and § 10: once the notice's fourteen days have passed, with fourteen days of its own.
    Letter("demand", 15, 1, 14),
    # Inkassoforskriften § 2-3: the heavy salær where the demand's day is exceeded by more than 28 days: day 43.
    Letter("second_demand", 43, 29, 14),
)  # The same days for consumers and businesses.
DEBTORS = {
    "a Finnish consumer": Debtor("FI", "kaamos", False, (
        Letter("friendly", 1, 0, 10),
        # 513/1999 10 b § 1 mom.: fourteen whole days after the due date (KKV 2024-10-21: not on the 14th).
        # KKV 2024-10-21: ten days to pay from the latest receipt, and a letter is a week on its way.
        Letter("reminder", 15, 1, 17),
        # 513/1999 5 § 1 mom.: fourteen whole days after the reminder.
        Letter("demand", 15, 1, 17),
        # 513/1999 10 b § 2 mom.: fourteen whole days between demands.
        Letter("second_demand", 15, 1, 17),
    )),
    "a Finnish business": Debtor("FI", "kaamos", True, (
        Letter("friendly", 1, 0, 7),
        # No day in the law: by agreement, and a week and a day where nothing else was agreed. 513/1999 4 §: two weeks.
        Letter("reminder", 8, 1, 14),
        # 513/1999 10 f § 1 mom.: ten whole days between reminders and demands.
        Letter("demand", 11, 1, 14),
        Letter("second_demand", 11, 1, 14),
    )),
    "a Norwegian consumer": Debtor("NO", "fjord", False, NORWEGIAN),
    "a Norwegian business": Debtor("NO", "fjord", True, NORWEGIAN),
}  # fmt: skip


# Where the client reminded before it handed over, and gave no day of its own, the law alone counts the days to our
# demand: 513/1999 5 § 1 mom. (day 15, not 14); 10 f § 1 mom. (day 11, not 10); inkassoloven § 9 (after fourteen days).
DEMAND_AFTER = {
    "a Finnish consumer": 15, "a Finnish business": 11, "a Norwegian consumer": 15, "a Norwegian business": 15,
}  # fmt: skip


class Read(NamedTuple):
    """What the stream of a case says: the day its invoice fell due, or the client's own letter was sent; and our
    messages to the debtor in order."""

    since: date
    messages: list[Json]


@pytest_asyncio.fixture(scope="module")
async def read(whole: Whole) -> Mapping[str, Read]:
    """Two unpaid invoices of each kind, one that falls due and one of which the client has just reminded; and three
    months in which nobody answers. The latter are named with a star."""
    await whole.client("dates-fi", "kaamos")
    await whole.client("dates-no", "fjord")
    today = await whole.today()
    due = today + DAY
    while not all(is_bank_day(country, day) for country in ("FI", "NO") for day in (due, due + DAY)):
        due += DAY
    cases = {}
    for name, kind in DEBTORS.items():
        client = f"dates-{kind.country.lower()}"
        debtors = [whole.debtor(kind.country, business=kind.is_business) for _ in range(2)]
        fresh = await whole.invoice(debtors[0], "400.00", due, kind.client)
        cases[name] = (due, await whole.accepted(client, fresh))
        old = await whole.invoice(debtors[1], "400.00", today - 30 * DAY, kind.client)
        own = {"kind": kind.handed_over_with, "sent": str(today), "channel": "letter", "proof": "oma-kirje.pdf"}
        cases[f"{name}*"] = (today, await whole.accepted(client, old, earlier=[own]))
    await whole.live_through(due + 90 * DAY)
    told = {name: Read(since, await whole.messages(case)) for name, (since, case) in cases.items()}
    for _, case in cases.values():
        await whole.sovinto.post(f"/cases/{case}/stop")
    return told


@pytest.mark.parametrize("debtor", DEBTORS)
def test_each_message_leaves_on_the_first_day_that_law_and_promise_allow(read: Mapping[str, Read], debtor: str) -> None:
    country, letters = DEBTORS[debtor].country, DEBTORS[debtor].letters
    due, messages = read[debtor]
    assert [one["kind"] for one in messages] == [letter.kind for letter in letters]
    left = [local_day(one["leaves_at"], country) for one in messages]
    pay_by = [date.fromisoformat(one["pay_by"]) for one in messages]
    for number, letter in enumerate(letters):
        counted_from = due if number < 2 else left[number - 1]
        first = counted_from + letter.after * DAY
        if number:
            first = max(first, pay_by[number - 1] + letter.after_pay_by * DAY)
        assert left[number] == bank_day_on_or_after(country, first), letter.kind
        assert local_day(messages[number]["at"], country) == left[number], "it was decided on the day it left"


@pytest.mark.parametrize("debtor", DEBTORS)
def test_each_message_gives_the_days_to_pay_that_the_law_asks_for(read: Mapping[str, Read], debtor: str) -> None:
    country = DEBTORS[debtor].country
    for letter, one in zip(DEBTORS[debtor].letters, read[debtor].messages, strict=True):
        last = local_day(one["leaves_at"], country) + letter.to_pay * DAY
        assert date.fromisoformat(one["pay_by"]) == bank_day_on_or_after(country, last), letter.kind


@pytest.mark.parametrize("debtor", DEBTORS)
def test_after_the_clients_own_letter_the_demand_leaves_on_the_first_day_of_the_law(
    read: Mapping[str, Read], debtor: str
) -> None:
    sent, [first, *_] = read[f"{debtor}*"]
    country = DEBTORS[debtor].country
    assert first["kind"] == "demand", "nobody is reminded twice"
    assert local_day(first["leaves_at"], country) == bank_day_on_or_after(country, sent + DEMAND_AFTER[debtor] * DAY)
