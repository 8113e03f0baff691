"""One day: the bank's files in the morning, then clients and staff at work, then what people do with their post."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, time

from deploy.demo import clients, debtors, staff
from deploy.demo.scene import Intended, Scene
from shared.calendar import at_local, is_bank_day

MORNING, CALLING, EVENING = time(7, 30), time(10, 30), time(20)


async def live(scene: Scene, day: date) -> None:
    """Live one day. Nothing happens to anybody on a day on which neither country works."""
    scene.today = day
    if not is_bank_day("FI", day) and not is_bank_day("NO", day):
        return
    sovinto = scene.sovinto
    await sovinto.live_until(at_local("FI", day, MORNING))
    if await bank_morning(scene):
        await sovinto.rest()
        if await staff.find_owners(scene):
            await sovinto.rest()
    somebody_else = day >= scene.hands_off_from
    calls = [] if somebody_else else await staff.calls_due(scene)
    if not somebody_else and await clients.answer_questions(scene):
        await sovinto.rest()
    await keep_agenda(scene)
    await clients.hand_in(scene)
    await clients.confirm_paid_lists(scene)
    if calls:
        await sovinto.live_until(at_local("FI", day, CALLING))
        talked = await staff.make_calls(scene, calls)
        await sovinto.rest()
        await staff.after_calls(scene, talked)
    await sovinto.live_until(at_local("FI", day, EVENING))
    await debtors.evening(scene)


async def bank_morning(scene: Scene) -> bool:
    """The bank takes the agency's new payout files and gives its own; whether money had moved."""
    given = [bank_gives(scene, *each) for each in scene.bank.morning(scene.today)]
    _, *moved = await asyncio.gather(bank_takes(scene), *given)
    return any(moved)


async def bank_takes(scene: Scene) -> None:
    """Payout files written since the last ones: the bank executes them today, and tells of it tomorrow."""
    for payout in await scene.sovinto.get("/payouts", after=scene.payouts_seen):
        order = await scene.sovinto.ask("GET", f"/payouts/{payout['document']}")
        scene.bank.execute(order.content, scene.today)
        scene.payouts_seen = payout["position"]


async def bank_gives(scene: Scene, currency: str, file: bytes, payments: int) -> int:
    """One account's file of the morning; how much moved on it."""
    headers = {"Content-Type": "application/xml"}
    told = (await scene.sovinto.ask("POST", "/bank-files", content=file, headers=headers)).json()
    scene.booked += payments
    scene.received[currency] += told["sums"].get(currency, 0)
    transactions: int = told["transactions"]
    return transactions


async def keep_agenda(scene: Scene) -> None:
    """Do what people meant to do today; one after another where it is about the same person."""
    of_one: dict[int, list[Intended]] = defaultdict(list)
    for intended in scene.due():
        of_one[intended[0]].append(intended)

    async def all_of(meant: list[Intended]) -> None:
        for _, what, life, about in meant:
            await DEEDS[what](scene, life, *about)

    await scene.each(all_of(meant) for meant in of_one.values())


DEEDS: Mapping[str, Callable[..., Awaitable[None]]] = {
    "balance": debtors.pay_balance,
    "evidence": clients.give_evidence,
    "objection": staff.take_objection,
    "plan": staff.agree_on_plan,
    "report": clients.report_payment,
    "resolution": staff.resolve,
}
