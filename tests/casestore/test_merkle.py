"""The trees, beside their definitions written down once more in the plainest way."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from shared.casestore.merkle import EMPTY, NONE, Listed, Streams, end_leaf, leaf, node, root_over, root_over_stream

SIZES = st.integers(1, 70)
STREAM = st.binary(min_size=16, max_size=16)
# Ids that share long beginnings: where streams part only after many bits.
ALIKE = st.builds(lambda start, end: bytes([start]) * 15 + bytes([end]), st.sampled_from([0, 255]), st.integers(0, 9))
ENDS = st.dictionaries(STREAM | ALIKE, st.tuples(st.integers(1, 9), st.binary(min_size=32, max_size=32)), max_size=30)


def leaves(count: int) -> list[bytes]:
    return [leaf(bytes([number])) for number in range(count)]


def defined(over: list[bytes]) -> bytes:
    """RFC 6962, 2.1, over hashed leaves."""
    if not over:
        return sha256(b"").digest()
    if len(over) == 1:
        return over[0]
    half = 1
    while half * 2 < len(over):
        half *= 2
    return sha256(b"\1" + defined(over[:half]) + defined(over[half:])).digest()


def test_an_empty_list_has_the_root_the_standard_gives_it() -> None:
    assert Listed().root == NONE == defined([])


@given(SIZES)
def test_a_list_has_the_root_the_standard_defines_at_every_size(size: int) -> None:
    assert Listed(leaves(size)).root == defined(leaves(size))


@given(SIZES, st.data())
def test_a_path_proves_its_leaf_in_every_tree_that_the_list_ever_was(grown: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, grown))
    index = data.draw(st.integers(0, size - 1))
    path = Listed(leaves(grown)).path(index, size)
    assert root_over(index, size, leaves(grown)[index], path) == defined(leaves(size))


@given(SIZES, st.data())
def test_a_path_proves_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = Listed(leaves(size))
    path = tree.path(index, size)
    other = data.draw(st.integers(-1, size).filter(lambda each: each != index))
    assert root_over(other, size, leaves(size)[index], path) != tree.root
    assert root_over(index, size, leaf(b"another"), path) != tree.root
    assert root_over(index, size, leaves(size)[index], [*path, EMPTY]) is None
    if path:
        assert root_over(index, size, leaves(size)[index], path[:-1]) is None


def test_a_leaf_never_passes_for_a_node() -> None:
    left, right = leaves(2)
    assert leaf(left + right) != node(left, right)


# Streams.


def tree_of(ends: dict[bytes, tuple[int, bytes]]) -> Streams:
    made = Streams()
    made.put(ends)
    return made


@given(ENDS, ENDS)
def test_the_order_in_which_streams_came_does_not_matter_only_where_they_end(
    first: dict[bytes, tuple[int, bytes]], then: dict[bytes, tuple[int, bytes]]
) -> None:
    grown = tree_of(first)
    grown.put(then)
    anew = tree_of(dict(sorted({**first, **then}.items(), reverse=True)))
    assert grown.root == anew.root
    assert len(grown) == len(anew) == len({**first, **then})


@given(ENDS)
def test_a_path_proves_where_each_stream_ends_and_no_other_end(ends: dict[bytes, tuple[int, bytes]]) -> None:
    made = tree_of(ends)
    for stream, (version, hashed) in ends.items():
        assert made.end(stream) == (version, hashed)
        path = made.path(stream)
        assert root_over_stream(stream, end_leaf(stream, version, hashed), path) == made.root
        assert root_over_stream(stream, end_leaf(stream, version + 1, hashed), path) != made.root
        assert root_over_stream(stream, end_leaf(stream, version, bytes(32)), path) != made.root or hashed == bytes(32)


@given(ENDS.filter(lambda ends: len(ends) > 1), st.data())
def test_a_stream_has_one_place_so_anothers_path_proves_nothing_of_it(
    ends: dict[bytes, tuple[int, bytes]], data: st.DataObject
) -> None:
    made = tree_of(ends)
    stream, other = data.draw(st.lists(st.sampled_from(sorted(ends)), min_size=2, max_size=2, unique=True))
    assert root_over_stream(stream, end_leaf(stream, *ends[stream]), made.path(other)) != made.root


def test_a_tree_without_streams_knows_none_and_a_path_longer_than_an_id_is_none() -> None:
    assert Streams().root == EMPTY
    assert Streams().end(bytes(16)) is None
    assert root_over_stream(bytes(16), EMPTY, [EMPTY] * 129) is None
