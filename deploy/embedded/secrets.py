"""The passwords of a platform: made once, at random, and kept where only its owner can read them."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path


def secret(home: Path, name: str) -> str:
    """The secret of that name, made on first asking and kept in `secrets` (0600) in the data folder."""
    path = home / "secrets"
    folder = os.open(home, os.O_RDONLY)
    try:
        # The folder is locked and not the file, because the file is replaced.
        fcntl.flock(folder, fcntl.LOCK_EX)
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in kept:
            kept[name] = secrets.token_urlsafe(24)
            _replace(path, json.dumps(kept, indent=1) + "\n")
        return kept[name]
    finally:
        os.close(folder)


def notary_key(secret_of: Callable[[str], str]) -> str:
    """What the notary signs with, as its process is told it: base64 of 32 bytes."""
    return base64.b64encode(sha256(secret_of("notary_key").encode()).digest()).decode()


def _replace(path: Path, text: str) -> None:
    """Written beside and renamed, so that a killed platform leaves the old or the new, never half of one."""
    beside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
