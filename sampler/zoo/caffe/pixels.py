"""Converts between PNGs and the input of Caffe's networks: BGR, 0 to 255, minus the mean colour, the centre of a larger square.

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
    """RGB images, nominally in [0, 1], from a generator's output (k, 3, h, w); ``PREPROCESSING`` is the inverse."""
    return (painted + painted.new_tensor(MEAN)[:, None, None]).flip(1) / 255


def as_ppgn_shows(images: Tensor) -> Tensor:
    """Images as PPGN and DGN-AM display theirs: without the mean colour, contrast stretched to [-120, 120]."""
    less_mean = images * 255 - images.new_tensor(MEAN[::-1])[:, None, None]
    return (less_mean.clamp(-_PPGN, _PPGN) + _PPGN) / (2 * _PPGN)


def middle(images: Tensor) -> Tensor:
    """The central 227x227 pixels of larger images; of 256x256 they begin at 14."""
    top, left = ((side - INPUT) // 2 for side in images.shape[2:])
    return images[:, :, top : top + INPUT, left : left + INPUT]
