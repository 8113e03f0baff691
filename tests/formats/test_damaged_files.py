"""Whatever happens to a file on its way, it is read or refused by name: no reader fails in another way."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.intake import channels
from services.settlement import camt054, pain001
from shared import identifiers, references
from shared.xml import Unreadable

FILES = Path(__file__).parent / "files"
READERS: dict[str, Callable[[bytes], object]] = {
    "finvoice_in_soap.xml": channels.read,
    "finvoice_batch.xml": channels.read,
    "invoices.json": channels.read,
    "camt054_02_fi.xml": camt054.read,
    "camt054_04_returns_and_held.xml": camt054.read,
    "camt054_08_no.xml": pain001.read_back,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["1.00", "2026-01-31", "EUR"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["number", "total", "due", "debtor", "name", "rows", "currency"]), inner)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), length=st.integers(0, 40), put=st.binary(max_size=6))
def test_a_file_with_a_piece_cut_out_is_read_or_refused(name: str, place: float, length: int, put: bytes) -> None:
    raw = (FILES / name).read_bytes()
    start = int(len(raw) * place)
    with suppress(Unreadable):
        READERS[name](raw[:start] + put + raw[start + length :])


@given(JSON)
def test_json_of_any_shape_is_read_or_refused(told: Any) -> None:
    raw = json.dumps(told).encode()
    try:
        read = channels.read(raw)
    except Unreadable:
        assert not raw.startswith(b"{")
        return
    assert all(each.invoice or each.defects for each in read.read)


@given(st.binary())
@example(b"{}")  # An invoice of which everything is missing.
def test_bytes_of_any_kind_are_refused_or_told_to_be_defective(raw: bytes) -> None:
    with suppress(Unreadable):
        assert all(each.defects for each in channels.read(raw).read)
    for reader in (camt054.read, pain001.read_back):
        with pytest.raises(Unreadable):
            reader(raw)


@given(st.text(), st.sampled_from(["FI", "NO", "SE", "DE"]))
def test_no_text_breaks_a_check_of_a_number(text: str, country: str) -> None:
    assert isinstance(identifiers.valid_identifier(country, "consumer", text), bool)
    assert isinstance(identifiers.valid_identifier(country, "business", text), bool)
    assert isinstance(identifiers.valid_iban(text), bool)
    assert isinstance(references.valid_rf(text), bool)
    assert isinstance(references.valid_viitenumero(text), bool)
    assert isinstance(references.valid_kid(text), bool)
    assert isinstance(references.valid_ocr(text), bool)
    assert all(references.valid_rf(found) or found.isdecimal() for found in references.found_in(text, country))
