"""What people do when a message reaches them: pay, pay the wrong one, ask for time, object, or nothing at all."""

import asyncio
from datetime import date, timedelta
from typing import Any

from deploy.demo.bank import BANKS
from deploy.demo.names import Country
from deploy.demo.scene import Life, Scene, in_order
from shared.calendar import bank_day_on_or_after

ASKS = ("friendly", "reminder", "notice", "demand", "second_demand")
ARRIVED = ("handed_over", "posted", "delivered")
DEAF = ("unwilling", "insolvent")
SURPLUS_MINOR: dict[Country, int] = {"FI": 35_00, "NO": 350_00}
SECOND_PAYMENT_DAYS = 4
TAKEN_BACK_AFTER = 3  # Bank days.


async def evening(scene: Scene) -> None:
    """Read the day's post: text messages, e-mails and letters, found by whom they are addressed to."""
    texts, mails, letters = await asyncio.gather(*map(scene.outside.came, ("sms", "email", "letters")))
    addressed = [each["to"] for each in texts] + [to for each in mails for to in each["to"]]
    heard = [scene.by_address[to.lower()] for to in addressed if to.lower() in scene.by_address]
    posted = {each["job"]: (each["key"], life) for each in letters if (life := _of_letter(scene, each["address"]))}
    if letters:
        await _post(scene, posted)
    heard += [life for _, life in posted.values()]
    await scene.each(_read(scene, life) for life in in_order(heard) if life.person.kind not in DEAF)


def _of_letter(scene: Scene, address: list[str]) -> Life | None:
    return next((scene.by_address[line.lower()] for line in address if line.lower() in scene.by_address), None)


async def _post(scene: Scene, posted: dict[str, tuple[str, Life]]) -> None:
    """The print house prints and posts, and says so. The key it was given names the message."""
    printed = await scene.outside.print_letters()
    told = [posted[job] for job in printed if job in posted]
    await scene.each(
        scene.try_(scene.sovinto.post(f"/contacts/{key.partition('|')[0]}/posted", {"case_id": life.case}))
        for key, life in told
        if life.case
    )


async def _read(scene: Scene, life: Life) -> None:
    case = await scene.case(life)
    new = [
        (message["kind"], message_id, message)
        for message_id, message in case["messages"].items()
        if message["to"] == "debtor" and message["where"] in ARRIVED and message_id not in life.read
    ]
    for kind, message_id, message in sorted(new, key=lambda each: each[:1]):
        life.read.add(message_id)
        if kind in ASKS:
            life.asked_by += 1
            asked_for_money(scene, life, case, kind, message)
        elif kind == "plan":
            follow_plan(scene, life, case)
        elif kind == "rescue" and life.missed:
            scene.pay(life, scene.today + timedelta(days=2), life.missed, case["reference"])
            life.missed = 0


def asked_for_money(scene: Scene, life: Life, case: dict[str, Any], kind: str, message: dict[str, Any]) -> None:
    """A reminder or demand has been read. Some are moved by the first, some by the second."""
    person, habits = life.person, life.person.habits
    if life.asked_by < habits.moved_by or message["total"] is None:
        return
    tomorrow = scene.today + timedelta(days=1)
    match person.kind:
        case "forgot" | "flawed" | "surplus":
            if life.pays_on < scene.today and not (
                habits.surplus == "taken_back" and life.payments and not habits.recovers
            ):
                pay(scene, life, case, kind, message["total"]["minor"])
        case "short" if habits.phones and not life.spoke:
            life.spoke = True
            scene.later(tomorrow, life, "plan")
        case "short" if life.plan and habits.recovers and life.pays_on < scene.today:
            pay(scene, life, case, kind, message["total"]["minor"])
        case "disputes" if not life.spoke:
            life.spoke = True
            scene.later(tomorrow, life, "objection")
        case "paid_client" if not life.spoke:
            pay_client(scene, life, message["total"]["minor"])


def pay(scene: Scene, life: Life, case: dict[str, Any], kind: str, minor: int) -> None:
    """Pay what the message says to the account it names: a friendly one names the client's own."""
    person, habits = life.person, life.person.habits
    on = scene.today + timedelta(days=habits.days)
    if kind == "friendly":
        pay_client(scene, life, minor)
        return
    if habits.under and not life.payments:
        minor -= minor * habits.under // 100
    if habits.surplus == "over" and not life.payments:
        minor += SURPLUS_MINOR[person.country]
        if habits.recovers:
            scene.bank.closed_accounts.add(person.account)
    reference = case["reference"]
    if habits.slips and not life.payments:
        reference = slipped(reference)
        booked_on = bank_day_on_or_after(BANKS[person.currency], on)
        scene.slips[booked_on.isoformat(), minor, person.currency] = life
    payment = scene.pay(life, on, minor, reference)
    if habits.surplus == "taken_back" and life.payments == 1:
        scene.bank.take_back(payment, TAKEN_BACK_AFTER)
    if habits.surplus == "twice" and life.payments == 1:
        scene.pay(life, on + timedelta(days=SECOND_PAYMENT_DAYS), minor, reference)


def pay_client(scene: Scene, life: Life, minor: int) -> None:
    """Pay the client itself, as the invoice said; the client tells us when it sees the money."""
    habits = life.person.habits
    life.spoke = True
    paid_on = scene.today + timedelta(days=1)
    life.pays_on = max(life.pays_on, paid_on)
    seen_on = paid_on + timedelta(days=habits.answers_in)
    scene.later(seen_on, life, "report", minor, paid_on)


async def pay_balance(scene: Scene, life: Life) -> None:
    """Pay what is owed today, told on the telephone or after an objection has ended."""
    case = await scene.case(life)
    if case["balance"] and case["balance"]["total_minor"] > 0 and case["stage"] not in ("closed", "rejected"):
        scene.pay(life, scene.today, case["balance"]["total_minor"], case["reference"])


def follow_plan(scene: Scene, life: Life, case: dict[str, Any]) -> None:
    """Put a plan's days into the calendar; as people are, some leave one out and some give up."""
    plan, habits = case["plan"], life.person.habits
    if not plan or not plan["in_force"] or plan["plan_id"] == life.plan:
        return
    life.plan = plan["plan_id"]
    for number, instalment in enumerate(plan["instalments"], start=1):
        if habits.keeps == "broken" and number >= habits.stumbles_at:
            return
        minor, due = instalment["amount"]["minor"], date.fromisoformat(instalment["due"])
        if habits.keeps == "missed_one" and number == min(habits.stumbles_at, len(plan["instalments"])):
            life.missed = minor
            continue
        on = max(due - timedelta(days=number % 2), scene.today)
        scene.pay(life, on, minor, case["reference"])


def slipped(reference: str) -> str:
    """A reference as it is written in a hurry: the last digit wrong."""
    return reference[:-1] + str((int(reference[-1]) + 3) % 10)
