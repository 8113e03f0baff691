"""How long an SMS is: the letters of GSM 03.38 fit 160 to a message, any other makes it 70."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
DOUBLE = frozenset("^{}\\[~]|€")
SIMPLER = str.maketrans({"\N{NO-BREAK SPACE}": " ", "–": "-", "−": "-", "’": "'", "”": '"', "“": '"'})
ONE_MAX, PART_MAX = 160, 153
ONE_MAX_WIDE, PART_MAX_WIDE = 70, 67


def plain(text: str) -> str:
    """The text with dashes, quotes and blanks that every telephone has."""
    return text.translate(SIMPLER)


def parts(text: str) -> int:
    """How many messages the text is sent and paid as."""
    if set(text) <= BASIC | DOUBLE:
        length = len(text) + sum(letter in DOUBLE for letter in text)
        return 1 if length <= ONE_MAX else -(-length // PART_MAX)
    length = len(text.encode("utf-16-be")) // 2
    return 1 if length <= ONE_MAX_WIDE else -(-length // PART_MAX_WIDE)
