"""Finland: what a measure may cost (513/1999 10 a–10 d § consumers, 10 e–10 i § businesses)."""

from datetime import date, timedelta
from decimal import Decimal

from shared.law.answers import ChargedCost, Cost, Measure
from shared.law.costs import LETTERS, Weighing, above_compensation, band, standard_compensation, sum_of, times, vat
from shared.money import Money

FEW_INSTALMENTS = 4
INSTALMENTS_IN_PRICE = 6
DEMANDS: tuple[Measure, ...] = ("demand", "second_demand", "same_group_demand")
REMINDERS: tuple[Measure, ...] = ("reminder", "other_reminder")
ONLY_BUSINESS: frozenset[Measure] = frozenset({"tratta", "bankruptcy_demand", "standard_compensation"})
NEVER: frozenset[Measure] = frozenset({"notice", "own_demand", "salary_light", "salary_heavy"})


def cost(weighing: Weighing) -> Cost:
    """The amount by debtor, band and day, then what refuses it, then the total cap."""
    asked = weighing.asked
    if asked.measure in NEVER or (asked.measure in ONLY_BUSINESS and asked.debtor == "consumer"):
        weighing.refuse("no_such_measure")
        return weighing.answer(None)
    if asked.measure == "standard_compensation":
        return standard_compensation(weighing)
    amount = weighing.amount = price(weighing)
    if amount is None:
        return weighing.answer(None)
    count(weighing)
    days(weighing)
    left = cap_left(weighing)
    charge = above_compensation(weighing, amount)
    if left is not None:
        charge = min(charge, left)
        if not left:
            weighing.refuse("cap_reached")
    return weighing.answer(
        amount, charge=charge, cap_left=left, vat_on_top=vat(weighing, f"{asked.debtor}.vat", charge)
    )


def price(weighing: Weighing) -> Money | None:
    """What the measure costs; none where the law gives no amount."""
    asked = weighing.asked
    kind = asked.debtor
    match asked.measure:
        case "demand":
            return demand(weighing)
        case "second_demand":
            half, whole = weighing.ask(f"{kind}.second_demand.factor"), demand(weighing)
            return None if whole is None else times(whole, half)
        case "plan":
            return plan(weighing)
        case "tratta":
            return by_band(weighing, "business.tratta")
    amount: Money | None = weighing.ask(f"{kind}.{asked.measure}")
    return amount


def demand(weighing: Weighing) -> Money | None:
    """A first demand."""
    return by_band(weighing, f"{weighing.asked.debtor}.demand")


def by_band(weighing: Weighing, name: str) -> Money | None:
    """The amount of the principal's band, or the one amount of directly enforceable claims."""
    asked = weighing.asked
    if asked.enforceable:
        single: Money | None = weighing.ask(f"{name}.enforceable")
        return single
    bands = weighing.ask(name)
    amount: Money | None = bands and band(bands, asked.principal)
    return amount


def plan(weighing: Weighing) -> Money | None:
    """A plan over the whole debt; between businesses each instalment from the seventh adds to it."""
    asked = weighing.asked
    name = f"{asked.debtor}.plan"
    amount: Money | None
    if asked.enforceable:
        amount = weighing.ask(f"{name}.enforceable")
    elif asked.instalments <= FEW_INSTALMENTS:
        amount = weighing.ask(f"{name}.few")
    else:
        bands = weighing.ask(f"{name}.many")
        amount = bands and band(bands, asked.principal)
    more = asked.instalments - INSTALMENTS_IN_PRICE
    if amount is not None and more > 0 and asked.debtor == "business":
        each: Money = weighing.ask(f"{name}.from_seventh")
        amount += times(each, Decimal(more))
    return amount


def count(weighing: Weighing) -> None:
    """How many demands, trattas and plans may cost."""
    asked = weighing.asked
    kind = asked.debtor
    before = [each.measure for each in counted(weighing)]
    demands = len([measure for measure in before if measure in DEMANDS])
    match asked.measure:
        case "demand" | "second_demand" | "same_group_demand":
            beside = f"{kind}.count.demands_with_tratta" if "tratta" in before else f"{kind}.count.demands"
            if demands >= weighing.ask(beside):
                weighing.refuse("count_limit")
            elif asked.measure == "demand" and demands:
                weighing.refuse("charged_already")
        case "tratta":
            if "tratta" in before or demands > weighing.ask("business.count.demands_with_tratta"):
                weighing.refuse("count_limit")
        case "bankruptcy_demand":
            if "bankruptcy_demand" in before:
                weighing.refuse("count_limit")
        case "plan":
            most = band(weighing.ask(f"{kind}.count.plans"), asked.principal)
            if before.count("plan") >= (min(most, 1) if asked.enforceable and kind == "consumer" else most):
                weighing.refuse("count_limit")


def days(weighing: Weighing) -> None:
    """The days that must lie between, and what must have been sent before; and an extension must be one."""
    asked = weighing.asked
    if asked.measure == "extension" and asked.extension_days < weighing.ask(f"{asked.debtor}.days.extension"):
        weighing.refuse("extension_too_short")
    if asked.measure == "tratta":
        before_tratta(weighing)
    if asked.measure not in LETTERS:
        return
    earliest = first_day(weighing)
    if asked.on < earliest:
        weighing.refuse("too_early", earliest)
    if asked.measure == "reminder" and asked.debtor == "consumer" and asked.invoice_sent is not None:
        before = timedelta(days=weighing.ask("consumer.days.invoice"))
        if not asked.fixed_due_date and asked.due - asked.invoice_sent < before:
            weighing.refuse("invoice_sent_late")


def before_tratta(weighing: Weighing) -> None:
    """For nine months of 2021 no tratta could name some businesses, and which kind this debtor is we do not know."""
    if weighing.ask("business.tratta.spared") is not None:
        weighing.left_out.append(weighing.pack.rules["business.tratta.spared"].missing(weighing.asked.on))
        weighing.refuse("unknown")


def first_day(weighing: Weighing) -> date:
    """The first day on which a reminder, demand or tratta may cost."""
    asked = weighing.asked
    kind = asked.debtor
    reading = f"{kind}.days.reading"
    earliest = asked.due + timedelta(days=1)
    if kind == "consumer" and asked.measure in REMINDERS:
        earliest = weighing.first_day("consumer.days.to_reminder", asked.due, reading)
    after_reminder = "consumer.days.to_demand" if kind == "consumer" else "business.tratta.days.reminder"
    if asked.measure == "tratta" or (kind == "consumer" and asked.measure in DEMANDS):
        reminded = [each.on for each in asked.sent("reminder")] + [each.on for each in asked.charged(*REMINDERS)]
        if reminded:
            earliest = max(earliest, weighing.first_day(after_reminder, max(reminded), reading))
        elif asked.letters_told:
            weighing.ask(after_reminder)
            weighing.refuse("reminder_missing")
    last = max((each.on for each in asked.so_far if each.measure in LETTERS), default=None)
    if last is not None:
        earliest = max(earliest, weighing.first_day(f"{kind}.days.between", last, reading))
    return earliest


def cap_left(weighing: Weighing) -> Money | None:
    """What the total cap leaves; none where no cap is in force."""
    asked = weighing.asked
    kind = asked.debtor
    if asked.enforceable:
        threatened = asked.measure == "bankruptcy_demand" or asked.charged("bankruptcy_demand")
        name = f"{kind}.cap.bankruptcy" if kind == "business" and threatened else f"{kind}.cap.enforceable"
        cap: Money | None = weighing.ask(name)
    else:
        bands = weighing.ask(f"{kind}.cap")
        cap = bands and band(bands, asked.principal)
    if cap is None:
        return None
    used = sum_of(counted(weighing), asked.nothing)
    return cap - min(used, cap)


def counted(weighing: Weighing) -> list[ChargedCost]:
    """Costs that the limits count: those charged while limits were in force."""
    name = f"{weighing.asked.debtor}.cap"
    cap = weighing.pack.rules[name]
    found = []
    for each in weighing.asked.so_far:
        value = cap.at(each.on)
        if value is not None and value.value is not None:
            found.append(each)
    return found
