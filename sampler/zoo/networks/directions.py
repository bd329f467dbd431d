"""Files of linear directions and of sparse autoencoders, which an admin registers for a layer."""

import hashlib
from pathlib import Path

import torch
from torch import Tensor

from inverset.sampler.directions import Directions
from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.networks.state import tensors, within

_ENCODER, _OF_ENCODER, _OTHERS = "W_enc", {"b_enc", "b_dec", "threshold"}, {"W_dec"}
_UNSAID = ("@", "#")  # these have a meaning in a neuron's name


def read(folder: Path, name: str) -> Directions:
    """The directions in a safetensors file of the folder.

    Either named vectors (d,), each a direction: what is read is x . v. Or a sparse autoencoder, by SAELens' names: W_enc (d, n),
    b_enc (n,), and where they are there b_dec (d,) and threshold (n,); a latent is called by its number, and is
    relu((x - b_dec) W_enc + b_enc), or 0 below its threshold (JumpReLU). Those that keep the k largest latents only are not known
    from their file: their latents are read without that.

    Raises:
        BadFile: it is damaged, or holds something else.
    """
    path = within(folder, name)
    if path.suffix != ".safetensors" or any(sign in name for sign in _UNSAID):
        raise BadFile(f"{path}: directions must be in .safetensors files whose names have no @ and no #")
    entries = tensors(path)
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    vectors = {entry: value.float() for entry, value in entries.items()}
    return (
        _latents(path, name, sha256, vectors) if _ENCODER in vectors else _plain(path, name, sha256, vectors)
    )


def _plain(path: Path, name: str, sha256: str, vectors: dict[str, Tensor]) -> Directions:
    for entry, value in vectors.items():
        if value.dim() != 1 or any(sign in entry for sign in _UNSAID):
            raise BadFile(f"{path}: {entry} must be a vector, and its name must have no @ and no #")
    if len({len(value) for value in vectors.values()}) != 1:
        raise BadFile(
            f"{path}: directions of one layer must have the same length, and there must be at least one"
        )
    return Directions(
        name, tuple(vectors), sha256, torch.stack(list(vectors.values())), torch.zeros(len(vectors))
    )


def _latents(path: Path, name: str, sha256: str, weights: dict[str, Tensor]) -> Directions:
    if unknown := set(weights) - {_ENCODER} - _OF_ENCODER - _OTHERS:
        raise BadFile(
            f"{path} is no sparse autoencoder known here: it holds {', '.join(sorted(unknown)[:4])}"
        )
    encoder = weights[_ENCODER]
    if encoder.dim() != 2 or 0 in encoder.shape:
        raise BadFile(f"{path}: W_enc is {tuple(encoder.shape)}, not (d, latents)")
    width, latents = encoder.shape
    for tensor, expected in (("b_enc", latents), ("b_dec", width), ("threshold", latents)):
        if tensor in weights and tuple(weights[tensor].shape) != (expected,):
            raise BadFile(f"{path}: {tensor} is {tuple(weights[tensor].shape)}, not ({expected},)")
    offsets = weights.get("b_enc", torch.zeros(latents)) - weights.get("b_dec", torch.zeros(width)) @ encoder
    thresholds = weights.get("threshold", torch.zeros(latents)).clamp_min(0)
    return Directions(
        name, tuple(map(str, range(latents))), sha256, encoder.T.contiguous(), offsets, thresholds
    )
