"""How sharp images are: blurred ones and noise are told from photographs by what nobody was trained to see."""

import torch
from torch import Tensor

_BATCH = 100
_LOWEST, _HIGHEST = 0.05, 0.45  # of the frequencies, in cycles a pixel, that a slope is fitted to
_FEWEST = 3  # rings that a slope needs


def sharpness(images: Tensor) -> float:
    """Mean absolute difference of neighbouring values, of colours in [0, 1], of images (n, 3, h, w) uint8."""
    return float(torch.cat([_differences(batch.float() / 255) for batch in images.split(_BATCH)]).mean())


def spectrum(images: Tensor) -> float | None:
    """Slope of the logarithm of mean power over that of frequency, of images (n, 3, h, w) uint8.

    Near -2 for photographs (Field 1987), 0 for noise, steeper where images are blurred. None: the images are too small.
    """
    height, width = images.shape[2:]
    rings = _rings(height, width)
    power = torch.zeros(height, width // 2 + 1, dtype=torch.double)
    for batch in images.split(_BATCH):
        grey = batch.double().mean(dim=1) / 255
        power += torch.fft.rfft2(grey - grey.mean(dim=(1, 2), keepdim=True)).abs().square().sum(dim=0)
    numbers = rings.unique()
    kept = [(each / max(height, width), power[rings == each].mean()) for each in numbers.tolist() if each > 0]
    kept = [(frequency, mean) for frequency, mean in kept if _LOWEST <= frequency <= _HIGHEST and mean > 0]
    if len(kept) < _FEWEST:
        return None
    across = torch.tensor([frequency for frequency, _ in kept], dtype=torch.double).log()
    up = torch.stack([mean for _, mean in kept]).log()
    across = across - across.mean()
    return float((across * up).sum() / across.square().sum())


def _differences(images: Tensor) -> Tensor:
    """(n,)."""
    across = (images[..., 1:] - images[..., :-1]).abs().mean(dim=(1, 2, 3))
    down = (images[..., 1:, :] - images[..., :-1, :]).abs().mean(dim=(1, 2, 3))
    mean: Tensor = (across + down) / 2
    return mean


def _rings(height: int, width: int) -> Tensor:
    """The frequency of each coefficient, in cycles over the longer side, rounded: (h, w // 2 + 1)."""
    longest = max(height, width)
    down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    found: Tensor = ((down.square() + across.square()).sqrt() * longest).round().long()
    return found
