"""Which step comes when, what it costs, and what makes it wait: read off the decisions, per country and debtor."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contact import handlers, timing
from services.contact import step as steps
from services.contact.handlers import STALE
from services.contact.known import Known
from services.contact.strategy import LETTERS, strategies
from shared.balance import balance, charged
from shared.casefile import Condition
from shared.events import Event, contact, gateway, plans, settlement
from shared.events.intake import Country, DebtorKind
from shared.events.plans import Instalment
from shared.events.reasons import Reason
from shared.events.settlement import Part
from shared.ids import claim_id
from shared.money import Money
from tests.contact.asking import CASE, PARTY, around, at, decided, known, planned, the_law, waited_for
from tests.contact.memory_world import memory_world
from tests.contact.people import ACCOUNT, CLIENT, DUE, FINN, a_case, bank_read, reminded
from tests.given import Given

DAY = timedelta(days=1)
CLAIM = claim_id(CLIENT, "10233", 2025)
KINDS: list[tuple[Country, DebtorKind]] = [
    ("FI", "consumer"),
    ("FI", "business"),
    ("NO", "consumer"),
    ("NO", "business"),
]


def lived(
    events: Sequence[Event], first: date, last: date, *, country: str = "FI", kind: str = "consumer"
) -> list[Event]:
    """A case from its strategy on, each step taken at its moment, all money known, nobody answering."""
    told = list(events)
    party: list[Event] = []
    now, name = at(first, 7), ""
    while now.date() <= last:
        beside = around(now.date(), country=country, kind=kind, party=party)
        before = known(*told)
        more = steps.take(before, beside, name, now) if name else steps.assign(before, beside, now)
        told += more
        party += [
            contact.ContactTaken(each.contact_id, each.channel, each.leaves_at)
            for each in decided(more) if each.leaves_at is not None
        ]  # fmt: skip
        after = known(*told)
        if after.planned is None:
            break
        waits_until = after.waited.again_at if after.waited else after.planned.at
        if waits_until is None:
            break
        name, now = after.planned.step, max(now, waits_until)
    return told


def days_of(told: Sequence[Event]) -> dict[str, date]:
    return {each.step: each.leaves_at.date() for each in decided(told) if each.leaves_at is not None}


# Where a case begins.


def test_a_fresh_case_begins_kindly_on_the_day_after_its_due_day() -> None:
    told = steps.assign(known(*a_case(PARTY)), around(), at(date(2025, 1, 21), 6))
    assert told[0] == contact.StrategyAssigned("fi_consumer", "friendly")
    assert planned(told) == [("friendly", at(date(2025, 1, 21), 7))]  # 9:00 in Helsinki.


def test_a_case_not_yet_due_waits_for_the_day_after_its_due_day() -> None:
    told = steps.assign(known(*a_case(PARTY)), around(date(2025, 1, 8)), at(date(2025, 1, 8), 9))
    assert planned(told) == [("friendly", at(date(2025, 1, 21), 7))]


def test_a_case_without_proof_of_a_reminder_begins_at_the_reminder_and_not_at_the_demand() -> None:
    late = date(2025, 3, 3)
    told = steps.assign(known(*a_case(PARTY)), around(late), at(late, 6))
    assert planned(told) == [("reminder", at(late, 8))]
    unproven = a_case(PARTY, earlier=[reminded(date(2025, 2, 10), proven=False)])
    assert planned(steps.assign(known(*unproven), around(late), at(late, 6))) == [("reminder", at(late, 8))]
    unlawful = a_case(PARTY, earlier=[reminded(date(2025, 2, 10), lawful=False)])
    assert planned(steps.assign(known(*unlawful), around(late), at(late, 6))) == [("reminder", at(late, 8))]


def test_a_proven_reminder_of_the_client_s_own_leads_to_the_demand_on_day_15_and_not_on_day_14() -> None:
    sent = date(2025, 2, 10)
    told = steps.assign(known(*a_case(PARTY, earlier=[reminded(sent)])), around(sent + 8 * DAY), at(sent + 8 * DAY, 6))
    [(name, moment)] = planned(told)
    assert name == "demand"
    assert moment.date() == sent + 15 * DAY


def test_a_norwegian_reminder_is_no_notice_so_the_case_begins_at_the_notice() -> None:
    late = date(2025, 3, 3)
    events = a_case(PARTY, country="NO", earlier=[reminded(date(2025, 2, 10))])
    told = steps.assign(known(*events), around(late, country="NO"), at(late, 6))
    assert [name for name, _ in planned(told)] == ["notice"]


# The whole way, where nobody answers.


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_every_step_is_taken_in_its_order_and_none_is_stepped_over(country: Country, kind: DebtorKind) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 200 * DAY, country=country, kind=kind)
    taken = [
        event.step for event in told if isinstance(event, contact.ContactDecided | contact.CallTaskCreated)
    ]  # fmt: skip
    wanted = [step.step for step in strategies()[f"{country.lower()}_{kind}"].steps if step.kind != "ask"]
    assert taken == wanted
    assert isinstance(told[-1], contact.LegalDecisionAsked)


def test_the_finnish_consumer_s_days_are_the_law_s() -> None:
    days = days_of(lived(a_case(PARTY), DUE + DAY, DUE + 120 * DAY))
    assert days["friendly"] == DUE + DAY
    assert days["reminder"] == DUE + 15 * DAY
    assert days["demand"] >= days["reminder"] + 15 * DAY
    assert days["second_demand"] >= days["demand"] + 15 * DAY


def test_the_norwegian_s_days_are_the_law_s_and_the_heavy_salary_replaces_the_light() -> None:
    told = lived(a_case(PARTY, country="NO", minor=4890_00), DUE + DAY, DUE + 150 * DAY, country="NO")
    days, messages = days_of(told), {each.step: each for each in decided(told)}
    assert days["notice"] >= DUE + 14 * DAY
    assert messages["notice"].pay_by is not None
    assert messages["notice"].pay_by >= days["notice"] + 14 * DAY
    assert days["demand"] > messages["notice"].pay_by
    assert messages["demand"].pay_by is not None
    assert days["second_demand"] >= messages["demand"].pay_by + 29 * DAY
    light, heavy = messages["demand"].charge, messages["second_demand"].charge
    assert light is not None
    assert heavy is not None
    assert (heavy.replaces, heavy.amount) == ("salary_light", Money(2 * light.amount.minor, "NOK"))
    after = known(*told).case.charges
    assert [earned.charge.measure for earned in after] == ["notice", "salary_heavy"]


def test_a_business_pays_the_standard_compensation_or_costs_above_it_and_never_both() -> None:
    for minor in (80_00, 430_00, 9000_00):
        told = lived(a_case(PARTY, kind="business", minor=minor), DUE + DAY, DUE + 120 * DAY, kind="business")
        measures = [each.charge.measure for each in decided(told) if each.charge is not None]
        assert "standard_compensation" not in measures or "demand" not in measures


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_a_friendly_message_names_the_client_s_account_and_never_costs(country: Country, kind: DebtorKind) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 2 * DAY, country=country, kind=kind)
    [friendly] = decided(told)
    assert friendly.charge is None
    assert friendly.total == Money(430_00, "EUR" if country == "FI" else "NOK")


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_after_the_second_demand_the_client_is_asked_and_nothing_is_automatic(
    country: Country, kind: DebtorKind
) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 300 * DAY, country=country, kind=kind)
    asked = [place for place, event in enumerate(told) if isinstance(event, contact.LegalDecisionAsked)]
    assert asked == [len(told) - 1]


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_a_total_holds_the_interest_up_to_its_own_pay_by_day(country: Country, kind: DebtorKind) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 200 * DAY, country=country, kind=kind)
    for place, event in enumerate(told):
        if isinstance(event, contact.ContactDecided) and event.kind != "friendly":
            assert event.pay_by is not None
            after = known(*told[: place + 1]).case
            assert event.total == balance(after, event.pay_by, the_law()).total


# Properties.


@settings(max_examples=40)
@any_of(
    minor=st.integers(10_00, 60_000_00),
    which=st.sampled_from(KINDS),
    received=st.integers(1, 90),
    due=st.integers(0, 6),
)
def test_no_debtor_is_charged_more_than_the_law_allows_nor_written_to_twice_in_a_day(
    minor: int, which: tuple[Country, DebtorKind], received: int, due: int
) -> None:
    country, kind = which
    day = DUE + due * DAY
    events = a_case(PARTY, country=country, kind=kind, minor=minor, due=day)
    told = lived(events, day + received * DAY, day + (received + 120) * DAY, country=country, kind=kind)
    days = [each.leaves_at.date() for each in decided(told) if each.leaves_at is not None]
    assert len(days) == len(set(days))
    assert all(each.weekday() < 5 for each in days)
    for place, event in enumerate(told):
        if isinstance(event, contact.ContactDecided) and event.charge is not None:
            before = known(*told[:place])
            answer = the_law().cost(
                country, kind, event.charge.measure,  # type: ignore[arg-type]  # A measure's name.
                balance(before.case, event.charge.on, the_law()).principal, event.charge.on,
                charged(before.case), due=timing.due_day(before, the_law()),
                previous=timing.sent_steps(before),
                invoice_sent=before.case.claims[CLAIM].issued,
            )  # fmt: skip
            assert answer.allowed
            assert answer.amount is not None
            assert event.charge.amount <= answer.amount


BLOCKS: list[tuple[Condition, Event]] = [
    ("paused", gateway.CollectionPaused()),
    ("stopped", gateway.CollectionStopped()),
    ("suspended_by_rule", gateway.ContactSuspended("deceased", None)),
]
AT_REMINDER = lived(a_case(PARTY), DUE + DAY, DUE + 2 * DAY)
REMINDER_DAY = DUE + 15 * DAY
NOW = at(REMINDER_DAY, 8)


def take(events: Sequence[Event], name: str = "reminder", now: datetime = NOW, **more: object) -> list[Event]:
    return steps.take(known(*events), around(now.date(), **more), name, now)  # type: ignore[arg-type]  # Passed on.


@pytest.mark.parametrize("whose", ["case", "party", "client"])
@pytest.mark.parametrize(("condition", "event"), BLOCKS)
def test_no_message_is_decided_while_anything_blocks_it_whoever_said_so(
    condition: Condition, event: Event, whose: str
) -> None:
    events = [*AT_REMINDER, event] if whose == "case" else AT_REMINDER
    party, client = ((event,) if whose == each else () for each in ("party", "client"))
    told = take(events, party=party, client=client)
    assert waited_for(told) == (condition,)
    assert told[-1].again_at is None  # type: ignore[attr-defined]  # A StepWaited: it is woken when it is told.


PLAN = plans.PlanStarted(uuid4(), (Instalment(REMINDER_DAY + 10 * DAY, Money(430_00), REMINDER_DAY + 11 * DAY),), None)
PAID = settlement.PaymentAllocated(
    uuid4(), CLAIM, Money(430_00), (Part("principal", Money(430_00)),), DUE, "reference", ""
)  # fmt: skip


@pytest.mark.parametrize(
    ("events", "because"),
    [
        ((PLAN,), ("on_plan",)),
        ((plans.PlanApprovalAsked(uuid4(), REMINDER_DAY, (), "starts"),), ("plan_proposed",)),
        ((PAID,), ("nothing_owed",)),
        ((contact.DisputeOpened(uuid4(), None, None, REMINDER_DAY),), ("disputed",)),  # type: ignore[arg-type]  # No text.
    ],
    ids=["plan", "approval", "paid", "dispute"],
)  # fmt: skip
def test_a_step_waits_with_its_reason(events: tuple[Event, ...], because: tuple[str, ...]) -> None:
    told = take([*AT_REMINDER, *events])
    assert set(because) <= set(waited_for(told))


def test_a_case_that_ended_is_asked_for_nothing_more() -> None:
    assert take([*AT_REMINDER, settlement.CaseClosed("paid", Money(0))]) == []


def test_a_decision_to_wait_is_told_once_and_not_on_every_look() -> None:
    paused = [*AT_REMINDER, gateway.CollectionPaused()]
    Given(Known(), paused).when(steps.take, around(REMINDER_DAY), "reminder", NOW).then(
        contact.StepWaited(
            "reminder",
            Reason("reminder", (), money_facts(), ("paused",)),
            None,
        )
    )  # fmt: skip


def money_facts() -> tuple[tuple[str, str], ...]:
    yesterday = (REMINDER_DAY - DAY).isoformat()
    return (("money_known_to", yesterday), ("paid_list_known_to", yesterday))


# Money that is not known.


def test_a_reminder_waits_until_the_last_bank_day_s_file_is_read() -> None:
    assert waited_for(take(AT_REMINDER, bank_up_to=REMINDER_DAY - 2 * DAY)) == ("money_not_fresh",)


def test_a_weekend_has_no_bank_file_so_friday_s_is_enough_on_monday() -> None:
    monday = date(2025, 2, 10)
    told = take(AT_REMINDER, now=at(monday, 8), bank_up_to=monday - 3 * DAY, paid_list_up_to=monday - 3 * DAY)
    assert [each.kind for each in decided(told)] == ["reminder"]


def test_a_friendly_message_waits_for_the_client_s_own_word_on_what_it_was_paid() -> None:
    fresh_case = [*a_case(PARTY), *steps.assign(known(*a_case(PARTY)), around(), at(DUE + DAY, 6))]
    now = at(DUE + DAY, 7)
    assert waited_for(take(fresh_case, "friendly", now, paid_list_up_to=DUE - 3 * DAY)) == ("paid_list_too_old",)
    assert decided(take(fresh_case, "friendly", now, paid_list_up_to=DUE - 2 * DAY))


def test_a_step_that_waits_for_money_is_looked_at_after_two_days_and_then_once_a_week() -> None:
    first = take(AT_REMINDER, bank_up_to=DUE)
    [one] = first
    assert isinstance(one, contact.StepWaited)
    assert one.again_at is not None
    assert (one.again_at.date() - REMINDER_DAY).days in (2, 3, 4)
    again = take([*AT_REMINDER, *first], now=one.again_at, bank_up_to=DUE)
    [two] = again
    assert isinstance(two, contact.StepWaited)
    assert two.again_at is not None
    assert (two.again_at - one.again_at).days >= 6


def test_money_that_becomes_known_plans_the_step_for_the_same_day() -> None:
    waiting = [*AT_REMINDER, *take(AT_REMINDER, bank_up_to=DUE)]
    told = steps.plan_again(known(*waiting), around(REMINDER_DAY), at(REMINDER_DAY, 9))
    assert planned(told) == [("reminder", at(REMINDER_DAY, 9))]
    assert steps.plan_again(known(*waiting), around(REMINDER_DAY, bank_up_to=DUE), at(REMINDER_DAY, 9)) == []


# Days that move later, and never earlier.


def test_a_due_day_moved_moves_the_step_behind_it() -> None:
    moved = contact.DueDateMoved(date(2025, 2, 14))
    told = steps.plan_again(known(*AT_REMINDER, moved), around(DUE + 2 * DAY), at(DUE + 2 * DAY, 9))
    assert planned(told) == [("reminder", at(date(2025, 2, 17), 8))]


def test_a_second_contact_on_one_day_waits_for_the_next_whichever_case_took_the_first() -> None:
    other_case = contact.ContactTaken(uuid4(), "letter", NOW)
    told = take(AT_REMINDER, party=(other_case,))
    assert waited_for(told) == ("contacted_that_day",)
    assert told[0].again_at == NOW + DAY  # type: ignore[attr-defined]  # A StepWaited.


def test_a_holiday_moves_a_letter_to_the_next_working_day() -> None:
    may_day = date(2025, 5, 1)
    events = a_case(PARTY, due=date(2025, 4, 16))
    told = steps.assign(known(*events), around(may_day), at(may_day, 6))
    assert planned(told) == [("reminder", at(date(2025, 5, 2), 7))]  # 10:00 in Helsinki in summer.


# How people are reached.


@pytest.mark.parametrize(
    ("person", "channel"),
    [
        (FINN, "sms"),
        (replace(FINN, phone="014 555 0100"), "email"),
        (replace(FINN, phone=None), "email"),
        (replace(FINN, phone="12", email=None), "letter"),
    ],
    ids=["mobile", "landline", "no phone", "address only"],
)
def test_a_friendly_message_goes_by_sms_to_a_mobile_else_by_email_else_by_letter(person: object, channel: str) -> None:
    fresh_case = [*a_case(PARTY), *steps.assign(known(*a_case(PARTY)), around(), at(DUE + DAY, 6))]
    [message] = decided(take(fresh_case, "friendly", at(DUE + DAY, 8), person=person))
    assert message.channel == channel


def test_a_demand_goes_by_letter_and_waits_where_there_is_no_whole_address() -> None:
    assert waited_for(take(AT_REMINDER, person=replace(FINN, postcode=None))) == ("no_address",)


# What was answered changes what is said, and history only.


def test_consequences_are_for_those_who_left_a_demand_unanswered() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 120 * DAY)
    groups = {each.step: dict(each.reason.facts)["payer_group"] for each in decided(told)}
    assert groups == {
        "friendly": "forgot", "reminder": "forgot", "demand": "forgot", "second_demand": "will_not",
    }  # fmt: skip


def test_one_who_cannot_pay_is_not_taken_for_one_who_will_not() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 47 * DAY)
    task = next(event for event in told if isinstance(event, contact.CallTaskCreated))
    made = contact.CallMade(task.task_id, "cannot_pay", None, "staff")  # type: ignore[arg-type]  # No text.
    assert timing.group_of(known(*told, made), DUE + 100 * DAY) == "cannot"


def test_no_cost_follows_a_reasonable_objection_in_norway() -> None:
    told = lived(a_case(PARTY, country="NO"), DUE + DAY, DUE + 20 * DAY, country="NO")
    dispute = uuid4()
    told += [
        contact.DisputeOpened(dispute, CLAIM, None, DUE),  # type: ignore[arg-type]  # No text.
        contact.DisputeResolved(dispute, "adjusted", CLAIM, Money(100_00, "NOK"), None),
    ]
    now = at(date(2025, 3, 3), 9)
    after = steps.take(known(*told), around(now.date(), country="NO"), "demand", now)
    [demand] = decided(after)
    assert demand.charge is None


def test_a_call_nobody_made_is_withdrawn_when_the_next_message_is_due() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 120 * DAY)
    [withdrawn] = [event for event in told if isinstance(event, contact.CallTaskWithdrawn)]
    assert withdrawn.because == ("overdue",)


def test_a_call_nobody_made_does_not_come_back_after_the_message_it_was_to_come_before() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 60 * DAY)
    assert [each.kind for each in decided(told)][-1] == "second_demand"
    day = DUE + 61 * DAY
    more = steps.plan_again(known(*told, *replanning(told)), around(day), at(day, 6))
    assert [name for name, _ in planned(more)] == ["ask_client"]


def replanning(told: Sequence[Event]) -> list[Event]:
    """Everything that waits is told to wait, so that it is planned anew."""
    last = known(*told).planned
    assert last is not None
    return [contact.StepWaited(last.step, Reason(last.step), None)]


def test_a_call_is_due_four_working_days_before_the_demand_s_day_and_ends_with_it() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 60 * DAY)
    demand = next(each for each in decided(told) if each.kind == "demand")
    call = next(event for event in told if isinstance(event, contact.CallTaskCreated))
    assert demand.pay_by is not None
    assert call.call_by.date() == demand.pay_by
    assert (demand.pay_by - call.call_from.date()).days in (4, 5, 6)


def test_a_message_that_was_recalled_is_planned_again_and_not_stepped_over() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 15 * DAY)
    reminder = next(each for each in decided(told) if each.kind == "reminder")
    told.append(contact.ContactRecalled(reminder.contact_id, ("paused",)))
    more = steps.plan_again(known(*told), around(REMINDER_DAY + DAY), at(REMINDER_DAY + DAY, 6))
    assert [name for name, _ in planned(more)] == ["reminder"]


def test_letters_are_the_strategies_own_kinds() -> None:
    for strategy in strategies().values():
        assert {step.kind for step in strategy.steps} <= {*LETTERS, "call", "ask"}
        assert set(strategy.groups) == {"forgot", "cannot", "will_not"}


def test_the_ids_of_messages_come_from_the_case_and_never_by_chance() -> None:
    first = decided(take(AT_REMINDER))[0].contact_id
    assert first == decided(take(AT_REMINDER))[0].contact_id
    assert isinstance(first, UUID)
    assert first != CASE


def test_several_invoices_have_no_one_reference_so_such_a_case_begins_at_our_own_reminder() -> None:
    first, second = a_case(PARTY), a_case(PARTY, number="20416")
    told = steps.assign(known(*first[:-1], second[1], first[-1]), around(), at(DUE + DAY, 6))
    assert [name for name, _ in planned(told)] == ["reminder"]


async def test_two_days_of_waiting_for_money_raise_an_alarm() -> None:
    waiting = [*AT_REMINDER, *take(AT_REMINDER, bank_up_to=DUE)]
    [*_, waited] = waiting
    assert isinstance(waited, contact.StepWaited)
    assert waited.again_at is not None
    before = STALE.labels("money_not_fresh")._value.get()
    with memory_world(waited.again_at, *waiting) as world:
        world.streams[ACCOUNT] = [bank_read(DUE)]
        await world.deciding()(handlers.take_step, CASE, "reminder", now=waited.again_at)
    assert STALE.labels("money_not_fresh")._value.get() == before + 1
