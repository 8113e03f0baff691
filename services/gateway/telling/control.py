"""What people decided about the whole: stop, pause, go on, and what a rule forbids."""

from services.gateway.progress import Progress
from services.gateway.telling.draft import Draft, Teller
from shared.casestore import Recorded
from shared.events import Sealed, gateway, intake


def tell(teller: Teller, one: Recorded, after: Progress) -> Draft | None:
    """The line this event starts or completes, where it belongs to this chapter."""
    whose = one.kind if one.kind in ("case", "party", "client") else "case"
    match one.event:
        case gateway.CollectionStopped(because):
            return _said(teller, teller.start(one, "control", f"line.stopped.{whose}"), because)
        case gateway.CollectionPaused(because):
            return _said(teller, teller.start(one, "control", f"line.paused.{whose}"), because)
        case gateway.CollectionResumed():
            return teller.start(one, "control", f"line.resumed.{whose}")
        case gateway.ContactSuspended(because, section):
            said = teller.words.of("blocked", because)
            draft = teller.start(one, "control", "line.suspended", because=said)
            teller.by_rule(draft, section)
            return draft
        case gateway.ContactAllowedAgain():
            return teller.start(one, "control", "line.allowed")
        case intake.PartyErased():
            return teller.start(one, "control", "line.erased")
    return None


def _said(teller: Teller, draft: Draft, because: Sealed[str]) -> Draft:
    if because.value:
        teller.detail(draft, "said", text=because.value)
    return draft
