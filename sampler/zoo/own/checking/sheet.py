"""A contact sheet of a generator: natural images above what it makes of their codes, then draws of the prior; or draws alone."""

import torch
from PIL import Image
from torch import Tensor

from inverset.sampler import priors
from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo.own.checking.tried import problem_of, starting_codes

_COLUMNS, _ROWS = 8, 4  # of codes
_GAP, _LARGEST = 4, 160  # pixels: between images, and of the longer side of each
_BATCH = 8


@torch.no_grad()
def contact_sheet(bundle: Bundle) -> Image.Image:
    """A sheet of 32 codes: rows of natural images, each above G's reconstructions; the last row shows draws of the prior."""
    codes, natural = starting_codes(bundle, _COLUMNS * _ROWS)
    painted = torch.cat([bundle.generator(some).clamp(0, 1).cpu() for some in codes.split(_BATCH)])
    rows: list[Tensor] = []
    for first in range(0, len(painted), _COLUMNS):
        if natural is not None:
            rows.append(natural[first : first + _COLUMNS].cpu())
        rows.append(painted[first : first + _COLUMNS])
    if natural is not None or bundle.prior is not None:
        rows.append(bundle.generator(_drawn(bundle)).clamp(0, 1).cpu())
    return _laid_out(rows)


def _drawn(bundle: Bundle) -> Tensor:
    """The codes of a row, cleaned once if G inverts E: (_COLUMNS, d)."""
    prior, mean = priors.of(bundle), bundle.statistics.mean
    latents = torch.randn(_COLUMNS, prior.dimension, generator=torch.Generator().manual_seed(0))
    codes = prior.decode(latents.to(mean))
    return codes if bundle.statistics.cycle_limit is None else problem_of(bundle).forward(codes).features


def _laid_out(rows: list[Tensor]) -> Image.Image:
    height, width = rows[0].shape[2:]
    scale = min(1.0, _LARGEST / max(height, width)) if max(height, width) > _LARGEST else max(1, 64 // height)
    size = (round(width * scale), round(height * scale))
    whole = (_COLUMNS * (size[0] + _GAP) + _GAP, len(rows) * (size[1] + _GAP) + _GAP)
    sheet = Image.new("RGB", whole, "white")
    for down, row in enumerate(rows):
        for across, image in enumerate(row):
            pixels = (image * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
            shown = Image.fromarray(pixels).resize(
                size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
            )
            sheet.paste(shown, (_GAP + across * (size[0] + _GAP), _GAP + down * (size[1] + _GAP)))
    return sheet
