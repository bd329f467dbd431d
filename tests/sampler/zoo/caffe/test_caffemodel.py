"""The reader of .caffemodel files, against small files of all shapes, and against anything."""

import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inverset.sampler.zoo.caffe import caffemodel
from inverset.sampler.zoo.errors import BadFile
from tests.sampler.zoo.caffe.writing import blob, layer, message, number, varint

RANDOM = np.random.default_rng(0)
ARRAYS = [RANDOM.normal(size=(4, 3, 2, 2)).astype("f4"), RANDOM.normal(size=4).astype("f4")]
ANY_FILE = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(path, data):
    path.write_bytes(data)
    return caffemodel.read(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "some.caffemodel"


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("double", [True, False])
def test_all_shapes_of_the_format(path, version, legacy, packed, double):
    how = {"legacy": legacy, "packed": packed, "double": double}

    layers = read(path, layer(version, "conv1", "Convolution", ARRAYS, **how))

    weight, bias = layers["conv1"]
    assert np.array_equal(weight, ARRAYS[0])
    assert np.array_equal(bias.flatten(), ARRAYS[1])
    assert bias.shape == ((1, 1, 1, 4) if legacy else (4,))


def test_what_is_not_weights_is_passed_over(path):
    gradient = blob(ARRAYS[0]) + message(6, bytes(192)) + message(9, bytes(8))
    extras = number(5, 1) + message(77, b"of a later version") + varint(78 << 3 | 5) + bytes(4)

    layers = read(
        path,
        extras + message(100, message(1, b"relu1")) + message(100, message(1, b"a"), message(7, gradient)),
    )

    assert list(layers) == ["a"]
    assert np.array_equal(layers["a"][0], ARRAYS[0])


def test_entries_in_pieces(path):
    shape = message(7, number(1, 2), message(1, varint(3)))
    data = (
        shape
        + message(5, np.arange(4, dtype="<f4").tobytes())
        + message(5, np.arange(2, dtype="<f4").tobytes())
    )

    layers = read(path, message(100, message(1, b"a"), message(7, data)))

    assert layers["a"][0].tolist() == [[0, 1, 2], [3, 0, 1]]


def of(*blob_parts):
    return message(100, message(1, b"conv1"), message(7, *blob_parts))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "0 bytes"),
        (b"not a model at all", "caffemodel"),
        (of(blob(ARRAYS[0]))[:-1], "cut short"),
        (of(message(7, message(1, varint(2**40) * 2)), message(5, bytes(8))), "holds 2 entries"),
        (of(message(7, message(1, varint(1) * 9)), message(5, bytes(4))), "9 dimensions"),
        (of(message(7, message(1, varint(1) * 999)), message(5, bytes(4))), "too many dimensions"),
        (of(message(7, message(1, varint(2))), message(5, bytes(7))), "whole number"),
        (of(message(5, bytes(8))), "holds 2 entries"),
        (of(message(7, message(1, varint(4)))), "holds 0 entries"),
        (of(message(7, message(1, varint(2))), varint(5 << 3 | 1) + bytes(8)), "whole number"),
        (2 * of(blob(ARRAYS[1])), "two layers"),
        (message(100, message(1, b"x" * 300), message(7, blob(ARRAYS[1]))), "300 bytes"),
        (message(100, message(1, b"relu1")), "none of its layers"),
        (message(100, number(1, 5)), "none of its layers"),
        (number(5, 1) * 200_000, "more than"),
        (of(message(7, number(1, 1) * 200_000), message(5, bytes(4))), "more than"),
    ],
)
def test_what_is_wrong_is_said(path, data, said):
    with pytest.raises(BadFile, match=said):
        read(path, data)


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(BadFile, match="No such file"):
        caffemodel.read(tmp_path / "missing.caffemodel")


def test_what_is_too_large_is_not_mapped(path, monkeypatch):
    with path.open("wb") as file:
        file.truncate(caffemodel.LARGEST + 1)  # sparse: it takes no room

    with pytest.raises(BadFile, match="2147483648 bytes"):
        caffemodel.read(path)


def test_no_number_is_kept_for_whoever_uses_it(path):
    layers = read(path, layer(2, "a", "Convolution", [np.array([np.nan, np.inf, 1e300])], double=True))

    assert layers["a"][0].isfinite().tolist() == [False, False, False]


WHOLE = layer(1, "conv1", "Convolution", ARRAYS, legacy=True) + layer(2, "fc8", "InnerProduct", ARRAYS)


def nested(inner):
    """Garbage in the places where messages are expected."""
    fields = st.sampled_from([1, 2, 4, 5, 6, 7, 8, 50, 100])
    return st.builds(message, fields, inner) | st.builds(lambda a, b: a + b, inner, inner)


def damaged(data):
    """The whole file with some bytes put in others' place, and cut short."""
    changes = st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=8)

    def apply(changes, end):
        out = bytearray(data)
        for at, byte in changes:
            out[at] = byte
        return bytes(out[:end])

    return st.builds(apply, changes, st.integers(0, len(data)))


def assert_clear(refusal, path):
    assert str(path) in str(refusal)
    assert len(str(refusal)) < 1000


@ANY_FILE
@given(st.recursive(st.binary(max_size=40), nested, max_leaves=12) | damaged(WHOLE))
@example(b"\xa2\x06" + varint(2**62))
def test_any_file_is_read_or_refused_within_bounds(path, data):
    path.write_bytes(data)
    tracemalloc.start()
    try:
        layers = caffemodel.read(path)
    except BadFile as refusal:
        assert_clear(refusal, path)
    else:
        assert sum(tensor.numel() for blobs in layers.values() for tensor in blobs) * 4 <= len(data)
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 1_000_000


MEASURE = """
import resource, sys
from pathlib import Path
import torch
from inverset.sampler.zoo.caffe import caffemodel
most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = most()
layers = caffemodel.read(Path(sys.argv[1]))
print(most() - before, sum(blob.numel() for blobs in layers.values() for blob in blobs))
"""


@pytest.mark.slow
def test_a_large_file_takes_little_more_than_twice_its_room(path):
    """250 MB as large as CaffeNet, a part of it in single entries: the file's pages, which the system may drop, and the tensors."""
    with path.open("wb") as file:
        file.write(layer(1, "fc6", "InnerProduct", [np.ones((60, 10**6), "f4")], legacy=True))
        file.write(layer(1, "fc8", "InnerProduct", [np.ones(2_000_000, "f4")], packed=False))
    began = time.perf_counter()

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )

    megabytes, entries = map(int, done.stdout.split())
    assert entries == 62_000_000
    assert megabytes < 600
    assert time.perf_counter() - began < 60
