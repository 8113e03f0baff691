"""The words in which the law's answers are told, in Finnish, Swedish, Norwegian and English."""

from typing import Literal

Language = Literal["fi", "sv", "nb", "en"]
LANGUAGES: tuple[Language, ...] = ("fi", "sv", "nb", "en")

# Each line: Finnish, Swedish, Norwegian, English.
MEASURES: dict[str, tuple[str, str, str, str]] = {
    "reminder": ("maksumuistutus", "betalningspåminnelse", "purring", "reminder"),
    "other_reminder": (
        "muu kuin kirjallinen muistutus",
        "annan påminnelse än skriftlig",
        "annen purring enn skriftlig",
        "reminder not in permanent form",
    ),
    "notice": ("perintävaroitus", "inkassovarning", "inkassovarsel", "notice of collection"),
    "demand": ("maksuvaatimus", "betalningskrav", "betalingsoppfordring", "payment demand"),
    "second_demand": ("toinen maksuvaatimus", "nytt betalningskrav", "ny betalingsoppfordring", "second demand"),
    "own_demand": (
        "velkojan oma maksuvaatimus",
        "borgenärens eget krav",
        "kreditors egen betalingsoppfordring",
        "the creditor's own demand",
    ),
    "same_group_demand": (
        "saman konsernin maksuvaatimus",
        "krav inom koncernen",
        "krav i samme konsern",
        "demand within the group",
    ),
    "extension": ("maksuajan pidennys", "förlängd betalningstid", "utsettelse", "more time to pay"),
    "plan": ("maksusuunnitelma", "betalningsplan", "avdragsordning", "payment plan"),
    "tratta": ("tratta", "tratta", "tratta", "tratta"),
    "bankruptcy_demand": ("konkurssiuhkainen kehotus", "konkurshot", "konkursvarsel", "bankruptcy demand"),
    "standard_compensation": (
        "vakiokorvaus",
        "förseningsersättning",
        "standardkompensasjon",
        "standard compensation",
    ),
    "salary_light": ("kevyt perintäpalkkio", "lätt inkassoarvode", "lett salær", "light salær"),
    "salary_heavy": ("raskas perintäpalkkio", "tungt inkassoarvode", "tungt salær", "heavy salær"),
    "friendly": ("ystävällinen viesti", "vänligt meddelande", "vennlig melding", "friendly message"),
    "publication": ("tratan julkaiseminen", "publicering av tratta", "offentliggjøring", "publication of a tratta"),
    "legal": ("oikeudellinen perintä", "rättslig indrivning", "rettslig inndriving", "legal collection"),
    "heavy_salary": ("raskas perintäpalkkio", "tungt inkassoarvode", "tungt salær", "heavy salær"),
}

COMPONENTS: dict[str, tuple[str, str, str, str]] = {
    "interest": ("korko", "ränta", "rente", "interest"),
    "principal": ("pääoma", "kapital", "hovedstol", "principal"),
    "reminder_cost": ("muistutuskulut", "påminnelsekostnader", "purregebyr", "reminder costs"),
    "collection_cost": ("perintäkulut", "indrivningskostnader", "inkassokostnader", "collection costs"),
}

REASONS: dict[str, tuple[str, str, str, str]] = {
    "no_statutory_amount": (
        "laki ei säädä määrää",
        "lagen anger inget belopp",
        "loven fastsetter ikke noe beløp",
        "the law gives no amount",
    ),
    "no_such_measure": (
        "siitä ei voi veloittaa tällaiselta velalliselta",
        "den kostar inte en sådan gäldenär",
        "den kan ikke kreves av en slik skyldner",
        "it is not paid for by such a debtor",
    ),
    "unknown": (
        "määrää ei tunneta, joten se jätetään pois",
        "beloppet är okänt och lämnas bort",
        "beløpet er ukjent og utelates",
        "the amount is not known, so it is left out",
    ),
    "too_early": ("se on liian aikaista", "det är för tidigt", "det er for tidlig", "it is too early"),
    "count_limit": (
        "niistä on jo veloitettu suurin sallittu määrä",
        "det högsta antalet är redan debiterat",
        "det høyeste antallet er allerede krevd",
        "the highest number has been charged",
    ),
    "charged_already": ("se on jo veloitettu", "den är redan debiterad", "det er allerede krevd", "it was charged"),
    "cap_reached": (
        "kulujen enimmäismäärä on täynnä",
        "kostnadstaket är nått",
        "kostnadstaket er nådd",
        "the total cap is reached",
    ),
    "within_standard_compensation": (
        "se sisältyy vakiokorvaukseen",
        "den ingår i förseningsersättningen",
        "den inngår i standardkompensasjonen",
        "the standard compensation covers it",
    ),
    "invoice_sent_late": (
        "lasku lähetettiin alle 14 päivää ennen eräpäivää",
        "fakturan sändes för sent före förfallodagen",
        "fakturaen ble sendt for sent før forfall",
        "the invoice was sent too late before its due date",
    ),
    "extension_too_short": (
        "lisäaika on liian lyhyt",
        "förlängningen är för kort",
        "utsettelsen er for kort",
        "the extension is too short",
    ),
    "not_agreed": ("siitä ei ole sovittu", "den är inte avtalad", "det er ikke avtalt", "it was not agreed"),
    "notice_missing": (
        "varoitusta ei ole lähetetty",
        "varningen har inte sänts",
        "inkassovarsel er ikke sendt",
        "no notice has been sent",
    ),
    "notice_running": (
        "varoituksen maksuaika on kesken",
        "varningens betalningstid löper",
        "fristen i varselet løper",
        "the notice's days to pay are running",
    ),
    "demand_missing": (
        "maksuvaatimusta ei ole lähetetty",
        "kravet har inte sänts",
        "betalingsoppfordring er ikke sendt",
        "no demand has been sent",
    ),
    "reminder_missing": (
        "muistutusta ei ole lähetetty",
        "ingen påminnelse har sänts",
        "purring er ikke sendt",
        "no reminder has been sent",
    ),
    "disputed": (
        "velka on riitautettu",
        "skulden är bestridd",
        "kravet er omtvistet",
        "the debt is disputed",
    ),
    "objection_upheld": (
        "velallisen huomautus oli aiheellinen",
        "gäldenärens invändning var befogad",
        "skyldnerens innsigelse var rimelig",
        "the debtor was right to object",
    ),
    "suspension_request": (
        "velallinen on pyytänyt perinnän keskeyttämistä",
        "gäldenären har begärt att indrivningen avbryts",
        "skyldneren har bedt om at inndrivingen stanses",
        "the debtor asked for collection to be suspended",
    ),
    "represented": (
        "velallisella on edustaja",
        "gäldenären har ett ombud",
        "skyldneren har en representant",
        "the debtor has a representative",
    ),
    "guardian": (
        "velallisella on edunvalvoja",
        "gäldenären har en intressebevakare",
        "skyldneren har en verge",
        "the debtor has a guardian",
    ),
    "minor": (
        "velallinen on alaikäinen",
        "gäldenären är minderårig",
        "skyldneren er mindreårig",
        "the debtor is a child",
    ),
    "hours_unknown": (
        "lain sallimia kellonaikoja ei tunneta",
        "de tillåtna klockslagen är okända",
        "de tillatte klokkeslettene er ukjente",
        "the lawful hours are not known",
    ),
    "before_due": (
        "se lähetettiin ennen eräpäivää",
        "den sändes före förfallodagen",
        "den ble sendt før forfall",
        "it was sent before the claim was late",
    ),
    "above_maximum": (
        "veloitus ylitti enimmäismäärän",
        "avgiften översteg det högsta beloppet",
        "gebyret oversteg maksimum",
        "the charge was above the highest",
    ),
    "too_little_time": (
        "maksuaika oli liian lyhyt",
        "betalningstiden var för kort",
        "fristen var for kort",
        "it gave too little time to pay",
    ),
    "paid": (
        "pääoma on maksettu",
        "kapitalet är betalt",
        "hovedstolen er betalt",
        "the principal is paid",
    ),
    "time_barred": (
        "velka on vanhentunut",
        "skulden är preskriberad",
        "kravet er foreldet",
        "the debt is time-barred",
    ),
    "all_taken": (
        "kaikki perintävaiheet on käytetty",
        "alla indrivningssteg är tagna",
        "alle inkassosteg er tatt",
        "every step of collection is taken",
    ),
    "too_late": (
        "sen viimeinen päivä on mennyt",
        "dess sista dag har gått",
        "siste dag for det er passert",
        "its last day has passed",
    ),
    "opted_out": (
        "velallinen on kieltänyt kanavan",
        "gäldenären har avböjt kanalen",
        "skyldneren har reservert seg mot kanalen",
        "the debtor declined the channel",
    ),
    "holiday": ("on pyhäpäivä", "det är helgdag", "det er helligdag", "it is a public holiday"),
    "weekend": ("on viikonloppu", "det är veckoslut", "det er helg", "it is a weekend"),
    "outside_hours": (
        "kellonaika ei ole sallittu",
        "klockslaget är inte tillåtet",
        "klokkeslettet er ikke tillatt",
        "the hour is not allowed",
    ),
    "contacted_that_day": (
        "samana päivänä on jo oltu yhteydessä",
        "gäldenären har redan kontaktats samma dag",
        "skyldneren er allerede kontaktet samme dag",
        "the debtor was contacted that day",
    ),
    "contacted_that_week": (
        "viikon yhteydenotot on tehty",
        "veckans kontakter är tagna",
        "ukens kontakter er brukt",
        "the week's contacts are made",
    ),
    "contacted_that_month": (
        "kuukauden yhteydenotot on tehty",
        "månadens kontakter är tagna",
        "månedens kontakter er brukt",
        "the month's contacts are made",
    ),
    "calls_per_day": (
        "päivän puhelut on soitettu",
        "dagens samtal är ringda",
        "dagens anrop er brukt",
        "the day's calls are made",
    ),
    "calls_per_week": (
        "viikon puhelut on soitettu",
        "veckans samtal är ringda",
        "ukens anrop er brukt",
        "the week's calls are made",
    ),
    "calls_per_month": (
        "kuukauden puhelut on soitettu",
        "månadens samtal är ringda",
        "månedens anrop er brukt",
        "the month's calls are made",
    ),
}

SECTIONS: dict[str, tuple[str, str, str, str]] = {
    "agency policy": (
        "toimiston oma sääntö",
        "byråns egen regel",
        "byråets egen regel",
        "the agency's own rule",
    ),
}

SENTENCES: dict[str, tuple[str, str, str, str]] = {
    "interest": (
        "Viivästyskorko {amount} ajalta {first}–{last}: {rates}",
        "Dröjsmålsränta {amount} för {first}–{last}: {rates}",
        "Forsinkelsesrente {amount} for {first}–{last}: {rates}",
        "Late interest {amount} for {first}–{last}: {rates}",
    ),
    "rate": ("{days} pv {rate} %", "{days} d {rate} %", "{days} d {rate} %", "{days} days at {rate} %"),
    "no_interest": (
        "Viivästyskorkoa ei ole kertynyt",
        "Ingen dröjsmålsränta har löpt",
        "Ingen forsinkelsesrente har påløpt",
        "No late interest has run",
    ),
    "cost": (
        "{measure}: enintään {amount}, nyt veloitettavissa {charge}",
        "{measure}: högst {amount}, kan nu debiteras {charge}",
        "{measure}: høyst {amount}, kan nå kreves {charge}",
        "{measure}: at most {amount}, chargeable now {charge}",
    ),
    "no_cost": (
        "{measure}: ei veloiteta, koska {reason}",
        "{measure}: debiteras inte, eftersom {reason}",
        "{measure}: kreves ikke, fordi {reason}",
        "{measure}: not charged, because {reason}",
    ),
    "from": ("; aikaisintaan {day}", "; tidigast {day}", "; tidligst {day}", "; from {day} at the earliest"),
    "replaces": ("; korvaa: {measure}", "; ersätter: {measure}", "; erstatter: {measure}", "; replaces: {measure}"),
    "vat": (
        "; lisäksi arvonlisävero {amount}",
        "; därtill moms {amount}",
        "; i tillegg mva. {amount}",
        "; VAT of {amount} on top",
    ),
    "left_out": ("; jätetty pois: {what}", "; utelämnat: {what}", "; utelatt: {what}", "; left out: {what}"),
    "earliest": (
        "{measure}: aikaisintaan {day}",
        "{measure}: tidigast {day}",
        "{measure}: tidligst {day}",
        "{measure}: {day} at the earliest",
    ),
    "needs": (
        "; sitä ennen on lähetettävä {measure}",
        "; först måste sändas {measure}",
        "; først må det sendes {measure}",
        "; before it must be sent: {measure}",
    ),
    "nothing_follows": (
        "Seuraavaa vaihetta ei ole, koska {reason}",
        "Inget steg följer, eftersom {reason}",
        "Ikke noe steg følger, fordi {reason}",
        "No step follows, because {reason}",
    ),
    "latest": ("; viimeistään {day}", "; senast {day}", "; senest {day}", "; {day} at the latest"),
    "days_to_pay": (
        "Maksuaikaa on annettava vähintään {days} päivää",
        "Betalningstiden är minst {days} dagar",
        "Betalingsfristen er minst {days} dager",
        "At least {days} days to pay",
    ),
    "payable_on": ("Eräpäivä on {day}", "Förfallodagen är {day}", "Forfallsdagen er {day}", "Due on {day}"),
    "order": (
        "Maksu kohdistetaan järjestyksessä {order}",
        "Betalningen avräknas i ordningen {order}",
        "Betalingen avregnes i rekkefølgen {order}",
        "A payment pays in the order {order}",
    ),
    "by_wish": (
        ", kuten maksaja on toivonut",
        ", som betalaren önskat",
        ", slik betaleren har ønsket",
        ", as the payer wished",
    ),
    "instead": ("; sen sijaan: {who}", "; i stället: {who}", "; i stedet: {who}", "; instead: {who}"),
    "representative": ("edustaja", "ombudet", "representanten", "the representative"),
    "the_guardian": ("edunvalvoja", "intressebevakaren", "vergen", "the guardian"),
    "barred": (
        "Velka on vanhentunut {day}",
        "Skulden preskriberades {day}",
        "Kravet ble foreldet {day}",
        "The debt was barred on {day}",
    ),
    "not_barred": (
        "Velka vanhenee {day}",
        "Skulden preskriberas {day}",
        "Kravet foreldes {day}",
        "The debt will be barred on {day}",
    ),
    "contact": ("Yhteydenotto on sallittu", "Kontakt är tillåten", "Kontakt er tillatt", "Contact is allowed"),
    "no_contact": (
        "Yhteyttä ei oteta, koska {reason}",
        "Ingen kontakt, eftersom {reason}",
        "Ingen kontakt, fordi {reason}",
        "No contact, because {reason}",
    ),
    "earlier": (
        "Aiempi vaihe oli lainmukainen; kulua peritään {amount}",
        "Det tidigare steget var lagenligt; kostnad {amount} indrivs",
        "Det tidligere steget var lovlig; {amount} inndrives",
        "The earlier step was lawful; {amount} of its cost is collected",
    ),
    "not_earlier": (
        "Aiempaa vaihetta ei hyväksytä sellaisenaan, koska {reason}; kulua peritään {amount}",
        "Det tidigare steget godtas inte som sådant, eftersom {reason}; kostnad {amount} indrivs",
        "Det tidligere steget godtas ikke som det er, fordi {reason}; {amount} inndrives",
        "The earlier step does not stand as it is, because {reason}; {amount} of its cost is collected",
    ),
}
