"""The command on a platform that runs: what goes in, what is answered, and with which exit code."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.folder import read_facts
from shared.casestore import look
from tests.cli.conftest import Here
from tests.cli.facts import ACCOUNT, accepted, in_store, invoices
from tests.settlement.facts import Line, camt054

# Set-up.


def test_a_key_is_printed_alone_and_opens_until_it_is_taken_back(here: Here) -> None:
    made = here.sovinto("key", "new", "--client", "malli-oy")
    assert made.code == 0
    key, key_id = made.out.strip(), made.err.rsplit(" ", 1)[1].strip()
    assert len(key.split()) == 1
    as_client = {"SOVINTO_URL": str(read_facts(here.home)["portal"]), "SOVINTO_KEY": key}
    assert here.sovinto("show", "no-such-case", "--json", **as_client).json["error"]["code"] == "not_found"
    assert here.sovinto("key", "revoke", key_id).code == 0
    refused = here.sovinto("show", "no-such-case", **as_client)
    assert refused.code == 1
    assert "opens nothing" in refused.err


def test_a_client_may_not_do_what_only_staff_does(here: Here) -> None:
    key = here.sovinto("key", "new", "--client", "malli-oy", "--json").json["key"]
    as_client = {"SOVINTO_URL": str(read_facts(here.home)["portal"]), "SOVINTO_KEY": key}
    told = here.sovinto("agency", "set", "deploy/examples/agency.json", **as_client)
    assert told.code == 1
    assert "staff" in told.err


def test_a_key_for_staff_takes_the_name_a_person_has(here: Here) -> None:
    told = here.sovinto("key", "new", "--staff", "Anna Malli", "--json")
    assert told.code == 0
    assert set(told.json) == {"key", "key_id", "owner_id"}


def test_what_is_wrong_in_a_set_up_file_is_named_field_by_field(here: Here, tmp_path: Path) -> None:
    wrong = json.loads(Path("deploy/examples/agency.json").read_text())
    wrong["accounts"][0]["iban"] = "FI00 1234"
    wrong["phone"] = "1"
    file = tmp_path / "agency.json"
    file.write_text(json.dumps(wrong))
    told = here.sovinto("agency", "set", file)
    assert told.code == 1
    assert "accounts.0.iban" in told.err
    assert "phone" in told.err


def test_both_example_clients_can_be_set(here: Here) -> None:
    for name in ("client-fi", "client-no"):
        told = here.sovinto("client", "set", f"deploy/examples/{name}.json", "--json")
        assert told.code == 0, told.out
        assert {"id", "client_id", "outcome"} <= set(told.json)


# Invoices.


def test_each_invoice_of_each_file_is_answered_with_what_was_read_and_what_became_of_it(
    here: Here, tmp_path: Path
) -> None:
    good = invoices(tmp_path, {}, {"total": "250.00"}, name="good.json")
    mixed = invoices(tmp_path, {"total": "100,00"}, {"currency": "DKK"}, name="mixed.json")
    told = here.sovinto("import", good, mixed, "tests/formats/files/invoice.zip", "--client", "malli-oy", "--json")
    assert told.code == 1
    assert [each["result"] for each in told.json["files"]] == [
        "accepted", "accepted", "needs_info", "refused", "refused",
    ]  # fmt: skip
    for each in told.json["files"]:
        assert set(each) == {"file", "format", "read", "result", "case", "defects"}
        assert all(set(defect) == {"code", "where", "what"} for defect in each["defects"])
        assert bool(each["case"]) == (each["result"] != "refused")
    assert [each["file"] for each in told.json["files"]] == [str(good)] * 2 + [str(mixed)] * 2 + [
        "tests/formats/files/invoice.zip"
    ]
    assert told.json["files"][0]["read"]["principal"] == "100.00"


def test_only_accepted_invoices_make_a_good_end_and_people_see_a_table(here: Here, tmp_path: Path) -> None:
    file = invoices(tmp_path, {"number": f"T-{uuid4().hex[:8]}"})
    told = here.sovinto("import", file, "--client", "malli-oy")
    assert told.code == 0
    assert "1 accepted." in told.out
    again = here.sovinto("import", file, "--client", "malli-oy")
    assert again.code == 1
    assert "duplicate" in again.out


def test_the_example_invoice_is_accepted_as_the_readme_says(here: Here) -> None:
    told = here.sovinto("import", "deploy/examples/invoice.json", "--client", "malli-oy")
    assert told.code == 0, told.out + told.err
    assert "1 accepted." in told.out


def test_an_unknown_client_ends_the_import_and_json_stays_one_document(here: Here, tmp_path: Path) -> None:
    file = invoices(tmp_path, {})
    told = here.sovinto("import", file, "--client", "nobody", "--json")
    assert told.code == 1
    assert told.json["error"]["code"] == "not_found"
    assert told.json["files"] == []
    said = here.sovinto("import", file, "--client", "nobody")
    assert "no such client" in said.err


def test_the_day_of_receipt_is_taken_from_the_command(here: Here, tmp_path: Path) -> None:
    file = invoices(tmp_path, {})
    later = here.sovinto("import", file, "--client", "malli-oy", "--received", "2199-01-01", "--json")
    assert later.code == 1
    assert later.json["error"]["code"] == "bad_received"
    earlier = here.sovinto("import", file, "--client", "malli-oy", "--received", "2024-12-30", "--json")
    assert earlier.code == 0, earlier.out


# A case.


def test_a_case_is_shown_by_its_number_with_stage_balance_next_step_and_story(here: Here, tmp_path: Path) -> None:
    case = accepted(here, tmp_path)
    assert {"number", "stage", "balance", "next_step", "timeline", "claims"} <= set(case)
    shown = here.sovinto("show", case["number"])
    assert shown.code == 0
    for said in (case["number"], "Stage: ", "Owed on ", "what happened", case["timeline"][0]["what"].split(":")[0]):
        assert said in shown.out
    in_finnish = here.sovinto("show", case["number"], "--language", "fi", "--json")
    assert in_finnish.code == 0
    assert in_finnish.json["timeline"]


def test_a_case_is_shown_as_it_stood_and_a_moment_that_is_none_is_said_in_a_sentence(
    here: Here, tmp_path: Path
) -> None:
    case = accepted(here, tmp_path)
    then = here.sovinto("show", case["number"], "--as-of", case["now"], "--known-at", case["now"], "--json")
    assert then.code == 0, then.out
    assert (then.json["stage"], then.json["as_of"]) == (case["stage"], case["now"])
    assert "As of " in here.sovinto("show", case["number"], "--as-of", case["now"]).out
    for moment, said in (("2999-01-01", "as_of lies in the future"), ("soon", "As_of is a day like 2025-03-01"),
                         ("2001-01-01", "This case began on")):  # fmt: skip
        told = here.sovinto("show", case["number"], "--as-of", moment)
        assert (told.code, told.out) == (1, "")
        assert said.lower() in told.err.lower()


def test_a_case_that_is_not_there_is_said_in_a_sentence(here: Here) -> None:
    told = here.sovinto("show", "000000000000")
    assert told.code == 1
    assert told.err == "There is no such case\n"
    assert told.out == ""


# The bank.


def test_a_bank_file_is_booked_once_and_what_is_not_ours_is_held_with_its_reason(here: Here, tmp_path: Path) -> None:
    case = accepted(here, tmp_path)
    ours, theirs = Line("40.00", case["reference"], "1"), Line("7.00", "", "2")
    file = tmp_path / "bank.xml"
    file.write_bytes(camt054([ours, theirs], iban=ACCOUNT, notification=uuid4().hex))
    fed = here.sovinto("bank", file, "--json")
    assert fed.code == 0, fed.out + fed.err
    [told] = fed.json["files"]
    assert (told["file"], told["result"], told["transactions"]) == (str(file), "booked", 2)
    assert told["sums"] == {"EUR": 47_00}
    again = here.sovinto("bank", file, "--json")
    assert again.code == 0
    assert again.json["files"][0]["result"] == "duplicate"
    assert "booked" in here.sovinto("bank", file).out


def test_a_bank_file_that_is_none_is_refused_and_the_others_stay(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "other.xml"
    file.write_bytes(camt054([Line("7.00", "", "1")], iban="FI2112345600000785", notification=uuid4().hex))
    fed = here.sovinto("bank", "tests/formats/files/invoice.zip", file, "--json")
    assert fed.code == 1
    refused, held = fed.json["files"]
    assert refused["result"] == "refused"
    assert refused["defects"][0]["code"] == "not_readable"
    assert held["result"] == "held"
    assert set(held["held"][0]) == {"where", "code", "what"}


# Built anew.


def test_all_that_is_shown_is_built_anew_while_it_runs_and_is_the_same(here: Here, tmp_path: Path) -> None:
    accepted(here, tmp_path)
    told = here.sovinto("rebuild", "all", "--json")
    assert told.code == 0, told.out + told.err
    rebuilt = {each["service"]: each for each in told.json["rebuilt"]}
    assert list(rebuilt) == ["intake", "contact", "plans", "settlement", "gateway"]
    assert [each["differed"] for each in rebuilt.values()] == [[]] * 5
    assert all(each["position"] > 0 for each in rebuilt.values())
    assert "the same as what was shown" in here.sovinto("rebuild", "plans").out


def test_what_was_shown_wrong_is_named_by_a_rebuild_and_put_right(here: Here, tmp_path: Path) -> None:
    case = accepted(here, tmp_path)

    async def spoil(store: look.Connection) -> None:
        await store.execute("update intake.cases set stage = 'rejected' where case_id = $1", UUID(case["case_id"]))

    before = here.sovinto("digest", "--json").json["shown"]
    in_store(here, spoil)
    spoilt = here.sovinto("digest", "--json").json["shown"]
    assert spoilt != before
    assert "was wrong in: cases" in here.sovinto("rebuild", "intake").out
    assert here.sovinto("digest", "--json").json["shown"] == before


# Ways to look.


def test_a_stream_is_shown_as_it_is_stored_without_personal_values(here: Here, tmp_path: Path) -> None:
    case = accepted(here, tmp_path)
    told = here.sovinto("stream", case["number"], "--json")
    assert told.code == 0
    assert [event["version"] for event in told.json["events"]] == list(range(1, len(told.json["events"]) + 1))
    assert told.json["events"][0]["type"] == "CaseReceived"
    party = here.sovinto("stream", case["party_id"])
    assert "PartyIdentified" in party.out
    assert "Kuvitteellinen" not in party.out
    for named in ("agency", "client:malli-oy", "staff:anna-malli", case["case_id"]):
        assert here.sovinto("stream", named).code == 0
    assert here.sovinto("stream", str(uuid4())).code == 1


def test_positions_name_every_reader_and_group_and_the_relay(here: Here) -> None:
    told = here.sovinto("positions", "--json").json
    names = {(each["name"], each["kind"]) for each in told["readers"]}
    assert {("relay", "relay"), ("intake", "projections"), ("settlement", "projections")} <= names
    assert all(0 <= each["position"] <= told["head"] for each in told["readers"])
    assert f"position {told['head']}" in here.sovinto("positions").out


def test_what_waits_is_listed_by_when_it_is_due(here: Here, tmp_path: Path) -> None:
    case = accepted(here, tmp_path)
    told = here.sovinto("waiting", "--limit", "200", "--json").json
    assert any(each["stream_id"] == case["case_id"] for each in told["waiting"])
    due = [each["at"] for each in told["waiting"] if not each["outgoing"]]
    assert due == sorted(due)
    assert here.sovinto("waiting", "--limit", "1").out.count("\n") == 3


def test_what_is_parked_is_listed_with_the_reason(here: Here) -> None:
    assert here.sovinto("parked").out == "Nothing is parked.\n"

    async def park(store: look.Connection) -> None:
        sql = "insert into bus.parked values ('nobody', $1, 1, $1, 'ClaimAdded', 'a mistake of ours')"
        await store.execute(sql, uuid4())

    async def forget(store: look.Connection) -> None:
        await store.execute("delete from bus.parked where group_name = 'nobody'")

    in_store(here, park)
    try:
        assert "a mistake of ours" in here.sovinto("parked").out
        assert here.sovinto("parked", "--json").json["parked"][0]["group"] == "nobody"
        [told] = here.sovinto("parked", "list", "--json").json["parked"]
        of = ("nobody", told["stream_id"])
        assert here.sovinto("parked", "show", *of, "--json").json == {"parked": [told], "decided": []}
        assert here.sovinto("parked", "discard", *of, "--why", " ").code == 1
        assert here.sovinto("parked", "discard", *of, "--why", "sent in error", "--by", "anna").code == 0
        assert here.sovinto("parked", "discard", *of, "--why", "sent in error").code == 1
        [made] = here.sovinto("parked", "show", *of, "--json").json["decided"]
        assert (made["who"], made["why"], made["because"]) == ("anna", "sent in error", "a mistake of ours")
    finally:
        in_store(here, forget)


@pytest.mark.parametrize("asked", [("verify",), ("positions",), ("waiting",), ("parked",), ("digest",)])
def test_every_way_to_look_answers_json_alone_on_stdout(here: Here, asked: tuple[str, ...]) -> None:
    told = here.sovinto(*asked, "--json")
    assert told.code == 0, told.out + told.err
    assert isinstance(told.json, dict)
