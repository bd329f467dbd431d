"""The folder of a trained generator: weights, a description, figures, and a contact sheet."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor

from inverset.contract.decoding import decode
from inverset.contract.encoding import encode
from inverset.sampler.bundle import Painting
from inverset.sampler.zoo.errors import BadFile, ZooError
from inverset.sampler.zoo.inversion.about import About
from inverset.sampler.zoo.inversion.inverter import Inverter
from inverset.sampler.zoo.inversion.trainer import Centred, Trainer
from inverset.sampler.zoo.networks.state import tensors
from inverset.sampler.zoo.parts import Prior, Size

WEIGHTS, ABOUT, SHEET = "generator.safetensors", "generator.json", "sheet.png"


class Kept(NamedTuple):
    """The contents of such a folder."""

    generator: Centred
    prior: Prior
    code: tuple[int, ...]
    size: Size
    layer: str
    floor: float | None
    network: str  # SHA-256 of the one that it inverts
    painting: Painting | None  # on held-out images; None: it was not measured


def save(trainer: Trainer, folder: Path, about: About) -> None:
    """Write the generator and its description, in which code, size and floor are still open."""
    state = {f"generator.{name}": value for name, value in trainer.generator.state_dict().items()}
    state |= {"prior.scales": trainer.codes.prior.scales}  # their mean is the generator's own
    save_file({name: value.detach().cpu().contiguous() for name, value in state.items()}, folder / WEIGHTS)
    whole = replace(
        about,
        code=trainer.reader.shape,
        size=trainer.size,
        floor=trainer.codes.floor,
        blocks=trainer.recipe.blocks,
    )
    (folder / ABOUT).write_text(json.dumps(encode(whole), indent=1) + "\n")


def load(folder: Path) -> Kept:
    """The generator in a folder.

    Raises:
        ZooError: the folder holds none, or a damaged one.
    """
    if not (folder / ABOUT).is_file():
        raise ZooError(f"{folder} holds no generator that was taught here: there is no {ABOUT}")
    try:
        about = decode(About, json.loads((folder / ABOUT).read_text()))
        height, width = about.size
        code, size = about.code, (height, width)
        state = tensors(folder / WEIGHTS)
        scales = state.pop("prior.scales")
        generator = _of(state, code, size, about.blocks)
        prior = Prior(generator.mean.clone(), scales)
        return Kept(generator, prior, code, size, about.layer, about.floor, about.network, about.painting)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, BadFile) as error:
        raise ZooError(f"the generator in {folder} is damaged: {error}") from error


def _of(state: Mapping[str, Tensor], code: tuple[int, ...], size: Size, blocks: int) -> Centred:
    """The generator with the file's tensors; nothing of the described size is allocated before both agree."""
    with torch.device("meta"):
        made = Centred(Inverter(code, size, blocks), torch.empty(math.prod(code)), torch.empty(()))
    weights = {name.removeprefix("generator."): value for name, value in state.items()}
    made.load_state_dict(weights, assign=True)
    return made
