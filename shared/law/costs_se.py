"""Sweden: four amounts, once each (1981:739); nothing else is owed."""

from datetime import timedelta

from shared.law.answers import Cost
from shared.law.costs import Weighing, above_compensation, standard_compensation, vat
from shared.money import Money


def cost(weighing: Weighing) -> Cost:
    """A reminder where it was agreed, one demand, one plan, and a business's compensation."""
    asked = weighing.asked
    if asked.measure == "standard_compensation":
        return standard_compensation(weighing)
    if asked.measure not in {"reminder", "demand", "plan"}:
        weighing.ask("both.others")
        weighing.refuse("no_such_measure")
        return weighing.answer(None)
    amount: Money = weighing.ask(f"both.{asked.measure}")
    if asked.measure == "reminder" and not asked.agreed:
        weighing.refuse("not_agreed")
    if asked.charged(asked.measure):
        weighing.refuse("charged_already")
    earliest = asked.due + timedelta(days=1)
    if asked.measure != "plan" and asked.on < earliest:
        weighing.refuse("too_early", earliest)
    charge = above_compensation(weighing, amount)
    return weighing.answer(amount, charge=charge, vat_on_top=vat(weighing, "both.vat", charge))
