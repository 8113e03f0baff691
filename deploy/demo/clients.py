"""What our clients do: hand in invoices, tell what was paid to themselves, answer what they are asked."""

from datetime import date, timedelta
from typing import Any

from deploy.demo import debtors, invoices
from deploy.demo.agency import CLIENTS
from deploy.demo.person import Person
from deploy.demo.scene import Life, Scene

PAID_LIST_DAYS = 3  # As old as the agreement lets a client's word be.
MEDIA = {"xml": "application/xml", "json": "application/json"}
EVIDENCE = {"FI": "Toimitus on kuitattu vastaanotetuksi.", "NO": "Leveransen er kvittert mottatt."}
ASKED_TWICE = 2


async def hand_in(scene: Scene) -> None:
    """The day's unpaid invoices, a file or two a client."""
    waiting = [life.person for life in scene.lives if not life.case and life.person.handed_over <= scene.today]
    of_each = ((name, [person for person in waiting if person.client == name]) for name in CLIENTS)
    files = [handed for name, people in of_each if people for handed in invoices.files(name, people, scene.today)]
    await scene.each(_hand_in(scene, handed) for handed in files)


async def _hand_in(scene: Scene, handed: invoices.Handed) -> None:
    told = {"file": (handed.name, handed.content, MEDIA[handed.name.rpartition(".")[2]])}
    more = {"earlier": handed.earlier} if handed.earlier else {}
    answer = await scene.sovinto.ask("POST", f"/clients/{handed.client}/files", of=handed.client, files=told, data=more)
    for (person, _), entry in zip(handed.bills, answer.json()["files"], strict=True):
        life = scene.lives[person.number - 1]
        if entry["case"]:
            life.case = entry["case"]
            scene.by_case[life.case] = life
        else:
            life.case = "none"
            scene.refusals["invoice not taken"] += 1


async def confirm_paid_lists(scene: Scene) -> None:
    """Say up to when payments to themselves are reported, before their last word is too old."""
    yesterday = scene.today - timedelta(days=1)
    told = {"up_to": yesterday.isoformat()}
    old = [name for name in CLIENTS if (scene.today - scene.paid_lists.get(name, date.min)).days > PAID_LIST_DAYS]
    scene.paid_lists |= dict.fromkeys(old, yesterday)
    await scene.each(scene.sovinto.put(f"/clients/{name}/paid-list", told, of=name) for name in old)


async def report_payment(scene: Scene, life: Life, minor: int, paid_on: date) -> None:
    """The debtor's money is on the client's own account; some clients credit the invoice instead."""
    case = await scene.case(life)
    owed = [claim for claim in case["claims"] if claim["open_principal"]["minor"] > 0]
    if not owed or case["stage"] in ("closed", "rejected"):
        return
    of, currency = life.person.client, life.person.currency
    if life.person.habits.credited:
        for claim in owed:
            note = {"claim_id": claim["claim_id"], "amount_minor": claim["open_principal"]["minor"],
                    "currency": currency, "number": f"C-{claim['number']}", "on": scene.today.isoformat()}  # fmt: skip
            await scene.try_(scene.sovinto.post(f"/cases/{life.case}/credit-notes", note, of=of))
        return
    paid = {
        "claim_id": owed[0]["claim_id"],
        "amount_minor": minor,
        "currency": currency,
        "paid_on": paid_on.isoformat(),
    }
    await scene.try_(scene.sovinto.post(f"/cases/{life.case}/direct-payments", paid, of=of))


async def answer_questions(scene: Scene) -> bool:
    """What waits for a client's answer gets one after the days this client takes for it. Whether any was given."""
    asked = (await scene.sovinto.get("/approvals"))["questions"]
    due = []
    for question in sorted(asked, key=lambda each: (each["case_id"], each["kind"])):
        life = scene.by_case.get(question["case_id"])
        if life is None:
            continue
        since = life.question_since.setdefault(question["kind"], scene.today)
        if (scene.today - since).days >= life.person.habits.answers_in:
            due.append(_answer(scene, life, question))
    await scene.each(due)
    return bool(due)


async def _answer(scene: Scene, life: Life, question: dict[str, Any]) -> None:
    habits, kind = life.person.habits, question["kind"]
    life.answers[kind] += 1
    if life.answers[kind] > ASKED_TWICE:
        return
    path = f"/approvals/{question['question_id']}"
    if kind == "plan":
        told = {"answer": "approve" if habits.client_agrees else "refuse"}
        if await scene.try_(scene.sovinto.post(path, told, of=life.person.client)):
            debtors.follow_plan(scene, life, await scene.case(life))
    elif kind == "legal_decision":
        await scene.try_(scene.sovinto.post(path, {"answer": habits.client_says}, of=life.person.client))
    elif kind == "information" and (told := completed(life.person)):
        await scene.try_(scene.sovinto.post(f"/cases/{life.case}/information", told, of=life.person.client))


def completed(person: Person) -> dict[str, Any]:
    """What the client says of a claim that was not whole, or of a debtor with many marks. Nothing: it stays silent."""
    if person.kind == "insolvent":
        return {"decision": "accept" if person.habits.client_agrees else "withdraw"}
    match person.bills[0].flaw:
        case "no_identifier" | "wrong_identifier":
            return {"debtor": {"identifier": person.identifier}}
        case "sums_differ":
            return {"total_minor": person.bills[0].minor}
    return {}


async def give_evidence(scene: Scene, life: Life) -> None:
    """The client's side of an objection."""
    for dispute in (await scene.case(life))["disputes"]:
        told = {"text": EVIDENCE[life.person.country]}
        path = f"/cases/{life.case}/disputes/{dispute}/evidence"
        await scene.try_(scene.sovinto.post(path, told, of=life.person.client))
