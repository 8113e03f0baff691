"""What the agency's people do: call, agree on plans, take objections and end them, find out whose money it is."""

from datetime import datetime, timedelta
from typing import Any

from deploy.demo import debtors
from deploy.demo.person import Person
from deploy.demo.scene import Life, Scene

RESOLVED_AFTER = timedelta(days=3)
NEW_DUE_AFTER = timedelta(days=10)
LOWERED_PERCENT = 30

SAID: dict[str, dict[str, str]] = {
    "FI": {
        "forgot": "{name}: lasku oli unohtunut, maksaa tällä viikolla.",
        "will_pay": "{name} lupasi maksaa.",
        "wants_plan": "{name} pyytää maksuerää palkkapäivän jälkeen.",
        "cannot_pay": "{name}: rahat eivät nyt riitä.",
        "disputes": "{name}: laskussa on väärä määrä.",
        "not_reached": "Ei vastausta numerosta {phone}.",
    },
    "NO": {
        "forgot": "{name}: fakturaen var glemt, betaler denne uken.",
        "will_pay": "{name} lovet å betale.",
        "wants_plan": "{name} ber om avdrag etter lønningsdag.",
        "cannot_pay": "{name}: har ikke penger nå.",
        "disputes": "{name}: beløpet er feil.",
        "not_reached": "Ikke svar på {phone}.",
    },
}


async def calls_due(scene: Scene) -> list[dict[str, Any]]:
    """Calls whose day has come."""
    calls = (await scene.sovinto.get("/calls"))["calls"]
    today = scene.today
    return [each for each in calls if datetime.fromisoformat(each["call_from"]).date() <= today]


async def make_calls(scene: Scene, calls: list[dict[str, Any]]) -> list[tuple[Life, str]]:
    """Call everyone whose call is due. Who was called, and what came of it."""
    talked: list[tuple[Life, str]] = []

    async def call(life: Life, task_id: str) -> None:
        outcome = says(life)
        told = {"outcome": outcome, "summary": summary(life.person, outcome)}
        if await scene.try_(scene.sovinto.post(f"/cases/{life.case}/calls/{task_id}", told)):
            talked.append((life, outcome))

    due = [(scene.by_case[each["case_id"]], each["task_id"]) for each in calls if each["case_id"] in scene.by_case]
    await scene.each(call(life, task_id) for life, task_id in due)
    return sorted(talked, key=lambda each: each[0].person.number)


async def after_calls(scene: Scene, talked: list[tuple[Life, str]]) -> None:
    """What was agreed on the telephone."""
    for life, outcome in talked:
        match outcome:
            case "wants_plan":
                life.spoke = True
                await agree_on_plan(scene, life)
            case "disputes":
                life.spoke = True
                after_objection(scene, life)
            case "forgot" | "will_pay" if life.pays_on < scene.today and life.person.kind != "paid_client":
                scene.later(scene.today + timedelta(days=life.person.habits.days), life, "balance")


def says(life: Life) -> str:
    """What this person says when called."""
    person = life.person
    match person.kind:
        case "forgot" | "flawed":
            return "will_pay" if life.payments else "forgot"
        case "short" if not life.plan and not life.spoke:
            return "wants_plan"
        case "short":
            return "will_pay" if person.habits.recovers else "cannot_pay"
        case "disputes" if not life.spoke:
            return "disputes"
        case "surplus" | "paid_client":
            return "will_pay"
    return "not_reached" if person.number % 2 else "cannot_pay"


def summary(person: Person, outcome: str) -> str:
    """The call in one sentence, as the client reads it."""
    return SAID[person.country][outcome].format(name=person.name, phone=person.phone)


async def agree_on_plan(scene: Scene, life: Life) -> None:
    """Costs and totals are told first; then the offer nearest to what the person can keep."""
    options: list[dict[str, Any]] = []
    asked = scene.sovinto.get(f"/cases/{life.case}/plan/options", payday=life.person.payday)

    async def ask() -> None:
        options.extend(await asked)

    if not await scene.try_(ask()) or not options:
        return
    wanted = life.person.habits.instalments
    best = min(options, key=lambda each: (abs(each["instalments"] - wanted), each["instalments"]))
    told = {"instalments": best["instalments"], "first_due": best["payments"][0]["due"]}
    if await scene.try_(scene.sovinto.post(f"/cases/{life.case}/plan", told)):
        debtors.follow_plan(scene, life, await scene.case(life))


async def take_objection(scene: Scene, life: Life) -> None:
    """The debtor says that the invoice is wrong."""
    told = {"text": summary(life.person, "disputes")}
    if await scene.try_(scene.sovinto.post(f"/cases/{life.case}/disputes", told)):
        after_objection(scene, life)


def after_objection(scene: Scene, life: Life) -> None:
    """The client is heard, then somebody decides."""
    heard = scene.today + timedelta(days=life.person.habits.answers_in)
    scene.later(heard, life, "evidence")
    scene.later(heard + RESOLVED_AFTER, life, "resolution")


async def resolve(scene: Scene, life: Life) -> None:
    """An objection ends: the debtor was right, partly, or not."""
    case, habits = await scene.case(life), life.person.habits
    new_due = scene.today + NEW_DUE_AFTER
    for dispute in case["disputes"]:
        told: dict[str, Any] = {"outcome": habits.resolution}
        if habits.resolution != "upheld":
            told["new_due"] = new_due.isoformat()
        if habits.resolution == "adjusted":
            claim = max(case["claims"], key=lambda each: (each["open_principal"]["minor"], each["number"]))
            lowered = claim["open_principal"]["minor"] * LOWERED_PERCENT // 100
            told |= {"claim_id": claim["claim_id"], "lowered_by_minor": max(lowered, 1)}
        await scene.try_(scene.sovinto.post(f"/cases/{life.case}/disputes/{dispute}/resolution", told))
    if habits.resolution != "upheld" and habits.recovers:
        scene.later(new_due - timedelta(days=2), life, "balance")


async def find_owners(scene: Scene) -> bool:
    """Money that could not be given to a case: asked for by telephone, or sent back. Whether there was any to move."""
    moved = False
    for held in (await scene.sovinto.get("/payments/held"))["payments"]:
        life = scene.slips.pop((held["booked_on"], held["amount"], held["currency"]), None)
        path = f"/payments/{held['payment_id']}"
        if life is not None:
            moved |= await scene.try_(scene.sovinto.post(f"{path}/assignment", {"case_id": life.case}))
        elif held["proposed"] == "refund" and held["payment_id"] not in scene.sent_back:
            scene.sent_back.add(held["payment_id"])
            moved |= await scene.try_(scene.sovinto.post(f"{path}/refund"))
    return moved
