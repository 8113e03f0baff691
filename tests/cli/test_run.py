"""`sovinto run`: up with one command, down with Ctrl-C, and everything still there."""

import re
from collections.abc import Mapping

import pytest

from deploy.folder import read_facts
from tests.cli.conftest import Here, stopped, until_up
from tests.platform.stage import folder, processes

pytestmark = pytest.mark.long
MEMORY = re.compile(r"memory in use: (\d+) MB")
KEY = re.compile(r"key of (.+): (sovinto_[0-9a-f]{32}_[0-9a-f]{64})")


def test_an_empty_store_gets_a_portfolio_and_after_ctrl_c_all_is_still_there() -> None:
    with folder() as home:
        here = Here(home)
        running = here.start("run")
        printed = until_up(running)
        portal = str(read_facts(home)["portal"])
        keys = dict(KEY.findall(printed))
        assert f"Sovinto is up: {portal}" in printed
        assert 100 < int(MEMORY.findall(printed)[0]) < 1_200
        assert len(keys) == 3
        assert "staff" in keys
        waiting = here.sovinto("waiting", "--json").json
        verified = here.sovinto("verify", "--json")
        assert verified.code == 0, verified.out
        assert verified.json["events"] > 100
        assert waiting["count"] > 0
        again = here.sovinto("run")
        assert again.code == 1
        assert f"Sovinto runs in {home} already: {portal}" in again.err
        for whose, key in keys.items():
            shown = here.sovinto("show", "000000000000", "--json", SOVINTO_URL=portal, SOVINTO_KEY=key)
            assert shown.json["error"]["code"] == "not_found", whose
        code, told = stopped(running)
        assert code == 0, told
        assert "Stopping everything" in told
        assert processes(home) == []

        alone = here.sovinto("verify", "--json")
        assert alone.code == 0, alone.out
        assert (alone.json["chain_ok"], alone.json["documents_ok"], alone.json["ledger_balanced"]) == (True, True, None)
        assert alone.json["events"] == verified.json["events"]
        assert "ledger" in alone.json["not_checked"][0]
        assert processes(home) == []

        running = here.start("run")
        printed = until_up(running)
        assert dict(KEY.findall(printed)) == keys
        assert here.sovinto("verify", "--json").json["events"] == verified.json["events"]
        assert here.sovinto("waiting", "--json").json["now"] == waiting["now"]
        code, told = stopped(running)
        assert code == 0, told


def test_a_live_platform_has_the_real_clock_for_ever(outside: Mapping[str, str]) -> None:
    with folder() as home:
        here = Here(home)
        running = here.start("run", "--live", **outside)
        printed = until_up(running)
        assert "live" in printed
        assert "key of" not in printed
        assert here.sovinto("verify").code == 0
        code, told = stopped(running)
        assert code == 0, told
        refused = here.sovinto("run", **outside)
        assert refused.code == 1
        assert "sovinto run --live" in refused.err
        assert processes(home) == []
