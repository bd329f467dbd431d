"""Protocol buffers' wire format, field by field."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverset.sampler.zoo.caffe import wire
from tests.sampler.zoo.caffe.writing import message, number, varint

NUMBERS = st.integers(0, 2**64 - 1)


@given(NUMBERS)
def test_numbers_come_back(value):
    (field,) = wire.fields(memoryview(number(7, value)))

    assert field == (7, wire.VARINT, value)


@given(st.lists(NUMBERS))
def test_packed_numbers_come_back(values):
    assert list(wire.varints(memoryview(b"".join(map(varint, values))))) == values


@given(st.integers(1, 5000), st.sampled_from([(5, "f"), (1, "d")]), st.booleans())
def test_neighbouring_entries_are_as_if_packed(count, kind, followed):
    wire_type, letter = kind
    values = np.arange(count, dtype=f"<f{struct.calcsize(letter)}")
    tag = varint(300 << 3 | wire_type)
    data = b"".join(tag + value.tobytes() for value in values) + (number(2, 1) if followed else b"")

    result = list(wire.fields(memoryview(data)))

    runs = [np.frombuffer(value, values.dtype) for field, _, value in result if field == 300]
    assert np.array_equal(np.concatenate(runs), values)
    assert len(runs) < 10
    assert result[-1] == (2, wire.VARINT, 1) or not followed


def test_bytes_are_views_of_the_file():
    data = memoryview(message(3, b"abc"))

    ((_, _, value),) = wire.fields(data)

    assert value == b"abc"
    assert value.obj is data.obj


@pytest.mark.parametrize(
    "data",
    [
        message(3, b"abc")[:-1],
        number(3, 1 << 60)[:-1],
        b"\xff" * 20,
        varint(5 << 3 | 5) + b"\0\0",
        varint(5 << 3 | 3),
        varint(3 << 3 | 2) + varint(2**63),
    ],
)
def test_what_is_damaged_is_refused(data):
    with pytest.raises(wire.Malformed):
        list(wire.fields(memoryview(data)))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    try:
        result = list(wire.fields(memoryview(data)))
    except wire.Malformed:
        return
    assert len(result) <= len(data)
