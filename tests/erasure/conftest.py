"""A store of its own for each test, as those of the case store have it."""

from tests.casestore.conftest import gateway, installed, intake

__all__ = ["gateway", "installed", "intake"]
