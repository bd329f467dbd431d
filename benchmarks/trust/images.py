"""Images that are no answer: noise, textures, and whatever is nudged until only the network takes it for one."""

import torch
from torch import Tensor

from inverset.sampler.lagrangian import in_band
from inverset.sampler.problem import Problem, _activations, quantise, to_uint8

_STEPS, _STEP = 150, 0.012  # of pixels in [0, 1], the largest in any
_CHUNK = 30


def noise(count: int, side: int, seed: int) -> Tensor:
    """Every pixel for itself: (count, 3, side, side) uint8."""
    random = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, side, side), generator=random, dtype=torch.uint8)


def textures(images: Tensor, seed: int) -> Tensor:
    """Images (n, 3, h, w) uint8 with the spectrum that they have and phases at random: what is left is texture and colour."""
    random = torch.Generator().manual_seed(seed)
    shown = images.float() / 255
    mean = shown.mean(dim=(2, 3), keepdim=True)
    spectrum = torch.fft.rfft2(shown - mean)
    turned = torch.fft.rfft2(torch.randn(len(images), 1, *images.shape[2:], generator=random))
    scrambled = torch.fft.irfft2(spectrum * turned / turned.abs().clamp_min(1e-9), s=images.shape[2:])
    return to_uint8((scrambled + mean).clamp(0, 1))


def nudged(problem: Problem, images: Tensor, seed: int) -> Tensor:
    """Each image moved by the gradient to a place in the band, drawn evenly, by as little as steps in all pixels allow.

    Those that do not arrive are left out: (j, 3, h, w) uint8.
    """
    random = torch.Generator().manual_seed(seed)
    band = problem.bands[0]
    targets = band.low + (band.high - band.low) * torch.rand(len(images), generator=random)
    # Where all pixels lie on the grid of 8 bits, moves of one size round all of them at once.
    pixels = (images.float() + 0.9 * torch.rand(images.shape, generator=random) - 0.45) / 255
    results = [
        _moved(problem, part.clamp(0, 1), expected)
        for part, expected in zip(pixels.split(_CHUNK), targets.split(_CHUNK), strict=True)
    ]
    return torch.cat(results)


def _moved(problem: Problem, pixels: Tensor, targets: Tensor) -> Tensor:
    """Newton's step towards each target (k,) along the gradient, cut to ``_STEP``; an image that is in band stays."""
    arrived = torch.zeros(len(pixels), dtype=torch.bool)
    for _ in range(_STEPS):
        pixels = pixels.detach().requires_grad_()
        activations = _activations(problem.bundle, problem.neurons, quantise(pixels), leak=True)[0]
        arrived = in_band(problem, activations.detach())
        if arrived.all():
            break
        (slope,) = torch.autograd.grad(activations[:, 0].sum(), pixels)
        away = (targets - activations[:, 0].detach()).view(-1, 1, 1, 1)
        move = slope * away / slope.square().sum(dim=(1, 2, 3), keepdim=True).clamp_min(1e-12)
        largest = move.abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-12)
        move = move * (_STEP / largest).clamp(max=1.0)
        pixels = torch.where(arrived.view(-1, 1, 1, 1), pixels, (pixels + move).clamp(0, 1))
    return to_uint8(pixels[arrived])
