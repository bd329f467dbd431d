"""Between PNGs and what Caffe's networks take: blue first, 0 to 255, less the mean colour, the middle of a larger square.

Images that are delivered have the mean colour added back, so that they read like photographs, and a photograph goes through the same
door. The other convention of the literature, ``as_ppgn_shows``, is for looking only (docs/decisions/0014).
"""

import torch.nn.functional as F
from torch import Tensor

MEAN = (122.67891434, 116.66876762, 104.00698793)  # of ImageNet's training images: red, green, blue
INPUT = 227  # the networks' input
FRAME = 256  # what images are scaled to before the middle is cut out
_PPGN = 120.0  # PPGN shows [-120, 120]


def to_caffe(images: Tensor) -> Tensor:
    """RGB (k, 3, h, w) in [0, 1], of any size, to the networks' input (k, 3, 227, 227).

    What is 227x227 is taken as it is; anything else is scaled to 256x256, of which the middle is taken.
    """
    if images.shape[2:] != (INPUT, INPUT):
        images = middle(_scaled(images))
    return (images * 255 - _mean(images)).flip(1)


def to_rgb(painted: Tensor) -> Tensor:
    """A generator's output (k, 3, h, w) to RGB, nominally in [0, 1]: the inverse of ``to_caffe``."""
    return (painted.flip(1) + _mean(painted)) / 255


def as_ppgn_shows(images: Tensor) -> Tensor:
    """Delivered images as PPGN and DGN-AM show theirs: no mean colour, contrast stretched to [-120, 120]."""
    return ((images * 255 - _mean(images)).clamp(-_PPGN, _PPGN) + _PPGN) / (2 * _PPGN)


def middle(images: Tensor) -> Tensor:
    """The middle 227x227 of larger images; of 256x256 that is what begins at 14."""
    top, left = ((side - INPUT) // 2 for side in images.shape[2:])
    return images[:, :, top : top + INPUT, left : left + INPUT]


def _scaled(images: Tensor) -> Tensor:
    if images.shape[2:] == (FRAME, FRAME):
        return images
    return F.interpolate(images, (FRAME, FRAME), mode="bilinear", antialias=True, align_corners=False)


def _mean(like: Tensor) -> Tensor:
    return like.new_tensor(MEAN)[:, None, None]
