"""Parses the wire format of protocol buffers in place: views into the file, without copies, with every length checked.

Source: the encoding page of the Protocol Buffers documentation.
"""

from collections.abc import Iterator

import numpy as np

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
Value = int | memoryview
Field = tuple[int, int, Value]  # number, wire type, value
_WIDTH = {EIGHT: 8, FOUR: 4}
_SHOWN = 64  # bits of a varint, at most
_AHEAD = 1 << 20  # entries of a run that are compared together


class Malformed(ValueError):
    """Raised where the bytes are no protocol buffer, or a truncated one."""


def fields(message: memoryview) -> Iterator[Field]:
    """The fields of one message, in its order.

    A varint comes as an integer, everything else as a view of its bytes. Neighbouring fixed-width entries of one field come
    as one view, as if they had been packed.

    Raises:
        Malformed: a length points beyond the end, a varint has no end, or a wire type is unknown.
    """
    position = 0
    while position < len(message):
        key, start = _varint(message, position)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, position = _varint(message, start)
            yield number, kind, value
        elif kind == BYTES:
            length, start = _varint(message, start)
            position = start + length
            yield number, kind, _cut(message, start, position)
        elif kind in _WIDTH:
            entries, position = _run(message, position, start, _WIDTH[kind])
            yield number, kind, entries
        else:
            raise Malformed(f"wire type {kind} at byte {position}")


def varints(packed: memoryview) -> Iterator[int]:
    """The integers of a packed field. Raises Malformed."""
    position = 0
    while position < len(packed):
        value, position = _varint(packed, position)
        yield value


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """The integer that begins at ``position``, and the position behind it."""
    value = 0
    for shift in range(0, _SHOWN, 7):
        if position >= len(message):
            raise Malformed("it ends within a number")
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return value, position
    raise Malformed(f"a number without an end at byte {position}")


def _cut(message: memoryview, start: int, end: int) -> memoryview:
    if end > len(message):
        raise Malformed(
            f"a field of {end - start} bytes where {len(message) - start} are left; the file is cut short or damaged"
        )
    return message[start:end]


def _run(message: memoryview, position: int, start: int, width: int) -> tuple[memoryview, int]:
    """The entries under the same key from ``position`` on, without the keys between them, and the position behind them."""
    key, whole = bytes(message[position:start]), start - position + width
    _cut(message, start, start + width)
    left, ahead = (len(message) - position) // whole, 1
    while True:  # a little farther each time, so that short runs cost little
        most = min(left, ahead)
        rows = np.frombuffer(message[position : position + most * whole], np.uint8).reshape(most, whole)
        alike = (rows[:, : len(key)] == np.frombuffer(key, np.uint8)).all(axis=1)
        if not alike.all() or most in {left, _AHEAD}:
            break
        ahead *= 4
    count = most if alike.all() else int(alike.argmin())
    return memoryview(rows[:count, len(key) :].tobytes()), position + count * whole
