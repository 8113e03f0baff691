"""What we never write to anyone: threats, shame and shouting, by language. Small letters; parts of words count."""

FORBIDDEN: dict[str, tuple[str, ...]] = {
    "fi": (
        "uhka",
        "uhkaa",
        "häpe",
        "velallinen",
        "laiminly",
        "välittömästi",
        "viimeinen varoitus",
        "pakkotoim",
        "ryhdymme toimiin",
        "menetät luottotie",
        "ulosottomies tulee",
        "kerromme työnantaja",
        "naapuri",
        "rikos",
        "vastuutont",
        "pakenet",
        "joudut vastaamaan",
    ),
    "nb": (
        "truer",
        "trussel",
        "skam",
        "skyldneren",
        "misligh",
        "umiddelbart",
        "siste advarsel",
        "tvangstiltak",
        "arbeidsgiver",
        "naboer",
        "uansvarlig",
        "kriminel",
        "mister kreditt",
        "konsekvenser for deg",
        "unndrar",
    ),
    "sv": (
        "hotar",
        "hotelse",
        "skam",
        "gäldenär",
        "försumm",
        "omedelbart",
        "sista varning",
        "tvångsåtgärd",
        "arbetsgivare",
        "grannar",
        "ansvarslös",
        "brottslig",
    ),
    "en": (
        "threat",
        "shame",
        "debtor",
        "neglig",
        "immediately",
        "final warning",
        "forced",
        "your employer",
        "neighbour",
        "irresponsible",
        "criminal",
        "fail to",
    ),
}


def forbidden_in(text: str, language: str) -> list[str]:
    """The forbidden phrases a text holds, and `shouting` where it shouts."""
    small = text.lower()
    found = [phrase for phrase in FORBIDDEN[language] if phrase in small]
    shouted = [word for word in text.split() if len(word.strip(".,!:")) > 5 and word.isupper() and word.isalpha()]
    return found + (["shouting"] if shouted or "!!" in text else [])
