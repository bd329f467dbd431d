"""Between PNGs and what Caffe's networks take: blue first, 0 to 255, less the mean colour, the middle of a larger square.

Images that are delivered have the mean colour added back, so that they read like photographs, and a photograph goes through the same
door. The other convention of the literature, ``as_ppgn_shows``, is for looking only (docs/decisions/0014).
"""

from torch import Tensor

from inverset.sampler.zoo.networks.preprocessing import Preprocessing

MEAN = (104.00698793, 116.66876762, 122.67891434)  # of ImageNet's training images: blue, green, red
INPUT = 227  # the networks' input
FRAME = 256  # what images are scaled to before the middle is cut out
PREPROCESSING = Preprocessing(
    size=(INPUT, INPUT), resize=(FRAME, FRAME), channels="bgr", scale=255.0, mean=MEAN, std=(1.0, 1.0, 1.0)
)
_PPGN = 120.0  # PPGN shows [-120, 120]


def to_rgb(painted: Tensor) -> Tensor:
    """A generator's output (k, 3, h, w) to RGB, nominally in [0, 1]: what ``PREPROCESSING`` undoes."""
    return (painted + painted.new_tensor(MEAN)[:, None, None]).flip(1) / 255


def as_ppgn_shows(images: Tensor) -> Tensor:
    """Delivered images as PPGN and DGN-AM show theirs: no mean colour, contrast stretched to [-120, 120]."""
    less_mean = images * 255 - images.new_tensor(MEAN[::-1])[:, None, None]
    return (less_mean.clamp(-_PPGN, _PPGN) + _PPGN) / (2 * _PPGN)


def middle(images: Tensor) -> Tensor:
    """The middle 227x227 of larger images; of 256x256 that is what begins at 14."""
    top, left = ((side - INPUT) // 2 for side in images.shape[2:])
    return images[:, :, top : top + INPUT, left : left + INPUT]
