"""Messages: kind, complete, short enough for a telephone, and safe in a mail reader."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import get_args

import pytest
from msgspec.structs import replace

from services.contact.letters.letter import CostKind, Language
from services.contact.messages.facts import MissingFact, texts
from services.contact.messages.gsm import parts, plain
from services.contact.messages.message import Kind, Message, ToClient, ToDebtor
from services.contact.messages.write import NotByThisChannel, words_of, write
from tests.contact.messages import FINNISH, OF_LANGUAGE, message
from tests.contact.papers import flat
from tests.contact.tone import FORBIDDEN, forbidden_in

TO_DEBTOR: tuple[Kind, ...] = get_args(ToDebtor)
TO_CLIENT: tuple[Kind, ...] = get_args(ToClient)
LANGUAGES: tuple[Language, ...] = get_args(Language)
BY_SMS: tuple[Kind, ...] = ("friendly", "rescue", "plan", "thanks")
MUST_OFFER: tuple[Kind, ...] = ("friendly", "facts", "rescue", "plan")

EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
EVERY_KIND = pytest.mark.parametrize("kind", TO_DEBTOR + TO_CLIENT)
EVERY_SMS = pytest.mark.parametrize("kind", BY_SMS)


class Words(HTMLParser):
    """The words a person sees of an HTML page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


def seen_in(html: str) -> str:
    reader = Words()
    reader.feed(html)
    return flat(" ".join(reader.seen))


def facts_of(sent: Message) -> Iterator[str]:
    """What a reader must find of each kind, as it is written."""
    match sent.kind:
        case "friendly" | "facts" | "rescue":
            yield "FI21 1234 5600 0007 85" if sent.country == "FI" else "1234.56.78911"
        case "defects":
            yield from (defect.code for defect in sent.defects)
        case "approval" | "approval_reminder" | "legal_decision" | "closed" | "thanks":
            yield sent.case_number


@EVERY_LANGUAGE
@EVERY_KIND
def test_plain_text_and_html_say_the_same(kind: Kind, language: Language) -> None:
    written = write(message(kind, language))
    seen = seen_in(written.html)
    said = [line.strip().removeprefix("- ") for line in written.text.splitlines() if line.strip()]
    for words in (part for line in said for part in line.split(": ", 1)):
        assert flat(words).rstrip(":") in seen or "https://" in words
    assert all(fact in flat(written.text) and fact in seen for fact in facts_of(message(kind, language)))


@EVERY_LANGUAGE
@EVERY_KIND
def test_a_message_threatens_and_shames_no_one(kind: Kind, language: Language) -> None:
    sent = replace(message(kind, language), account=None) if kind in TO_CLIENT else message(kind, language)
    sent = replace(sent, defects=tuple(replace(one, code="x", what="x") for one in sent.defects))
    written = write(sent)
    assert forbidden_in(f"{written.subject} {written.text}", language) == []


@EVERY_LANGUAGE
@EVERY_SMS
def test_an_sms_threatens_no_one_fits_one_message_and_names_who_it_is_from(kind: Kind, language: Language) -> None:
    sent = replace(message(kind, language), channel="sms")
    written = write(sent)
    assert (written.subject, written.html) == ("", "")
    assert forbidden_in(written.text, language) == []
    assert parts(written.text) == 1, f"{len(written.text)}: {written.text}"
    assert (sent.creditor if kind == "friendly" else sent.agency.name) in written.text


@EVERY_LANGUAGE
@pytest.mark.parametrize("kind", MUST_OFFER)
def test_a_message_about_money_offers_a_way_out(kind: Kind, language: Language) -> None:
    sent = message(kind, language)
    offered = [flat(line) for line in write(sent).text.splitlines() if line.startswith("- ")]
    assert len(offered) == len(sent.options) == 4
    with pytest.raises(MissingFact, match="options"):
        write(replace(sent, options=()))
    if kind in BY_SMS:
        assert sent.agency.telephone in write(replace(sent, channel="sms")).text


@EVERY_LANGUAGE
def test_a_friendly_message_is_in_the_clients_name_to_its_own_account_and_costs_nothing(language: Language) -> None:
    sent = message("friendly", language)
    written = write(sent)
    greeting = written.text.split(texts(language)["greetings"])[1].splitlines()
    assert greeting[1] == sent.creditor
    assert sent.account
    assert sent.account.holder in written.text
    costs = {str(word).lower() for word in words_of(language)["costs"].values()}
    assert not [word for word in costs if word in written.text.lower()]


@pytest.mark.parametrize("kind", ["facts", *TO_CLIENT])
def test_what_is_too_long_for_a_telephone_is_not_sent_to_one(kind: Kind) -> None:
    with pytest.raises(NotByThisChannel):
        write(replace(message(kind), channel="sms"))


@pytest.mark.parametrize(
    ("kind", "sent", "fact"),
    [
        ("friendly", replace(FINNISH, total=None), "total"),
        ("friendly", replace(FINNISH, account=None), "payee"),
        ("facts", replace(FINNISH, claims=()), "claims"),
        ("rescue", replace(FINNISH, missed=None), "missed_due"),
        ("rescue", replace(FINNISH, until=None), "until"),
        ("plan", replace(FINNISH, instalments=()), "instalments"),
        ("defects", replace(FINNISH, defects=()), "defects"),
        ("approval", replace(FINNISH, silence=None), "silence"),
        ("legal_decision", replace(FINNISH, answer_by=None), "answer_by"),
    ],
)
def test_a_message_that_lacks_a_fact_its_text_names_is_not_written(kind: Kind, sent: Message, fact: str) -> None:
    with pytest.raises(MissingFact) as refused:
        write(replace(sent, kind=kind))
    assert refused.value.fact == fact


def test_what_a_file_says_cannot_become_markup_in_a_mail_reader() -> None:
    html = write(message("defects")).html
    assert "&lt;b&gt;loppusumma&lt;/b&gt;" in html
    assert "<b>" not in html


def test_a_name_with_braces_or_line_breaks_stays_a_name() -> None:
    written = write(replace(message("friendly"), creditor="{total} & <i>Pojat</i> Oy"))
    assert "{total} & <i>Pojat</i> Oy" in written.text
    assert "<i>" not in written.html
    broken = write(replace(message("friendly"), creditor="Oy\r\nBcc: someone@example.com"))
    assert "\n" not in broken.subject
    assert "\r" not in broken.subject


def test_a_link_opens_a_page_and_nothing_else() -> None:
    with pytest.raises(ValueError, match="link"):
        write(replace(message("approval"), link="javascript:alert(1)"))


def test_silence_says_what_it_means() -> None:
    waits, starts = (write(replace(message("approval"), silence=silence)).text for silence in ("waits", "starts"))
    assert "Emme tee mitään ennen kuin vastaat." in waits
    assert "alkaa ehdotetulla tavalla" in starts


def test_several_invoices_are_spoken_of_as_several() -> None:
    written = write(replace(message("friendly"), invoices=("1", "2", "3")))
    assert "laskut 1, 2 ja 3" in written.subject
    assert "Laskujesi eräpäivät ovat menneet" in written.text


def test_an_sms_uses_only_letters_that_every_telephone_has() -> None:
    assert plain("ma–pe\N{NO-BREAK SPACE}9−17 ”Åsa”") == 'ma-pe 9-17 "Åsa"'


@pytest.mark.parametrize(
    ("text", "sent_as"),
    [("ä" * 160, 1), ("ä" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("š" * 70, 1), ("š" * 71, 2), ("a" * 306, 2)],
)
def test_an_sms_is_counted_as_the_provider_counts_it(text: str, sent_as: int) -> None:
    assert parts(text) == sent_as


def test_every_language_has_every_message_every_cost_and_a_list_of_what_it_never_says() -> None:
    for language in LANGUAGES:
        assert set(TO_DEBTOR + TO_CLIENT) <= set(texts(language))
        assert set(words_of(language)["costs"]) == set(get_args(CostKind))
        assert FORBIDDEN[language]


def test_a_letter_that_threatens_is_found_out() -> None:
    bad = {
        "fi": "VIIMEINEN VAROITUS: maksa välittömästi tai kerromme naapureille!!",
        "nb": "Siste advarsel: betal umiddelbart, ellers mister du kredittverdigheten",
        "sv": "Sista varning: betala omedelbart",
        "en": "Final warning: pay immediately or your employer will know",
    }
    assert all(forbidden_in(text, language) for language, text in bad.items())


def test_the_same_message_is_written_the_same() -> None:
    assert [write(sent) for sent in OF_LANGUAGE.values()] == [write(sent) for sent in OF_LANGUAGE.values()]
