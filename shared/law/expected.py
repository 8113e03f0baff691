"""Which rules a pack must hold, of which type, and which words they may use: a pack is held against this at start."""

from shared.law.answers import Country

# A type alone, or for words the ones that mean something. What says only that a rule exists has free words.
Expected = str | tuple[str, ...]

CONTRACT = ("as agreed", "never above the statutory rate")
COMPONENTS = ("words", "interest", "principal", "reminder_cost", "collection_cost")
EFFECTS = ("words", "no contact", "no cost", "representative instead", "guardian instead")
INTERRUPTIONS = ("words", "agreement", "payment", "acknowledgement", "demand", "legal")

EVERYWHERE: dict[str, Expected] = {
    "interest.contract.consumer": ("word", *CONTRACT),
    "interest.contract.business": ("word", *CONTRACT),
    "interest.day_count": ("word", "act/365", "act/act"),
    "allocation.consumer": COMPONENTS,
    "allocation.business": COMPONENTS,
    "allocation.wish": ("word", "counts"),
    "limitation.interruption": INTERRUPTIONS,
    "limitation.judgment.years": "years",
    "due.moves": ("words", "saturday", "sunday", "holiday"),
    "legal.after_demand": "word",
    "contact.calls.weekday": "hours",
    "contact.calls.saturday": "hours",
    "contact.calls.sunday": "hours",
    "condition.disputed": EFFECTS,
    "condition.objection_upheld": EFFECTS,
    "condition.represented": EFFECTS,
    "condition.guardian": EFFECTS,
    "condition.minor": EFFECTS,
    "business.standard_compensation": "amount",
}

FINLAND_BOTH: dict[str, Expected] = {
    "reminder": "amount",
    "other_reminder": "amount",
    "demand": "bands",
    "demand.enforceable": "amount",
    "second_demand.factor": "factor",
    "same_group_demand": "amount",
    "extension": "amount",
    "plan.few": "amount",
    "plan.many": "bands",
    "plan.enforceable": "amount",
    "cap": "bands",
    "cap.enforceable": "amount",
    "count.demands": "count",
    "count.plans": "factor_bands",
    "vat": "percent",
    "days.between": "days",
    "days.reading": "days",
    "days.extension": "days",
    "days.to_pay_least": "days",
}

OWN: dict[Country, dict[str, Expected]] = {
    "FI": {
        "interest.reference": "percent",
        "interest.margin.consumer": "percent",
        "interest.margin.business": "percent",
        "interest.credit.days": "days",
        **{f"{debtor}.{name}": kind for debtor in ("consumer", "business") for name, kind in FINLAND_BOTH.items()},
        "consumer.days.invoice": "days",
        "consumer.days.to_reminder": "days",
        "consumer.days.to_demand": "days",
        "consumer.days.to_pay": "days",
        "consumer.days.post": "days",
        "business.plan.from_seventh": "amount",
        "business.tratta": "bands",
        "business.tratta.enforceable": "amount",
        "business.tratta.spared": "word",
        "business.tratta.days.reminder": "days",
        "business.tratta.days.publish": "days",
        "business.tratta.days.publish_latest": "days",
        "business.bankruptcy_demand": "amount",
        "business.cap.bankruptcy": "amount",
        "business.count.demands_with_tratta": "count",
        "condition.suspension_request": EFFECTS,
        "limitation.years": "years",
        "limitation.final_years": "years",
        "records.years": "years",
        "accounts.years": "years",
    },
    "NO": {
        "interest.rate": "percent",
        "sats": "amount",
        "notice.share": "factor",
        "own_demand.share": "factor",
        "notice.rounding": "word",
        "notice.count": "count",
        "notice.days.after_due": "days",
        "notice.days.to_pay": "days",
        "demand.days.to_pay": "days",
        "demand.after_notice": "word",
        "salary.after_notice": "word",
        "salary.light": "factor_bands",
        "salary.sats": "word",
        "salary.heavy": "factor",
        "salary.days.heavy": "days",
        "salary.business": "factor",
        "salary.no_deduction": "factor",
        "salary.plan": "factor",
        "salary.plan.above": "count",
        "legal.months": "months",
        "limitation.years": "years",
        "limitation.loan.years": "years",
        "records.years": "years",
        "accounts.years": "years",
        "contact.calls.per_day": "count",
        "contact.calls.per_week": "count",
        "contact.calls.per_month": "count",
        "contact.calls.opt_out": "word",
    },
    "SE": {
        "interest.reference": "percent",
        "interest.margin.consumer": "percent",
        "interest.margin.business": "percent",
        "both.reminder": "amount",
        "both.demand": "amount",
        "both.plan": "amount",
        "both.others": "word",
        "both.vat": "percent",
        "demand.days.to_pay": "days",
        "demand.days.bank": "days",
        "days.post": "days",
        "days.to_pay_least": "days",
        "limitation.consumer.years": "years",
        "limitation.business.years": "years",
    },
}


# What every letter of a kind must carry: `both` consumers and businesses, `all` every letter.
LETTERS: dict[Country, tuple[str, ...]] = {
    "FI": ("consumer.demand", "business.demand", "both.reminder", "both.plan", "both.friendly", "both.all"),
    "NO": ("both.reminder", "both.notice", "both.demand", "both.plan", "both.friendly", "both.all"),
    "SE": ("both.reminder", "both.demand", "both.plan", "both.friendly", "both.all"),
}


def rules_of(country: Country) -> dict[str, Expected]:
    """Every rule that is asked for in a country, by name."""
    return {**EVERYWHERE, **OWN[country]}


def type_of(expected: Expected) -> str:
    """The type a rule must have."""
    return expected if isinstance(expected, str) else expected[0]


def wrong_words(expected: Expected, value: object) -> str | None:
    """What is wrong with the words of a value: one that means nothing here, one that stands twice or is missing."""
    if isinstance(expected, str):
        return None
    known = expected[1:]
    said: tuple[str, ...] = value if isinstance(value, tuple) else (str(value),)
    for place, word in enumerate(said):
        if word not in known:
            return f"{word} means nothing here ({', '.join(known)})"
        if word in said[:place]:
            return f"{word} stands twice"
    missing = [word for word in known if word not in said] if expected == COMPONENTS else []
    return f"{missing[0]} is missing" if missing else None
