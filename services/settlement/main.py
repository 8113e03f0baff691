"""Everything settlement is made of, top to bottom."""

from services.settlement import api, views
from services.settlement.consumers import hears
from services.settlement.deadlines import KINDS, ended_by, set_by
from services.settlement.needs import Needs, wire
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
    """Wire the service by hand and run it until it is told to stop."""
    store = await open_store(settings)
    law = Law.load(live=store.live, overlay=settings.law_overlay)
    documents = Documents(settings.documents, store.keys)
    waiting = Waiting("settlement", store, set_by, ended_by, KINDS)
    projections = [forgetting(store.keys), one_by_one(views.project), waiting.project]
    reader = Reader("settlement", store, sql_of("services.settlement"), projections)
    waiting.reader = reader
    wire(Needs(store, reader, documents, law))
    consumer = Consumer(hears, store, settings.kafka, settings.instance)
    app = make_app("settlement", store, settings.internal_token, [api.router], checks(store, reader, consumer))
    app.state.law = law
    listener = Listener("settlement", app, store, settings.kafka, settings.internal_token)
    await run(settings, store, reader, waiting, consumer, app, [listener.run()])
