"""What every request is held to: a body of at most 20 MiB, and headers that keep a page to itself."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

BODY_BYTES_MAX = 20 * 1024 * 1024
DRAINED_BYTES_MAX = 8 * BODY_BYTES_MAX  # Who sends more than this is cut off without an answer.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

# Nothing but our own files, no inline script, no framing: what a page shows cannot be made to act.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
TOO_LARGE = "a request holds at most 20 MB"


class TooLarge(Exception):
    """The body passed the limit while it was being read."""


class Limits:
    """Wraps the application. A body that says or turns out to be too large is answered 413; its rest goes by unread."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, read = False, 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > BODY_BYTES_MAX:
                raise TooLarge
            return message

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                said = {name.lower() for name, _ in message["headers"]}
                more = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in said]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        length = dict(scope["headers"]).get(b"content-length", b"0")
        try:
            if not length.isdigit() or int(length) > BODY_BYTES_MAX:
                raise TooLarge
            await self._app(scope, counted, with_headers)
        except TooLarge:
            if not started:
                await _read_on(receive, read)
                await _too_large(with_headers)


async def _read_on(receive: Receive, read: int) -> None:
    """Let the rest pass unread, up to a bound: a connection cut while its sender writes loses the answer."""
    while read < DRAINED_BYTES_MAX:
        message = await receive()
        read += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


async def _too_large(send: Send) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    told = {"type": "urn:sovinto:problem:too_large", "title": TOO_LARGE, "status": 413, "code": "too_large"}
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(told)})
