"""What must hold, told without any of the services' own words for it: who said stop, and what left after that."""

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.events import Event, contact, gateway, plans, settlement

OUTCOMES = (contact.HandedOver, contact.HandOverFailed, contact.HandOverUnknown)


class Happened(msgspec.Struct, frozen=True):
    """One event, in the order of the log."""

    event_id: UUID
    stream_id: UUID
    event: Event
    at: datetime


class Arrived(msgspec.Struct, frozen=True):
    """One request at a stand-in."""

    key: str
    at: datetime


class Rules:
    """What stands against contact with whom, and everything that went against it, in words."""

    def __init__(self, party: UUID, client: UUID) -> None:
        self.above = {party, client}
        self.against: dict[UUID, set[str]] = defaultdict(set)
        self.decided: dict[UUID, contact.ContactDecided] = {}
        self.started: dict[str, datetime] = {}
        self.outcomes: dict[str, list[str]] = defaultdict(list)
        self.taken: dict[UUID, date] = {}
        self.requests: list[Arrived] = []
        self.left: set[str] = set()
        self.called_not_left: set[UUID] = set()  # By a person, who may be mistaken.
        self.wrong: list[str] = []

    def happened(self, one: Happened) -> None:
        """An event was recorded."""
        self._people(one)
        match one.event:
            case contact.ContactDecided(contact_id, to="debtor") as decided:
                self.decided[contact_id] = decided
                self._may(one, decided.kind)
            case contact.CallTaskCreated():
                self._may(one, "call")
            case plans.RescueDecided():
                self._may(one, "rescue")
            case contact.ContactTaken(contact_id, at=moment):
                if moment.date() in self.taken.values():
                    self.wrong.append(f"two contacts with one debtor on {moment.date()}")
                self.taken[contact_id] = moment.date()
            case contact.ContactGivenBack(contact_id):
                self.taken.pop(contact_id, None)
            case contact.HandOverStarted(contact_id, attempt, leave_by):
                self.started[f"{contact_id}|{attempt}"] = leave_by
                if contact_id in self.decided:
                    self._may(one, self.decided[contact_id].kind)
            case contact.HandedOver(contact_id, attempt) | contact.HandOverUnknown(contact_id, attempt):
                self.outcomes[f"{contact_id}|{attempt}"].append(type(one.event).__name__)
            case contact.HandOverFailed(contact_id, attempt):
                self.outcomes[f"{contact_id}|{attempt}"].append("HandOverFailed")

    def arrived(self, request: Arrived) -> None:
        """A request reached a stand-in."""
        if request.key in {each.key for each in self.requests}:
            self.wrong.append(f"{request.key} arrived twice")
        self.requests.append(request)
        leave_by = self.started.get(request.key)
        if leave_by is None:
            self.wrong.append(f"{request.key} arrived before its hand-over was recorded")
        elif request.at > leave_by:
            self.wrong.append(f"{request.key} arrived {request.at - leave_by} too late")

    def took(self, key: str) -> None:
        """A stand-in took a message, whether it said so or not: that is a letter more."""
        contact_id = key.partition("|")[0]
        if contact_id in self.left and UUID(contact_id) not in self.called_not_left:
            self.wrong.append(f"{key} was taken, and so was an earlier attempt")
        self.left.add(contact_id)

    def at_rest(self, answered: list[str]) -> None:
        """Nothing is at work any more: of every hand-over it is known what came of it, and of an answer what it was."""
        for key in self.started:
            if not self.outcomes[key]:
                self.wrong.append(f"{key}: nobody knows what came of it")
        for key in answered:
            if "HandedOver" not in self.outcomes[key]:
                self.wrong.append(f"{key} was taken, and that is not recorded")

    def _people(self, one: Happened) -> None:
        """Who said what about whom."""
        against = self.against[one.stream_id]
        match one.event:
            case gateway.CollectionStopped():
                against.add("stop")
            case gateway.CollectionPaused():
                against.add("pause")
            case gateway.CollectionResumed():
                against.discard("pause")
            case gateway.ContactSuspended():
                against.add("suspension")
            case gateway.ContactAllowedAgain():
                against.discard("suspension")
            case contact.DisputeOpened(dispute_id):
                against.add(f"dispute {dispute_id}")
            case contact.DisputeResolved(dispute_id):
                against.discard(f"dispute {dispute_id}")
            case settlement.PaymentAssigned(case_id, surplus=surplus) if surplus:
                self.against[case_id].add("full payment")

    def _may(self, one: Happened, kind: str) -> None:
        found = set(self.against[one.stream_id]).union(*(self.against[each] for each in self.above))
        if kind == "thanks":
            found.discard("full payment")  # It is what one is thanked for.
        if found:
            self.wrong.append(f"{type(one.event).__name__} ({kind}) after {', '.join(sorted(found))}")
