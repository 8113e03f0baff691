"""In which language a debtor is written to: its own where we have the text, else its country's."""

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
OF_COUNTRY = {"FI": "fi", "NO": "nb", "SE": "sv"}
SAME = {"no": "nb", "nn": "nb"}


def letter_language(wished: str, country: str, kind: str) -> str:
    """The language of a letter of that kind."""
    own = SAME.get(wished.lower(), wished.lower())
    return own if (own, kind) in letters() else OF_COUNTRY.get(country, "en")


def message_language(wished: str, country: str) -> str:
    """The language of an SMS or an e-mail."""
    own = SAME.get(wished.lower(), wished.lower())
    return own if own in messages() else OF_COUNTRY.get(country, "en")


@cache
def letters() -> frozenset[tuple[str, str]]:
    """Which letters are written in which language, read once."""
    return frozenset((path.parent.name, path.stem) for path in (HERE / "letters" / "texts").glob("*/*.yaml"))


@cache
def messages() -> frozenset[str]:
    """The languages of messages, read once."""
    return frozenset(path.stem for path in (HERE / "messages" / "texts").glob("*.yaml"))
