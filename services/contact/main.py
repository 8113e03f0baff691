"""Everything contact is made of, top to bottom."""

from services.contact import api, views
from services.contact.channels.email import Email
from services.contact.channels.printing import print_house
from services.contact.channels.provider import Nobody
from services.contact.channels.sms import Sms
from services.contact.consumers import hears
from services.contact.deadlines import KINDS, ended_by, set_by
from services.contact.wired import Outside, wired
from shared.bus import Consumer, Listener
from shared.deadlines import Waiting
from shared.documents import Documents
from shared.erasures import forgetting
from shared.http import make_app
from shared.law import Law
from shared.projections import Reader, one_by_one
from shared.service import checks, open_store, run, sql_of
from shared.settings import Settings


async def main(settings: Settings) -> None:
    store = await open_store(settings)
    law = Law.load(live=store.live, overlay=settings.law_overlay)
    documents = Documents(settings.documents, store.keys)
    waiting = Waiting("contact", store, set_by, ended_by, KINDS)
    projections = [forgetting(store.keys), one_by_one(views.project), waiting.project]
    reader = Reader("contact", store, sql_of("services.contact"), projections)
    waiting.reader = reader
    fanning = views.Fanning(reader, store.pool, store.head)
    house = print_house(settings.print_url) if settings.print_url else Nobody()
    email = Email(settings.smtp) if settings.smtp else Nobody()
    sms = Sms(settings.sms_url) if settings.sms_url else Nobody()

    async def opened(name: str) -> bytes | None:
        return (await documents.open(name)).content

    wired.law, wired.documents = law, documents
    wired.outside = Outside(
        store=store,
        opened=opened,
        providers={"letter": house, "email": email, "sms": sms},
        recalls=house.recall,
        cases_of=fanning.cases_of,
        waiting_for=fanning.waiting_for,
    )
    consumer = Consumer(hears, store, settings.kafka, settings.instance)
    app = make_app("contact", store, settings.internal_token, [api.router], checks(store, reader, consumer))
    app.state.law = law
    listener = Listener("contact", app, store, settings.kafka, settings.internal_token)
    await run(settings, store, reader, waiting, consumer, app, [listener.run()])
