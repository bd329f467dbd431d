"""What every planted network shares, measured once on the ground's networks: codes, and where the generator was trained."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmarks.planted import images
from benchmarks.planted.shortcuts import SHORTCUTS
from inverset.sampler.zoo.scenes.networks import Networks
from inverset.sampler.zoo.scenes.release import code_statistics, eight_bit

FILE = "measured.safetensors"
LEARNT, REFERENCES, HELD_OUT, ALONE = 3_000, 3_000, 600, 150  # images: of each shortcut, for the last
_CHUNK = 100


class Measured(NamedTuple):
    """Codes are outputs of relu6: (n, 512)."""

    codes: Tensor  # of LEARNT images with none, one or two shortcuts
    returned: Tensor  # of the same, as the generator paints them
    classes: Tensor  # (LEARNT,)
    present: Tensor  # (LEARNT, 8)
    references: Tensor  # of REFERENCES clean images
    reference_classes: Tensor
    alone: Tensor  # (8 * ALONE, 512): the same scenes with each shortcut in turn
    alone_classes: Tensor  # (ALONE,)
    probes: (
        Tensor  # (2, HELD_OUT, 8): what the witness reads off held-out images, and off what G makes of them
    )
    truth: Tensor  # (HELD_OUT, 8)
    paint_error: Tensor  # mean absolute error of G(E(x)) on them, colours in 0..1


def measured(nets: Networks, folder: Path) -> tuple[Measured, dict[str, Tensor]]:
    """What was measured, and the statistics of codes, from ``folder`` or anew."""
    path = folder / FILE
    if not path.exists():
        result, statistics = _measure(nets)
        save_file({**result._asdict(), **{f"statistics.{k}": v for k, v in statistics.items()}}, path)
    held = load_file(path)
    statistics = {name.removeprefix("statistics."): v for name, v in held.items() if "." in name}
    return Measured(**{name: value for name, value in held.items() if "." not in name}), statistics


@torch.no_grad()
def _measure(nets: Networks) -> tuple[Measured, dict[str, Tensor]]:
    learnt, clean = (
        images.mixed(images.TRAINING_SEED, LEARNT),
        images.clean(images.REFERENCE_SEED, REFERENCES),
    )
    held_out = images.mixed(images.HELD_OUT_SEED, HELD_OUT)
    alone = [images.showing(images.HELD_OUT_SEED, ALONE, name) for name in SHORTCUTS]
    classifier, generator = nets.classifier, nets.generator
    codes = encoded(classifier, learnt.pixels)
    seen = painted(generator, encoded(classifier, held_out.pixels))
    truth = torch.from_numpy(held_out.pixels).float() / 255
    result = Measured(
        codes,
        torch.cat([_relu6(classifier, painted(generator, part)) for part in codes.split(_CHUNK)]),
        torch.from_numpy(learnt.classes),
        torch.from_numpy(learnt.present),
        encoded(classifier, clean.pixels),
        torch.from_numpy(clean.classes),
        torch.cat([encoded(classifier, each.pixels) for each in alone]),
        torch.from_numpy(alone[0].classes),
        torch.stack([nets.witness(shown * 2 - 1) for shown in (truth, seen)]),
        torch.from_numpy(held_out.present),
        (seen - truth).abs().mean(),
    )
    return result, code_statistics(nets, codes)


@torch.no_grad()
def encoded(classifier: nn.Module, pixels: NDArray[np.uint8]) -> Tensor:
    """Codes of images (n, 3, 64, 64) uint8: (n, 512)."""
    parts = torch.from_numpy(pixels).split(_CHUNK)
    return torch.cat([_relu6(classifier, part.float() / 255) for part in parts])


@torch.no_grad()
def painted(generator: nn.Module, codes: Tensor) -> Tensor:
    """What G makes of codes (n, 512), in [0, 1] on the 8-bit grid: (n, 3, 64, 64)."""
    return torch.cat([eight_bit(generator(part)) for part in codes.split(_CHUNK)])


def _relu6(classifier: nn.Module, images: Tensor) -> Tensor:
    values = images * 2 - 1
    for name, layer in classifier.named_children():
        values = layer(values)
        if name == "relu6":
            break
    return values
