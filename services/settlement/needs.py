"""What settlement's edges need beyond events: the law, the documents, and views that are not behind the log."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from services.settlement import views
from shared.casestore import CaseStore
from shared.documents import Documents
from shared.errors import Away
from shared.events.settlement import PaymentReceived, RemittanceLine
from shared.identifiers import account_country
from shared.law import Law
from shared.projections import Reader

BEHIND_SECONDS_MAX = 20.0


class Needs(msgspec.Struct, frozen=True):
    """Given once by main. Its questions wait until the views have read all there is now."""

    store: CaseStore
    reader: Reader
    documents: Documents
    law: Law

    async def caught_up(self) -> None:
        """Raises Away where the views stay behind: whoever asked asks again, and nothing is decided on old lists."""
        if not await self.reader.reached(await self.store.head(), BEHIND_SECONDS_MAX):
            raise Away("settlement's views are behind")

    async def find_case(self, payment: PaymentReceived) -> UUID | None:
        """The case whose reference a payment names."""
        case = await self.case_of(payment.reference, payment.account)
        return case[0] if case else None

    async def case_of(self, reference: str | None, account: str) -> tuple[UUID, UUID] | None:
        """The case and the party a reference on one of our accounts means.

        A reference once given stays that case's, so only one that is not found is worth waiting for the views.
        """
        if not reference:
            return None
        found = await self.given([reference], account)
        if not found:
            await self.caught_up()
            found = await self.given([reference], account)
        return found.get(reference)

    async def given(self, references: Collection[str], account: str) -> dict[str, tuple[UUID, UUID]]:
        """The case and the party of each of these references, as far as the views have read."""
        return await views.cases_of_references(self.store.pool, references, account_country(account) or "FI")

    async def open_cases_of(self, stream_id: UUID) -> list[UUID]:
        """The open cases a case's, a client's or a party's stream is about."""
        await self.caught_up()
        return await views.open_cases_of(self.store.pool, stream_id)

    async def cases_to_pay_on(self, client_id: UUID) -> list[UUID]:
        """A client's cases with money in no run yet."""
        await self.caught_up()
        return await views.cases_to_pay_on(self.store.pool, client_id)

    async def lines_of(self, client_id: UUID) -> Sequence[RemittanceLine]:
        """What is set aside for a client and in no payout."""
        await self.caught_up()
        return await views.lines_to_pay_on(self.store.pool, client_id)


class _Wired:
    """Where the one `Needs` of this process is."""

    needs: Needs | None = None


def wire(needs: Needs) -> None:
    """Called once by main, before anything is heard."""
    _Wired.needs = needs


def needs() -> Needs:
    """What main gave."""
    assert _Wired.needs is not None, "main has not wired the service"  # noqa: S101  (our own fault)
    return _Wired.needs
