"""The photographs that ``photos`` is trained and measured on: ten classes of Imagenette and six kinds of landscapes, as JPEG files.

A folder holds ``imagenette/train/CLASS/*.jpg`` and ``val``, ``landscapes/train/CLASS/*.jpg`` and ``test``, as they are unpacked.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from inverset.sampler.zoo.photos.network import CLASSES

TRAIN, HELD_OUT = {"imagenette": "train", "landscapes": "train"}, {"imagenette": "val", "landscapes": "test"}


class Photographs(NamedTuple):
    """Photographs of known kinds."""

    pixels: Tensor  # (n, 3, side, side) uint8
    classes: Tensor  # (n,) places in CLASSES


def read(folder: Path, parts: dict[str, str], side: int, cache: Path | None = None) -> Photographs:
    """All photographs of some parts of the folder, resized, in the order of their names.

    Args:
        folder: as described above.
        parts: the folder of each collection: TRAIN or HELD_OUT.
        side: of the square images, in pixels.
        cache: a file that keeps the result for the next call; None: none.

    Raises:
        FileNotFoundError: there are none.
    """
    if cache is not None and cache.exists():
        return Photographs(*torch.load(cache, weights_only=True))
    paths = [path for name, part in parts.items() for path in sorted((folder / name / part).glob("*/*.jpg"))]
    if not paths:
        raise FileNotFoundError(f"no photographs in {folder}")
    classes = torch.tensor([CLASSES.index(path.parent.name.replace("_", " ")) for path in paths])
    result = Photographs(resized(paths, side), classes)
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        torch.save(tuple(result), cache)
    return result


def resized(paths: Sequence[Path], side: int) -> Tensor:
    """The images of some files as squares of ``side`` pixels: (n, 3, side, side) uint8."""
    pixels = np.empty((len(paths), 3, side, side), np.uint8)
    for number, path in enumerate(paths):
        with Image.open(path) as image:
            small = image.convert("RGB").resize((side, side), Image.Resampling.BOX)
        pixels[number] = np.asarray(small).transpose(2, 0, 1)
    return torch.from_numpy(pixels)
