"""Paying on: as agreed, to the cent, on the agreed day, and nothing twice."""

from datetime import UTC, date, datetime
from functools import reduce
from uuid import UUID

import msgspec
import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from services.settlement import remittance
from services.settlement.deadlines import ended_by, set_by
from services.settlement.owed import COMPONENTS, Owed
from services.settlement.remittance import Draft, Runs
from services.settlement.statement import statement
from shared.errors import Refused
from shared.events import Event
from shared.events import settlement as told
from shared.events.gateway import Account, Agreement, Share
from shared.events.settlement import Carried, Part, RemittanceLine
from shared.money import Money, total
from tests.given import Given
from tests.settlement.facts import (
    AGENCY_SET,
    AGREEMENT,
    CASE,
    CLAIM,
    CLIENT,
    CLIENT_SET,
    CLIENTS,
    NOW,
    PAID_ON,
    TODAY,
    case,
)  # fmt: skip

RUN, OTHER_RUN = UUID(int=51), UUID(int=52)
FRIDAY_NOON = datetime(2026, 5, 8, 9, 0, tzinfo=UTC)  # 12:00 in Helsinki in summer.
STARTED = told.RemittanceRunStarted(RUN, TODAY, FRIDAY_NOON)
PARTS = (Part("principal", Money(100_00)), Part("interest", Money(1_60)), Part("collection_cost", Money(14_00)))


def allocated(*parts: Part) -> told.PaymentAllocated:
    whole = total((part.amount for part in parts), "EUR")
    return told.PaymentAllocated(UUID(int=41), CLAIM, whole, parts, PAID_ON, "r", "s")


def runs(*events: Event, agreement: Agreement = AGREEMENT) -> Runs:
    return reduce(Runs.after, (msgspec.structs.replace(CLIENT_SET, agreement=agreement), *events), Runs())


def line(net: int, currency: str = "EUR", number: str = "100001") -> RemittanceLine:
    part = (Part("principal", Money(net, currency)),)
    nothing = Money(0, currency)
    return RemittanceLine(CASE, number, part, nothing, nothing, nothing, Money(net, currency), RUN, (PAID_ON,))


# What is whose.


def test_each_gets_what_the_agreement_says_and_vat_is_on_the_commission() -> None:
    kept, commission, vat, net = remittance.divide(PARTS, AGREEMENT)
    # 5 % of 100.00 and 10 % of 1.60; 25.5 % VAT on 5.16.
    assert (kept, commission, vat, net) == (Money(14_00), Money(5_16), Money(1_32), Money(95_12))


@any_of(
    st.lists(st.tuples(st.sampled_from(COMPONENTS), st.integers(-500_00, 500_00)), min_size=1, max_size=4),
    st.lists(st.sampled_from(("client", "agency")), min_size=4, max_size=4),
    st.lists(st.decimals(0, 50, places=2), min_size=4, max_size=4), st.decimals(0, 30, places=1),
)  # fmt: skip
def test_however_agreed_no_cent_is_lost_between_client_agency_and_tax(
    amounts: list[tuple[told.Component, int]], keepers: list[str], percents: list[object], vat: object
) -> None:
    parts = [Part(component, Money(minor)) for component, minor in amounts]
    shares = [
        Share(component, keeper, str(percent))  # type: ignore[arg-type]  # Both words are given above.
        for component, keeper, percent in zip(COMPONENTS, keepers, percents, strict=True)
    ]
    divided = remittance.divide(parts, Agreement(tuple(shares), str(vat)))
    assert sum(amount.minor for amount in divided) == sum(minor for _, minor in amounts)


def test_what_was_set_aside_in_a_run_is_in_no_other() -> None:
    share = told.ShareSetAside(RUN, PARTS, Money(14_00), Money(5_16), Money(1_32), Money(95_12), (PAID_ON,))
    Given(Owed(), case(allocated(*PARTS))).when(remittance.set_aside, runs(STARTED)).then(share)
    again = runs(STARTED, told.RemittanceRunEnded(RUN, ()), told.RemittanceRunStarted(OTHER_RUN, TODAY, FRIDAY_NOON))
    Given(Owed(), case(allocated(*PARTS), share)).when(remittance.set_aside, again).then()


def test_money_that_came_after_the_run_waits_for_the_next_one() -> None:
    given = Given(Owed(), case(allocated(*PARTS)))
    given.when(remittance.set_aside, runs(STARTED, told.RemittanceRunEnded(RUN, ()))).then()


def test_a_payment_taken_back_after_it_was_paid_on_is_taken_from_the_next_run() -> None:
    share = told.ShareSetAside(RUN, PARTS, Money(14_00), Money(5_16), Money(1_32), Money(95_12), (PAID_ON,))
    back = told.AllocationReversed(UUID(int=41), CLAIM, Money(115_60), PARTS, PAID_ON)
    events = case(allocated(*PARTS), share, back)
    owed = reduce(Owed.after, events, Owed())
    next_run = runs(told.RemittanceRunStarted(OTHER_RUN, TODAY, FRIDAY_NOON))
    [taken] = remittance.set_aside(owed, next_run)
    assert isinstance(taken, told.ShareSetAside)
    assert (taken.kept, taken.net) == (Money(-14_00), Money(-95_12))


def test_a_statements_line_names_only_the_days_of_payments_since_the_run_before() -> None:
    later = date(2026, 5, 12)
    share = told.ShareSetAside(RUN, PARTS, Money(14_00), Money(5_16), Money(1_32), Money(95_12), (PAID_ON,))
    more = told.PaymentAllocated(UUID(int=42), CLAIM, Money(1_60), (PARTS[1],), later, "r", "s")
    owed = reduce(Owed.after, case(allocated(*PARTS), share, more), Owed())
    [next_share] = remittance.set_aside(owed, runs(told.RemittanceRunStarted(OTHER_RUN, TODAY, FRIDAY_NOON)))
    assert isinstance(next_share, told.ShareSetAside)
    assert (next_share.received, next_share.paid_on) == ((PARTS[1],), (later,))


# When.


@pytest.mark.parametrize(
    ("now", "at"),
    [
        (NOW, FRIDAY_NOON),
        (FRIDAY_NOON, datetime(2026, 5, 15, 9, 0, tzinfo=UTC)),
        # Good Friday is no bank day, nor Easter Monday: the run is on Tuesday.
        (datetime(2026, 3, 30, 9, 0, tzinfo=UTC), datetime(2026, 4, 7, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_run_is_at_noon_of_the_agreed_weekday_or_the_first_bank_day_after_it(now: datetime, at: datetime) -> None:
    assert remittance.next_run(runs(), now) == at


def test_a_new_client_is_told_when_its_first_run_is_and_told_once() -> None:
    Given(runs(), ()).when(remittance.plan, NOW).then(told.RemittanceRunPlanned(FRIDAY_NOON))


def test_a_new_weekday_takes_the_place_of_the_old_one() -> None:
    planned = told.RemittanceRunPlanned(FRIDAY_NOON)
    [waits] = set_by(planned)
    moved = told.RemittanceRunPlanned(datetime(2026, 5, 6, 9, 0, tzinfo=UTC))
    assert ended_by(moved, waits)
    assert not ended_by(CLIENT_SET, waits)


def test_a_run_without_a_vat_rate_refuses_and_names_it_and_is_tried_again() -> None:
    agreement = msgspec.structs.replace(AGREEMENT, vat_percent=None)
    refused = told.RemittanceRunRefused("vat_percent", FRIDAY_NOON)
    assert remittance.start(runs(agreement=agreement), CLIENT, NOW) == [refused]
    with pytest.raises(Refused) as no:
        remittance.start_now(runs(agreement=agreement), CLIENT, NOW)
    assert no.value.code == "vat_percent"


def test_a_run_for_an_agreement_that_forgets_a_component_refuses_and_names_it() -> None:
    agreement = Agreement((Share("principal", "client"),), vat_percent="0")
    [refused] = remittance.start(runs(agreement=agreement), CLIENT, NOW)
    assert refused == told.RemittanceRunRefused("share_of_interest", FRIDAY_NOON)


def test_while_a_run_is_under_way_no_other_starts() -> None:
    assert remittance.start(runs(STARTED), CLIENT, NOW) == [told.RemittanceRunRefused("run_under_way", FRIDAY_NOON)]


# What is paid.


def test_a_run_pays_one_payout_a_currency_and_carries_over_what_is_not_above_zero() -> None:
    accounts = (Account(CLIENTS, "EUR"), Account(CLIENTS, "SEK"))
    known = runs(STARTED, msgspec.structs.replace(CLIENT_SET, payout_accounts=accounts))
    lines = [line(95_12), line(-10_00, number="100002"), line(-5_00, "SEK"), line(7_00, "NOK")]
    drafts, carried = remittance.finish(known, lines, NOW)
    assert [(draft.net, draft.execute_on, len(draft.lines)) for draft in drafts] == [(Money(85_12), TODAY, 2)]
    assert carried == (
        Carried(Money(7_00, "NOK"), "no_payout_account"),
        Carried(Money(-5_00, "SEK"), "nothing_to_pay"),
    )


@pytest.mark.parametrize(
    ("language", "words"), [("fi", "Tilityserittely"), ("nb", "Oppgjør"), ("sv", "Redovisning"), ("en", "Remittance")]
)
def test_a_statement_shows_each_case_in_the_clients_language_and_the_net_to_the_cent(language: str, words: str) -> None:
    draft = Draft(UUID(int=61), RUN, (line(1234_56), line(-34_56)), Money(1200_00), Account(CLIENTS, "EUR"), TODAY)
    client = msgspec.structs.replace(CLIENT_SET, language=language, name="Malli & Pojat <Oy>")
    page = statement(draft, client, AGENCY_SET).decode()
    assert words in page
    assert "Malli &amp; Pojat &lt;Oy&gt;" in page
    shown = "1,200.00" if language == "en" else "1\u00a0200,00"
    assert f"<td>{shown}</td></tr></tfoot>" in page
    assert page.count("<tr><td>100001") == 2


def test_a_day_is_written_as_the_clients_country_writes_it() -> None:
    draft = Draft(UUID(int=61), RUN, (line(1_00),), Money(1_00), Account(CLIENTS, "EUR"), date(2026, 5, 8))
    assert "8.5.2026" in statement(draft, CLIENT_SET, AGENCY_SET).decode()
