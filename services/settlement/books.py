"""The books made anew from the events alone: what must agree between a payment, its case, its run and its payout."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

import msgspec

from services.settlement.ledger import Figures, Sums, balanced, postings
from services.settlement.payment import Payment
from services.settlement.remittance import divide
from shared.casestore import Recorded
from shared.events import gateway, intake, settlement
from shared.ids import payment_id
from shared.money import total


class Fault(msgspec.Struct, frozen=True):
    """Something that does not agree: where, a stable code, and what a person should know."""

    where: str
    code: str
    what: str


class Allocated(msgspec.Struct):
    """What cases say of one payment, in minor units."""

    allocated: int = 0
    taken_back: int = 0
    surplus: int = 0


class Books:
    """Takes every event in order; `faults` is what was found on the way, `at_the_end` what only the whole shows."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.sums = Sums()
        self.payments: dict[UUID, Payment] = defaultdict(Payment)
        self.assigned: dict[UUID, settlement.PaymentAssigned] = {}
        self.on_cases: dict[UUID, Allocated] = defaultdict(Allocated)
        self.to_pay_on: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.clients: dict[UUID, UUID] = {}
        self.agreements: dict[UUID, gateway.Agreement] = {}
        self.shares: dict[tuple[UUID, UUID], settlement.ShareSetAside] = {}
        self.remittances: dict[UUID, settlement.RemittanceCreated] = {}
        self.paid_on: dict[tuple[UUID, UUID], UUID] = {}

    def take(self, one: Recorded) -> None:
        """The next event of the log."""
        if one.event is None:
            return
        where = f"position {one.position}, {one.type}"
        lines = postings(one.event)
        if not balanced(lines):
            self._fault(where, "unbalanced", "its parts do not make its amount")
        self.sums.add(one.type, lines)
        if one.kind == "payment":
            self._payment(one, where)
        match one.event:
            case intake.CaseReceived(client_id):
                self.clients[one.stream_id] = client_id
            case gateway.ClientSet(agreement=agreement):
                self.agreements[one.stream_id] = agreement
            case settlement.CaseClosed(reason, open_balance) if reason == "paid" and open_balance:
                self._fault(where, "closed_owing", "a case closed as paid still owes")
        self._case(one, where)
        self._remittance(one, where)

    def _payment(self, one: Recorded, where: str) -> None:
        assert one.event is not None  # noqa: S101  (looked at by the caller)
        known = self.payments[one.stream_id]
        match one.event:
            case settlement.PaymentReceived(account, key=key) if payment_id(account, key) != one.stream_id:
                self._fault(where, "wrong_stream", "the payment is not on the stream of its account and key")
            case settlement.PaymentAssigned():
                self.assigned[one.stream_id] = one.event
            case settlement.RefundSent(refund_id, _, amount):
                decided = known.refunds.get(refund_id)
                if decided is None or decided.decided.amount != amount:
                    self._fault(where, "refund_differs", "the refund sent is not the one decided")
        self.payments[one.stream_id] = known.after(one.event)

    def _case(self, one: Recorded, where: str) -> None:
        open_ = self.to_pay_on[one.stream_id]
        match one.event:
            case settlement.PaymentAllocated(payment, _, amount, parts):
                self.on_cases[payment].allocated += amount.minor
                for part in parts:
                    open_[part.component] += part.amount.minor
            case settlement.AllocationReversed(payment, _, amount, parts):
                self.on_cases[payment].taken_back += amount.minor
                for part in parts:
                    open_[part.component] -= part.amount.minor
            case settlement.OverpaymentFound(payment, amount):
                self.on_cases[payment].surplus += amount.minor
            case settlement.ShareSetAside() as share:
                set_aside = {part.component: part.amount.minor for part in share.received}
                if {name: minor for name, minor in open_.items() if minor} != set_aside:
                    self._fault(where, "share_differs", "what is set aside is not what came and was in no run")
                self._divided(one.stream_id, share, where)
                open_.clear()
                self.shares[(one.stream_id, share.run_id)] = share

    def _divided(self, case_id: UUID, share: settlement.ShareSetAside, where: str) -> None:
        agreement = self.agreements.get(self.clients.get(case_id, case_id))
        told = (share.kept, share.commission, share.vat, share.net)
        if agreement is None or divide(share.received, agreement) != told:
            self._fault(where, "agreement_differs", "it is not divided as the agreement says")

    def _remittance(self, one: Recorded, where: str) -> None:
        match one.event:
            case settlement.RemittanceCreated(lines=lines, net=net):
                self.remittances[one.stream_id] = one.event
                if total((line.net for line in lines), net.currency) != net:
                    self._fault(where, "net_differs", "the lines do not make the net")
                for line in lines:
                    key = (line.case_id, line.run_id)
                    share = self.shares.get(key)
                    if share is None or (share.received, share.net) != (line.received, line.net):
                        self._fault(where, "line_differs", f"the line of case {line.number} is not what was set aside")
                    if key in self.paid_on:
                        self._fault(where, "paid_twice", f"the line of case {line.number} was paid on before")
                    self.paid_on[key] = one.stream_id
            case settlement.PayoutReturned(refund_id=None):
                self.paid_on = {key: by for key, by in self.paid_on.items() if by != one.stream_id}

    def at_the_end(self) -> Iterator[Fault]:
        """What the whole must agree on: each payment with its case, and the identities of each currency."""
        for stream_id, known in self.payments.items():
            yield from self._agrees(stream_id, known)
        for currency, of in self.figures().items():
            if not of.received_adds_up:
                yield Fault(currency, "received_differs", "what was received is not what became of it")
            if not of.allocated_adds_up:
                yield Fault(currency, "allocated_differs", "what was allocated is not what became of it")

    def _agrees(self, stream_id: UUID, known: Payment) -> Iterator[Fault]:
        where, said = f"payment {stream_id}", self.assigned.get(stream_id)
        on_case = self.on_cases.get(stream_id, Allocated())
        if known.received is None:
            yield Fault(where, "not_received", "money that never came was given to a case")
            return
        allocated, surplus = (said.allocated.minor, said.surplus.minor) if said else (0, 0)
        if (on_case.allocated, on_case.surplus) != (allocated, surplus):
            yield Fault(where, "allocation_differs", "the case got another amount than the payment gave")
        if on_case.taken_back != (on_case.allocated if known.reversed else 0):
            yield Fault(where, "reversal_differs", "what was taken back is not what had been allocated")
        if known.reversed is None and known.waiting.minor < 0:
            yield Fault(where, "spent_twice", "more was given away than came")

    def figures(self) -> Mapping[str, Figures]:
        """The figures of each currency."""
        return self.sums.figures()

    def _fault(self, where: str, code: str, what: str) -> None:
        self.faults.append(Fault(where, code, what))
