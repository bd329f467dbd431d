"""Images of every depth and mode become what a viewer shows; damaged ones say why they do not."""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from inverset.sampler.zoo.own.decoding import Undecodable, decoded

SIDE = 64
RAMP = np.arange(SIDE, dtype=np.uint16)[None].repeat(SIDE, 0) * 1032 + 7  # 7 to 65,023
EIGHT = (RAMP >> 8).astype(np.uint8)


def read(folder, image, name="a.png", **options):
    image.save(folder / name, **options)
    return decoded(folder / name, (SIDE, SIDE)).numpy()


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_of_grey_keep_their_high_ones(tmp_path, name):
    result = read(tmp_path, Image.fromarray(RAMP), name)
    assert np.array_equal(result, np.broadcast_to(EIGHT, (3, SIDE, SIDE)))


def test_big_endian_ones_too(tmp_path):
    image = Image.frombytes("I;16B", (SIDE, SIDE), RAMP.astype(">u2").tobytes())
    assert np.array_equal(read(tmp_path, image, "a.tif")[0], EIGHT)


def test_sixteen_bits_of_colour_and_of_grey_with_alpha(tmp_path):
    for kind, channels in ((2, 3), (4, 2)):
        pixels = np.stack([RAMP] * channels, -1).astype(">u2")
        if kind == 4:
            pixels[..., 1] = 65535
        (tmp_path / "a.png").write_bytes(png(kind, 16, pixels))
        result = decoded(tmp_path / "a.png", (SIDE, SIDE)).numpy()
        assert np.abs(result.astype(int) - EIGHT).max() <= 1


def png(kind, depth, pixels):
    def chunk(name, content):
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", SIDE, SIDE, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("mode", "name"),
    [("L", "a.png"), ("P", "a.png"), ("CMYK", "a.tif"), ("CMYK", "a.jpg"), ("YCbCr", "a.jpg"),
     ("RGBA", "a.png"), ("LA", "a.png"), ("RGBA", "a.webp")],
)  # fmt: skip
def test_every_mode_of_eight_bits_shows_the_same_grey(tmp_path, mode, name):
    grey = Image.fromarray(np.full((SIDE, SIDE, 3), 140, np.uint8))
    grey = grey.quantize(4) if mode == "P" else grey.convert(mode)
    assert np.abs(read(tmp_path, grey, name).astype(int) - 140).max() <= 3


def test_one_bit_is_black_and_white(tmp_path):
    result = read(tmp_path, Image.fromarray(EIGHT).convert("1", dither=Image.Dither.NONE))
    assert set(np.unique(result)) == {0, 255}


def test_white_shows_through_where_an_image_is_transparent(tmp_path):
    pixels = np.zeros((SIDE, SIDE, 4), np.uint8)
    pixels[:32] = (255, 0, 0, 255)
    image = Image.fromarray(pixels)
    for made in (image, image.convert("LA"), image.quantize(8)):
        result = read(tmp_path, made)
        assert result[:, 40:].min() > 250
    paletted = Image.new("P", (SIDE, SIDE), 0)
    paletted.putpalette([9, 9, 9, 200, 30, 30])
    paletted.paste(1, (0, 0, SIDE, 32))
    result = read(tmp_path, paletted, transparency=0)
    assert (result[:, 40:].min(), result[1, :20].max()) == (255, 30)


@pytest.mark.parametrize("mode", ["F", "I"])
def test_numbers_of_no_known_range_are_left_out_with_the_reason(tmp_path, mode):
    image = Image.fromarray(np.linspace(0, 1, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.float32)).convert(
        mode
    )
    with pytest.raises(Undecodable, match=f"its pixels are of mode {mode}.*save it with 8 or 16 bits"):
        read(tmp_path, image, "a.tif")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_pictures_stand_upright(tmp_path, orientation, name):
    from PIL import ImageOps

    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[:32], pixels[:, :32, 2] = (200, 0, 0), 200
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = orientation
    result = read(tmp_path, image, name, exif=exif)
    with Image.open(tmp_path / name) as opened:
        theirs = np.asarray(ImageOps.exif_transpose(opened).convert("RGB")).transpose(2, 0, 1)
    assert np.abs(result.astype(int) - theirs).max() <= 1


PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8))
UPSIDE = struct.pack("<HHLL", 0x0112, 3, 1, 6)  # orientation 6: turned by a quarter


def jpeg(exif=b""):
    whole = io.BytesIO()
    PICTURE.save(whole, "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif if exif else b""
    return whole.getvalue()[:2] + segment + whole.getvalue()[2:]


def tiff(*entries):
    """An EXIF block of these entries, 12 bytes each."""
    return b"II*\0" + struct.pack("<LH", 8, len(entries)) + b"".join(entries) + b"\0" * 40


def entry(tag, kind, count, value):
    return struct.pack("<HHL4s", tag, kind, count, value)


@pytest.mark.parametrize(
    "odd",
    [
        entry(0x011A, 2, 4, b"abc\0"),  # a resolution as text
        entry(0x0128, 5, 1, struct.pack("<L", 40)),  # its unit as a fraction
        entry(0x8769, 2, 2, b"a\0\0\0"),  # a table's place as text
        entry(0x8825, 4, 2**31, b"\0\0\0\0"),
        entry(0x010E, 99, 3, b"abcd"),
    ],
)
def test_odd_metadata_beside_an_orientation_does_no_harm(tmp_path, odd):
    (tmp_path / "odd.jpg").write_bytes(jpeg(tiff(UPSIDE, odd)))
    (tmp_path / "plain.jpg").write_bytes(jpeg(tiff(UPSIDE)))
    assert np.array_equal(*(decoded(tmp_path / each, (20, 20)).numpy() for each in ("odd.jpg", "plain.jpg")))


KEEPS_PILLOW_FROM_OPENING = bytes.fromhex(
    "49492a0008000000050028010100010000000800000005a00900e8030000060000003b010a0003000000060000001a010400e803"
    "0000080000001a01010001000000b68a750a08000000f4f75bb9839acba841136b36fcb4207e004766961375f3a1abc0243c5217"
)


def test_no_metadata_keeps_a_photograph_out(tmp_path):
    draw = random.Random(0)
    plain = [KEEPS_PILLOW_FROM_OPENING]
    for _ in range(200):
        entries = [
            entry(
                draw.choice([0x0112, 0x011A, 0x0128, 0x8769, 0x8825, draw.randrange(65536)]),
                draw.randrange(14),
                draw.choice([0, 1, 2, 1000, 2**31]),
                draw.randbytes(4),
            )
            for _ in range(draw.randint(1, 5))
        ]
        plain.append(tiff(*entries))
    for block in plain:
        (tmp_path / "a.jpg").write_bytes(jpeg(block))
        assert decoded(tmp_path / "a.jpg", (8, 8)).float().mean() > 50


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_any_damage_is_a_picture_or_a_sentence(tmp_path, name):
    draw, whole = random.Random(0), io.BytesIO()
    PICTURE.save(whole, {"a.png": "PNG", "a.jpg": "JPEG", "a.webp": "WEBP"}[name])
    for _ in range(150):
        content = bytearray(whole.getvalue()[: draw.randint(0, len(whole.getvalue()))])
        for _ in range(draw.randint(0, 4)):
            if content:
                content[draw.randrange(len(content))] = draw.randrange(256)
        (tmp_path / name).write_bytes(content)
        if output := reason(tmp_path / name):
            assert len(output) < 250
            assert "\n" not in output


def reason(path):
    """Why a file is left out."""
    try:
        decoded(path, (8, 8))
    except Undecodable as wrong:
        return str(wrong)
    return ""
