"""What the packs do not know, by the name a missing value is called by, in Finnish, Swedish, Norwegian and English."""

NOT_KNOWN: dict[str, tuple[str, str, str, str]] = {
    "rate": ("viitekorko", "referensräntan", "rentesatsen", "the rate"),
    "value-added tax": ("arvonlisävero", "mervärdesskatten", "merverdiavgiften", "value-added tax"),
    "standard compensation": (
        "vakiokorvaus",
        "förseningsersättningen",
        "standardkompensasjonen",
        "the standard compensation",
    ),
    "hours of calls": (
        "sallitut soittoajat",
        "tillåtna ringtider",
        "tillatte ringetider",
        "the hours in which calls are allowed",
    ),
    "whether the payer's own wish counts": (
        "maksajan oman toiveen merkitys",
        "betydelsen av betalarens eget önskemål",
        "betydningen av betalerens eget ønske",
        "whether the payer's own wish counts",
    ),
    "what interrupts limitation": (
        "vanhentumisen katkaiseva toimi",
        "vad som bryter preskription",
        "hva som avbryter foreldelse",
        "what interrupts limitation",
    ),
    "years of limitation of a judgment": (
        "tuomion vanhentumisaika",
        "preskriptionstiden för en dom",
        "foreldelsesfristen for en dom",
        "the years after which a judgment is barred",
    ),
    "years after which a claim found by a judgment is barred, from the judgment": (
        "tuomion vanhentumisaika",
        "preskriptionstiden för en dom",
        "foreldelsesfristen for en dom",
        "the years after which a judgment is barred",
    ),
    "years after which a loan or a debt on a bond is barred": (
        "lainan vanhentumisaika",
        "preskriptionstiden för ett lån",
        "foreldelsesfristen for et lån",
        "the years after which a loan is barred",
    ),
    "cost of a reminder that is not in permanent form (a call, an SMS)": (
        "puhelun tai tekstiviestin kulu",
        "kostnaden för ett samtal eller sms",
        "kostnaden for en samtale eller sms",
        "the cost of a call or a text message",
    ),
    "highest cost of a payment demand for a directly enforceable claim": (
        "suoraan ulosottokelpoisen saatavan maksuvaatimuksen kulu",
        "kostnaden för krav på en direkt utsökningsbar fordran",
        "kostnaden for krav på direkte tvangsgrunnlag",
        "the cost of a demand for a directly enforceable claim",
    ),
    "highest cost of a plan for a directly enforceable claim": (
        "suoraan ulosottokelpoisen saatavan maksusuunnitelman kulu",
        "kostnaden för en plan på en direkt utsökningsbar fordran",
        "kostnaden for en avtale på direkte tvangsgrunnlag",
        "the cost of a plan for a directly enforceable claim",
    ),
    "highest cost of a tratta for a directly enforceable claim": (
        "suoraan ulosottokelpoisen saatavan tratan kulu",
        "kostnaden för tratta på en direkt utsökningsbar fordran",
        "kostnaden for tratta på direkte tvangsgrunnlag",
        "the cost of a tratta for a directly enforceable claim",
    ),
    "highest total of collection costs of a directly enforceable claim": (
        "suoraan ulosottokelpoisen saatavan kulujen enimmäismäärä",
        "kostnadstaket för en direkt utsökningsbar fordran",
        "kostnadstaket for direkte tvangsgrunnlag",
        "the total cap of a directly enforceable claim",
    ),
    "the same where bankruptcy was threatened": (
        "kulujen enimmäismäärä konkurssiuhkaisen kehotuksen jälkeen",
        "kostnadstaket efter konkurshot",
        "kostnadstaket etter konkursvarsel",
        "the total cap once bankruptcy was threatened",
    ),
    "share of the creditor's own demand": (
        "velkojan oman maksuvaatimuksen kulu",
        "kostnaden för borgenärens eget krav",
        "gebyret for kreditors egen betalingsoppfordring",
        "the cost of the creditor's own demand",
    ),
    "whether the debtor is one whom no tratta may name": (
        "saako velallisesta julkaista tratan",
        "om tratta får publiceras om gäldenären",
        "om tratta kan kunngjøres om skyldneren",
        "whether a tratta may name this debtor",
    ),
    "the day the debt arose": (
        "velan syntymispäivä",
        "dagen då skulden uppkom",
        "dagen kravet oppsto",
        "the day the debt arose",
    ),
}
