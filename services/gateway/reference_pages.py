"""The reference for people who program: the API for everybody with a key, what is said on Kafka for staff."""

from fastapi import APIRouter, Request, Response

from services.gateway.pages import LoggedIn
from services.gateway.reference import api_parts, kafka_parts, read
from services.gateway.rendering import page
from services.gateway.staff_pages import StaffHere
from services.gateway.wired import Made

router = APIRouter(include_in_schema=False)


@router.get("/reference")
async def api_reference(request: Request, session: LoggedIn, made: Made) -> Response:
    """The HTTP API."""
    return await page(
        request, made, session, "reference.html", title="The API", about=[read("openapi")["info"]["description"]],
        document="GET /api/v1/openapi.json", parts=api_parts(), takes="Takes",
        other="/reference/kafka" if session.viewer.is_staff else "", other_title="What is said on Kafka",
    )  # fmt: skip


@router.get("/reference/kafka")
async def kafka_reference(request: Request, session: StaffHere, made: Made) -> Response:
    """What is said on Kafka."""
    about = read("asyncapi")["info"]["description"].strip().split("\n\n")
    return await page(
        request, made, session, "reference.html", title="What is said on Kafka", about=about,
        document="GET /api/v1/asyncapi.json", parts=kafka_parts(), takes="Holds", other="/reference",
        other_title="The API",
    )  # fmt: skip
