"""Decodes an image file as a viewer shows it: upright, opaque, in 8-bit RGB. Needs no torch, so that a child process starts fast."""

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

Size = tuple[int, int]  # height, width, in pixels
Pixels = NDArray[np.uint8]  # (h, w, 3)
UNKNOWN_FORMAT = "it is not an image in a known format"
_ORIENTATION = 0x0112  # in EXIF
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_START, _MARKER, _APP1, _PIXELS = b"\xff\xd8", 0xFF, 0xE1, 0xDA  # of a JPEG
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
_OPAQUE_MODES = ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "LAB", "HSV")
_BEHIND = (255, 255, 255, 255)  # what shows through where an image is transparent


class Undecodable(Exception):
    """Raised where a file cannot be decoded; the message says why, without the file's name."""


def decoded(
    file: Path | bytes, size: Size, formats: tuple[str, ...] | None = None, most_pixels: int | None = None
) -> Pixels:
    """The image in a file, resized to ``size`` by its shorter side and centre-cropped: (h, w, 3) uint8.

    Args:
        file: its path or its content.
        size: of the result.
        formats: Pillow's names of those that may be decoded; None: all that it knows.
        most_pixels: of the image; one with more is refused before it is decoded; None: Pillow's own limit holds.

    Raises:
        Undecodable: the file is damaged, is no image, is too large, or holds numbers without a known black and white.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged metadata, which is not used
            return _decoded(file, size, formats, most_pixels)
    except Undecodable:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged file may upset a decoder in any way
        raise Undecodable(_in_a_line(error)) from None


def fitted(image: Image.Image, size: Size) -> Pixels:
    """An open image, resized and cropped to ``size`` as in ``decoded``: (h, w, 3) uint8. Raises Undecodable."""
    turned = _orientation(image)
    picture = _eight_bits(image)
    if turned is not None:
        picture = picture.transpose(turned)
    return np.array(ImageOps.fit(picture, (size[1], size[0]), Image.Resampling.BICUBIC))


def _decoded(
    file: Path | bytes, size: Size, formats: tuple[str, ...] | None, most_pixels: int | None
) -> Pixels:
    with _opened(file, formats) as opened:
        width, height = opened.size
        if most_pixels is not None and width * height > most_pixels:
            raise Undecodable(f"it has {width} x {height} pixels; at most {most_pixels:,} in all are decoded")
        opened.draft("RGB", (max(size), max(size)))  # a JPEG is decoded no larger than is of use
        return fitted(opened, size)


def _opened(file: Path | bytes, formats: tuple[str, ...] | None) -> Image.Image:
    """An open file, not decoded yet; a JPEG whose metadata Pillow cannot read is opened without it."""
    try:
        return Image.open(file if isinstance(file, Path) else io.BytesIO(file), formats=formats)
    except UnidentifiedImageError:
        content = file if isinstance(file, bytes) else file.read_bytes()
        return Image.open(io.BytesIO(_without_exif(content)), formats=formats)


def _without_exif(content: bytes) -> bytes:
    """A JPEG without its APP1 segments, which hold EXIF. Raises Undecodable where it is no JPEG."""
    if not content.startswith(_START):
        raise Undecodable(UNKNOWN_FORMAT)
    kept, place = [content[:2]], 2
    while place + 4 <= len(content) and content[place] == _MARKER and content[place + 1] != _PIXELS:
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if content[place + 1] != _APP1:
            kept.append(content[place:end])
        place = end
    return b"".join([*kept, content[place:]])


def _orientation(image: Image.Image) -> Image.Transpose | None:
    """The rotation that turns the image upright; None: it is upright, or its metadata cannot be read."""
    try:
        return _UPRIGHT.get(int(image.getexif().get(_ORIENTATION, 1)))
    except Exception:  # noqa: BLE001 - likewise; the picture does not depend on it
        return None


def _eight_bits(image: Image.Image) -> Image.Image:
    """The image in 8-bit RGB. Raises Undecodable."""
    if image.mode in _SIXTEEN_BITS or (image.mode == "I" and image.format == "PNG"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", with_alpha.size, _BEHIND), with_alpha).convert("RGB")
    if image.mode not in _OPAQUE_MODES:
        raise Undecodable(
            f"its pixels are of mode {image.mode}, in which the values of black and white are not defined; save it with 8 or 16 bits"
        )
    return image.convert("RGB")


def _in_a_line(error: Exception) -> str:
    line = " ".join(str(error).split())[:200]
    return line or type(error).__name__
