"""What an agency allows itself in contact: as a setting it is held to be stricter than the usual, never wider."""

from datetime import time

import pytest
from pydantic import ValidationError

from services.gateway.bodies import AgencyBody
from shared.events.gateway import ContactLimits
from shared.setup import Agency
from tests.gateway.test_api import example


@pytest.mark.parametrize(
    "wider",
    [
        {"messages_from": "08:00"}, {"messages_until": "20:00"}, {"letters_from": "09:00"}, {"contacts_per_week": 6},
        {"contacts_per_month": 16}, {"contacts_per_week": 0}, {"messages_from": "18:00", "messages_until": "17:00"},
        {"letters_from": "18:30", "messages_until": "18:00"}, {"messages_from": "nine"},
    ],
)  # fmt: skip
def test_the_agency_may_allow_itself_less_than_usual_and_never_more(wider: dict[str, object]) -> None:
    strict = {"messages_from": "10:30", "messages_until": "16:00", "letters_from": "12:00", "contacts_per_week": 2}
    told = AgencyBody.model_validate({**example("agency.json"), "contact_limits": strict}).told()
    assert told.contact_limits == ContactLimits("10:30", "16:00", "12:00", 2, 15)
    assert Agency(told).contact_policy.messages == (time(10, 30), time(16))
    with pytest.raises(ValidationError):
        AgencyBody.model_validate({**example("agency.json"), "contact_limits": wider})
