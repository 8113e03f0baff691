"""The case store: an event-sourced, append-only, hash-chained history on PostgreSQL. Its SQL is known only here."""

from shared.casestore.audience import Audience
from shared.casestore.install import SERVICES, Installed, install
from shared.casestore.recorded import Recorded
from shared.casestore.store import CaseStore

__all__ = ["SERVICES", "Audience", "CaseStore", "Installed", "Recorded", "install"]
