"""Whole lives and the start are measured; in so short a run the figures mean nothing and only have to be there."""

import asyncio

import pytest

from deploy.bench.life import Pace
from deploy.bench.watching import Waits
from tests.cli.conftest import Here


def test_an_event_has_waited_until_all_groups_have_handled_it_in_its_own_partition() -> None:
    waits = Waits()
    waits.appended(0, 1, after=10.0)
    waits.appended(3, 2, after=10.0)
    waits.appended(0, 5, after=11.0)
    waits.handled(0, 4, by=10.5)
    waits.handled(3, 0, by=10.5)
    assert (waits.taken, waits.open) == ([0.5], 2)
    waits.handled(0, 5, by=13.0)
    waits.handled(3, 2, by=13.0)
    assert (waits.taken, waits.open) == ([0.5, 2.0, 3.0], 0)


async def test_at_half_load_nothing_is_sent_before_twice_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    pace = Pace([0.0, 100.0, 200.0], slower=2)
    for _ in range(4):
        await pace.turn()
    assert slept == pytest.approx([0, 200, 400, 0], abs=1)  # What the earlier play did not send is not held up.
    assert pace.of_earlier == pytest.approx(0.5, abs=0.01)


@pytest.mark.long
def test_whole_lives_are_measured_and_every_figure_is_there(nothing: Here) -> None:
    told = nothing.sovinto("bench", "life", "--cases", "10", "--days", "40", "--json")
    assert told.code == 0, told.err
    found = told.json
    assert found["cases"] == 10
    assert not found["letters"]
    assert 0 < found["ended"] <= 10
    assert 0 < found["latency_p50_ms"] <= found["latency_p99_ms"] <= found["latency_max_ms"]
    assert found["unhandled"] == found["at_full_load"]["unhandled"] == 0
    assert 0 < found["half_load"]["of_full"] <= 0.51
    assert found["lives_per_second"] > 0
    assert 0 < found["share_of_limit"] < 1
    assert set(found["limits"]) == {"append", "produce", "consume"}
    ours = {"intake", "contact", "plans", "settlement", "gateway", "relay", "notary"}
    assert ours < set(found["memory"])
    assert found["rss_growth"] == max(found["memory"][name]["growth"] for name in ours)
    assert ours < set(found["processor_seconds"])


@pytest.mark.long
def test_a_start_with_a_long_log_is_measured(nothing: Here) -> None:
    told = nothing.sovinto("bench", "start", "--events", "5000", "--json")
    assert told.code == 0, told.err
    assert told.json["events"] == 5_000
    assert 0 < told.json["ready_seconds"] <= told.json["notary_seconds"]
