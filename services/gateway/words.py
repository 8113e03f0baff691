"""What pages and timelines say, a file of texts per language, and how each language writes days and sums."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from shared.calendar import Country, local
from shared.events.intake import Defect
from shared.law.explain import Speaking
from shared.money import Money

TEXTS = Path(__file__).parent / "texts"
LINE = re.compile(r"(.+), line (\d+)")
Language = Literal["fi", "nb", "en"]
LANGUAGES: tuple[Language, ...] = ("fi", "nb", "en")
NAMES = {"fi": "Suomi", "nb": "Norsk", "en": "English"}


class Words:
    """One language. Texts are found by dotted names and filled with what they name in braces."""

    def __init__(self, language: Language, texts: Mapping[str, str]) -> None:
        self.language, self._texts = language, texts
        self._speaking = Speaking(language)
        self._laws = {name.removeprefix("law."): text for name, text in texts.items() if name.startswith("law.")}

    def __call__(self, name: str, /, **parts: object) -> str:
        """The text of that name. Raises KeyError where there is none: a missing text is a mistake."""
        return self._texts[name].format_map(parts)

    def of(self, group: str, code: str) -> str:
        """A code's word, or the code itself made readable where another service has a new one."""
        found = self._texts.get(f"{group}.{code}")
        return found if found is not None else code.replace("_", " ")

    def defect(self, defect: Defect) -> str:
        """What is wrong, in the reader's words where the code is known, else as it was told.

        A place in the client's own file is always said; a field is where the sentence would not be clear without it.
        """
        name, place = f"defect.{defect.code}", self.place(defect.where)
        if not self.has(name):
            return defect.what.rstrip(".")
        said = self(name, where=place)
        return said if place in said or self.has(f"field.{defect.where}") else f"{said} ({place})"

    def place(self, where: str) -> str:
        """Where something is wrong: a field in the reader's words, a place in a file as the file's format calls it."""
        if in_file := LINE.fullmatch(where):
            return self("field.line", place=in_file[1], line=in_file[2])
        return self._texts.get(f"field.{where}", where)

    def all_of(self, group: str, codes: Iterator[str] | list[str] | tuple[str, ...]) -> str:
        """Several codes' words as one list."""
        return self.listed([self.of(group, code) for code in codes])

    def has(self, name: str) -> bool:
        return name in self._texts

    def section(self, section: str) -> str:
        """A section as people name its law, without a last full stop, for the sentence has its own."""
        for number, law in self._laws.items():
            if section.startswith(number):
                section = law + section.removeprefix(number)
                break
        return section.strip().rstrip(".")

    def sections(self, sections: Iterable[str]) -> str:
        """Several sections, each once, beginning as a sentence does."""
        said = "; ".join(dict.fromkeys(self.section(each) for each in sections if each))
        return said[:1].upper() + said[1:]

    def listed(self, parts: list[str]) -> str:
        """`a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self('and')} {parts[-1]}"

    def amount(self, amount: Money) -> str:
        return self._speaking.amount(amount)

    def day(self, day: date) -> str:
        return self._speaking.day(day)

    def weekday(self, day: date) -> str:
        """`maanantaina 3.2.2025`: a day one can plan by."""
        return self("weekday." + str(day.weekday()), day=self.day(day))

    def clock(self, moment: datetime, country: Country) -> str:
        """The time there."""
        at = local(country, moment)
        return f"{at:%H:%M}" if self.language == "en" else f"{at:%H.%M}"

    def moment(self, moment: datetime, country: Country) -> str:
        """Day and time there."""
        day = self.day(local(country, moment).date())
        return self("moment", day=day, time=self.clock(moment, country))


@cache
def words(language: Language) -> Words:
    """A language's words, read once."""
    content = (TEXTS / f"{language}.yaml").read_text(encoding="utf-8")
    return Words(language, dict(_flat(yaml.safe_load(content))))


def language_of(text: str, otherwise: Language = "en") -> Language:
    """A language we speak: what was asked for, its nearest (no, nn and nb are one here), or another."""
    asked = {"no": "nb", "nn": "nb"}.get(text[:2].lower(), text[:2].lower())
    return asked if asked in LANGUAGES else otherwise


def _flat(texts: Mapping[Any, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, text in texts.items():
        if isinstance(text, dict):
            yield from _flat(text, f"{before}{name}.")
        else:
            yield f"{before}{name}", str(text).strip()
