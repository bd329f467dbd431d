"""The paper's figure 1 on `scenes`: what the volcano neuron responds to, band by band, as numbers and as a picture."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from inverset.sampler import sample
from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import Band, Neuron
from inverset.sampler.zoo.scenes import weights
from inverset.sampler.zoo.scenes.factors import PROBED

NEURON = "fc8:volcano"
EDGES = (0.5, 0.7, 0.915, 0.935, 0.955, 0.975)  # quantiles; the last band goes 15 % beyond the largest
READ = ("lava", "smoke")
SHOWN, _SIDE, _LEFT, _GAP = 12, 96, 190, 4  # pictures a band, then pixels


class Level(NamedTuple):
    """One band: the probes' means over its samples and over the reference images in it."""

    band: Band
    images: Tensor  # (n, 3, h, w) uint8, by rising activation
    samples: dict[str, float]
    references: dict[str, float]
    reference_count: int


def levels(bundle: Bundle, n: int) -> Iterator[Level]:
    """Sample each band, low to high."""
    for band in bands(bundle):
        question = {"neurons": [{"neuron": NEURON, "range": [band.low, band.high]}], "n": n}
        result = sample(bundle, question)
        natural = _inside(bundle, band)
        images = result.images[result.activations[:, 0].argsort()]
        references = probed(bundle.reference.images(natural)) if bundle.reference and natural else {}
        yield Level(band, images, probed(images), references, len(natural))


def bands(bundle: Bundle) -> list[Band]:
    """Six neighbouring bands; below the third hardly an image shows a volcano."""
    values = _activations(bundle)
    at = [float(values.quantile(share)) for share in EDGES]
    return [Band(low, high) for low, high in pairwise([*at, 1.15 * float(values.max())])]


def probed(images: Tensor) -> dict[str, float]:
    """Mean lava and smoke that the witness, which shares nothing with the studied network, reads off images."""
    witness: Any = weights.networks().witness
    with torch.no_grad():
        estimates = torch.cat([witness(batch.float() / 255 * 2 - 1) for batch in images.split(200)])
    return {name: float(estimates[:, PROBED.index(name)].mean()) for name in READ}


def table(found: Sequence[Level]) -> str:
    """The numbers as Markdown."""
    lines = ["| band | " + " | ".join(f"{n}, samples | {n}, references" for n in READ) + " | references |"]
    lines.append("|---" * (2 + 2 * len(READ)) + "|")
    for level in found:
        means = " | ".join(
            f"{level.samples[n]:.2f} | {level.references.get(n, float('nan')):.2f}" for n in READ
        )
        lines.append(f"| {level.band.low:.2f} to {level.band.high:.2f} | {means} | {level.reference_count} |")
    return "\n".join(lines)


def picture(found: Sequence[Level]) -> Image.Image:
    """A row of samples a band, the probes' means beside it."""
    rows = []
    for level in found:
        read = ", ".join(f"{name} {value:.2f}" for name, value in level.samples.items())
        chosen = torch.linspace(0, len(level.images) - 1, SHOWN).round().long()
        rows.append(Row(f"{level.band.low:.1f} to {level.band.high:.1f}", read, level.images[chosen]))
    return sheet(rows)


class Row(NamedTuple):
    """A row of a sheet."""

    title: str
    subtitle: str
    images: Tensor  # (SHOWN, 3, h, w) uint8


def sheet(rows: Sequence[Row]) -> Image.Image:
    """Rows of images under each other, their titles to the left."""
    height = _SIDE + _GAP
    whole = Image.new("RGB", (_LEFT + SHOWN * height, len(rows) * height + _GAP), "white")
    draw = ImageDraw.Draw(whole)
    for number, row in enumerate(rows):
        y = _GAP + number * height
        draw.text((10, y + 26), row.title, "black", ImageFont.load_default(17))
        draw.text((10, y + 52), row.subtitle, "gray", ImageFont.load_default(13))
        for column, pixels in enumerate(row.images):
            tile = Image.fromarray(pixels.permute(1, 2, 0).numpy())
            tile = tile.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
            whole.paste(tile, (_LEFT + column * height, y))
    return whole


def _activations(bundle: Bundle) -> Tensor:
    if bundle.reference is None:
        raise ValueError(f"{bundle.name} has no natural images to take bands from")
    return bundle.reference.read([Neuron.parse(NEURON, bundle)])[:, 0]


def _inside(bundle: Bundle, band: Band) -> list[int]:
    values = _activations(bundle)
    inside: list[int] = ((values >= band.low) & (values <= band.high)).nonzero()[:, 0].tolist()
    return inside
