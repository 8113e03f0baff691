"""Everything plans is made of, top to bottom."""

from services.plans import api, views
from services.plans.consumers import hears
from services.plans.deadlines import KINDS, ended_by, set_by
from shared.bus import Consumer, Listener
from shared.deadlines import Waiting
from shared.erasures import forgetting
from shared.http import make_app
from shared.law import Law
from shared.projections import Reader, one_by_one
from shared.service import checks, open_store, run, sql_of
from shared.settings import Settings


async def main(settings: Settings) -> None:
    store = await open_store(settings)
    law = Law.load(live=store.live, overlay=settings.law_overlay)
    waiting = Waiting("plans", store, set_by, ended_by, KINDS)
    projections = [forgetting(store.keys), one_by_one(views.project), waiting.project]
    reader = Reader("plans", store, sql_of("services.plans"), projections)
    waiting.reader = reader
    consumer = Consumer(hears, store, settings.kafka, settings.instance)
    app = make_app("plans", store, settings.internal_token, [api.router], checks(store, reader, consumer))
    app.state.law = law
    listener = Listener("plans", app, store, settings.kafka, settings.internal_token)
    await run(settings, store, reader, waiting, consumer, app, [listener.run()])
