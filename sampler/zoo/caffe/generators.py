"""Generators of CaffeNet's codes: ``deepsim:fc6`` and its family, and ``caffe:FILE`` for PPGN's, which has the layout of fc6's."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.caffe import pixels, upconvolutions, weights
from inverset.sampler.zoo.caffe.upconvolutions import FAMILY, Shape
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.generators.entry import GeneratorEntry, chosen
from inverset.sampler.zoo.networks.state import within
from inverset.sampler.zoo.parts import Generator, Prior


@dataclass(frozen=True)
class Converted:
    """Options of ``deepsim:LAYER``."""

    # A .caffemodel or a converted file; None: the converted one by its published name.
    weights: str | None = None


@dataclass(frozen=True)
class Own:
    """Options of ``caffe:FILE``."""

    layer: str = "fc6"  # that the generator inverts, by DeepSim's names


class Painter(nn.Module):
    """Maps codes (k, d) to RGB images (k, 3, 227, 227), nominally in [0, 1]: the centre of the generator's output.

    What lies around the middle is left out: no network sees it.
    """

    def __init__(self, body: nn.Sequential, code: tuple[int, ...]) -> None:
        super().__init__()
        self.body, self.code = body, code

    def forward(self, codes: Tensor) -> Tensor:
        """The images of these codes."""
        painted: Tensor = self.body(codes.unflatten(1, self.code))
        return pixels.to_rgb(pixels.middle(painted))


def load(place: str, entry: GeneratorEntry, folder: Path) -> Generator:
    """The generator in a file.

    Raises:
        BadEntry: no such layer.
        BadFile: the file is not there, or not of this generator.
    """
    if entry.source.startswith("deepsim:"):
        shape = _shape(place)
        path = within(folder, chosen(entry, Converted).weights or f"upconvGAN_{place}.pt")
        return _read(place, shape, path)
    layer = chosen(entry, Own).layer
    return _read(layer, _shape(layer), within(folder, place))


def _shape(layer: str) -> Shape:
    if layer not in FAMILY:
        raise BadEntry(f"no generator inverts {layer!r}; {did_you_mean(layer, tuple(FAMILY))}")
    return FAMILY[layer]


def _read(layer: str, shape: Shape, path: Path) -> Generator:
    body = weights.fill(upconvolutions.body(layer), weights.read(path), path)
    entries = torch.Size(shape.code).numel()
    return Generator(
        module=Painter(body, shape.code),
        code=shape.code,
        size=(pixels.INPUT, pixels.INPUT),
        prior=Prior(torch.full((entries,), shape.mean), torch.full((entries,), shape.deviation)),
        sha256=weights.sha256(path),
        floor=shape.floor,
        ceiling=shape.ceiling,
        inverts=shape.inverts,
    )
