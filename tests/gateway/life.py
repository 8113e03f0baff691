"""Whole lives of cases, as the services would tell them: one in Finland on a plan, one rugged one in Norway."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from shared.casestore import Recorded
from shared.events import Event, Sealed, contact, gateway, intake, plans, settlement
from shared.events.gateway import Account, Agreement, Mandate, ReferenceKind, Share
from shared.events.reasons import Charge, Reason, RuleAsked
from shared.events.settlement import Part
from shared.ids import AGENCY, SOVINTO, client_id, staff_id
from shared.law import Law, SentStep
from shared.law.kept import kept
from shared.money import Money

ANNA, CLIENT, OTHER = staff_id("anna"), client_id("malli-oy"), client_id("toinen-oy")
CASE, PARTY, CLAIM = (uuid5(SOVINTO, f"test|{name}") for name in ("case", "party", "claim"))
PLAN, PAYMENT, PAYMENT_2, CALL, FILE = (
    uuid5(SOVINTO, f"test|{name}") for name in ("plan", "payment", "payment 2", "call", "file")
)
REMINDER, DEMAND, FACTS, RECALLED = (uuid5(SOVINTO, f"test|{n}") for n in ("reminder", "demand", "facts", "recalled"))
DEBTOR = intake.Person(
    "Aino Esimerkki", "010190-999X", "Kuusikuja 1", "00100", "Helsinki", "FI", "aino@example.fi", "+358 40 1234567"
)
LETTER, SOURCE = "a" * 64, "b" * 64
FI_LAW = RuleAsked("fi.costs.demand", "513/1999 10 a § 1 mom. 2 kohta", "finlex 513/1999")


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def at(month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=UTC)


class Told(msgspec.Struct, frozen=True):
    """One append: when, on which stream, by whom, what."""

    when: datetime
    stream: UUID
    actor: str
    events: tuple[Event, ...]


def told(when: datetime, stream: UUID, actor: str, *events: Event) -> Told:
    return Told(when, stream, actor, events)


SHARES = (
    Share("principal", "client"), Share("interest", "client"), Share("reminder_cost", "agency"),
    Share("collection_cost", "agency"),
)  # fmt: skip


def a_client(name: str, language: str = "fi", country: str = "FI") -> gateway.ClientSet:
    iban = Account("FI2112345600000785", "EUR")
    return gateway.ClientSet(
        name, "0737546-2", country, language, (language,), "Katu 1", "00100", "Helsinki", "laskut@example.fi", (iban,),
        (iban,), Agreement(SHARES, "25.5"), Mandate(),
    )  # fmt: skip


SET_UP = (
    told(at(1, 2, 6), AGENCY, "staff:operator", gateway.AgencySet(
        "Perintätoimisto Esimerkki Oy", "0737546-2", "FI", "Katu 2", "00100", "Helsinki", "apu@example.fi",
        "+358 9 123 4567", "ma–pe 9–16", (Account("FI3715903000000776", "EUR"),),
        (ReferenceKind("EUR", "viitenumero", 10),),
    )),
    told(at(1, 2, 6, 1), CLIENT, "staff:operator", a_client("Malli Oy")),
    told(at(1, 2, 6, 2), OTHER, "staff:operator", a_client("Toinen Oy")),
    told(at(1, 2, 6, 3), ANNA, "staff:operator",
         gateway.StaffAdded(Sealed((ANNA,), "Anna Neuvoja"), "+358 9 123 4568", ANNA)),
    told(at(1, 2, 6, 4), PARTY, "service:intake",
         intake.PartyIdentified("FI", "consumer", "fi", Sealed((PARTY,), DEBTOR))),
)  # fmt: skip


LAW = Law.load()
DUE, REMINDED, ASKED = date(2024, 12, 31), date(2025, 1, 17), date(2025, 2, 4)
FIRST_DAY = kept(LAW.earliest("FI", "consumer", "demand", DUE, [SentStep("reminder", REMINDED, date(2025, 1, 31))]))
HIGHEST = kept(LAW.cost("FI", "consumer", "demand", euro(260_00), ASKED, due=DUE))


def message(
    contact_id: UUID, step: str, kind: str, channel: contact.Channel, charge: Charge | None = None,
    total: int | None = None, pay_by: date | None = None,
) -> contact.ContactDecided:  # fmt: skip
    answers = (FIRST_DAY, HIGHEST) if charge and charge.answer else ()
    reason = Reason(step, (FI_LAW,) if charge else (), (("balance", "260,00 €"),), answers=answers)
    owed = euro(total) if total else None
    return contact.ContactDecided(contact_id, "debtor", step, kind, channel, "fi", LETTER, owed, pay_by, charge, reason)


DEMAND_COST = Charge("demand", euro(14_00), ASKED, (FI_LAW,), answer=HIGHEST)
INSTALMENTS = (
    plans.Instalment(date(2025, 3, 3), euro(140_00), date(2025, 3, 4)),
    plans.Instalment(date(2025, 4, 1), euro(140_90), date(2025, 4, 2)),
)

LIFE = (
    told(at(1, 16, 7), CASE, f"client:{CLIENT}",
         intake.CaseReceived(CLIENT, PARTY, "FI", "consumer", "EUR", "fi", date(2025, 1, 16)),
         intake.ClaimAdded(CLAIM, "2025-17", date(2024, 12, 17), date(2024, 12, 31), euro(260_00),
                           Sealed((PARTY,), "Polkupyörän huolto"), SOURCE, FILE),
         intake.EarlierStepTold(CLAIM, intake.EarlierStep(
             "reminder", date(2025, 1, 14), "email", euro(5_00), euro(0), False, "too_early",
             "513/1999 10 b § 1 mom."))),
    told(at(1, 16, 7, 1), CASE, "service:intake", intake.CreditCheckAsked(1)),
    told(at(1, 16, 7, 2), CASE, "service:intake", intake.CreditCheckCompleted(
        "collection", "Luottorekisteri", at(1, 16, 7, 2),
        Sealed((PARTY,), intake.CreditAnswer("good", 0, "ei merkintöjä")), "good")),
    told(at(1, 16, 7, 3), CASE, "service:intake", intake.CaseAccepted("S-1001", "1009", ANNA)),
    told(at(1, 16, 7, 4), CASE, "service:contact", contact.StrategyAssigned("FI consumer", "reminder"),
         contact.StepPlanned("reminder", at(1, 16, 8), Reason("reminder"))),
    told(at(1, 16, 8), CASE, "service:contact", contact.StepWaited(
        "reminder", Reason("reminder", blocked_by=("money_not_fresh",)), at(1, 17, 8))),
    told(at(1, 17, 8), CASE, "service:contact", message(REMINDER, "reminder", "reminder", "letter", total=262_00,
                                                        pay_by=date(2025, 1, 31))),
    told(at(1, 17, 8, 1), CASE, "service:contact", contact.HandOverStarted(REMINDER, 1, at(1, 17, 8, 2))),
    told(at(1, 17, 8, 2), CASE, "service:contact", contact.HandedOver(REMINDER, 1, "print", "p-1")),
    told(at(1, 17, 12), CASE, "service:contact", contact.Posted(REMINDER, date(2025, 1, 17))),
    told(at(1, 17, 12, 1), CASE, "service:contact", contact.StepPlanned("demand", at(2, 4, 8), Reason("demand"))),
    told(at(2, 4, 8), CASE, "service:contact", message(DEMAND, "demand", "demand", "letter", DEMAND_COST, 278_90,
                                                      date(2025, 2, 19))),
    told(at(2, 4, 8, 1), CASE, "service:contact", contact.HandOverStarted(DEMAND, 1, at(2, 4, 8, 2))),
    told(at(2, 4, 8, 2), CASE, "service:contact", contact.HandedOver(DEMAND, 1, "print", "p-2")),
    told(at(2, 4, 12), CASE, "service:contact", contact.Posted(DEMAND, date(2025, 2, 4))),
    told(at(2, 13, 8), CASE, "service:contact",
         contact.CallTaskCreated(CALL, "call", at(2, 13, 8), at(2, 13, 15), Reason("call"))),
    told(at(2, 13, 9), CASE, f"staff:{ANNA}", contact.CallMade(
        CALL, "wants_plan", Sealed((PARTY,), "Palkka tulee kuun lopussa; kaksi erää sopii."), str(ANNA))),
    told(at(2, 13, 9, 1), CASE, "service:contact", message(FACTS, "facts", "facts", "email")),
    told(at(2, 13, 9, 2), CASE, "service:contact", contact.HandOverStarted(FACTS, 1, at(2, 13, 9, 3)),
         contact.HandedOver(FACTS, 1, "smtp", "m-1")),
    told(at(2, 13, 9, 5), CASE, f"staff:{ANNA}",
         plans.PlanProposed(PLAN, INSTALMENTS, euro(280_90), None, ("instalment_too_small",)),
         plans.PlanApprovalAsked(PLAN, date(2025, 2, 20), (date(2025, 2, 17),), "needs_answer")),
    told(at(2, 14, 7), CASE, f"client:{CLIENT}", plans.PlanApproved(PLAN, f"client:{CLIENT}"),
         plans.PlanStarted(PLAN, INSTALMENTS, None)),
    told(at(3, 3, 6), CASE, "service:settlement", settlement.PaymentAllocated(
        PAYMENT, CLAIM, euro(140_00), (Part("collection_cost", euro(14_00)), Part("interest", euro(3_00)),
                                      Part("principal", euro(123_00))), date(2025, 3, 3), "fi.allocation",
        "513/1999 11 a §")),
    told(at(3, 3, 6, 1), CASE, "service:plans", plans.InstalmentPaid(1)),
    told(at(4, 2, 7), CASE, "service:plans", plans.InstalmentMissed(2), plans.RescueDecided(2, date(2025, 4, 7))),
    told(at(4, 3, 6), CASE, "service:settlement", settlement.PaymentAllocated(
        PAYMENT_2, CLAIM, euro(140_90), (Part("interest", euro(3_90)), Part("principal", euro(137_00))),
        date(2025, 4, 3), "fi.allocation", "513/1999 11 a §")),
    told(at(4, 3, 6, 1), CASE, "service:plans", plans.InstalmentPaid(2), plans.PlanCompleted()),
    told(at(4, 3, 6, 2), CASE, "service:settlement", settlement.CaseClosed("paid", euro(0))),
    told(at(4, 4, 6), CASE, "service:settlement", settlement.ShareSetAside(
        FILE, (Part("principal", euro(260_00)), Part("interest", euro(6_90))), euro(14_00), euro(13_00), euro(3_32),
        euro(250_58), (date(2025, 3, 3), date(2025, 4, 3)))),
)  # fmt: skip

NAMES: Mapping[UUID, str] = {ANNA: "Anna Neuvoja"}


def recorded(life: Sequence[Told]) -> Iterator[Recorded]:
    """The life as a stream read back, for what needs no store."""
    position = 0
    versions: dict[UUID, int] = {}
    for append in life:
        for event in append.events:
            position += 1
            versions[append.stream] = versions.get(append.stream, 0) + 1
            kind = "case" if append.stream == CASE else "client" if append.stream == CLIENT else "party"
            yield Recorded(
                event, position, append.stream, versions[append.stream], kind, uuid5(append.stream, str(position)),
                "test", append.stream, type(event).__name__, CLIENT, append.actor, "", append.when, append.when, b"",
            )  # fmt: skip


def until(life: Sequence[Told], moment: datetime) -> tuple[Told, ...]:
    """The part of a life up to a moment."""
    return tuple(append for append in life if append.when <= moment)


def later(moment: datetime, minutes: int) -> datetime:
    return moment + timedelta(minutes=minutes)


# A case in Norway on which nearly everything else happens.

DISPUTE, QUESTION, NOTICE, LATE, SMS, LOST = (
    uuid5(SOVINTO, f"test|{name}") for name in ("dispute", "question", "notice", "late", "sms", "lost")
)
NO_LAW = RuleAsked("no.costs.light", "Inkassoforskriften § 2-2", "lovdata")


def kroner(minor: int) -> Money:
    return Money(minor, "NOK")


def beskjed(
    contact_id: UUID, step: str, channel: contact.Channel, charge: Charge | None = None
) -> contact.ContactDecided:  # fmt: skip
    reason = Reason(step, (NO_LAW,) if charge else (), (("total", "100000 NOK"), ("last_contact", "none")))
    return contact.ContactDecided(
        contact_id, "debtor", step, step, channel, "nb", LETTER, kroner(1_000_00), date(2025, 3, 20), charge, reason
    )


SALARY = Charge("salary_light", kroner(350_00), date(2025, 3, 3), (NO_LAW,))
RUGGED = (
    told(at(2, 3, 7), CASE, f"client:{CLIENT}",
         intake.CaseReceived(CLIENT, PARTY, "NO", "consumer", "NOK", "nb", date(2025, 2, 3)),
         intake.ClaimDrafted(CLAIM, "F-9", None, None, None, SOURCE, FILE, Sealed((PARTY,), "{}")),
         intake.DefectsFound((intake.Defect("missing_identifier", "debtor.identifier", "fødselsnummer mangler"),),
                             date(2025, 2, 17))),
    told(at(2, 4, 7), CASE, f"client:{CLIENT}", intake.InfoReceived("debtor"),
         intake.CaseCorrected(PARTY, "NO", "consumer", "NOK", "nb"),
         intake.ClaimAdded(CLAIM, "F-9", date(2025, 1, 2), date(2025, 1, 16), kroner(1_000_00),
                           Sealed((PARTY,), "Sykkel"), SOURCE, FILE)),
    told(at(2, 4, 7, 1), CASE, "service:intake", intake.CreditCheckAsked(1)),
    told(at(2, 4, 7, 2), CASE, "service:intake", intake.CreditCheckDelayed(1, "away", at(2, 4, 8))),
    told(at(2, 4, 8), CASE, "service:intake", intake.CreditCheckCompleted(
        "collection", "register", at(2, 4, 8), Sealed((PARTY,), intake.CreditAnswer("good", 0, "")), "good"),
        intake.CaseAccepted("S-2002", "2002", ANNA), intake.LimitationNear(CLAIM, date(2028, 1, 16))),
    told(at(2, 5, 8), CASE, "service:contact", beskjed(SMS, "friendly", "sms"),
         contact.HandOverStarted(SMS, 1, at(2, 5, 9)), contact.HandOverFailed(SMS, 1, "away", at(2, 5, 9)),
         contact.HandOverStarted(SMS, 2, at(2, 5, 10)), contact.HandedOver(SMS, 2, "sms", "s-1"),
         contact.Delivered(SMS)),
    told(at(2, 6, 8), CASE, "service:contact", beskjed(NOTICE, "notice", "letter"),
         contact.HandOverStarted(NOTICE, 1, at(2, 6, 9)), contact.HandedOver(NOTICE, 1, "print", "p"),
         contact.Posted(NOTICE, date(2025, 2, 6)), contact.Returned(NOTICE, Sealed((PARTY,), "moved"))),
    told(at(2, 7, 8), CASE, "service:contact", beskjed(LOST, "reminder", "sms"),
         contact.HandOverStarted(LOST, 1, at(2, 7, 9)), contact.HandOverUnknown(LOST, 1, "no_answer", at(2, 7, 10)),
         contact.OutcomeAsked(LOST, 1, 1, None)),
    told(at(3, 3, 9), CASE, "service:contact", beskjed(LATE, "demand", "letter", SALARY)),
    told(at(3, 3, 9, 1), CLIENT, f"client:{CLIENT}", gateway.CollectionPaused(Sealed((CLIENT,), "ferie"))),
    told(at(3, 3, 9, 2), CASE, "service:contact", contact.ContactRecalled(LATE, ("paused",))),
    told(at(3, 4, 9), CASE, "service:contact",
         contact.StepWaited("demand", Reason("demand", blocked_by=("paused",)), None)),
    told(at(3, 5, 9), CLIENT, f"client:{CLIENT}", gateway.CollectionResumed()),
    told(at(3, 5, 9, 1), CASE, "service:contact",
         contact.CallTaskCreated(CALL, "call", at(3, 6, 8), at(3, 6, 15), Reason("call"))),
    told(at(3, 6, 9), CASE, "service:contact", contact.CallTaskWithdrawn(CALL, ("disputed",))),
    told(at(3, 6, 9, 1), CASE, f"staff:{ANNA}",
         contact.DisputeOpened(DISPUTE, CLAIM, Sealed((PARTY,), "Sykkelen var skadet."), date(2025, 3, 20))),
    told(at(3, 7, 9), CASE, f"client:{CLIENT}", contact.EvidenceAdded(DISPUTE, Sealed((PARTY,), "Bilder vedlagt."))),
    told(at(3, 10, 9), CASE, f"staff:{ANNA}",
         contact.DisputeResolved(DISPUTE, "adjusted", CLAIM, kroner(100_00), date(2025, 3, 24))),
    told(at(3, 11, 9), CASE, f"staff:{ANNA}", contact.DueDateMoved(date(2025, 3, 31))),
    told(at(3, 12, 9), PARTY, f"staff:{ANNA}", gateway.ContactSuspended("guardian", None),
         gateway.ContactAllowedAgain()),
    told(at(3, 13, 9), CASE, f"staff:{ANNA}", plans.PlanProposed(PLAN, NO_INSTALMENTS := (
        plans.Instalment(date(2025, 4, 1), kroner(450_00), date(2025, 4, 2)),
        plans.Instalment(date(2025, 5, 2), kroner(450_00), date(2025, 5, 5))), kroner(900_00), None, ("too_long",)),
        plans.PlanApprovalAsked(PLAN, date(2025, 3, 20), (date(2025, 3, 17),), "starts"),
        plans.PlanApprovalReminded(PLAN, date(2025, 3, 17)), plans.PlanApproved(PLAN, "silence"),
        plans.PlanStarted(PLAN, NO_INSTALMENTS, None)),
    told(at(4, 2, 9), CASE, "service:plans", plans.InstalmentMissed(1), plans.RescueWithheld(1, ("holiday",), None),
         plans.PlanBroken(1), plans.PlanRefused(PLAN, "no answer")),
    told(at(4, 3, 9), CASE, f"client:{CLIENT}", settlement.DirectPaymentReported(
        CLAIM, kroner(200_00), (Part("principal", kroner(200_00)),), date(2025, 4, 2)),
        settlement.CreditNoteReported(CLAIM, kroner(50_00), "K-1", date(2025, 4, 2))),
    told(at(4, 4, 9), CASE, "service:settlement", settlement.PaymentAllocated(
        PAYMENT, CLAIM, kroner(100_00), (Part("principal", kroner(100_00)),), date(2025, 4, 4), "", ""),
        settlement.OverpaymentFound(PAYMENT, kroner(20_00), False),
        settlement.OverpaymentReversed(PAYMENT, kroner(20_00)),
        settlement.AllocationReversed(PAYMENT, CLAIM, kroner(100_00), (Part("principal", kroner(100_00)),),
                                      date(2025, 4, 4)),
        settlement.WrittenOff(CLAIM, kroner(3_00), (Part("principal", kroner(3_00)),)),
        settlement.WriteOffReversed(CLAIM, kroner(3_00), (Part("principal", kroner(3_00)),)),
        settlement.CaseClosed("paid", kroner(0)), settlement.CaseReopened("payment_reversed")),
    told(at(4, 7, 9), CASE, "service:contact", contact.LegalDecisionAsked(QUESTION, date(2025, 4, 21))),
    told(at(4, 8, 9), CASE, f"client:{CLIENT}", contact.LegalDecisionGiven(QUESTION, "surveillance")),
    told(at(4, 9, 9), CASE, f"client:{CLIENT}", gateway.CollectionStopped(Sealed((PARTY,), "vi ordner det selv"))),
    told(at(4, 9, 9, 1), CASE, "service:settlement", settlement.CaseClosed("withdrawn_by_client", kroner(650_00))),
)  # fmt: skip
