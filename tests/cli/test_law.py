"""`sovinto law`: questions on the command line, answers as sentences and as JSON, and a refusal with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Here

FI_CONSUMER = ("--country", "FI", "--debtor", "consumer")
RULE = {"id", "says", "section", "source", "confidence", "our_choice"}


def asked(here: Here, *arguments: str | Path) -> tuple[int, Any]:
    """The exit code and the one document of a question asked with --json."""
    told = here.sovinto("law", *arguments, "--json")
    return told.code, told.json


def written(folder: Path, content: object) -> Path:
    """A JSON file with this content."""
    file = folder / "asked.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


# Interest.


def test_interest_is_told_stretch_by_stretch_with_its_rules(nothing: Here) -> None:
    code, told = asked(
        nothing, "interest", *FI_CONSUMER, "--principal", "1000.00", "--due", "2025-01-20", "--paid", "2025-08-01"
    )
    assert code == 0
    assert set(told) == {"interest", "currency", "segments", "rules", "explanation"}
    assert (told["interest"], told["currency"]) == ("54.64", "EUR")
    first, last = told["segments"]
    assert {key: first[key] for key in ("from", "to", "days", "rate", "amount")} == {
        "from": "2025-01-21", "to": "2025-06-30", "days": 161, "rate": "10.5", "amount": "46.3150684932",
    }  # fmt: skip
    assert (last["from"], last["to"], last["rate"]) == ("2025-07-01", "2025-08-01", "9.5")
    assert told["rules"]
    assert all(set(rule) == RULE for rule in told["rules"])


def test_part_payments_and_an_agreed_rate_are_asked_with(nothing: Here) -> None:
    code, told = asked(
        nothing, "interest", "--country", "FI", "--debtor", "business", "--principal", "1000", "--due", "2025-01-20",
        "--paid", "2025-01-30", "--contract-rate", "16", "--payment", "2025-01-25:500", "--payment", "2025-01-27:250",
    )  # fmt: skip
    assert code == 0
    assert [(each["days"], each["principal"], each["rate"]) for each in told["segments"]] == [
        (5, "1000.00", "16"), (2, "500.00", "16"), (3, "250.00", "16"),
    ]  # fmt: skip
    assert told["interest"] == "2.96"


def test_a_rate_that_is_not_known_is_a_refusal_that_names_it(nothing: Here) -> None:
    question = ("interest", *FI_CONSUMER, "--principal", "1000", "--due", "2026-06-20", "--paid", "2026-07-20")
    code, told = asked(nothing, *question)
    assert code == 1
    assert told["error"]["code"] == "unknown"
    assert "FI: rate for 2026-H2 missing" in told["error"]["what"]
    plain = nothing.sovinto("law", *question)
    assert (plain.code, plain.out) == (1, "")
    assert "rate for 2026-H2 missing" in plain.err


def test_a_live_store_knows_less_until_an_overlay_confirms_it(nothing: Here, tmp_path: Path) -> None:
    question = ("interest", *FI_CONSUMER, "--principal", "1000", "--due", "2025-06-30", "--paid", "2025-07-31")
    assert nothing.sovinto("law", "--live", *question).code == 1
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "- country: FI\n  sources:\n    Finlex: {title: Notices, url: 'https://www.finlex.fi/'}\n  values:\n"
        "    interest.reference:\n      - {from: 2025-07-01, to: 2025-12-31, value: 2.5, section: 12 §,\n"
        "         source: Finlex 362/2025, confidence: verified}\n",
        encoding="utf-8",
    )
    confirmed = nothing.sovinto("law", "--live", "--overlay", overlay, *question, "--json")
    assert confirmed.code == 0
    assert "Finlex 362/2025" in [rule["source"] for rule in confirmed.json["rules"]]
    named = nothing.sovinto("law", "--live", *question, "--json", SOVINTO_LAW_OVERLAY=str(overlay))
    assert named.json["interest"] == confirmed.json["interest"]


def test_an_overlay_that_is_wrong_is_refused_with_file_and_line(nothing: Here, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("- contry: FI\n", encoding="utf-8")
    told = nothing.sovinto(
        "law", "--overlay", overlay, "interest", *FI_CONSUMER, "--principal", "1", "--due", "2025-01-01",
        "--paid", "2025-01-01",
    )  # fmt: skip
    assert told.code == 1
    assert "overlay.yaml:1" in told.err


def test_a_due_date_on_which_nothing_is_paid_is_pointed_out(nothing: Here) -> None:
    told = nothing.sovinto(
        "law", "interest", "--country", "NO", "--debtor", "consumer", "--principal", "10000", "--due", "2025-06-15",
        "--paid", "2025-07-15", "--json",
    )  # fmt: skip
    assert told.json["interest"] == "101.71"
    assert "2025-06-16" in told.err


# Costs.

COST = ("cost", *FI_CONSUMER, "--principal", "450.00", "--on", "2025-06-02", "--measure")


def test_a_cost_is_told_with_what_the_cap_leaves(nothing: Here) -> None:
    code, told = asked(nothing, *COST, "demand", "--so-far", Path("deploy/examples/law-so-far.json"))
    assert code == 0
    assert {"amount", "currency", "allowed", "reason", "earliest", "cap_left", "rules"} <= set(told)
    assert (told["amount"], told["charge"], told["currency"], told["allowed"]) == ("24.00", "24.00", "EUR", True)
    assert (told["reason"], told["earliest"], told["cap_left"]) == (None, None, "115.00")


def test_what_may_not_be_charged_is_a_refusal_with_reason_and_first_day(nothing: Here) -> None:
    code, told = asked(nothing, *COST, "reminder", "--due", "2025-05-20")
    assert code == 1
    assert (told["allowed"], told["reason"], told["earliest"]) == (False, "too_early", "2025-06-04")
    assert (told["amount"], told["charge"]) == ("5.00", "0.00")


def test_no_statutory_amount_is_never_a_zero(nothing: Here) -> None:
    code, told = asked(
        nothing, "cost", "--country", "FI", "--debtor", "business", "--measure", "demand", "--principal", "450",
        "--on", "2020-06-02",
    )  # fmt: skip
    assert code == 1
    assert (told["amount"], told["reason"]) == (None, "no_statutory_amount")


def test_a_norwegian_demand_costs_by_the_light_salary(nothing: Here, tmp_path: Path) -> None:
    so_far = written(tmp_path, {"sent": [{"kind": "notice", "on": "2026-01-26", "pay_by": "2026-02-10"}]})
    code, told = asked(
        nothing, "cost", "--country", "NO", "--debtor", "consumer", "--measure", "demand", "--principal", "2000",
        "--on", "2026-02-11", "--so-far", so_far,
    )  # fmt: skip
    assert code == 0
    assert (told["measure"], told["amount"], told["currency"]) == ("salary_light", "300.00", "NOK")


def test_a_plan_is_asked_with_its_instalments(nothing: Here) -> None:
    assert asked(nothing, *COST, "plan", "--instalments", "6")[1]["amount"] == "30.00"
    assert asked(nothing, *COST, "plan", "--instalments", "6", "--enforceable")[1]["amount"] == "20.00"
    without = nothing.sovinto("law", *COST, "plan")
    assert without.code == 2
    assert "--instalments" in without.err


# Contact.

CALL = ("may-contact", "--country", "NO", "--debtor", "consumer", "--channel", "call", "--at")


def test_the_law_decides_and_the_agencys_policy_stands_beside_it(nothing: Here) -> None:
    code, told = asked(nothing, *CALL, "2026-03-07T14:59")
    assert code == 0
    assert (told["allowed"], told["reason"], told["at"]) == (True, None, "2026-03-07T14:59+01:00")
    ours = told["agency_policy"]
    assert (ours["allowed"], ours["reason"], ours["earliest"]) == (False, "weekend", "2026-03-09T09:00+01:00")


def test_a_moment_is_local_unless_it_says_its_offset(nothing: Here) -> None:
    assert asked(nothing, *CALL, "2026-03-02T20:59")[0] == 0
    code, told = asked(nothing, *CALL, "2026-03-02T20:59+00:00")
    assert code == 1
    assert (told["reason"], told["earliest"]) == ("outside_hours", "2026-03-03T08:00+01:00")


def test_contacts_made_before_count(nothing: Here, tmp_path: Path) -> None:
    history = written(tmp_path, [{"at": f"2026-03-0{day}T10:00", "channel": "call"} for day in range(2, 7)])
    code, told = asked(nothing, *CALL, "2026-03-07T10:00", "--history", history)
    assert code == 1
    assert told["reason"] == "calls_per_week"
    # The call of Monday the 2nd leaves the seven days on Monday the 9th.
    assert told["earliest"] == "2026-03-09T08:00+01:00"


def test_a_declined_channel_and_what_is_true_of_the_debtor_are_asked_with(nothing: Here) -> None:
    code, told = asked(nothing, *CALL, "2026-03-02T12:00", "--opted-out", "call")
    assert (code, told["reason"]) == (1, "opted_out")
    code, told = asked(
        nothing, "may-contact", *FI_CONSUMER, "--channel", "sms", "--at", "2026-03-02T12:00", "--condition", "guardian"
    )
    assert (code, told["reason"], told["instead"]) == (1, "guardian", "guardian")
    code, told = asked(nothing, *COST, "demand", "--condition", "disputed", "--condition", "represented")
    assert (code, told["reason"], told["charge"]) == (1, "disputed", "0.00")


# What comes next.


def test_the_next_step_is_told_with_its_first_lawful_instant_and_the_rule(nothing: Here) -> None:
    question = ("next", "--country", "FI", "--invoice", "deploy/examples/law-invoice.json", "--on")
    code, told = asked(nothing, *question, "2025-02-15")
    assert code == 0
    assert (told["next"], told["earliest"]) == ("demand", "2025-02-25T00:00+02:00")
    assert (told["allowed"], told["reason"]) == (False, None)
    assert all(set(rule) == RULE for rule in told["rules"])
    (step,) = told["steps"]
    assert step["agency_policy_from"] == "2025-02-25T10:00+02:00"
    assert (step["cost"]["charge"], step["cost"]["cap_left"]) == ("24.00", "115.00")
    assert asked(nothing, *question, "2025-02-25")[1]["allowed"] is True


@pytest.mark.parametrize(
    ("more", "on", "reason"),
    [
        ({"payments": [{"on": "2025-02-12", "amount": "450.00"}]}, "2025-03-01", "paid"),
        ({}, "2028-01-21", "time_barred"),
        ({"sent": [{"kind": "legal", "on": "2025-03-03"}]}, "2025-05-01", "all_taken"),
        ({"conditions": ["minor"]}, "2025-05-01", "minor"),
    ],
)
def test_where_nothing_follows_it_is_a_refusal_with_the_reason(
    nothing: Here, tmp_path: Path, more: dict[str, Any], on: str, reason: str
) -> None:
    sent = [{"kind": kind, "on": "2025-02-10"} for kind in ("reminder", "demand")] if reason == "all_taken" else []
    invoice = {"debtor": "consumer", "principal": "450.00", "due": "2025-01-20", **more}
    invoice["sent"] = [*sent, *more.get("sent", [])]
    code, told = asked(nothing, "next", "--country", "FI", "--invoice", written(tmp_path, invoice), "--on", on)
    assert code == 1
    assert (told["reason"], told["next"], told["earliest"]) == (reason, None, None)


# For people.

QUESTIONS: tuple[tuple[str, ...], ...] = (
    ("interest", *FI_CONSUMER, "--principal", "1000", "--due", "2025-01-20", "--paid", "2025-03-01"),
    (*COST, "demand"),
    (*COST, "reminder", "--due", "2025-05-20"),
    (*CALL, "2026-03-02T21:30"),
    ("next", "--country", "FI", "--invoice", "deploy/examples/law-invoice.json", "--on", "2025-02-15"),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each[0])
@pytest.mark.parametrize("language", ["fi", "sv", "nb", "en"])
def test_without_json_the_same_sentence_is_printed_with_its_rules(
    nothing: Here, question: tuple[str, ...], language: str
) -> None:
    code, told = asked(nothing, *question, "--language", language)
    plain = nothing.sovinto("law", *question, "--language", language)
    assert plain.code == code
    assert told["explanation"] in plain.out
    assert all(rule["section"] in plain.out for rule in told["rules"])


# What cannot be asked.


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (("--principal", "1000,00"), "1000.00"),
        (("--principal", "-5"), "is no amount"),
        (("--principal", "1e3"), "is no amount"),
        (("--principal", "1.005"), "is no amount"),
        (("--principal", "9999999999"), "nine digits"),
        (("--due", "2014-12-31"), "2015-01-01"),
        (("--due", "20.1.2025"), "2026-01-31"),
        (("--paid", "2101-01-01"), "2100-12-31"),
        (("--contract-rate", "-1"), "is no rate"),
        (("--payment", "100.00"), "2025-03-01:100.00"),
        (("--payment", "2025-05-01:100.00"), "after 2025-03-01"),
        (("--country", "DK"), "DK"),
        (("--debtor", "person"), "person"),
    ],
)
def test_what_cannot_be_understood_is_usage_and_says_what_is_right(
    nothing: Here, wrong: tuple[str, str], why: str
) -> None:
    told = nothing.sovinto("law", *QUESTIONS[0], *wrong)
    assert (told.code, told.out) == (2, "")
    assert why in told.err


SENT = {"kind": "reminder", "on": "2025-02-04"}


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ([], "the file"),
        ({"sendt": []}, "the file"),
        ({"sent": [{**SENT, "kind": "letter"}]}, "sent[0].kind"),
        ({"sent": [{**SENT, "kind": "notice"}]}, "sent[0].kind"),  # Norway's, not Finland's.
        ({"sent": [SENT, {**SENT, "on": "2025-06-03"}]}, "sent[1].on"),
        ({"sent": [{**SENT, "on": "2014-06-03"}]}, "sent[0].on"),
        ({"sent": [{**SENT, "pay_by": "2025-02-03"}]}, "sent[0].pay_by"),
        ({"charged": [{"measure": "reminder", "on": "2025-02-04", "amount": 5}]}, "charged[0].amount"),
        ({"charged": [{"measure": "reminder", "on": "2025-02-04", "amount": "5,00"}]}, "charged[0].amount"),
        ({"charged": [{"measure": "reminder", "on": "2025-02-04"}]}, "charged[0]"),
        ({"sent": [SENT] * 1_001}, "sent"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(nothing: Here, tmp_path: Path, content: object, where: str) -> None:
    file = written(tmp_path, content)
    code, told = asked(nothing, *COST, "demand", "--so-far", file)
    assert code == 1
    assert [each["where"] for each in told["error"]["defects"]] == [where]
    assert str(file) in told["error"]["what"]


def test_a_file_that_is_no_json_names_the_line_and_one_too_large_is_not_read(nothing: Here, tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    file.write_text('[\n {"at": "2026-03-02T10:15",\n]')
    told = nothing.sovinto("law", *CALL, "2026-03-02T10:00", "--history", file)
    assert told.code == 1
    assert "line 3" in told.err
    file.write_text("[" + " " * (1024 * 1024) + "]")
    assert "megabyte" in nothing.sovinto("law", *CALL, "2026-03-02T10:00", "--history", file).err
    assert nothing.sovinto("law", *CALL, "2026-03-02T10:00", "--history", tmp_path / "none.json").code == 2
