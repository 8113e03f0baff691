"""Who owes in the demo: invented people and businesses, why each has not paid, and what each will do about it.

Everything about a person is drawn at birth from the seed and the person's number. Nothing they do later depends on
chance, on the machine's clock or on the order in which their letters arrive.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from deploy.demo.identity import iban, identifier, telephone
from deploy.demo.names import GIVEN, STREETS, SUBJECTS, SURNAME_ENDS, SURNAME_STARTS, TOWNS, TRADES, Country
from deploy.demo.person import Bill, Flaw, Habits, Keeps, Kind, OwnStep, Person, Registry, Resolution, Surplus
from shared.calendar import is_bank_day
from shared.references import kid, viitenumero

T = TypeVar("T")

SHARES: Mapping[Kind, int] = {
    "forgot": 35, "short": 25, "unwilling": 10, "disputes": 8, "paid_client": 7, "insolvent": 5, "flawed": 5,
    "surplus": 5,
}  # fmt: skip
COUNTRIES: Mapping[Country, int] = {"FI": 65, "NO": 35}
BUSINESS_PERCENT = 40
HANDED_OVER_PERCENT = 60  # In the first part of the run, so that lives can end before it does.
FLAWS: tuple[Flaw, ...] = (
    "paid_already", "no_identifier", "sums_differ", "time_barred", "wrong_identifier", "no_due_day"
)  # fmt: skip


def invent(cases: int, days: int, seed: int, first_day: date) -> list[Person]:
    """So many people, in the shares we know from life, each handed over on a bank day of the first part of the run."""
    rng = Random(f"people {seed}")  # noqa: S311 - a demo's people, not a secret.
    kinds = dealt(SHARES, cases, rng)
    countries = dealt(COUNTRIES, cases, rng)
    businesses = dealt({True: BUSINESS_PERCENT, False: 100 - BUSINESS_PERCENT}, cases, rng)
    among = dict.fromkeys(SHARES, 0)
    people = []
    for number, (kind, country, business) in enumerate(zip(kinds, countries, businesses, strict=True), start=1):
        own = Random(f"person {seed} {number}")  # noqa: S311 - the same.
        day = _handed_over(first_day, days, country, own)
        person = _born(number, kind, country, business, day, own)
        nth = among[kind]
        people.append(replace(person, habits=_habits(person, nth, own), bills=_bills(person, nth, own)))
        among[kind] += 1
    return people


def dealt(shares: Mapping[T, int], count: int, rng: Random) -> list[T]:
    """So many, as near to these shares as whole numbers come, in an order of chance."""
    whole = sum(shares.values())
    exact = {one: share * count for one, share in shares.items()}
    each = {one: part // whole for one, part in exact.items()}
    left = sorted(shares, key=lambda one: -(exact[one] % whole))[: count - sum(each.values())]
    hand = [one for one in shares for _ in range(each[one] + (one in left))]
    rng.shuffle(hand)
    return hand


def _handed_over(first_day: date, days: int, country: Country, rng: Random) -> date:
    day = first_day + timedelta(days=rng.randrange(1, max(2, days * HANDED_OVER_PERCENT // 100)))
    while not is_bank_day(country, day):
        day += timedelta(days=1)
    return day


def _born(number: int, kind: Kind, country: Country, business: bool, day: date, rng: Random) -> Person:
    surname = rng.choice(SURNAME_STARTS[country]) + rng.choice(SURNAME_ENDS[country])
    name = f"{surname} {rng.choice(TRADES[country])}" if business else f"{rng.choice(GIVEN[country])} {surname}"
    postcode, town = rng.choice(TOWNS[country])
    return Person(
        number=number,
        kind=kind,
        country=country,
        business=business,
        client=rng.choice(("kaamos", "hymy")) if country == "FI" else "fjord",
        name=name,
        identifier=identifier(country, business=business, rng=rng),
        # The number of the house is the person's own, so that a letter tells whose it is.
        street=f"{rng.choice(STREETS[country])} {number}",
        postcode=postcode,
        town=town,
        email=f"{plain(surname)}.{number}@example.net",
        phone=telephone(country, number),
        account=iban(country, 1000 + number),
        payday=rng.choice((10, 15, 20, 25)),
        handed_over=day,
        bills=(),
    )


def plain(name: str) -> str:
    """In the letters of an e-mail address."""
    return name.lower().translate(str.maketrans("åäöøæ", "aaooa"))


def _habits(person: Person, nth: int, rng: Random) -> Habits:
    """How this one is: the nth of its kind, so that every way to behave is there even among few."""
    habits = Habits(
        moved_by=1 + (rng.random() < 0.25),
        days=rng.randint(1, 5),
        answers_in=rng.randint(1, 4),
        client_says=rng.choice(("court", "court", "close", "close", "surveillance")),
    )
    match person.kind:
        case "forgot":
            return replace(habits, slips=nth % 9 == 4, under=(0, 0, 1, 0, 0, 30)[nth % 6])
        case "short":
            keeps: Keeps = ("kept", "kept", "missed_one", "kept", "broken")[nth % 5]
            return replace(
                habits, phones=nth % 3 == 0, keeps=keeps, instalments=(3, 4, 6, 3, 9)[rng.randrange(5)],
                stumbles_at=rng.randint(1, 3), recovers=nth % 10 == 4, client_agrees=nth % 4 != 3,
            )  # fmt: skip
        case "disputes":
            resolution: Resolution = ("adjusted", "upheld", "rejected")[nth % 3]
            return replace(habits, resolution=resolution, recovers=nth % 2 == 0)
        case "paid_client":
            return replace(habits, credited=nth % 4 == 3, moved_by=1)
        case "insolvent":
            registry: Registry = "bankrupt" if person.business else ("many_marks", "unknown")[nth % 2]
            return replace(habits, registry=registry, client_agrees=nth % 3 == 0)
        case "surplus":
            way: Surplus = ("over", "taken_back", "twice")[nth % 3]
            return replace(habits, surplus=way, recovers=nth % 2 == 0, moved_by=1)
    return habits


def _bills(person: Person, nth: int, rng: Random) -> tuple[Bill, ...]:
    """One invoice; in Norway now and then two, which become one case."""
    flaw: Flaw = FLAWS[nth % len(FLAWS)] if person.kind == "flawed" else ""
    two = person.country == "NO" and person.kind in ("forgot", "short") and nth % 5 == 2
    late = rng.choice((-2, 2, 3, 4, 5, 9, 12, 16, 20, 24, 28, 33, 40, 48))
    due = person.handed_over - timedelta(days=late)
    if flaw == "time_barred":
        due -= timedelta(days=6 * 365)
    told = late >= 20 and not flaw and not two and rng.random() < 0.4
    bills = []
    for place in range(1 + two):
        serial = person.number * 10 + place
        reference = viitenumero(40_000 + serial) if person.country == "FI" else kid(40_000 + serial, 10)
        bills.append(
            Bill(
                number=f"{'KHF'[['kaamos', 'hymy', 'fjord'].index(person.client)]}-{10_000 + serial}",
                issued=due - timedelta(days=14 + 7 * place),
                due=due,
                minor=_amount(person, rng),
                reference=reference,
                subject=rng.choice(SUBJECTS[person.client]),
                flaw=flaw,
                own_step=_own_step(person, due, early=rng.random() < 0.2) if told else None,
            )
        )
    return tuple(bills)


def _amount(person: Person, rng: Random) -> int:
    """Cents or øre: businesses owe more, and a krone is worth less."""
    most = rng.choice((900_00, 2_800_00, 9_000_00)) if person.business else rng.choice((95_00, 260_00, 1_400_00))
    minor = rng.randint(most // 3, most)
    return minor * (10 if person.country == "NO" else 1)


def _own_step(person: Person, due: date, *, early: bool) -> OwnStep:
    """The client's own reminder or, in Norway, notice; now and then sent too early for its cost to be lawful."""
    sent = due + timedelta(days=6 if early else 15)
    if person.country == "FI":
        return OwnStep("reminder", sent, "12.00" if person.business else "5.00", sent + timedelta(days=14))
    return OwnStep("notice", sent, "35.00", sent + timedelta(days=14))
