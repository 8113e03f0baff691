"""What happened to money: what came, what it was for, what went back, what is paid on, and how the case ended."""

from services.gateway.progress import SETTLED, Progress
from services.gateway.telling.draft import Draft, Teller
from shared.casestore import Recorded
from shared.events import settlement
from shared.money import Money


def tell(teller: Teller, one: Recorded, after: Progress) -> Draft | None:
    """The line this event starts or completes, where it belongs to this chapter."""
    words, bank, event = teller.words, teller.words("by.bank"), one.event
    match event:
        case settlement.PaymentAllocated():
            return _payment(teller, one, event)
        case settlement.OverpaymentFound(payment_id, amount, refund):
            over = {"amount": words.amount(amount)}
            paid = teller.of.get(("payment", payment_id)) or teller.start(
                one, "money", "line.overpaid", by=bank, **over
            )
            teller.detail(paid, "overpaid_refund" if refund else "overpaid_kept", **over)
            return paid
        case settlement.OverpaymentReversed(amount=amount):
            return teller.start(one, "money", "line.over_reversed", by=bank, amount=words.amount(amount))
        case settlement.AllocationReversed(amount=amount):
            return teller.start(one, "money", "line.payment_reversed", by=bank, amount=words.amount(amount))
        case settlement.DirectPaymentReported(amount=amount, parts=parts, answers=answers):
            draft = teller.start(one, "money", "line.direct", amount=words.amount(amount))
            teller.detail(draft, "parts", parts=teller.named(parts))
            teller.by_law(draft, *answers)
            teller.of["payment", "last"] = draft
            return draft
        case settlement.CreditNoteReported(amount=amount, number=number):
            return teller.start(one, "money", "line.credit_note", amount=words.amount(amount), number=number)
        case settlement.WrittenOff(amount=amount):
            draft = teller.start(one, "money", "line.written_off", by=words("by.agency"), amount=words.amount(amount))
            teller.of["let go", one.cause] = draft
            return draft
        case settlement.WriteOffReversed(amount=amount):
            return teller.start(one, "money", "line.let_go_again", amount=words.amount(amount))
        case settlement.ShareSetAside(net=net, kept=kept, commission=commission, vat=vat):
            draft = teller.start(one, "money", "line.set_aside", by=words("by.agency"), net=words.amount(net))
            if kept:
                teller.detail(draft, "kept", amount=words.amount(kept))
            if commission:
                told = {"commission": words.amount(commission), "vat": words.amount(vat)}
                teller.detail(draft, "commission", **told)
            return draft
        case settlement.CaseClosed(reason):
            let_go = teller.of.pop(("let go", one.cause), None)
            if let_go is not None and reason in SETTLED:
                let_go.balance = Money(0, after.case.currency)  # What was let go is all that was left.
            return teller.start(one, "case", "line.closed", by=words("by.agency"), reason=words.of("closed", reason))
        case settlement.CaseReopened(because):
            return teller.start(one, "case", "line.reopened", reason=words.of("reopened", because))
    return None


def _payment(teller: Teller, one: Recorded, event: settlement.PaymentAllocated) -> Draft:
    """One payment is one line, also where it was spread over several invoices."""
    words = teller.words
    whole = teller.paid.get(event.payment_id, Money(0, event.amount.currency)) + event.amount
    draft = teller.of.get(("payment", event.payment_id))
    if draft is None:
        draft = teller.start(one, "money", "line.payment", by=words("by.bank"), amount=words.amount(whole))
        teller.by_rule(draft, event.section)
    draft.what = words("line.payment", amount=words.amount(whole))
    teller.detail(draft, "parts", parts=teller.named(event.parts))
    teller.by_law(draft, *event.answers)
    teller.paid[event.payment_id] = whole
    teller.of["payment", event.payment_id] = teller.of["payment", "last"] = draft
    return draft
