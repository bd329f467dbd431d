"""Natural images that the caller holds: a sequence of images, arrays or tensors, a Dataset, or a folder."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.own import decoding
from inverset.sampler.zoo.own.decoding import Undecodable
from inverset.sampler.zoo.own.pictures import Pictures
from inverset.sampler.zoo.parts import Size

_NAMES = ("image", "img", "pixel_values")  # of the image in an item that is a dictionary
_TRIED = 3  # items that are read twice
HOW = (
    "an item must be a Pillow image, a path, an array (h, w, 3) uint8, a tensor (3, h, w) uint8 or in [0, 1], a pair whose first is one of "
    "these, or a dictionary with an image; leave out the network's normalisation, which is applied later"
)


@dataclass(frozen=True)
class Images(Pictures):
    """Images of a sequence, resized to ``size`` like those of a folder: by the shorter side, then centre-cropped."""

    source: Any = ()  # the sequence

    def some(self, count: int | None) -> "Images":
        if count is None or count >= len(self.files):
            return self
        chosen = (self.files[number * len(self.files) // count] for number in range(count))
        return replace(self, files=tuple(chosen))

    def readable(self, keep: Path, on_progress: Callable[[int, int, str], object]) -> "Images":  # noqa: ARG002 - nothing is kept of objects
        """These images, unchanged: an object that is no image raises when it is read."""
        on_progress(len(self), len(self), "images looked at")
        return self

    def sha256(self, keep: Path) -> str:  # noqa: ARG002 - likewise
        """The SHA-256 of all pixels, in order, after resizing."""
        return self._sha256

    def read(self, rows: Sequence[int]) -> Tensor:
        """The images with these numbers: (len, 3, h, w) uint8. Raises BadEntry where an item is no image."""
        images = torch.empty((len(rows), 3, *self.size), dtype=torch.uint8)
        for place, row in enumerate(rows):
            images[place] = _image(self.source[self._number(row)], self.size, f"images[{self._number(row)}]")
        return images

    def _number(self, row: int) -> int:
        """The index in the whole sequence of an image in a subset."""
        return int(self.files[row].name)

    @cached_property
    def _sha256(self) -> str:
        total = hashlib.sha256(repr(self.size).encode())
        for batch in self.batches(0, 1):
            total.update(batch.numpy().tobytes())
        return total.hexdigest()


def of_folder(folder: Path, size: Size) -> Pictures:
    """All images below a folder. Raises BadEntry where there are none."""
    return Pictures.of(folder.expanduser(), size)


def of_objects(source: Any, size: Size) -> Images:
    """The images of anything that has a length and can be indexed.

    Raises:
        BadEntry: it cannot be indexed or is empty, an item is no image, or an item is another image each time it is read.
    """
    try:
        count = len(source)
    except TypeError:
        raise BadEntry(
            f"images: a {type(source).__name__} has no length; give a list or a Dataset that can be indexed"
        ) from None
    if not count:
        raise BadEntry("images: it is empty")
    made = Images(tuple(Path("images") / str(number) for number in range(count)), size, source=source)
    rows = range(min(_TRIED, count))
    if not torch.equal(made.read(rows), made.read(rows)):
        raise BadEntry(
            "images: an item is different each time it is read; remove random steps from the Dataset's transform"
        )
    return made


def _image(item: Any, size: Size, which: str) -> Tensor:
    """One item as an image (3, h, w) uint8 of this size. Raises BadEntry."""
    if isinstance(item, tuple | list) and item:
        item = item[0]
    if isinstance(item, Mapping):
        item = next((item[name] for name in _NAMES if name in item), item)
    try:
        if isinstance(item, str | Path):
            return decoding.decoded(Path(item), size)
        if isinstance(item, Image.Image):
            return decoding.fitted(item.copy(), size)
        if isinstance(item, np.ndarray):
            return decoding.fitted(_of_array(item, which), size)
        if isinstance(item, Tensor):
            return decoding.fitted(_of_tensor(item, which), size)
    except Undecodable as error:
        raise BadEntry(f"{which} cannot be read: {error}") from None
    raise BadEntry(f"{which} is a {type(item).__name__}; {HOW}")


def _of_tensor(item: Tensor, which: str) -> Image.Image:
    if item.dim() != 3 or item.shape[0] not in {1, 3}:
        raise BadEntry(f"{which} has the shape {tuple(item.shape)}; {HOW}")
    if item.is_floating_point():
        low, high = float(item.min()), float(item.max())
        if not (low >= 0 and high <= 1):
            raise BadEntry(f"{which} has values from {low:.3g} to {high:.3g}; {HOW}")
        item = (item.detach().float() * 255).round().to(torch.uint8)
    return _of_array(item.expand(3, -1, -1).permute(1, 2, 0).cpu().numpy(), which)


def _of_array(item: np.ndarray[Any, Any], which: str) -> Image.Image:
    if item.dtype != np.uint8 or item.ndim != 3 or item.shape[2] != 3:
        raise BadEntry(f"{which} is an array {item.shape} of {item.dtype}; {HOW}")
    return Image.fromarray(np.ascontiguousarray(item))
