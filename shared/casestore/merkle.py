"""Merkle trees: one root for many hashes, and short proofs of what stands in it.

Leaves and nodes are hashed with different first bytes (RFC 6962), so that neither passes for the other. All hashes are
32 bytes of sha256; a path lists the siblings from the leaf upwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from mmap import mmap

HASH = 32
NONE = sha256(b"").digest()  # The root of a tree without leaves (RFC 6962).
EMPTY = bytes(HASH)  # A part of the streams' tree in which no stream lies; no hash is that.


def leaf(content: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\0" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two hashes."""
    return sha256(b"\1" + left + right).digest()


def root_over(index: int, size: int, hashed: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root of a list of `size` leaves in which this leaf stands at `index`; None where the path does not fit."""
    last, siblings = size - 1, list(path)
    if not 0 <= index <= last:
        return None
    while last:
        if index % 2 or index < last:
            if not siblings:
                return None
            sibling = siblings.pop(0)
            hashed = node(sibling, hashed) if index % 2 else node(hashed, sibling)
        index, last = index // 2, last // 2
    return None if siblings else hashed


class Listed:
    """A tree over a list that grows at its end, as RFC 6962 has it. Keeps whole subtrees only: 64 bytes a leaf."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for each in leaves:
            self.add(each)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH

    def add(self, hashed: bytes) -> None:
        """One more leaf, hashed already."""
        self._levels[0] += hashed
        for level in range(len(self._levels)):
            here = self._levels[level]
            if len(here) // HASH % 2:
                return
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level + 1] += node(bytes(here[-2 * HASH : -HASH]), bytes(here[-HASH:]))

    @property
    def root(self) -> bytes:
        return self._rest(len(self._levels), len(self)) or NONE

    def path(self, index: int, size: int) -> list[bytes]:
        """What proves that the leaf at `index` stands there in the tree of the first `size` leaves."""
        found = []
        for level in range(size.bit_length()):
            whole, sibling = size >> level, (index >> level) ^ 1
            if sibling < whole:
                found.append(self._node(level, sibling))
            elif sibling == whole and (rest := self._rest(level, size)):
                found.append(rest)
        return found

    def _rest(self, level: int, size: int) -> bytes | None:
        """The last node of that level where it is not a whole one; None where the whole ones hold everything."""
        rest = None
        for below in range(level):
            whole = size >> below
            if whole % 2:
                peak = self._node(below, whole - 1)
                rest = node(peak, rest) if rest else peak
        return rest

    def _node(self, level: int, number: int) -> bytes:
        return bytes(self._levels[level][number * HASH : (number + 1) * HASH])


# Streams and where they end.

TOP = 18  # Levels that always stand: a quarter of a million places, so that at a million streams four share one.
ENTRY = 16 + 4 + HASH  # A stream's id, its version, its last event's hash.


def end_leaf(stream: bytes, version: int, hashed: bytes) -> bytes:
    """The leaf that says that a stream (16 bytes) has so many events, and which hash the last one has."""
    return leaf(stream + version.to_bytes(4, "big") + hashed)


def root_over_stream(stream: bytes, hashed: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root of a tree of streams in which this leaf stands at its stream's place; None where the path is too long.

    The way down is the stream's id, bit by bit, and ends at the first leaf: there is one place for a stream, so a leaf
    there is the only one that tree has for it, and what it says of the stream's end is all it says.
    """
    bits = int.from_bytes(stream, "big")
    if len(path) > 128:
        return None
    for depth, sibling in zip(range(len(path) - 1, -1, -1), path, strict=True):
        hashed = node(sibling, hashed) if bits >> (127 - depth) & 1 else node(hashed, sibling)
    return hashed


class Streams:
    """A sorted tree of streams and where each ends, in memory. Putting one anew hashes only what lies above it.

    A prefix tree: a stream's place is found by the bits of its id. Its upper levels always stand, in one array; below
    them streams with the same beginning lie packed and in order, and part as soon as their bits do.
    """

    def __init__(self) -> None:
        # Node n has the children 2n and 2n+1; the first is number 1. A map, for what is not touched takes no memory.
        self._top = mmap(-1, 2 * HASH << TOP)
        self._packed: dict[int, bytes] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def root(self) -> bytes:
        return self._node(1)

    def put(self, ends: Mapping[bytes, tuple[int, bytes]]) -> None:
        """Say where these streams end: version and last hash by id. Those not named stay as they are."""
        changed = set()
        for stream, (version, hashed) in ends.items():
            place = _place(stream)
            packed = self._packed.get(place, b"")
            at = _at(packed, stream)
            there = packed[at : at + 16] == stream
            entry = stream + version.to_bytes(4, "big") + hashed
            self._packed[place] = packed[:at] + entry + packed[at + ENTRY * there :]
            self._count += not there
            changed.add(place)
        for place in changed:
            self._set((1 << TOP) + place, _below(_leaves(self._packed[place]), TOP))
        above = {(1 << TOP) + place >> 1 for place in changed}
        while above != {0} and above:
            for each in above:
                self._set(each, _joined(self._node(2 * each), self._node(2 * each + 1)))
            above = {each >> 1 for each in above}

    def end(self, stream: bytes) -> tuple[int, bytes] | None:
        """A stream's version and last hash; None where it is not known."""
        packed = self._packed.get(_place(stream), b"")
        at = _at(packed, stream)
        if packed[at : at + 16] != stream:
            return None
        return int.from_bytes(packed[at + 16 : at + 20], "big"), packed[at + 20 : at + ENTRY]

    def path(self, stream: bytes) -> list[bytes]:
        """What proves where a stream ends."""
        place = _place(stream)
        found = _path_below(_leaves(self._packed[place]), TOP, stream)
        each = (1 << TOP) + place
        while each > 1:
            found.append(self._node(each ^ 1))
            each >>= 1
        return found

    def _node(self, number: int) -> bytes:
        return self._top[number * HASH : (number + 1) * HASH]

    def _set(self, number: int, hashed: bytes) -> None:
        self._top[number * HASH : (number + 1) * HASH] = hashed


Leaf = tuple[bytes, bytes]  # A stream's id and its leaf's hash.


def _place(stream: bytes) -> int:
    return int.from_bytes(stream[:4], "big") >> (32 - TOP)


def _at(packed: bytes, stream: bytes) -> int:
    """Where this stream lies among those packed, or would."""
    at = 0
    while at < len(packed) and packed[at : at + 16] < stream:
        at += ENTRY
    return at


def _leaves(packed: bytes) -> list[Leaf]:
    return [(packed[at : at + 16], leaf(packed[at : at + ENTRY])) for at in range(0, len(packed), ENTRY)]


def _joined(left: bytes, right: bytes) -> bytes:
    return EMPTY if left == right == EMPTY else node(left, right)


def _below(leaves: Sequence[Leaf], depth: int) -> bytes:
    """The hash of a part of the tree: of nothing, of one leaf, or of two halves."""
    if len(leaves) < 2:
        return leaves[0][1] if leaves else EMPTY
    left, right = _parted(leaves, depth)
    return node(_below(left, depth + 1), _below(right, depth + 1))


def _path_below(leaves: Sequence[Leaf], depth: int, stream: bytes) -> list[bytes]:
    if len(leaves) < 2:
        return []
    left, right = _parted(leaves, depth)
    mine, other = (right, left) if _bit(stream, depth) else (left, right)
    return [*_path_below(mine, depth + 1, stream), _below(other, depth + 1)]


def _parted(leaves: Sequence[Leaf], depth: int) -> tuple[Sequence[Leaf], Sequence[Leaf]]:
    middle = sum(not _bit(stream, depth) for stream, _ in leaves)
    return leaves[:middle], leaves[middle:]


def _bit(stream: bytes, depth: int) -> int:
    return stream[depth // 8] >> (7 - depth % 8) & 1
