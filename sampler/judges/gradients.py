"""The judge that needs no network: histograms of oriented gradients (Dalal & Triggs 2005) and coarse colour."""

import numpy as np
import torch
from skimage.feature import hog
from torch import Tensor
from torch.nn import functional

VERSION = 1  # of the features; those that were kept by another are measured again
SIDE = 64  # pixels; images are brought to this size first, so that features do not depend on it
_ORIENTATIONS, _CELL, _BLOCK = 9, 16, 2  # directions; pixels of a cell's side; cells of a block's side
_PATCHES = 8  # to a side, whose mean colours are taken
_WEIGHT = 0.5  # of mean colours: so they vary about as much as gradients do, among the scenes of `scenes`
_GRADIENTS = (SIDE // _CELL - _BLOCK + 1) ** 2 * _BLOCK**2 * _ORIENTATIONS


class GradientsAndColours:
    """Features of an image's edges, independent of their contrast, and of its colours.

    Cells are large. Small ones make much of the noise of an even sky, and find photographs, blurred ones and noise alike (measured
    on `scenes`).
    """

    name = "hog"

    def read(self, images: Tensor) -> Tensor:
        """The features (k, 516), on the CPU, of images (k, 3, h, w) uint8: 324 of gradients, 192 of colours."""
        small = _resized(images.cpu().float() / 255)
        colours = functional.adaptive_avg_pool2d(small, _PATCHES).flatten(1)
        return torch.cat([_gradients(small), _WEIGHT * colours], dim=1)


def _resized(images: Tensor) -> Tensor:
    if images.shape[2:] == (SIDE, SIDE):
        return images
    return functional.interpolate(images, (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)


def _gradients(images: Tensor) -> Tensor:
    """The histograms (k, 324) of oriented gradients of images (k, 3, SIDE, SIDE) in [0, 1]."""
    features = np.empty((len(images), _GRADIENTS), np.float32)
    for row, grey in enumerate(images.mean(dim=1).numpy()):
        features[row] = hog(grey, _ORIENTATIONS, (_CELL, _CELL), (_BLOCK, _BLOCK), block_norm="L2-Hys")
    return torch.from_numpy(features)
