"""English left on a Finnish or Norwegian page: words our English texts use and that language's own texts never do."""

import re
from functools import cache
from html.parser import HTMLParser

from services.gateway.words import Language, words

WORD = re.compile(r"[^\W\d_]+")
CODE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
PART = re.compile(r"\{\w+\}")
ADDRESS = re.compile(r"https?://\S+")
READ_ALOUD = ("title", "placeholder", "aria-label", "alt")
EMPTY = {"meta", "link", "input", "img", "br", "hr"}


def english_in(text: str, language: Language) -> set[str]:
    """The English words of a text, and its codes. Words both languages have cannot be told apart and are let be."""
    text = ADDRESS.sub("", text)
    return (_words(CODE.sub("", text)) & only_english(language)) | set(CODE.findall(text))


@cache
def only_english(language: Language) -> frozenset[str]:
    """The words of our English texts that this language's texts do not have."""
    return frozenset(_all_words("en") - _all_words(language))


def _all_words(language: Language) -> set[str]:
    return {word for text in words(language)._texts.values() for word in _words(PART.sub("", text))}


def _words(text: str) -> set[str]:
    return {word for word in WORD.findall(text.lower()) if len(word) > 1}


class Page(HTMLParser):
    """What a person sees or hears of a page, without what is marked as another language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._said: list[str] = []
        self._skipping = 0
        self.feed(html)

    @property
    def text(self) -> str:
        return "\n".join(each.strip() for each in self._said if each.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag not in EMPTY and tag != "html" and (self._skipping or "lang" in told or tag == "script"):
            self._skipping += 1
        if not self._skipping:
            self._said += [told[name] or "" for name in READ_ALOUD if name in told]

    def handle_endtag(self, tag: str) -> None:
        if self._skipping and tag not in EMPTY:
            self._skipping -= 1

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._said.append(data)
