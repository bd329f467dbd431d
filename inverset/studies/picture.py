"""The picture of a study, laid out as in the paper: a row per condition, its band at the left, ten samples."""

from collections.abc import Sequence
from io import BytesIO

import torch
from PIL import Image, ImageDraw, ImageFont

from inverset.gallery.image_codec import Pixels
from inverset.studies.runner import Row

SHOWN = 10
_SIDE, _LEFT, _GAP = 80, 210, 4  # pixels; small images are enlarged


def picture(rows: Sequence[Row]) -> bytes:
    """A PNG of all rows."""
    step = _SIDE + _GAP
    sheet = Image.new("RGB", (_LEFT + SHOWN * step, len(rows) * step + _GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for number, row in enumerate(rows):
        top = _GAP + number * step
        _write(draw, row, top)
        for column, tile in enumerate(_tiles(row)):
            sheet.paste(tile, (_LEFT + column * step, top))
    file = BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()


def label(row: Row) -> str:
    """What distinguishes a row's condition, in a word or two."""
    return row.condition.name or row.question.method


def acts(row: Row) -> list[str]:
    """Each neuron with its band, in the paper's notation."""
    return [
        neuron if pair is None else f"{neuron} [{pair[0]:.3g}, {pair[1]:.3g}]"
        for neuron, pair in zip(row.neurons, row.result.ranges, strict=True)
    ]


def _write(draw: ImageDraw.ImageDraw, row: Row, top: int) -> None:
    lines = [*acts(row), label(row)]
    for index, line in enumerate(lines):
        ink = "gray" if index == len(lines) - 1 else "black"
        draw.text((8, top + 14 + 18 * index), line, ink, ImageFont.load_default(13))
    if not len(row.result.images):
        text = f"no samples: {row.outcome.reason}"
        draw.text((_LEFT + 8, top + 32), text, "gray", ImageFont.load_default(13))


def _tiles(row: Row) -> list[Image.Image]:
    """Ten samples, evenly from the lowest activation to the highest."""
    images, count = row.result.images, len(row.result.images)
    if not count:
        return []
    rising = images[row.result.activations[:, 0].argsort()]
    chosen = torch.linspace(0, count - 1, min(SHOWN, count)).round().long()
    return [_tile(pixels.numpy()) for pixels in rising[chosen].permute(0, 2, 3, 1)]


def _tile(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
