"""Each way out, against a stand-in that keeps every request: taken, not taken, or nobody knows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from deploy.standins.world import World, standins
from services.contact.channels.email import Email
from services.contact.channels.printing import PrintFolder, PrintHouse, print_house
from services.contact.channels.provider import UNKNOWN, Asked, Nobody, NotKnown, NotTaken, Outgoing
from services.contact.channels.sms import Sms, sender
from services.contact.writing import mail
from tests.contact.asking import around

AT = "2025-02-04T08:00:00+00:00"
PDF = b"%PDF-1.7\nmade for the test\n%%EOF\n"
ADDRESS = ("Aino Esimerkki", "Koivukuja 3 A 12", "70100 Kuopio")
LETTER = Outgoing("contact|1", AT, PDF, "Reilu Perintä Oy", address=ADDRESS)
SMS = Outgoing("contact|1", AT, b"Hei!", "Polku Pyorat Oy", "+358401234567")
MAIL = Outgoing(
    "contact|1", AT, mail(UUID(int=7), "aino@esimerkki.example", around(), "Hei", "Hei!", "<p>Hei!</p>"),
    "asiakaspalvelu@reiluperinta.example", "aino@esimerkki.example", message_id="<7.1@reiluperinta.example>",
)  # fmt: skip


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with standins(folder=tmp_path) as made:
        yield made


def email_of(world: World) -> Email:
    return Email(f"127.0.0.1:{world.smtp_port}")


async def test_an_sms_carries_key_and_time_and_a_sender_made_of_the_name(world: World) -> None:
    job = await Sms(world.url).send(SMS, 5)
    [kept] = world.requests("sms")
    assert (kept.job, kept.key, kept.at) == (job, "contact|1", AT)
    assert kept.content["from"] == "PolkuPyorat"
    assert sender("Järvi-Suomen Sähkö Oy") == "JarviSuomen"


async def test_an_email_keeps_its_message_id_and_both_its_forms(world: World) -> None:
    assert await email_of(world).send(MAIL, 5) == MAIL.message_id
    [kept] = world.requests("email")
    assert (kept.key, kept.at) == (MAIL.message_id, AT)
    assert kept.content["text"].strip() == "Hei!"
    assert "<p>Hei!</p>" in kept.content["html"]


async def test_a_letter_goes_with_its_envelope_s_lines_and_the_same_key_is_one_job(world: World) -> None:
    house = PrintHouse(world.url)
    assert await house.send(LETTER, 5) == await house.send(LETTER, 5)
    assert [kept.again for kept in world.requests("letters")] == [False, True]
    assert world.requests("letters")[0].content["address"] == list(ADDRESS)


async def test_a_letter_is_taken_back_until_it_is_printed(world: World) -> None:
    house = PrintHouse(world.url)
    job = await house.send(LETTER, 5)
    assert await house.recall(job)
    other = await house.send(Outgoing("contact|2", AT, PDF + b"2", "x", address=ADDRESS), 5)
    world.house.print_all()
    assert not await house.recall(other)


async def test_a_letter_dropped_in_the_folder_is_taken_in_and_taken_back(world: World, tmp_path: Path) -> None:
    house = print_house(f"file://{tmp_path}")
    assert isinstance(house, PrintFolder)
    job = await house.send(LETTER, 5)
    [kept] = world.requests("letters")
    assert kept.key == job
    assert await house.recall(job)
    assert not await house.recall(job)
    world.house.collect()
    assert list(world.house.states.values()) == ["recalled"]


async def test_a_folder_that_is_too_slow_gets_no_letter_after_its_time(tmp_path: Path) -> None:
    with pytest.raises(NotTaken):
        await print_house(f"file://{tmp_path}").send(LETTER, 0)
    assert not await PrintFolder(tmp_path).recall("contact-1")


async def test_a_provider_that_is_down_has_not_taken_it_and_is_asked_again(world: World) -> None:
    world.set_down("sms", "letters", "email")
    for send in (Sms(world.url).send(SMS, 5), PrintHouse(world.url).send(LETTER, 5), email_of(world).send(MAIL, 5)):
        with pytest.raises(NotTaken) as no:
            await send
        assert no.value.again


async def test_what_a_provider_refuses_for_good_is_not_tried_again(world: World) -> None:
    wrong_number = Outgoing("contact|1", AT, b"Hei!", "Polku", "12")
    with pytest.raises(NotTaken) as no:
        await Sms(world.url).send(wrong_number, 5)
    assert not no.value.again


async def test_nobody_there_has_not_taken_it() -> None:
    for send in (Sms("http://127.0.0.1:9").send(SMS, 2), Email("127.0.0.1:9").send(MAIL, 2)):
        with pytest.raises(NotTaken) as no:
            await send
        assert no.value.again
    with pytest.raises(NotTaken):
        await Nobody().send(SMS, 2)


async def test_a_request_without_an_answer_may_have_been_taken() -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(NotKnown):
        await Sms(f"http://127.0.0.1:{port}").send(SMS, 0.3)
    server.close()
    await asyncio.sleep(1)


async def test_a_provider_says_by_its_key_whether_a_message_came(world: World) -> None:
    sms, house = Sms(world.url), PrintHouse(world.url)
    jobs = await sms.send(SMS, 5), await house.send(LETTER, 5)
    assert (await sms.asked("contact|1", 5), await house.asked("contact|1", 5)) == tuple(
        Asked("taken", job) for job in jobs
    )
    assert {await each.asked("contact|2", 5) for each in (sms, house)} == {Asked("not_taken")}
    world.set_down("sms", "letters")
    assert {await each.asked("contact|1", 5) for each in (sms, house)} == {UNKNOWN}


async def test_a_provider_without_such_a_question_and_one_that_is_away_have_not_said_that_nothing_came(
    world: World,
) -> None:
    for where in (f"{world.url}/elsewhere", "http://127.0.0.1:9"):
        assert await Sms(where).asked("contact|1", 2) == UNKNOWN


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"key": "contact|1", "taken": false}', Asked("not_taken")),
        (b'{"key": "contact|1", "taken": true, "id": "7"}', Asked("taken", "7")),
        (b'{"key": "contact|2", "taken": false}', UNKNOWN),  # Of another.
        (b'{"key": "contact|1"}', UNKNOWN),
        (b'{"key": "contact|1", "taken": null}', UNKNOWN),
        (b"[]", UNKNOWN),
        (b"no such page", UNKNOWN),
    ],
)
async def test_only_a_plain_word_about_this_key_counts(body: bytes, said: Asked) -> None:
    async def answers(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
        writer.close()

    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await Sms(f"http://127.0.0.1:{port}").asked("contact|1", 5) == said
    server.close()


async def test_a_letter_that_lies_in_the_folder_was_taken_and_of_another_nobody_knows(tmp_path: Path) -> None:
    house = PrintFolder(tmp_path)
    job = await house.send(LETTER, 5)
    assert await house.asked("contact|1", 5) == Asked("taken", job)
    assert await house.asked("contact|2", 5) == UNKNOWN


async def test_a_mail_server_cannot_be_asked(world: World) -> None:
    await email_of(world).send(MAIL, 5)
    assert not email_of(world).can_be_asked
    assert await email_of(world).asked("contact|1", 5) == UNKNOWN
