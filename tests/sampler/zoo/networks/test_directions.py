"""Files of directions and of sparse autoencoders."""

import pytest
import torch
from safetensors.torch import save_file

from inverset.sampler.neuron import Neuron
from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.networks import directions


def put(folder, tensors, name="d.safetensors"):
    save_file(tensors, folder / name)
    return directions.read(folder, name)


def test_named_vectors_are_directions(tmp_path):
    vectors = {"stripes": torch.randn(5), "dots": torch.randn(5)}
    result, codes = put(tmp_path, vectors), torch.randn(3, 5)
    for name, vector in vectors.items():
        neuron = Neuron("x", result.numbers[name], directions=result)
        torch.testing.assert_close(neuron.read(codes), codes @ vector)


def test_latents_are_what_the_autoencoder_says(tmp_path):
    parts = {"W_enc": torch.randn(5, 9), "b_enc": torch.randn(9), "b_dec": torch.randn(5)}
    result, codes = put(tmp_path, {**parts, "W_dec": torch.randn(9, 5)}), torch.randn(3, 5)
    expected = ((codes - parts["b_dec"]) @ parts["W_enc"] + parts["b_enc"]).relu()
    torch.testing.assert_close(result.all(codes), expected)
    torch.testing.assert_close(result.one(codes, 4), expected[:, 4:5])
    jumping = put(tmp_path, {**parts, "threshold": torch.full((9,), 0.7)})
    torch.testing.assert_close(jumping.all(codes), expected.where(expected > 0.7, 0.0))


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"a": torch.zeros(3), "b": torch.zeros(4)}, "the same length"),
        ({"a": torch.zeros(3, 3)}, "a must be a vector"),
        ({"a@b": torch.zeros(3)}, "must be a vector"),
        ({"W_enc": torch.zeros(3)}, r"not \(d, latents\)"),
        ({"W_enc": torch.zeros(3, 4), "b_enc": torch.zeros(3)}, r"b_enc is \(3,\), not \(4,\)"),
        ({"W_enc": torch.zeros(3, 4), "b_dec": torch.zeros(4)}, r"b_dec is \(4,\), not \(3,\)"),
        ({"W_enc": torch.zeros(3, 4), "W_gate": torch.zeros(3, 4)}, "holds W_gate"),
        ({"a": torch.full((3,), torch.inf)}, "not finite"),
    ],
)
def test_what_is_neither_is_refused(tmp_path, tensors, message):
    with pytest.raises(BadFile, match=message):
        put(tmp_path, tensors)


def test_a_file_without_any_or_of_another_kind_is_refused(tmp_path):
    with pytest.raises(BadFile, match="at least one"):
        put(tmp_path, {})
    torch.save({"a": torch.zeros(3)}, tmp_path / "d.pt")
    with pytest.raises(BadFile, match="directions must be in"):
        directions.read(tmp_path, "d.pt")
