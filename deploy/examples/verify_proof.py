"""Checks a proof of a case offline, trusting nobody: python verify_proof.py PROOF.json [--key KEY]

It needs Python 3.11 and `cryptography`, and nothing of Sovinto. KEY is the notary's public key as you got it some other
way than with the proof: base64, or a file that holds it. It checks that

- every event is chained to the one before it, so that none was changed, left out, added or moved;
- every event stands in a checkpoint the notary signed, and each checkpoint among those before the last one;
- the last event is where the case ends in the last checkpoint, so that nothing was cut off.

Personal values (`sealed`) stand in the proof as they are stored, encrypted: they are checked and cannot be read.
"""

import argparse
import base64
import json
import struct
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PROOF = ["format", "stream", "kind", "client", "key", "events", "checkpoints", "end"]
EVENT = ["position", "version", "event_id", "handler", "cause", "type", "schema", "data", "sealed", "actor", "trace",
         "occurred_at", "recorded_at", "checkpoint", "path"]  # fmt: skip
CHECKPOINT = ["epoch", "number", "first", "last", "at", "events", "streams", "earlier", "signature", "path"]


class Wrong(Exception):
    """What is wrong with the proof, and where."""


def check(text: str, known_key: str | None = None) -> Any:
    """The proof, every part of it checked. Raises Wrong."""
    try:
        proof = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as unread:
        raise Wrong(f"This is no JSON that can be read: {unread}.") from None
    fields(proof, PROOF, "The proof")
    if proof["format"] != "sovinto-proof-1":
        raise Wrong("This is no proof of the kind this program knows (sovinto-proof-1).")
    if known_key is not None and proof["key"] != known_key:
        raise Wrong(f"The proof is signed with the key {proof['key']!r}, not with the one you know, {known_key}.")
    stream, events, last = uuid(proof["stream"]), listed(proof["events"]), listed(proof["checkpoints"])[-1]
    check_checkpoints(proof["checkpoints"], Ed25519PublicKey.from_public_bytes(raw(proof["key"], 32)))
    by_number = {each["number"]: each for each in proof["checkpoints"]}
    before = sha256((bytes(16) if proof["client"] is None else uuid(proof["client"])) + parted(proof["kind"])).digest()
    for version, event in enumerate(events, 1):
        before = check_event(stream, version, event, before, by_number)
    end = sha256(b"\0" + stream + number(len(events), 4) + before).digest()
    if root_over_stream(stream, end, hashes(proof["end"])) != raw(last["streams"], 32):
        raise Wrong(f"{named(events[-1])} is not the last one, or not of this case: checkpoint {last['number']} signed "
                    "that the case ends elsewhere.")  # fmt: skip
    return proof


def check_checkpoints(checkpoints: list[Any], key: Ed25519PublicKey) -> None:
    """Each is signed, and stands among those before the last."""
    last = checkpoints[-1]
    for each in reversed(checkpoints):
        fields(each, CHECKPOINT, "A checkpoint")
        signed = b"sovinto-checkpoint-1" + uuid(each["epoch"])
        signed += b"".join(number(each[part], 8) for part in ("number", "first", "last")) + moment(each["at"])
        signed += raw(each["events"], 32) + raw(each["streams"], 32) + raw(each["earlier"], 32)
        try:
            key.verify(raw(each["signature"], 64), signed)
        except InvalidSignature:
            raise Wrong(f"Checkpoint {each['number']} was not signed with this key, or was changed since.") from None
        path = hashes(each["path"])
        root = root_over(each["number"] - 1, last["number"] - 1, sha256(b"\0" + signed).digest(), path)
        if bool(path) if each is last else root != raw(last["earlier"], 32):
            raise Wrong(f"Checkpoint {each['number']} is not among those before checkpoint {last['number']}.")


def check_event(stream: bytes, version: int, event: Any, before: bytes, checkpoints: dict[int, Any]) -> bytes:
    """One event: its place in the chain, and in a checkpoint. Returns its hash."""
    fields(event, EVENT, f"Event {version}")
    if event["version"] != version or type(event["version"]) is not int:
        raise Wrong(f"{named(event)} stands where version {version} of the case should: one is missing or was moved.")
    number(event["schema"], 2)
    origin = (
        uuid(event["cause"]) + moment(event["occurred_at"]) + parted(event["handler"], event["actor"], event["trace"])
    )
    content = sha256(
        stream + number(version, 4) + uuid(event["event_id"]) + sha256(origin).digest()
        + sha256(raw(event["data"])).digest() + sha256(raw(event["sealed"])).digest()
        + parted(event["type"], str(event["schema"]))
    ).digest()  # fmt: skip
    hashed = sha256(before + number(event["position"], 8) + moment(event["recorded_at"]) + content).digest()
    signed = checkpoints.get(event["checkpoint"]) if type(event["checkpoint"]) is int else None
    if signed is None:
        raise Wrong(f"{named(event)} names a checkpoint that is not in the proof.")
    place, size = event["position"] - signed["first"], signed["last"] - signed["first"] + 1
    if root_over(place, size, sha256(b"\0" + hashed).digest(), hashes(event["path"])) != raw(signed["events"], 32):
        raise Wrong(f"{named(event)} is not what checkpoint {signed['number']} signed: it was changed.")
    return hashed


def root_over(index: int, size: int, hashed: bytes, path: list[bytes]) -> bytes | None:
    """The root of a list in which this leaf stands at that place (RFC 6962); None where the path does not fit."""
    last, siblings = size - 1, list(path)
    if not 0 <= index <= last:
        return None
    while last:
        if index % 2 or index < last:
            if not siblings:
                return None
            sibling = siblings.pop(0)
            hashed = sha256(b"\1" + (sibling + hashed if index % 2 else hashed + sibling)).digest()
        index, last = index // 2, last // 2
    return None if siblings else hashed


def root_over_stream(stream: bytes, hashed: bytes, path: list[bytes]) -> bytes:
    """The root of the tree of all streams, in which the way down to one is its id, bit by bit: each has one place."""
    if len(path) > 128:
        raise Wrong("The path to the case's end is longer than an id has bits.")
    for depth, sibling in reversed(list(enumerate(reversed(path)))):
        right = stream[depth // 8] >> (7 - depth % 8) & 1
        hashed = sha256(b"\1" + (sibling + hashed if right else hashed + sibling)).digest()
    return hashed


# Reading strictly: what says the same in another way is refused, so that there is one way to say it.


def exact(value: Any, read: Callable[[Any], Any], write: Callable[[Any], str]) -> Any:
    """A text read, and it is as it would be written."""
    try:
        told = read(value)
        if write(told) == value:
            return told
    except (ValueError, TypeError, AttributeError):
        pass
    raise Wrong(f"{str(value)[:80]!r} is not written as it should be.")


def raw(value: Any, length: int | None = None) -> bytes:
    """The bytes of a base64 text."""
    told: bytes = exact(
        value, lambda text: base64.b64decode(text, validate=True), lambda b: base64.b64encode(b).decode()
    )
    if length is not None and len(told) != length:
        raise Wrong(f"{value!r} should be {length} bytes.")
    return told


def encoded(told: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(told).decode()


def hashes(path: Any) -> list[bytes]:
    """A path: hashes from the leaf upwards."""
    return [raw(each, 32) for each in listed(path, empty=True)]


def uuid(value: Any) -> bytes:
    """An id's 16 bytes."""
    told: UUID = exact(value, UUID, str)
    if not told.int:
        raise Wrong("An id of zeros is nobody's.")
    return told.bytes


def moment(value: Any) -> bytes:
    """A moment as it is hashed: microseconds since 2000."""
    told: datetime = exact(value, datetime.fromisoformat, lambda at: at.isoformat().replace("+00:00", "Z"))
    if told.tzinfo is not UTC:
        raise Wrong(f"{value!r} should be in UTC.")
    since = told - datetime(2000, 1, 1, tzinfo=UTC)
    return struct.pack(">q", (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def number(value: Any, length: int) -> bytes:
    """A positive number as it is hashed."""
    if type(value) is not int or not 0 < value < 1 << (8 * length - 1):
        raise Wrong(f"{str(value)[:80]!r} is no such number.")
    return value.to_bytes(length, "big")


def parted(*texts: Any) -> bytes:
    """Texts as they are hashed. None of them holds what parts them, so that there is one way to part them."""
    if not all(isinstance(each, str) and chr(31) not in each for each in texts):
        raise Wrong(f"{texts!r} should be plain texts.")
    return chr(31).join(texts).encode()


def listed(value: Any, *, empty: bool = False) -> list[Any]:
    """A list."""
    if not isinstance(value, list) or not (value or empty):
        raise Wrong("The proof has no events, no checkpoints or no path where it should.")
    return value


def fields(value: Any, names: list[str], what: str) -> None:
    """An object with these parts and no others."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise Wrong(f"{what} has not exactly the parts it should have.")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name stands twice."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def named(event: Any) -> str:
    """An event as it is told of."""
    return f"Event {event['version']} ({event['type']}, position {event['position']})"


def main() -> int:
    """0 where the proof holds, 1 where it does not, 2 where it cannot be read."""
    asked = argparse.ArgumentParser(description="Check a proof of a case, offline.")
    asked.add_argument("proof", type=Path)
    asked.add_argument("--key", help="the notary's public key: base64, or a file that holds it")
    told = asked.parse_args()
    try:
        key = Path(told.key).read_text().strip() if told.key and Path(told.key).is_file() else told.key
        proof = check(told.proof.read_text(encoding="utf-8"), key)
    except Wrong as wrong:
        print(f"NOT PROVEN. {wrong}", file=sys.stderr)
        return 1
    except (OSError, UnicodeDecodeError) as unread:
        print(f"{told.proof} cannot be read: {unread}", file=sys.stderr)
        return 2
    for event in proof["events"]:
        print(f"{event['version']:>5}  {event['recorded_at'][:19]}  {event['type']:<28} {event['actor']}")
    last = proof["checkpoints"][-1]
    print(f"\nProven: these {len(proof['events'])} events are all of case {proof['stream']} at {last['at']}.")
    if not key:
        print(f"Signed with the key {proof['key']}. Compare it with the published one: no proof can say whose it is.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
