"""Norway: notices as parts of the inkassosats, salær light and heavy (inkassoforskriften ch. 1 and 2)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from shared.law.answers import Cost, Measure
from shared.law.costs import Weighing, above_compensation, band, standard_compensation, times
from shared.money import Money, round_half_up

NOTICES: tuple[Measure, ...] = ("reminder", "notice")
SALARIES: tuple[Measure, ...] = ("salary_light", "salary_heavy")
ORE_OF_A_KRONE = 100
ONE_DAY = timedelta(days=1)


def cost(weighing: Weighing) -> Cost:
    """The measure's own rules; what Norway does not pay for by the measure is refused by name."""
    priced = MEASURES.get(weighing.asked.measure)
    if priced is None:
        weighing.refuse("no_such_measure")
        return weighing.answer(None)
    return priced(weighing)


def notice(weighing: Weighing) -> Cost:
    """A reminder or inkassovarsel: two of them, the second once the first's days passed unpaid."""
    asked = weighing.asked
    amount = part_of_sats(weighing, "notice.share")
    earliest = asked.due + timedelta(days=weighing.ask("notice.days.after_due"))
    charged = asked.charged(*NOTICES)
    if charged:
        earliest = max(earliest, notices_run_out(weighing))
    if asked.on < earliest:
        weighing.refuse("too_early", earliest)
    second_notice = asked.measure == "notice" and asked.charged("notice")
    demanded = asked.charged("own_demand", *SALARIES)
    if second_notice or demanded or len(charged) >= weighing.ask("notice.count"):
        weighing.refuse("count_limit")
    return weighing.answer(amount, charge=above_compensation(weighing, amount))


def own_demand(weighing: Weighing) -> Cost:
    """The creditor's own betalingsoppfordring, once, after a notice; never beside an agency's salær."""
    amount = part_of_sats(weighing, "own_demand.share")
    if weighing.asked.charged("own_demand", *SALARIES):
        weighing.refuse("count_limit")
    after_notice(weighing)
    return weighing.answer(amount, charge=above_compensation(weighing, amount))


def part_of_sats(weighing: Weighing, share: str) -> Money:
    """Part of the sats of the day of sending, by the claim's due date, in whole kroner."""
    part: Decimal = weighing.ask(share, weighing.asked.due)
    sats: Money = weighing.ask("sats")
    weighing.ask("notice.rounding")
    return Money(round_half_up(sats.minor * part / ORE_OF_A_KRONE) * ORE_OF_A_KRONE, sats.currency)


def notices_run_out(weighing: Weighing) -> date:
    """The day after the days that the last reminder or notice gave."""
    asked = weighing.asked
    given = timedelta(days=weighing.ask("notice.days.to_pay"))
    ends = [each.on + given for each in asked.charged(*NOTICES)]
    ends += [max(each.pay_by or each.on, each.on + given) for each in asked.sent("notice", "reminder")]
    return max(ends) + ONE_DAY


def after_notice(weighing: Weighing) -> None:
    """Refuses what comes before a notice's days have passed unpaid, or without a notice."""
    asked = weighing.asked
    weighing.ask("salary.after_notice")
    if not asked.charged("notice") and not asked.sent("notice"):
        weighing.refuse("notice_missing")
        return
    earliest = notices_run_out(weighing)
    if asked.on < earliest:
        weighing.refuse("notice_running", earliest)


def salary_light(weighing: Weighing) -> Cost:
    """The agency's light salær, with its demand; once."""
    amount = light(weighing)
    if weighing.asked.charged(*SALARIES, "own_demand"):
        weighing.refuse("charged_already")
    after_notice(weighing)
    return weighing.answer(amount, charge=above_compensation(weighing, amount))


def salary_heavy(weighing: Weighing) -> Cost:
    """The heavy salær replaces the light one once the demand's day is exceeded by more than 28 days."""
    asked = weighing.asked
    factor: Decimal = weighing.ask("salary.heavy")
    amount = times(light(weighing), factor)
    if asked.charged("salary_heavy"):
        weighing.refuse("charged_already")
    given = timedelta(days=weighing.ask("demand.days.to_pay"))
    ends = [each.on + given for each in asked.charged("salary_light")]
    ends += [max(each.pay_by or each.on, each.on + given) for each in asked.sent("demand", "second_demand")]
    if not ends:
        weighing.refuse("demand_missing")
        return weighing.answer(amount)
    # Told both ways (the charge and the letter), the demand is one: its own day is the later of the two.
    earliest = max(ends) + timedelta(days=weighing.ask("salary.days.heavy")) + ONE_DAY
    if asked.on < earliest:
        weighing.refuse("too_early", earliest)
    lighter = asked.charged("salary_light")
    if not lighter:
        return weighing.answer(amount, charge=above_compensation(weighing, amount))
    more = amount - min(amount, lighter[0].full or lighter[0].amount)
    return weighing.answer(amount, charge=above_compensation(weighing, more), replaces="salary_light")


def light(weighing: Weighing) -> Money:
    """The light salær of the claim: band, times the sats, more for a business and for a creditor without deduction."""
    asked = weighing.asked
    factor: Decimal = band(weighing.ask("salary.light", asked.due), asked.principal)
    sats: Money = weighing.ask("sats")
    weighing.ask("salary.sats")
    if asked.debtor == "business":
        factor *= weighing.ask("salary.business")
    return times(sats, factor * no_deduction(weighing))


def plan(weighing: Weighing) -> Cost:
    """A plan with more than four instalments adds to the salær, once."""
    asked = weighing.asked
    if asked.instalments <= weighing.ask("salary.plan.above"):
        return weighing.answer(None)
    factor: Decimal = weighing.ask("salary.plan")
    sats: Money = weighing.ask("sats")
    amount = times(sats, factor * no_deduction(weighing))
    if asked.charged("plan"):
        weighing.refuse("charged_already")
    if not asked.charged(*SALARIES) and not asked.sent("demand", "second_demand"):
        weighing.refuse("demand_missing")
    return weighing.answer(amount, charge=above_compensation(weighing, amount))


def no_deduction(weighing: Weighing) -> Decimal:
    """More where the creditor cannot deduct VAT."""
    if weighing.asked.can_deduct_vat:
        return Decimal(1)
    factor: Decimal = weighing.ask("salary.no_deduction")
    return factor


MEASURES: dict[Measure, Callable[[Weighing], Cost]] = {
    "reminder": notice,
    "notice": notice,
    "own_demand": own_demand,
    "salary_light": salary_light,
    "salary_heavy": salary_heavy,
    "plan": plan,
    "standard_compensation": standard_compensation,
}
