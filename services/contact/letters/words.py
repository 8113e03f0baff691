"""The letters' texts, as a copywriter keeps them: one file per language and kind, under `texts/`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.contact.letters.letter import DebtorKind, Kind, Language

TEXTS = Path(__file__).parent / "texts"


class NoTexts(LookupError):
    """The letter is not written in that language yet: `texts/<language>/<kind>.yaml` is missing."""


def texts(language: Language, kind: Kind, debtor_kind: DebtorKind) -> Mapping[str, Any]:
    """The texts of one letter; what stands under `business` in the file replaces the rest for a business."""
    own = dict(read(f"{language}/{kind}.yaml"))
    for_business = own.pop("business", {})
    return {**own, **(for_business if debtor_kind == "business" else {})}


def options(language: Language, kind: Kind, debtor_kind: DebtorKind) -> Mapping[str, Any]:
    """The ways out, by name: as all letters of the language word them, or as this one does."""
    shared: Mapping[str, Any] = words(language)["options"]
    return {**shared, **texts(language, kind, debtor_kind).get("options", {})}


def words(language: Language) -> Mapping[str, Any]:
    """What all letters of a language share: labels, names of costs, options, rights, consequences."""
    return read(f"{language}/words.yaml")


def in_local_words(section: str, language: Language) -> str:
    """A section as the letter's language writes it: the law packs say `second paragraph` in English."""
    for english, local in words(language)["sections"].items():
        section = section.replace(english, local)
    return section


@cache
def read(name: str) -> Mapping[str, Any]:
    """One file of texts, read once. Raises NoTexts where there is none."""
    try:
        content = (TEXTS / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoTexts(f"there is no {name}") from None
    parsed: Mapping[str, Any] = yaml.safe_load(content)
    return parsed


def fill(text: str | Mapping[str, str], facts: Mapping[str, str], *, many: bool) -> str:
    """The text with its facts in place. A text may have two forms, for `one` invoice and for `many`."""
    chosen = text if isinstance(text, str) else text["many" if many else "one"]
    return chosen.strip().format_map(facts)
