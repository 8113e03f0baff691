"""The files that pay: a client's share, or what goes back to a payer. Each line's end-to-end id names its event."""

from datetime import date, datetime
from uuid import UUID

from services.settlement import pain001
from services.settlement.pain001 import PayoutLine
from services.settlement.remittance import Draft
from shared.events.gateway import ClientSet
from shared.events.settlement import RefundDecided
from shared.identifiers import account_key
from shared.setup import Agency

MESSAGE_ID_LENGTH = 30
PAYER = {"EUR": "Maksaja", "NOK": "Betaler", "SEK": "Betalare"}  # Where the bank did not tell the payer's name.
REFUND = {"EUR": "Palautus, liikamaksu", "NOK": "Tilbakebetaling", "SEK": "Återbetalning"}


def remittance_file(draft: Draft, client: ClientSet, agency: Agency, now: datetime) -> bytes:
    """One payment to the client: the net of its statement. Raises ValueError where a bank would refuse it."""
    text = f"{agency.now.name} {draft.execute_on.isoformat()} {draft.remittance_id.hex[:8]}"
    line = PayoutLine(
        draft.remittance_id.hex, draft.net, client.name, account_key(draft.to.iban), text=text, to_bic=draft.to.bic
    )
    return _file(draft.remittance_id, line, draft.execute_on, agency, now)


def refund_file(refund: RefundDecided, agency: Agency, now: datetime) -> bytes:
    """One payment to the payer. Raises ValueError where a bank would refuse it, LookupError where he was erased."""
    payer = refund.to.value
    if payer is None or payer.account is None:
        raise LookupError("payer_erased")
    currency = refund.amount.currency
    name = payer.name if payer.name and payer.name.strip() else PAYER[currency]
    line = PayoutLine(refund.refund_id.hex, refund.amount, name, payer.account, text=REFUND[currency])
    return _file(refund.refund_id, line, refund.execute_on, agency, now)


def _file(made_for: UUID, line: PayoutLine, execute_on: date, agency: Agency, now: datetime) -> bytes:
    account = agency.account(line.amount.currency)
    if account is None:
        raise ValueError(f"no client-money account in {line.amount.currency}")
    return pain001.write(
        pain001.Payout(
            message_id=made_for.hex[:MESSAGE_ID_LENGTH],
            created=now,
            debtor_name=agency.now.name,
            debtor_account=account_key(account.iban),
            execute_on=execute_on,
            lines=(line,),
            debtor_bic=account.bic,
        )
    )
