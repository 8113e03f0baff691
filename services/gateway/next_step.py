"""What happens next on a case, and on which day: one to three sentences, the nearest first."""

from collections.abc import Sequence
from datetime import date

from services.gateway.progress import Progress
from services.gateway.words import Words
from shared.calendar import Country, local_date

ENDED = ("closed", "rejected")
BEFORE_WORK = ("received", "checking")
FINAL = ("stopped", "paused", "disputed", "suspended_by_rule")  # The strongest first.


def what_happens_next(
    progress: Progress, blocked_by: Sequence[tuple[str, str]], country: Country, said: Words, today: date
) -> list[str]:
    """Sentences for the top of the page. Never empty: also that nothing happens is an answer."""
    stage = progress.case.stage
    if stage in ENDED:
        return [said(f"next.{stage}")]
    questions = [
        said(f"next.question.{asked.kind}", day=said.weekday(asked.answer_by)) for asked in progress.questions.values()
    ]
    conditions = {condition for condition, _ in blocked_by}
    final = next((each for each in FINAL if each in conditions), None)
    if final is not None:
        return [said(f"next.{final}"), *questions] if final != "stopped" else [said("next.stopped")]
    if stage in BEFORE_WORK:
        return [said(f"next.{stage}")]
    sentences = [*questions, *_coming(progress, country, said)]
    if "on_hold" in conditions and progress.case.hold_until is not None:
        sentences.insert(0, said("next.on_hold", day=said.weekday(progress.case.hold_until)))
    if sentences:
        return sentences
    days = [each.pay_by for each in progress.messages.values() if each.pay_by and each.where != "recalled"]
    if days and max(days) >= today:
        return [said("next.pay_by", day=said.weekday(max(days)))]
    return [said("next.nothing")]


def _coming(progress: Progress, country: Country, said: Words) -> list[str]:
    sentences = []
    plan = progress.plan_in_force
    if plan is not None and plan.next_instalment is not None:
        number, each = plan.next_instalment
        told = {"number": number, "count": len(plan.instalments), "amount": said.amount(each.amount)}
        told["day"] = said.weekday(each.due)
        if plan.breaks_on is not None and number in plan.missed:
            sentences.append(said("next.instalment_missed", breaks=said.weekday(plan.breaks_on), **told))
        else:
            sentences.append(said("next.instalment", **told))
    days = [said.weekday(local_date(country, call.call_by)) for call in progress.calls.values()]
    sentences += [said("next.call", day=day) for day in days]
    step = progress.next_step if plan is None else None  # While a promise is being kept no step is taken.
    if step is not None and step.at is not None:
        day, name = said.weekday(local_date(country, step.at)), said.of("step", step.step)
        reasons = said.all_of("blocked", step.waits_for)
        told = {"step": name[:1].upper() + name[1:], "day": day, "reasons": reasons}
        sentences.append(said("next.step_waits" if step.waits_for else "next.step", **told))
    elif step is not None:
        reasons = said.all_of("blocked", step.waits_for)
        sentences.append(said("next.step_blocked", step=said.of("step", step.step), reasons=reasons))
    return sentences
