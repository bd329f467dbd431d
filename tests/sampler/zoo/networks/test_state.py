"""Files of weights from strangers."""

import json
import pickle
import resource
import struct
import zipfile
from contextlib import suppress

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.networks import state
from tests.sampler.zoo.networks.strangers import Bomb

SOUND = save({"weight": torch.ones(3, 2), "bias": torch.zeros(3)})


def put(folder, content, name="w.safetensors"):
    (folder / name).write_bytes(content)
    return folder / name


def headed(header, tail=b"", length=None):
    """A safetensors file with this header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + tail


def about(shape, offsets, dtype="F32"):
    return {"weight": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 7,
        SOUND[:20],
        SOUND[:-1],
        SOUND + b"\0",
        headed({}, length=2**63),
        headed({}, length=99_000_000),
        headed(b"{" * 100_000),
        headed(b"[1, 2]"),
        headed(about([2**40, 2**20], [0, 2**62])),
        headed(about([2**62], [0, 0])),
        headed(about([4], [0, 8]), b"\0" * 8),
        headed(about([2], [8, 0]), b"\0" * 8),
        headed(about([-1], [0, 4]), b"\0" * 4),
        headed(about([1], [0, 4], "F33"), b"\0" * 4),
        headed(about([1], [0, 4]), struct.pack("<f", float("nan"))),
        headed(about([1], [0, 4]), struct.pack("<f", float("inf"))),
    ],
)
def test_what_is_no_whole_file_of_numbers_is_refused_before_it_takes_memory(tmp_path, content):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadFile, match=r"w\.safetensors"):
        state.tensors(put(tmp_path, content))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kB"


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
def test_nothing_is_unpickled(tmp_path, name):
    for content in (pickle.dumps(Bomb(tmp_path / "ran")), b""):
        with pytest.raises(BadFile):
            state.tensors(put(tmp_path, content, name))
    torch.save({"state_dict": Bomb(tmp_path / "ran")}, tmp_path / "w.pth")
    with pytest.raises(BadFile, match="holds more than weights"):
        state.tensors(tmp_path / "w.pth")
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_does_not_grow_when_it_is_read(tmp_path):
    torch.save({"a": torch.zeros(1_000_000)}, tmp_path / "w.pth")
    with zipfile.ZipFile(tmp_path / "w.pth") as old, zipfile.ZipFile(tmp_path / "x.pth", "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(BadFile, match="larger than the file"):
        state.tensors(tmp_path / "x.pth")


def test_one_number_of_a_checkpoint_is_no_large_tensor(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for value in (torch.ones(1).expand(2**36), torch.ones(2).as_strided((2**18, 2**18), (0, 0))):
        torch.save({"weight": value}, tmp_path / "w.pth")
        with pytest.raises(BadFile, match="weight is larger than its stored data"):
            state.tensors(tmp_path / "w.pth")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kB"


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.sparse_coo_tensor(torch.tensor([[0]]), torch.ones(1), (2**40,), check_invariants=True),
        lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8),
        lambda: torch.empty(2**40, device="meta"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # of quantised tensors' age
def test_a_checkpoint_holds_plain_tensors_only(tmp_path, make):
    torch.save({"weight": make()}, tmp_path / "w.pth")
    with pytest.raises(BadFile, match=r"w\.pth"):
        state.tensors(tmp_path / "w.pth")


def test_a_checkpoint_s_weights_are_taken_out(tmp_path):
    torch.save({"epoch": 3, "state_dict": {"a": torch.ones(2)}}, tmp_path / "w.pth")
    assert list(state.tensors(tmp_path / "w.pth")) == ["a"]
    torch.save([1, 2], tmp_path / "w.pth")
    with pytest.raises(BadFile, match="holds no state_dict"):
        state.tensors(tmp_path / "w.pth")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_a_bad_file_or_harmless(tmp_path, data):
    draft = bytearray(SOUND[: data.draw(st.integers(0, len(SOUND)), "length")])
    for place in data.draw(st.lists(st.integers(0, max(0, len(draft) - 1)), max_size=6), "places"):
        if draft:
            draft[place] ^= data.draw(st.integers(1, 255), "bits")
    with suppress(BadFile):
        assert all(value.numel() < 100 for value in state.tensors(put(tmp_path, bytes(draft))).values())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=JSON
    | st.fixed_dictionaries(
        {"weight": st.fixed_dictionaries({"dtype": JSON, "shape": JSON, "data_offsets": JSON})}
    ),
    tail=st.binary(max_size=40),
)
def test_any_header_is_a_bad_file_or_harmless(tmp_path, header, tail):
    with suppress(BadFile):
        state.tensors(put(tmp_path, headed(header, tail)))
