"""Evaluates a trained generator on held-out images, as figures and as a contact sheet."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from inverset.sampler.judges import GradientsAndColours
from inverset.sampler.zoo.inversion.about import Figures
from inverset.sampler.zoo.inversion.losses import cycle_error
from inverset.sampler.zoo.inversion.pictures import unit
from inverset.sampler.zoo.inversion.trainer import Trainer

_SHOWN, _ACROSS, _GAP = 24, 8, 4  # images; images to a row; pixels between rows
_SIDE = 128  # pixels of a shown image, to which smaller ones are enlarged as far as whole factors go


@torch.no_grad()
def figures(trainer: Trainer, batch: int) -> Figures:
    """The figures over the held-out images, rounded to 8 bits as in a PNG."""
    device, rows = trainer.reader.device, trainer.numbers.held_out
    constant = trainer.generator(trainer.codes.prior.mean[None].to(device)).clamp(0, 1)
    errors, plain, cycles, natural, features = [], [], [], [], []
    judge = GradientsAndColours()
    for chunk in rows.split(batch):
        images = unit(trainer.images.read(chunk.tolist()), device)
        codes = trainer.reader(images).codes
        painted = _eight_bit(trainer.generator(codes))
        errors.append((painted - images).abs().mean(dim=(1, 2, 3)))
        plain.append((constant - images).abs().mean(dim=(1, 2, 3)))
        cycles.append(cycle_error(trainer.reader(painted).codes, codes))
        natural.append(judge.read(_bytes(images)))
        features.append(judge.read(_bytes(painted)))
    cycle = torch.cat(cycles).float()
    return Figures(
        held_out_images=len(rows),
        taught_images=len(trainer.numbers.training),
        mean_absolute_error=_short(torch.cat(errors).mean()),
        of_mean_code=_short(torch.cat(plain).mean()),
        cycle_error={"median": _short(cycle.median()), "0.97": _short(cycle.quantile(0.97))},
        judged_error=_judged_error(torch.cat(features), torch.cat(natural)),
    )


@torch.no_grad()
def sheet(trainer: Trainer) -> Image.Image:
    """A sheet of held-out images with the generator's reconstruction below each; small images are enlarged."""
    rows = trainer.numbers.held_out[:_SHOWN]
    images = unit(trainer.images.read(rows.tolist()), trainer.reader.device)
    painted = _eight_bit(trainer.generator(trainer.reader(images).codes))
    height, width = trainer.size
    lines = [torch.cat(pair, dim=1) for pair in zip(_bytes(images), _bytes(painted), strict=True)]
    down = -(-len(lines) // _ACROSS)
    whole = np.full((down * (2 * height + _GAP), min(_ACROSS, len(lines)) * width, 3), 255, np.uint8)
    for place, line in enumerate(lines):
        top, left = place // _ACROSS * (2 * height + _GAP), place % _ACROSS * width
        whole[top : top + 2 * height, left : left + width] = line.permute(1, 2, 0).numpy()
    scale = max(1, _SIDE // max(height, width))
    return Image.fromarray(whole).resize(
        (whole.shape[1] * scale, whole.shape[0] * scale), Image.Resampling.NEAREST
    )


def _judged_error(painted: Tensor, images: Tensor) -> float | None:
    """The mean distance of features (n, j) of images and of what is painted of them, over that of two images; None: there is one."""
    if len(images) < 2:
        return None
    between = (images - images.roll(1, dims=0)).norm(dim=1).mean().clamp_min(1e-6)
    return _short((painted - images).norm(dim=1).mean() / between)


def _eight_bit(images: Tensor) -> Tensor:
    return (images.clamp(0, 1) * 255).round() / 255


def _bytes(images: Tensor) -> Tensor:
    return (images * 255).round().to(torch.uint8).cpu()


def _short(value: Tensor) -> float:
    return float(f"{value.item():.4g}")
