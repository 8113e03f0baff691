"""`sovinto law`: ask the law a question; the answer is a sentence with its rules, or JSON.

No platform needs to run: the answers come from the packs alone, and no clock is read.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli import law_told as told
from deploy.cli.law_asked import (
    AsJson,
    ByChannel,
    Conditions,
    InCountry,
    InLanguage,
    OfDebtor,
    Principal,
    Version,
    chosen,
    day_of,
    payment_of,
    rate_of,
)
from deploy.cli.law_diff import diff
from deploy.cli.law_files import (
    CURRENCY,
    Contact,
    InvoiceFile,
    Many,
    SoFar,
    Wrong,
    charged_costs,
    contacts,
    day,
    in_file,
    moment,
    money,
    payments,
    read,
    sent_steps,
)
from deploy.cli.saying import Told, give_up, misused
from shared.law import (
    AGENCY_POLICY,
    Channel,
    ChargedCost,
    Condition,
    Country,
    Law,
    Measure,
    NextSteps,
    PastContact,
    SentStep,
    Step,
    Unknown,
)
from shared.law.law import MEASURE_OF_STEP
from shared.law.timing import STEPS
from shared.money import Money, total

PAYMENTS_MAX = 1_000
INSTALMENTS_MAX = 1_000
LONG_OVERDUE = timedelta(days=30)

law = typer.Typer(
    no_args_is_help=True,
    help="Ask the law of Finland, Norway or Sweden, on any day since 2015. No platform needs to run. Exit code 1: the "
    "answer is no, or a value it needs is not known; the reason is told.",
)


law.command()(diff)


@law.callback()
def version(
    asked: typer.Context,
    live: Annotated[
        bool,
        typer.Option("--live", help="As a live store reads the packs: what is known only from memory is unknown."),
    ] = False,
    overlay: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, envvar="SOVINTO_LAW_OVERLAY",
            help="A local overlay that confirms or adds values (shared/law/README.md).",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Say which version of the law is asked."""
    asked.obj = Version(live, overlay)


@law.command()
def interest(
    asked: typer.Context,
    country: InCountry,
    debtor: OfDebtor,
    principal: Principal,
    due: Annotated[
        date, typer.Option(parser=day_of, metavar="DATE", help="The day it fell due; interest runs after it.")
    ],
    paid: Annotated[date, typer.Option(parser=day_of, metavar="DATE", help="The day of payment, which counts.")],
    contract_rate: Annotated[
        Decimal | None, typer.Option(parser=rate_of, metavar="PERCENT", help="The yearly rate that was agreed.")
    ] = None,
    payment: Annotated[
        list[str] | None,
        typer.Option(metavar="DATE:AMOUNT", help="A part payment on its value day; repeat it for each."),
    ] = None,
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """What late interest has run, stretch by stretch, from the day after the due date to the day of payment."""
    currency = CURRENCY[country]
    parts = [payment_of(each) for each in payment or ()]
    if len(parts) > PAYMENTS_MAX:
        misused(f"--payment: at most {PAYMENTS_MAX} payments.")
    if late := next((on for on, _ in parts if on > paid), None):
        misused(f"--payment: {late} is after {paid}, the day up to which interest is asked for.")
    paid_parts = [(on, Money.of(amount, currency)) for on, amount in parts]
    try:
        packs = asked.obj.law()
        answer = packs.interest(country, debtor, Money.of(principal, currency), due, paid, paid_parts, contract_rate)
    except (Told, Unknown) as wrong:
        give_up(told.wrong(wrong), as_json=as_json)
    told.interest(answer, due, packs.payable_on(country, due), language, as_json=as_json)


@law.command()
def cost(
    asked: typer.Context,
    country: InCountry,
    debtor: OfDebtor,
    measure: Annotated[
        Measure, typer.Option(metavar="MEASURE", help="reminder, demand, plan or another, see above.")
    ],
    principal: Principal,
    on: Annotated[date, typer.Option(parser=day_of, metavar="DATE", help="The day of the measure.")],
    due: Annotated[
        date | None,
        typer.Option(parser=day_of, metavar="DATE", help="The day it fell due; left out, 30 days before --on."),
    ] = None,
    instalments: Annotated[int, typer.Option(min=0, max=INSTALMENTS_MAX, help="Of a plan.")] = 0,
    enforceable: Annotated[bool, typer.Option("--enforceable", help="A directly enforceable claim.")] = False,
    so_far: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False,
            help="What was sent and charged before.",
        ),
    ] = None,
    invoice_sent: Annotated[
        date | None, typer.Option(parser=day_of, metavar="DATE", help="The day the invoice was sent (Finland).")
    ] = None,
    extension_days: Annotated[int, typer.Option(min=1, max=3_650, help="How many days more time gives.")] = 14,
    agreed: Annotated[bool, typer.Option("--agreed", help="A reminder's cost was agreed (Sweden).")] = False,
    no_deduction: Annotated[
        bool, typer.Option("--no-vat-deduction", help="The creditor cannot deduct value-added tax.")
    ] = False,
    condition: Conditions = None,
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """What a measure may cost the debtor on a day; if nothing, why, and from when it may.

    Measures: reminder, demand, second_demand, same_group_demand, extension,
    plan, standard_compensation, other_reminder (a call or a text message); in
    Finland also tratta and bankruptcy_demand; in Norway notice, own_demand,
    salary_light (a demand is one) and salary_heavy.

    Conditions: disputed, objection_upheld, suspension_request, represented,
    guardian, minor.

    --so-far is JSON, as in deploy/examples/law-so-far.json:
    {"sent": [{"kind": "reminder", "on": "2025-02-04", "pay_by": "2025-02-24"}],
    "charged": [{"measure": "reminder", "on": "2025-02-04", "amount": "5.00"}]}
    """
    if measure == "plan" and not instalments:
        misused("--instalments is needed for a plan: how many it has.")
    fell_due = due or on - LONG_OVERDUE
    conditions = chosen(condition, Condition, "--condition")
    try:
        packs = asked.obj.law()
        sent, charged = _so_far(so_far, country, on)
        answer = packs.cost(
            country, debtor, _measure(country, measure), Money.of(principal, CURRENCY[country]), on, charged,
            due=fell_due, previous=sent or None, instalments=instalments, enforceable=enforceable,
            can_deduct_vat=not no_deduction, invoice_sent=invoice_sent, extension_days=extension_days, agreed=agreed,
            conditions=conditions,
        )  # fmt: skip
    except (Told, Unknown) as wrong:
        give_up(told.wrong(wrong), as_json=as_json)
    told.cost(answer, fell_due, language, as_json=as_json)
    if not answer.allowed:
        raise typer.Exit(1)


@law.command("may-contact")
def may_contact(
    asked: typer.Context,
    country: InCountry,
    debtor: OfDebtor,
    channel: ByChannel,
    at: Annotated[
        str,
        typer.Option(metavar="DATETIME", help="When, as 2026-01-31T09:30: local time there, or with an offset."),
    ],
    history: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False,
            help="Every contact made with the debtor, over all cases.",
        ),
    ] = None,
    opted_out: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL", help="One the debtor has declined; repeat it for each.")
    ] = None,
    condition: Conditions = None,
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Whether a debtor may be contacted at a moment; if not, why, and from when.

    The law decides; what the agency's own, stricter policy says is told beside it.

    --history is JSON, as in deploy/examples/law-history.json:
    [{"at": "2026-03-02T10:15", "channel": "call"}]

    Conditions: disputed, objection_upheld, suspension_request, represented,
    guardian, minor.
    """
    try:
        when = moment(at, country, "--at")
    except Wrong as wrong:
        misused(f"--at: {wrong}.")
    conditions = chosen(condition, Condition, "--condition")
    declined = chosen(opted_out, Channel, "--opted-out")
    try:
        packs = asked.obj.law()
        past = _history(history, country)
        answer, ours = (
            packs.may_contact(country, channel, when, past, declined, policy, conditions=conditions, debtor=debtor)
            for policy in (None, AGENCY_POLICY)
        )
    except (Told, Unknown) as wrong:
        give_up(told.wrong(wrong), as_json=as_json)
    told.contact(answer, ours, country, when, language, as_json=as_json)
    if not answer.allowed:
        raise typer.Exit(1)


@law.command("next")
def next_step(
    asked: typer.Context,
    country: InCountry,
    invoice: Annotated[
        Path,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False,
            help="The claim and what happened to it since.",
        ),
    ],
    on: Annotated[date, typer.Option(parser=day_of, metavar="DATE", help="The day that is asked about.")],
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """What may be done next about an invoice, and from which instant: the earliest lawful one, with its rule.

    --invoice is JSON, as in deploy/examples/law-invoice.json:
    {"debtor": "consumer", "principal": "450.00", "due": "2025-01-20"}
    and what happened since: invoice_sent, payments, sent, charged, contacts,
    interrupted, conditions; and what was agreed (shared/law/README.md names all of it).
    """
    try:
        packs = asked.obj.law()
        claim = read(invoice, InvoiceFile)
        answer = in_file(invoice, lambda: _next(packs, country, claim, on))
    except (Told, Unknown) as wrong:
        give_up(told.wrong(wrong), as_json=as_json)
    told.next_steps(answer, on, country, language, as_json=as_json)
    if answer.reason is not None:
        raise typer.Exit(1)


def _next(packs: Law, country: Country, claim: InvoiceFile, on: date) -> NextSteps:
    principal = money(claim.principal, country, "principal")
    paid = total((amount for _, amount in payments(claim.payments, country, on)), principal.currency)
    invoice_sent, arose = claim.invoice_sent, claim.arose
    return packs.next_steps(
        country,
        claim.debtor,
        principal - min(paid, principal),
        on,
        charged_costs(claim.charged, country, on),
        due=packs.payable_on(country, day(claim.due, "due")).on,
        previous=sent_steps(claim.sent, _steps(country), on),
        history=contacts(claim.contacts, country),
        interrupted=[day(each, f"interrupted[{place}]", on) for place, each in enumerate(claim.interrupted)],
        arose=None if arose is None else day(arose, "arose", on),
        enforceable=claim.enforceable,
        can_deduct_vat=claim.can_deduct_vat,
        invoice_sent=None if invoice_sent is None else day(invoice_sent, "invoice_sent", on),
        fixed_due_date=claim.fixed_due_date,
        agreed=claim.agreed,
        conditions=claim.conditions,
    )


def _so_far(file: Path | None, country: Country, on: date) -> tuple[tuple[SentStep, ...], tuple[ChargedCost, ...]]:
    """What the file says was sent and charged; nothing where there is none."""
    if file is None:
        return (), ()
    so_far = read(file, SoFar)
    return in_file(
        file,
        lambda: (sent_steps(so_far.sent, _steps(country), on), charged_costs(so_far.charged, country, on)),
    )


def _history(file: Path | None, country: Country) -> tuple[PastContact, ...]:
    """The contacts the file tells; none where there is none."""
    if file is None:
        return ()
    told_contacts = read(file, Many[Contact])
    return in_file(file, lambda: contacts(told_contacts, country))


def _steps(country: Country) -> tuple[Step, ...]:
    """The letters and other steps a country knows."""
    return STEPS[country]


def _measure(country: Country, measure: Measure) -> Measure:
    """In Norway a demand costs by the light salær."""
    return MEASURE_OF_STEP[country].get("demand", measure) if measure == "demand" else measure
