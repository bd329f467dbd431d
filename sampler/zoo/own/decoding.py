"""Decodes an image file to a tensor, as a viewer shows it: upright, opaque, in 8-bit RGB."""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from inverset.sampler import image_files
from inverset.sampler.image_files import Pixels, Undecodable
from inverset.sampler.zoo.parts import Size

__all__ = ["VERSION", "Undecodable", "decoded", "fitted"]
VERSION = 2  # of the decoding: entries of another version are checked again


def decoded(path: Path, size: Size) -> Tensor:
    """The image in a file, as ``image_files.decoded`` has it: (3, h, w) uint8. Raises Undecodable."""
    return _tensor(image_files.decoded(path, size))


def fitted(image: Image.Image, size: Size) -> Tensor:
    """An open image, as ``image_files.fitted`` has it: (3, h, w) uint8. Raises Undecodable."""
    return _tensor(image_files.fitted(image, size))


def _tensor(pixels: Pixels) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)
