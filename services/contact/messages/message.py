"""What a message holds: the facts of an SMS or an e-mail, to a debtor or to the client."""

from datetime import date
from typing import Literal

import msgspec

from services.contact.letters.letter import Account, Agency, Claim, Instalment, Language, Option
from shared.money import Money

ToDebtor = Literal["friendly", "facts", "rescue", "plan", "thanks"]
ToClient = Literal["defects", "approval", "approval_reminder", "legal_decision", "dispute", "limitation", "closed"]
Kind = ToDebtor | ToClient
Channel = Literal["sms", "email"]
Silence = Literal["waits", "starts"]  # What it means when the client does not answer.


class Defect(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that kept an invoice from being taken: its code, where it stands, and what is wrong."""

    code: str
    where: str
    what: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message. A fact that its text names must be there; one it does not name may be empty.

    In a friendly message account and reference are the client's own and nothing is charged. In `rescue`,
    `missed` is the instalment that did not come and `until` the last day to save the plan. `link` is where
    the reader can act: the debtor's page, or the client's portal.
    """

    kind: Kind
    channel: Channel
    language: Language
    country: str
    agency: Agency
    handler: str
    creditor: str
    case_number: str
    invoices: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    total: Money | None = None
    due: date | None = None
    pay_by: date | None = None
    account: Account | None = None
    reference: str = ""
    options: tuple[Option, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    missed: Instalment | None = None
    until: date | None = None
    file: str = ""
    defects: tuple[Defect, ...] = ()
    answer_by: date | None = None
    silence: Silence | None = None
    link: str = ""


class WrittenMessage(msgspec.Struct, frozen=True):
    """The message as it leaves. An SMS has only its text."""

    subject: str
    text: str
    html: str
