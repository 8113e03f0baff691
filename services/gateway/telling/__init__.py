"""How each event is told: which line of the story it starts, or which line it completes."""

from services.gateway.progress import Progress
from services.gateway.telling import calls, control, instalments, intake, messages, money
from services.gateway.telling.draft import Draft, Teller
from shared.casestore import Recorded

__all__ = ["Draft", "Teller", "tell"]

CHAPTERS = (intake.tell, messages.tell, calls.tell, instalments.tell, money.tell, control.tell)


def tell(teller: Teller, one: Recorded, after: Progress) -> Draft | None:
    """Tell one event; `after` is the case once it has happened.

    Answers the line that event started or changed the balance of, or None where it says nothing of its own.
    """
    teller.hear(one)
    for chapter in CHAPTERS:
        draft = chapter(teller, one, after)
        if draft is not None:
            return draft
    return None
