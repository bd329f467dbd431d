"""Pictures of many samples: a contact sheet and an animation."""

from collections.abc import Sequence
from io import BytesIO
from itertools import chain
from math import ceil, sqrt
from typing import TypeVar

from PIL import Image, ImageDraw, ImageFont

from inverset.contract.question import Band
from inverset.gallery import image_codec
from inverset.gallery.contents import Gallery

T = TypeVar("T")
MOST = 400  # samples on a sheet, frames in an animation
_GAP, _TEXT, _HEAD = 6, 14, 30  # pixels
_PAPER, _INK, _FAINT = (250, 249, 246), (34, 34, 34), (120, 116, 108)
_LARGEST, _SMALLEST = 256, 96  # pixels of a tile; small images are enlarged


def contact_sheet(gallery: Gallery) -> bytes:
    """A PNG of up to MOST samples by rising activation, each with its index; evenly spread if there are more."""
    chosen = evenly(gallery.rising())
    if not chosen:
        return _png(_blank("no images"))
    columns = max(4, ceil(sqrt(len(chosen) * 1.4)))
    contents = gallery.pictures(sample.index for sample in chosen)
    first = next(contents)
    side = _side(image_codec.decode(first).shape[0])
    width = columns * (side + _GAP) + _GAP
    height = _HEAD + ceil(len(chosen) / columns) * (side + _TEXT + _GAP) + _GAP
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, 8), title(gallery), fill=_INK, font=_font(15))
    for place, (sample, content) in enumerate(zip(chosen, chain([first], contents), strict=True)):
        x = _GAP + place % columns * (side + _GAP)
        y = _HEAD + place // columns * (side + _TEXT + _GAP)
        sheet.paste(_tile(content, side), (x, y))
        number = f"{sample.activations[gallery.neuron]:.4g}"
        draw.text((x + side // 2, y + side + 1), number, fill=_FAINT, font=_font(11), anchor="ma")
    return _png(sheet)


def animation(gallery: Gallery) -> bytes:
    """A lossy WebP that shows up to MOST samples by rising activation."""
    chosen = evenly(gallery.rising())
    contents = gallery.pictures(sample.index for sample in chosen)
    frames = [_tile(content, _LARGEST) for content in contents] or [_blank("no images")]
    file = BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], duration=150, loop=0, quality=80)
    return file.getvalue()


def title(gallery: Gallery) -> str:
    """The gallery's question in one line."""
    parts = [f"{each.neuron}{_range(each.band)}" for each in gallery.manifest.targets]
    return f"{' and '.join(parts)}: {len(gallery.samples)} images"


def evenly(values: Sequence[T], most: int = MOST) -> Sequence[T]:
    """At most ``most`` of the values, evenly spread, with the first and the last."""
    if len(values) <= most:
        return values
    return [values[round(place * (len(values) - 1) / (most - 1))] for place in range(most)]


def _range(band: Band) -> str:
    return "" if band.is_open else f" in [{band.low:.4g}, {band.high:.4g}]"


def _tile(content: bytes, side: int) -> Image.Image:
    image = Image.fromarray(image_codec.decode(content))
    return image.resize((side, side), Image.Resampling.LANCZOS)


def _side(height: int) -> int:
    return min(_LARGEST, max(_SMALLEST, height))


def _blank(text: str) -> Image.Image:
    image = Image.new("RGB", (_LARGEST, _SMALLEST), _PAPER)
    ImageDraw.Draw(image).text(
        (_LARGEST // 2, _SMALLEST // 2), text, fill=_FAINT, font=_font(15), anchor="mm"
    )
    return image


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
