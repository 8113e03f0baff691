"""Everything intake is made of, top to bottom."""

from services.intake import api, checking, views
from services.intake.consumers import hears
from services.intake.deadlines import KINDS, ended_by, set_by
from services.intake.digests import Digests
from services.intake.forgetting import Forgetting
from services.intake.reception import Reception
from services.intake.registry import Registry
from shared.bus import Consumer
from shared.deadlines import Waiting
from shared.documents import Documents
from shared.erasures import Erasures, forgetting
from shared.http import make_app
from shared.law import Law
from shared.projections import Project, Reader, one_by_one
from shared.service import checks, open_store, run, sql_of
from shared.settings import Settings


async def main(settings: Settings) -> None:
    store = await open_store(settings)
    law = Law.load(live=store.live, overlay=settings.law_overlay)
    digests, documents = Digests(settings.master), Documents(settings.documents, store.keys)
    checking.wired.store, checking.wired.registry = store, Registry(settings.registry_url)
    waiting = Waiting("intake", store, set_by, ended_by, KINDS)
    show = one_by_one(views.projecting(digests))
    projections: list[Project] = [forgetting(store.keys), show, waiting.project]
    reader = Reader("intake", store, sql_of("services.intake"), projections)
    waiting.reader = reader
    erasures = Erasures(settings.erasures) if settings.erasures else None
    forget = Forgetting(store, reader, documents, erasures, law)
    projections.append(forget.heard)
    consumer = Consumer(hears, store, settings.kafka, settings.instance)
    app = make_app("intake", store, settings.internal_token, [api.router], checks(store, reader, consumer))
    app.state.law = law
    app.state.reception = Reception(store, reader, documents, digests, law)
    app.state.forgetting = forget
    await run(settings, store, reader, waiting, consumer, app, [forget.run()])
