"""Style, script and pictures from `static/`. Each is asked for under its digest, so it may be kept for ever."""

import hashlib
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any

from fastapi import Response

KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


class Statics:
    """Serves one folder. A name it does not hold is 404."""

    def __init__(self, folder: Traversable) -> None:
        self._files = {
            each.name: each.read_bytes() for each in folder.iterdir() if "." + each.name.rpartition(".")[2] in KINDS
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        content = self._files.get(name)
        if content is None:
            await Response("no such file", 404, media_type="text/plain")(scope, receive, send)
            return
        kind = KINDS["." + name.rpartition(".")[2]]
        named = b"v=" + digest_of(content).encode() == scope.get("query_string", b"")
        headers = {"cache-control": FOR_EVER if named else "no-cache", "etag": f'"{digest_of(content)}"'}
        await Response(content, media_type=kind, headers=headers)(scope, receive, send)


@cache
def digest_of(content: bytes) -> str:
    """What a file is asked for by, so that a changed one is fetched anew."""
    return hashlib.sha256(content).hexdigest()[:16]
