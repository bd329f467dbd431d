"""Sky, sun, clouds, hills and ground: everything that stands behind a subject."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inverset.sampler.zoo.scenes.factors import Scene

Colour = tuple[int, int, int]

# Zenith and horizon of each sky, at both ends of its tint.
_SKY: dict[str, tuple[tuple[Colour, Colour], tuple[Colour, Colour]]] = {
    "day": (((40, 120, 220), (185, 225, 250)), ((70, 165, 225), (225, 240, 240))),
    "dusk": (((120, 70, 140), (255, 180, 100)), ((225, 100, 80), (255, 215, 130))),
    "night": (((6, 8, 34), (36, 42, 92)), ((22, 10, 44), (70, 46, 100))),
    "overcast": (((112, 122, 138), (186, 194, 202)), ((140, 140, 152), (212, 206, 206))),
}
_GROUND: dict[str, tuple[Colour, Colour]] = {  # far, near
    "water": ((70, 140, 190), (24, 72, 140)),
    "sand": (((236, 214, 158)), (206, 170, 104)),
    "grass": ((122, 170, 82), (46, 106, 44)),
    "snow": ((246, 248, 252), (206, 218, 236)),
}
_HILL: dict[str, Colour] = {
    "water": (88, 120, 132),
    "sand": (196, 160, 118),
    "grass": (92, 136, 92),
    "snow": (188, 200, 218),
}
LIGHT = {"day": 1.0, "dusk": 0.86, "night": 0.66, "overcast": 0.88}
_CAST: dict[str, Colour] = {
    "day": (255, 252, 240),
    "dusk": (255, 190, 140),
    "night": (120, 140, 220),
    "overcast": (226, 230, 238),
}


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """The mixture of two colours, with a share ``t`` of ``b``."""
    return (round(a[0] + (b[0] - a[0]) * t), round(a[1] + (b[1] - a[1]) * t), round(a[2] + (b[2] - a[2]) * t))


def lit(colour: Colour, sky: str, share: float = 1.0) -> Colour:
    """A surface's colour under the light of a sky; ``share`` below 1 for its shaded side."""
    level, cast = LIGHT[sky] * share, _CAST[sky]
    return (
        min(255, round(colour[0] * level * cast[0] / 255)),
        min(255, round(colour[1] * level * cast[1] / 255)),
        min(255, round(colour[2] * level * cast[2] / 255)),
    )


def _ramp(top: Colour, bottom: Colour, rows: int) -> NDArray[np.float32]:
    t = np.linspace(0, 1, max(rows, 1), dtype=np.float32)[:, None]
    return np.asarray(top, np.float32) * (1 - t) + np.asarray(bottom, np.float32) * t


def paint_backdrop(scene: Scene, side: int) -> Image.Image:
    """The canvas of ``side`` x ``side`` pixels with everything behind the subject."""
    cut = round(scene.horizon * side)
    (zenith0, low0), (zenith1, low1) = _SKY[scene.sky]
    sky = _ramp(mix(zenith0, zenith1, scene.tint), mix(low0, low1, scene.tint), cut)
    far, near = (lit(colour, scene.sky) for colour in _GROUND[scene.ground])
    if scene.ground == "water":  # water mirrors its sky
        far = mix(far, mix(low0, low1, scene.tint), 0.35)
    ground = _ramp(far, near, side - cut)
    column = np.concatenate([sky, ground]).round().astype(np.uint8)
    canvas = Image.fromarray(np.ascontiguousarray(np.broadcast_to(column[:, None], (side, side, 3))))
    pen = ImageDraw.Draw(canvas, "RGBA")
    _sun(scene, pen, side)
    _clouds(scene, pen, side)
    _hills(scene, pen, side, mix(low0, low1, scene.tint))
    _texture(scene, pen, side)
    return canvas


def _sun(scene: Scene, pen: ImageDraw.ImageDraw, side: int) -> None:
    x, y, r = (v * side for v in scene.sun)
    if scene.sky == "night":
        for i in range(9):  # few, dim and placed by the tint, so that a code can hold them
            sx, sy = (i * 0.37 + scene.tint) % 1 * side, (i * 0.23 + 2 * scene.tint) % 1 * 0.4 * side
            pen.ellipse((sx - 0.8, sy - 0.8, sx + 0.8, sy + 0.8), fill=(255, 255, 255, 110))
    if r <= 0:
        return
    disc = (250, 246, 225) if scene.sky == "night" else (255, 240, 170)
    for grow, alpha in ((2.1, 34), (1.5, 60)):
        pen.ellipse((x - r * grow, y - r * grow, x + r * grow, y + r * grow), fill=(*disc, alpha))
    pen.ellipse((x - r, y - r, x + r, y + r), fill=disc)


def _clouds(scene: Scene, pen: ImageDraw.ImageDraw, side: int) -> None:
    white = {
        "day": (255, 255, 255, 215),
        "dusk": (255, 214, 196, 190),
        "night": (96, 104, 150, 150),
        "overcast": (232, 236, 240, 200),
    }
    for cx, cy, size in scene.cloud_places:
        x, y, w = cx * side, cy * side, 0.13 * size * side
        for dx, dy, r in ((-0.9, 0.12, 0.42), (0.0, -0.1, 0.6), (0.85, 0.1, 0.46)):
            pen.ellipse(
                (x + (dx - r) * w, y + (dy - r * 0.62) * w, x + (dx + r) * w, y + (dy + r * 0.62) * w),
                fill=white[scene.sky],
            )


def _hills(scene: Scene, pen: ImageDraw.ImageDraw, side: int, haze: Colour) -> None:
    height, phase, waves = scene.hills
    base = scene.horizon * side
    for layer, fade in ((1.0, 0.62), (0.55, 0.3)):
        xs = np.linspace(0, 1, 17)
        rise = (0.5 + 0.5 * np.sin(2 * np.pi * (waves * xs + phase + layer * 0.4))) * height * layer * side
        outline = [(float(x * side), float(base - r)) for x, r in zip(xs, rise, strict=True)]
        pen.polygon(
            [(0, base + 1), *outline, (side, base + 1)],
            fill=mix(lit(_HILL[scene.ground], scene.sky), haze, fade),
        )


def _texture(scene: Scene, pen: ImageDraw.ImageDraw, side: int) -> None:
    base = scene.horizon * side
    depth = side - base
    if scene.ground == "water":
        for i in range(5):
            y = base + depth * (0.12 + 0.19 * i)
            x = (i * 0.38 + scene.tint) % 1 * side
            pen.line((x - side * 0.09, y, x + side * 0.09, y), fill=(255, 255, 255, 60), width=1)
        return
    swell = {"sand": (255, 240, 200, 60), "grass": (200, 230, 120, 46), "snow": (150, 170, 210, 60)}[
        scene.ground
    ]
    for i in range(3):
        y = base + depth * (0.2 + 0.3 * i)
        x = ((i * 0.45 + scene.hills[1]) % 1 - 0.3) * side
        pen.ellipse((x, y, x + side * 0.75, y + depth * 0.28), fill=swell)
