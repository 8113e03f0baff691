"""Costs together: the total cap, the standard compensation, and no order of measures that passes them."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.law import ChargedCost, Debtor, Measure
from shared.money import Money
from tests.law import second
from tests.law.asking import DUE, LATE, LAW, MEASURES, ONE_DAY, day, eur, fi, no, nok, sek


def test_the_last_cost_is_what_the_cap_leaves() -> None:
    charged = [ChargedCost("extension", day("2025-03-03"), eur("50"))]
    told = fi("demand", "100", so_far=charged)
    assert (told.amount, told.cap_left, told.charge) == (eur("14"), eur("10"), eur("10"))
    full = [ChargedCost("extension", day("2025-03-03"), eur("60"))]
    assert fi("demand", "100", so_far=full).reason == "cap_reached"


def test_costs_charged_before_there_were_limits_are_not_counted_in_them() -> None:
    old = [ChargedCost("demand", day("2020-12-31"), eur("400"))] * 3
    told = fi("second_demand", on=day("2021-03-01"), so_far=old, debtor="business", due=day("2020-10-01"))
    assert told.allowed
    assert told.cap_left == eur("230")


# Whatever is charged, in whatever order, by whichever service, before and after claims are merged.


class Ledger:
    """What one debt was charged, and the most it may have been charged by the second computation of the caps."""

    def __init__(self, principal: int) -> None:
        self.principal, self.charged, self.most = principal, list[ChargedCost](), 0

    @property
    def whole(self) -> int:
        return sum(cost.amount.minor for cost in self.charged)

    def charge(self, debtor: Debtor, measure: Measure, on: date, due: date, **more: Any) -> None:
        told = LAW.cost("FI", debtor, measure, Money(self.principal), on, self.charged, due=due, **more)
        assert told.charge.minor >= 0
        assert told.allowed or not told.charge
        assert told.amount is None or told.charge <= told.amount
        if told.allowed or told.reason == "within_standard_compensation":
            self.charged.append(ChargedCost(measure, on, told.charge, told.amount))

    def allow(self, debtor: Debtor, on: date, **kinds: bool) -> None:
        """The cap of some fell in 2022, and of a merged debt it is another: what was charged before stays lawful."""
        cap = second.cap(debtor, self.principal, on, **kinds)
        assert cap is not None
        self.most = max(self.most, cap, 4000 if debtor == "business" else 0)

    def takes_in(self, other: "Ledger") -> None:
        """A merge moves the other's principal and costs here; charged before, they count from now on together."""
        self.principal += other.principal
        self.charged = sorted([*self.charged, *other.charged], key=lambda cost: cost.on)
        self.most = max(self.whole, self.most, other.most)


MOVES = st.tuples(
    st.sampled_from(["charge", "charge", "charge", "merge", "pay"]),
    st.sampled_from([*MEASURES["FI", "business"], *MEASURES["FI", "consumer"]]),
    st.integers(0, 40),
    st.integers(1, 12),
    st.integers(0, 3),
)


@given(
    st.sampled_from(["consumer", "business"]),
    st.lists(st.integers(1, 2_000_000), min_size=1, max_size=4),
    st.lists(MOVES, max_size=30),
    st.dates(date(2021, 1, 1), date(2026, 1, 1)),
)
def test_costs_never_pass_the_cap_in_any_order_of_measures_and_any_merges(
    debtor: Debtor, principals: list[int], moves: list[tuple[str, Measure, int, int, int]], due: date
) -> None:
    on, debts = due, [Ledger(principal) for principal in principals]
    for move, measure, days, instalments, which in moves:
        on += timedelta(days=days)
        debt, other = debts[which % len(debts)], debts[(which + 1) % len(debts)]
        if move == "merge" and other is not debt:
            debt.takes_in(other)
            debts.remove(other)
        elif move == "pay":
            debt.principal = max(debt.principal // 2, 1)
        else:
            debt.charge(debtor, measure, on, due, instalments=instalments, extension_days=14)
        for each in debts:
            each.allow(debtor, on)
            assert each.whole <= each.most


@given(
    st.sampled_from(["consumer", "business"]),
    st.lists(MOVES, max_size=20),
    st.dates(date(2022, 5, 1), date(2026, 1, 1)),
)
def test_costs_of_a_directly_enforceable_claim_never_pass_its_cap(
    debtor: Debtor, moves: list[tuple[str, Measure, int, int, int]], due: date
) -> None:
    on, debt = due, Ledger(500_000)
    for _, measure, days, instalments, _ in moves:
        on += timedelta(days=days)
        debt.charge(debtor, measure, on, due, instalments=instalments, extension_days=14, enforceable=True)
        threatened = debtor == "business" and any(cost.measure == "bankruptcy_demand" for cost in debt.charged)
        debt.allow(debtor, on, enforceable=True, bankruptcy=threatened)
        assert debt.whole <= debt.most


def test_two_merged_debts_that_reached_their_caps_are_charged_no_more() -> None:
    charged = [ChargedCost("extension", day("2025-03-03"), eur("120")), ChargedCost("plan", LATE, eur("60"))]
    told = fi("second_demand", "500", so_far=charged, on=day("2025-07-01"))
    assert (told.cap_left, told.charge, told.reason) == (eur("0"), eur("0"), "cap_reached")


NORWEGIAN_MOVES = st.tuples(st.sampled_from(MEASURES["NO", "business"]), st.integers(0, 40), st.integers(1, 12))


@given(
    st.sampled_from(["consumer", "business"]),
    st.integers(1, 50_000_000),
    st.lists(
        st.tuples(st.sampled_from(MEASURES["NO", "business"]), st.integers(0, 40), st.integers(1, 12)), max_size=25
    ),
    st.dates(date(2024, 1, 1), date(2024, 6, 29)),
    st.booleans(),
)
def test_norwegian_costs_never_pass_two_notices_a_heavy_salary_and_a_plan(
    debtor: Debtor, principal: int, tries: list[tuple[Measure, int, int]], due: date, deducts: bool
) -> None:
    on, charged = due, list[ChargedCost]()
    for measure, days, instalments in tries:
        on = min(on + timedelta(days=days), date(2025, 12, 31))
        told = LAW.cost(
            "NO",
            debtor,
            measure,
            Money(principal, "NOK"),
            on,
            charged,
            due=due,
            instalments=instalments,
            can_deduct_vat=deducts,
        )
        if told.allowed or told.reason == "within_standard_compensation":
            charged.append(ChargedCost(measure, on, told.charge, told.amount))
    heavy, plan = (
        second.cost("NO", debtor, measure, principal, on, due, 5, can_deduct_vat=deducts) or 0
        for measure in ("salary_heavy", "plan")
    )
    assert sum(cost.amount.minor for cost in charged) <= max(47_000, 2 * 3_500 + heavy + plan)


@given(
    st.sampled_from(["consumer", "business"]),
    st.lists(st.tuples(st.sampled_from(MEASURES["SE", "business"]), st.integers(0, 40)), max_size=12),
)
def test_swedish_costs_never_pass_a_reminder_a_demand_and_a_plan(
    debtor: Debtor, tries: list[tuple[Measure, int]]
) -> None:
    on, charged = DUE, list[ChargedCost]()
    for measure, days in tries:
        on += timedelta(days=days)
        told = LAW.cost("SE", debtor, measure, sek("2000"), on, charged, due=DUE, instalments=4, agreed=True)
        if told.allowed or told.reason == "within_standard_compensation":
            charged.append(ChargedCost(measure, on, told.charge, told.amount))
    assert sum(cost.amount.minor for cost in charged) <= (45_000 if debtor == "business" else 41_000)


# The standard compensation.


def test_a_business_pays_the_compensation_or_the_costs_above_it_and_never_both() -> None:
    charged: list[ChargedCost] = []
    for measure, on, expected in (
        ("reminder", "2025-02-03", "12"),
        ("standard_compensation", "2025-02-04", "28"),
        ("demand", "2025-02-20", "22"),
        ("second_demand", "2025-03-10", "25"),
    ):
        told = fi(measure, on=day(on), so_far=charged, debtor="business")  # type: ignore[arg-type]  # from the table above
        assert told.charge == eur(expected)
        charged.append(ChargedCost(told.measure, day(on), told.charge, told.amount))
    assert sum(cost.amount.minor for cost in charged) == 8700  # 12 + 50 + 25, the costs alone


def test_the_compensation_is_due_once_and_from_the_first_late_day() -> None:
    early = fi("standard_compensation", on=DUE, debtor="business")
    assert (early.reason, early.earliest) == ("too_early", DUE + ONE_DAY)
    assert fi("standard_compensation", on=DUE + ONE_DAY, debtor="business").charge == eur("40")
    charged = [ChargedCost("standard_compensation", day("2025-02-04"), eur("40"))]
    assert fi("standard_compensation", so_far=charged, debtor="business").reason == "charged_already"


def test_a_cost_within_the_compensation_is_not_charged_and_says_by_which_rule() -> None:
    charged = [ChargedCost("standard_compensation", day("2025-02-04"), eur("40"))]
    told = fi("reminder", so_far=charged, debtor="business")
    assert (told.allowed, told.reason, told.amount) == (False, "within_standard_compensation", eur("12"))
    assert "FI.business.standard_compensation.2022-05-01" in [rule.id for rule in told.rules]
    norwegian = no(
        "notice",
        debtor="business",
        due=day("2025-06-29"),
        on=day("2025-08-10"),
        so_far=[ChargedCost("standard_compensation", day("2025-07-04"), nok("470"))],
    )
    assert norwegian.reason == "within_standard_compensation"
    assert "NO.business.standard_compensation.2025-01-01" in [rule.id for rule in norwegian.rules]


def test_costs_that_reach_the_compensation_leave_nothing_of_it() -> None:
    exactly = [ChargedCost("demand", day("2025-02-20"), eur("40"))]
    assert fi("standard_compensation", so_far=exactly, debtor="business").reason == "within_standard_compensation"
    cent_less = [ChargedCost("demand", day("2025-02-20"), eur("39.99"))]
    assert fi("standard_compensation", so_far=cent_less, debtor="business").charge == eur("0.01")


def test_costs_above_the_compensation_leave_nothing_of_it() -> None:
    charged = [ChargedCost("demand", day("2025-02-20"), eur("50"))]
    told = fi("standard_compensation", so_far=charged, debtor="business")
    assert (told.reason, told.charge) == ("within_standard_compensation", eur("0"))


def test_a_norwegian_compensation_that_was_not_seen_is_left_out_by_name() -> None:
    told = no("standard_compensation", debtor="business", due=day("2025-07-10"), on=day("2025-08-10"))
    assert (told.allowed, told.reason, told.amount) == (False, "unknown", None)
    assert told.left_out == ("standard compensation for 2025-H2 missing",)
    assert [rule.id for rule in told.rules] == ["NO.business.standard_compensation.2025-07-01"]
    seen = no("standard_compensation", debtor="business", due=day("2025-06-29"), on=day("2025-08-10"))
    assert seen.charge == nok("470")
    assert no("standard_compensation", debtor="business", due=day("2025-06-30")).reason == "unknown"
