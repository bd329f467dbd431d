"""Regularisers that make maximised images look natural: pure functions of images (k, 3, h, w) in [0, 1]."""

import math

import torch
from torch import Tensor
from torch.nn import functional

_GREY = 0.5
_SMOOTH = 1e-8  # keeps the root of a flat image's variation differentiable
_PATCH_STRIDE = 4


def alpha_norm(images: Tensor, alpha: float) -> Tensor:
    """The mean of |x - 1/2|^alpha over an image (Simonyan et al. 2014: alpha 2; Mahendran & Vedaldi: 6): (k,)."""
    return (2 * (images - _GREY)).abs().pow(alpha).mean(dim=(1, 2, 3))


def total_variation(images: Tensor, beta: float) -> Tensor:
    """The mean of (dx^2 + dy^2)^(beta/2) over an image (Mahendran & Vedaldi 2015): (k,)."""
    down = images[:, :, 1:, :-1] - images[:, :, :-1, :-1]
    right = images[:, :, :-1, 1:] - images[:, :, :-1, :-1]
    return (down.square() + right.square() + _SMOOTH).pow(beta / 2).mean(dim=(1, 2, 3))


def blurred(images: Tensor, sigma: float) -> Tensor:
    """The images after a Gaussian blur of ``sigma`` pixels (Yosinski et al. 2015)."""
    reach = max(1, math.ceil(3 * sigma))
    places = torch.arange(-reach, reach + 1).to(images)
    weights = torch.exp(-places.square() / (2 * sigma**2))
    weights = (weights / weights.sum()).expand(3, 1, 1, -1)
    wide = functional.conv2d(functional.pad(images, (reach, reach, 0, 0), "replicate"), weights, groups=3)
    tall = functional.pad(wide, (0, 0, reach, reach), "replicate")
    return functional.conv2d(tall, weights.transpose(2, 3), groups=3)


def shifted(images: Tensor, down: int, right: int) -> Tensor:
    """The images rolled around their edges (jitter: Mordvintsev et al. 2015)."""
    return images.roll((down, right), dims=(2, 3))


def centre_mask(images: Tensor, sigma: float) -> Tensor:
    """A Gaussian of height 1 at the centre, ``sigma`` in image heights (centre bias: Nguyen et al. 2016b): (h, w)."""
    height, width = images.shape[2:]
    down = (torch.arange(height).to(images) - (height - 1) / 2) / height
    right = (torch.arange(width).to(images) - (width - 1) / 2) / height
    return torch.exp(-(down.square()[:, None] + right.square()) / (2 * sigma**2))


def patches(images: Tensor, side: int) -> Tensor:
    """All patches of ``side`` pixels on a grid of a few pixels: (k, patches, 3 side side)."""
    return functional.unfold(images, side, stride=_PATCH_STRIDE).transpose(1, 2)


def patch_distance(images: Tensor, natural: Tensor, side: int) -> Tensor:
    """The mean squared distance of an image's patches to the nearest natural ones (p, 3 side side) (Wei et al. 2015): (k,)."""
    own = patches(images, side)
    with torch.no_grad():
        nearest = natural[torch.cdist(own.flatten(0, 1), natural).argmin(dim=1)].view_as(own)
    return (own - nearest).square().mean(dim=(1, 2))
