"""Answers of every kind, told in every language. `python -m tests.law.sentences` writes sentences.txt anew.

The file is there to be read: a change of words, or of what an answer says, is a visible change of it.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from shared.law import Answer, ChargedCost, Country, Language, SentStep, explain
from tests.law.asking import DUE, LATE, LAW, day, eur, fi, no, nok, sek

KEPT = Path(__file__).parent / "sentences.txt"
MONDAY = datetime(2025, 3, 3, 12, tzinfo=ZoneInfo("Europe/Helsinki"))
SUNDAY = datetime(2025, 3, 2, 12, tzinfo=ZoneInfo("Europe/Helsinki"))
LIGHT = [
    ChargedCost("notice", day("2026-02-01"), nok("38")),
    ChargedCost("salary_light", day("2026-03-03"), nok("300")),
]


def interest(until: str, principal: str = "123456.70", **more: object) -> Answer:
    return LAW.interest("FI", "business", eur(principal), DUE, day(until), **more)  # type: ignore[arg-type]  # as it asks


def barred(due: str, on: date) -> Answer:
    return LAW.time_barred("FI", "consumer", day(due), on)


QUESTIONS: dict[str, tuple[Country, Callable[[], Answer]]] = {
    "interest over a change of rate": ("FI", lambda: interest("2025-08-01")),
    "interest of one day": ("FI", lambda: interest("2025-01-21")),
    "interest after a part payment": ("FI", lambda: interest("2025-03-03", payments=[(day("2025-02-01"), eur("100"))])),
    "interest at an agreed rate": ("FI", lambda: interest("2025-03-03", contract_rate=Decimal("12.250"))),
    "interest at a whole rate": ("FI", lambda: interest("2025-03-03", contract_rate=Decimal("12.000"))),
    "no interest": ("FI", lambda: interest("2025-01-20")),
    "cost": ("FI", lambda: fi("demand")),
    "cost with tax": ("FI", lambda: fi("demand", "12345.67", debtor="business", can_deduct_vat=False)),
    "cost cut by the cap": ("FI", lambda: fi("demand", "100", so_far=[ChargedCost("plan", DUE, eur("50.50"))])),
    "cost too early": ("FI", lambda: fi("reminder", on=day("2025-02-03"))),
    "cost without an amount": ("FI", lambda: fi("other_reminder")),
    "cost with something left out": ("FI", lambda: fi("demand", can_deduct_vat=False)),
    "cost not known": ("NO", lambda: no("standard_compensation", debtor="business", due=day("2025-07-10"))),
    "cost with an amount not known": (
        "FI",
        lambda: fi(
            "tratta", on=day("2021-06-01"), due=day("2021-02-01"), debtor="business", enforceable=True
        ),
    ),
    "cost that replaces another": ("NO", lambda: no("salary_heavy", on=day("2026-04-15"), so_far=LIGHT)),
    "cost of a disputed debt": ("SE", lambda: LAW.cost(
        "SE", "consumer", "demand", sek("500"), day("2025-03-03"), due=DUE, conditions=["disputed"]
    )),
    "first day": ("FI", lambda: LAW.earliest("FI", "consumer", "demand", DUE, [SentStep("reminder", LATE)])),
    "first day of a step that lacks another": ("FI", lambda: LAW.earliest("FI", "consumer", "demand", DUE)),
    "first and last day": ("NO", lambda: LAW.earliest("NO", "consumer", "legal", DUE, [SentStep("demand", DUE)])),
    "what is next": ("FI", lambda: LAW.next_steps("FI", "consumer", eur("450"), day("2025-02-01"), due=DUE)),
    "nothing is next": ("FI", lambda: LAW.next_steps("FI", "consumer", eur("0"), day("2025-02-01"), due=DUE)),
    "a guardian is next": ("FI", lambda: LAW.next_steps(
        "FI", "consumer", eur("450"), day("2025-02-01"), due=DUE, conditions=["guardian"]
    )),
    "days to pay": ("FI", lambda: LAW.days_to_pay("FI", "consumer", "demand", on=DUE)),
    "a due date that moves": ("NO", lambda: LAW.payable_on("NO", day("2025-05-17"))),
    "a due date that stays": ("NO", lambda: LAW.payable_on("NO", day("2025-05-16"))),
    "order of a payment": ("FI", lambda: LAW.allocation_order("FI", "consumer", DUE)),
    "order by the payer's wish": ("NO", lambda: LAW.allocation_order("NO", "consumer", DUE, ["principal"])),
    "order with a wish not followed": ("FI", lambda: LAW.allocation_order("FI", "consumer", DUE, ["principal"])),
    "a debt that is barred": ("FI", lambda: barred("2020-03-01", day("2025-01-01"))),
    "a debt that is not yet barred": ("FI", lambda: barred("2024-03-01", day("2025-01-01"))),
    "contact": ("FI", lambda: LAW.may_contact("FI", "sms", MONDAY)),
    "no contact until": ("FI", lambda: LAW.may_contact("FI", "sms", SUNDAY)),
    "no contact at all": ("FI", lambda: LAW.may_contact("FI", "sms", MONDAY, opted_out=["sms"])),
    "no contact, a guardian instead": ("FI", lambda: LAW.may_contact("FI", "sms", MONDAY, conditions=["guardian"])),
    "no contact, a representative instead": (
        "FI", lambda: LAW.may_contact("FI", "sms", MONDAY, conditions=["represented"])
    ),
    "an earlier step that was lawful": ("FI", lambda: earlier(20, "5")),
    "an earlier step that cost nothing": ("FI", lambda: earlier(20, None)),
    "an earlier step sent too soon": ("FI", lambda: earlier(14, "5")),
    "an earlier step that cost too much": ("FI", lambda: earlier(20, "8")),
}  # fmt: skip


def earlier(days: int, cost: str | None) -> Answer:
    step = SentStep("reminder", date.fromordinal(DUE.toordinal() + days), cost=eur(cost) if cost else None)
    return LAW.check_earlier_step("FI", "consumer", step, eur("450"), DUE)


def told() -> str:
    """Every question's answer, with the country's own clock and without it, in each language."""
    blocks = []
    for name, (country, ask) in QUESTIONS.items():
        answer = ask()
        languages: tuple[Language, ...] = get_args(Language)
        lines = [f"{language}: {explain(answer, language, country)}" for language in languages]
        plain = [f"{language}: {explain(answer, language)}" for language in languages]
        lines += [f"   without a clock {line}" for line, other in zip(plain, lines, strict=True) if line != other]
        blocks.append("\n".join([f"## {name}", *lines]))
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    KEPT.write_text(told(), encoding="utf-8")
