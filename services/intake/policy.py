"""What we do not take, and what the client can do instead: by what the invoice says, by law, by the agency's policy."""

from datetime import date
from typing import cast

from services.intake.channels.invoice import Invoice
from services.intake.earlier import Earlier
from shared.casefile import Casefile
from shared.events.gateway import AgencySet, ClientSet
from shared.events.intake import CaseRejected, Country, DebtorKind, Defect
from shared.law import Law, Unknown
from shared.law.answers import Limitation
from shared.law.kept import kept

CURRENCIES: dict[str, str] = {"FI": "EUR", "NO": "NOK"}  # The countries that are built, and what is owed in there.
NO_CASE = ("not_an_invoice", "currency_not_ours", "country_not_ours", "credit_note")

# How to claim it in court without an agency (the guide's first page, by country).
GUIDES = {
    "FI": "Self-help guide: file an undisputed claim yourself with the district court's online service, "
    "https://oikeus.fi; you need the invoice, the reminders you sent and the customer's identity number.",
    "NO": "Self-help guide: file the claim yourself with the conciliation board (forliksrådet), "
    "https://www.forliksradet.no; send a notice under tvisteloven § 5-2 first.",
}
ALREADY_PAID = "Nothing is left to pay. If that is wrong, send the invoice again with the amount that is still open."
FACTORED = "The money belongs to the company the claim was pledged or sold to; it has to hand the claim over."


STILL_OWED = "Send it again with proof of what interrupted the limitation."


def no_case(invoice: Invoice, agency: AgencySet) -> tuple[Defect, ...]:
    """Why this invoice cannot even become a case here. Empty where it can."""
    found = [defect for defect in invoice.defects if defect.code in NO_CASE]
    country, currency = invoice.debtor.country or "", invoice.currency or ""
    if invoice.kind == "credit_note":
        what = "a credit note is no claim; it lowers the claim on its original invoice: report it on that case"
        found.append(Defect("credit_note", "kind", what))
    if country not in CURRENCIES:
        what = f"claims in {country or 'this country'} are not collected yet: only {', '.join(sorted(CURRENCIES))}"
        found.append(Defect("country_not_ours", "debtor.country", what))
    elif currency and currency != CURRENCIES[country] and not found:
        what = f"{currency}: claims in {country} are collected in {CURRENCIES[country]}"
        found.append(Defect("currency_not_ours", "currency", what))
    elif currency and not found and not _is_set_up(agency, currency):
        what = f"the agency has no client-money account and reference agreed in {currency}"
        found.append(Defect("currency_not_ours", "currency", what))
    return tuple(found)


def refused_by_its_own_words(defects: tuple[Defect, ...]) -> CaseRejected | None:
    """Where the invoice itself says that there is nothing for us to collect."""
    for defect in defects:
        if defect.code == "already_paid":
            return CaseRejected("already_paid", defect.what, ALREADY_PAID)
        if defect.code == "factored":
            return CaseRejected("factored", defect.what, FACTORED)
    return None


def refused(
    case: Casefile, due: date, earlier: Earlier, agency: AgencySet, client: ClientSet, law: Law
) -> CaseRejected | None:
    """By the agency's policy on the day of receipt, then by the law on limitation."""
    since = agency.businesses_only_from
    if case.debtor == "consumer" and not client.consumers_by_agreement and since and case.received_on >= since:
        policy = f"claims against businesses only, from {since}; this one was received on {case.received_on}"
        return CaseRejected("businesses_only", policy, GUIDES[case.country])
    barred = limitation(case, due, earlier, law)
    if barred is not None and barred.barred:
        sections = "; ".join(dict.fromkeys(rule.section for rule in barred.rules))
        policy = f"the claim was barred on {barred.barred_on} ({sections})"
        return CaseRejected("time_barred", policy, STILL_OWED, kept(barred))
    return None


def limitation(case: Casefile, due: date, earlier: Earlier, law: Law) -> Limitation | None:
    """Whether the claim was barred when we received it. None where the law's years are not known in this store."""
    country, debtor = cast("Country", case.country), cast("DebtorKind", case.debtor)
    try:
        return law.time_barred(country, debtor, due, case.received_on, earlier.broke_limitation(country, law))
    except Unknown:
        return None


def _is_set_up(agency: AgencySet, currency: str) -> bool:
    return any(account.currency == currency for account in agency.accounts) and any(
        reference.currency == currency for reference in agency.references
    )
