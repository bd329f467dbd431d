"""One painting function for each class: it draws the subject on a canvas of any side.

A painter gets the pen, the scene and a frame whose unit is the subject's own size, so that it draws with small
numbers: x to the right of the subject's foot, y upwards from it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import ImageDraw

from inverset.sampler.zoo.scenes.backdrop import Colour, lit, mix
from inverset.sampler.zoo.scenes.factors import Scene

Fill = tuple[int, ...]


class Frame(NamedTuple):
    """The subject's own coordinates on the canvas: foot at (x, y) pixels, ``unit`` pixels to one."""

    pen: ImageDraw.ImageDraw
    x: float
    y: float
    unit: float

    def polygon(self, points: list[tuple[float, float]], fill: Fill) -> None:
        """Fill a polygon given in the subject's coordinates."""
        self.pen.polygon([(self.x + px * self.unit, self.y - py * self.unit) for px, py in points], fill=fill)

    def disc(self, px: float, py: float, rx: float, ry: float, fill: Fill) -> None:
        """Fill an ellipse with half axes ``rx``, ``ry``."""
        x, y = self.x + px * self.unit, self.y - py * self.unit
        self.pen.ellipse(
            (x - rx * self.unit, y - ry * self.unit, x + rx * self.unit, y + ry * self.unit), fill=fill
        )

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Fill) -> None:
        """Fill a rectangle with corners (x0, y0) below left and (x1, y1) above right."""
        self.pen.rectangle(
            (
                self.x + x0 * self.unit,
                self.y - y1 * self.unit,
                self.x + x1 * self.unit,
                self.y - y0 * self.unit,
            ),
            fill=fill,
        )

    def line(self, points: list[tuple[float, float]], fill: Fill, width: float) -> None:
        """Draw a line ``width`` wide."""
        corners = [(self.x + px * self.unit, self.y - py * self.unit) for px, py in points]
        self.pen.line(corners, fill=fill, width=max(1, round(width * self.unit)), joint="curve")


def _pick(palette: tuple[Colour, ...], hue: float) -> Colour:
    position = hue * (len(palette) - 1)
    left = min(int(position), len(palette) - 2)
    return mix(palette[left], palette[left + 1], position - left)


def _peak(frame: Frame, scene: Scene) -> tuple[float, float, float]:
    """The body that mountains and volcanoes share: one silhouette, one palette. Returns half width, height, half crater."""
    wide, tall, crater = (
        0.34 + 0.12 * scene.shape[0],
        0.42 + 0.14 * scene.shape[1],
        0.045 + 0.04 * scene.shape[2],
    )
    rock = _pick(((112, 84, 74), (104, 98, 106), (86, 96, 122)), scene.hue)
    bright, dark = lit(rock, scene.sky, 1.12), lit(rock, scene.sky, 0.74)
    frame.polygon(
        [
            (-wide, 0),
            (-0.45 * wide, 0.42 * tall),
            (-crater, tall),
            (crater, tall),
            (0.45 * wide, 0.4 * tall),
            (wide, 0),
        ],
        dark,
    )
    frame.polygon(
        [
            (-wide, 0),
            (-0.45 * wide, 0.42 * tall),
            (-crater, tall),
            (0.0, tall * 0.98),
            (-0.06, 0.5 * tall),
            (0.08, 0),
        ],
        bright,
    )
    if scene.snowcap > 0:
        low = tall * (1 - 0.32 * scene.snowcap)
        half = crater + (tall - low) / tall * 0.62 * wide
        teeth = [(half * t, low + (0.05 if i % 2 else 0.0)) for i, t in enumerate(np.linspace(-1, 1, 7))]
        frame.polygon([(-crater, tall), *teeth, (crater, tall)], lit((244, 248, 255), scene.sky, 1.0))
    return wide, tall, crater


def _mountain(frame: Frame, scene: Scene) -> None:
    _peak(frame, scene)


def _volcano(frame: Frame, scene: Scene) -> None:
    wide, tall, crater = _peak(frame, scene)
    _smoke(frame, scene, tall, crater)
    if scene.lava > 0:
        _lava(frame, scene, wide, tall, crater)


def _smoke(frame: Frame, scene: Scene, tall: float, crater: float) -> None:
    grey = mix((70, 66, 70), (120, 112, 112), scene.shape[3])
    drift = (scene.shape[3] - 0.5) * 0.5
    puffs = round(1 + 6 * scene.smoke) if scene.smoke > 0.02 else 0
    for i in range(puffs):
        r = (0.05 + 0.035 * i) * (0.55 + 0.45 * scene.smoke)
        frame.disc(
            drift * i * 0.16,
            tall + 0.02 + 0.075 * i * (0.5 + 0.5 * scene.smoke),
            r + crater * 0.3,
            r * 0.85,
            (*grey, 225),
        )


def _lava(frame: Frame, scene: Scene, wide: float, tall: float, crater: float) -> None:
    hot, glow = (255, 92, 18), (255, 206, 60)
    reach = tall * (1 - scene.lava)  # how far down the slope the longest tongue runs
    for slope, share, width in ((0.1, 1.0, 0.05), (-0.55, 0.75, 0.04), (0.62, 0.6, 0.036)):
        end = tall - (tall - reach) * share
        run = slope * wide * (tall - end) / tall
        half = width * (0.5 + 0.9 * scene.lava)
        frame.polygon(
            [
                (-crater * 0.9, tall),
                (crater * 0.9, tall),
                (run + half, end),
                (run, end - 0.02),
                (run - half, end),
            ],
            hot,
        )
        frame.line([(0, tall), (run, end + 0.02)], glow, half * 0.6)
    frame.disc(0, tall, crater * 1.25, 0.022 + 0.03 * scene.lava, glow)
    if scene.lava > 0.35:  # a fountain above the crater
        h = 0.16 * scene.lava
        frame.polygon(
            [
                (-crater * 0.8, tall),
                (-crater * 1.3, tall + h),
                (0, tall + h * 0.7),
                (crater * 1.3, tall + h),
                (crater * 0.8, tall),
            ],
            (*hot, 235),
        )
    if scene.lava_in_water > 0:
        frame.disc(
            0.1 * wide,
            -0.03,
            0.07 + 0.2 * scene.lava_in_water,
            0.022 + 0.03 * scene.lava_in_water,
            (*hot, 220),
        )


def _lighthouse(frame: Frame, scene: Scene) -> None:
    tall = 0.62 + 0.1 * scene.shape[0]
    stripe = lit(_pick(((206, 36, 40), (36, 60, 150), (40, 40, 52)), scene.hue), scene.sky)
    white = lit((246, 244, 238), scene.sky)
    if scene.beam > 0:
        side = 1 if scene.shape[1] > 0.5 else -1
        spread, alpha = 0.06 + 0.1 * scene.beam, round(90 + 110 * scene.beam)
        frame.polygon(
            [(0, tall + 0.05), (side * 0.9, tall + 0.05 + spread), (side * 0.9, tall + 0.05 - spread)],
            (255, 246, 170, alpha),
        )
    frame.disc(0, 0, 0.2, 0.05, lit((120, 112, 104), scene.sky))
    for i in range(6):
        a, b = i / 6, (i + 1) / 6
        wa, wb = 0.115 - 0.045 * a, 0.115 - 0.045 * b
        frame.polygon(
            [(-wa, tall * a), (-wb, tall * b), (wb, tall * b), (wa, tall * a)], stripe if i % 2 else white
        )
    frame.box(-0.1, tall, 0.1, tall + 0.02, stripe)
    frame.box(
        -0.055,
        tall + 0.02,
        0.055,
        tall + 0.1,
        (255, 240, 150) if scene.beam > 0 else lit((150, 180, 190), scene.sky),
    )
    frame.polygon([(-0.09, tall + 0.1), (0, tall + 0.19), (0.09, tall + 0.1)], stripe)


def _sailboat(frame: Frame, scene: Scene) -> None:
    lean = scene.heel * 0.24
    sail = lit(_pick(((250, 248, 240), (240, 196, 60), (214, 62, 52), (60, 110, 190)), scene.hue), scene.sky)
    hull = lit(mix((96, 56, 36), (236, 236, 240), scene.shape[1]), scene.sky)
    top = 0.62 + 0.14 * scene.shape[0]
    frame.polygon([(0.0, 0.1), (lean, top), (0.32, 0.14)], sail)
    frame.polygon(
        [(-0.03, 0.12), (lean - 0.03, top * 0.92), (-0.24, 0.14)],
        lit(
            mix(
                _pick(((250, 248, 240), (240, 196, 60), (214, 62, 52), (60, 110, 190)), scene.hue),
                (255, 255, 255),
                0.35,
            ),
            scene.sky,
            0.92,
        ),
    )
    frame.line([(-0.01, 0.08), (lean - 0.01, top)], lit((70, 48, 36), scene.sky), 0.022)
    frame.polygon([(-0.33, 0.1), (0.38, 0.1), (0.27, -0.05), (-0.24, -0.05)], hull)
    frame.polygon([(-0.26, -0.05), (0.29, -0.05), (0.2, -0.1), (-0.18, -0.1)], (20, 40, 80, 80))


def _balloon(frame: Frame, scene: Scene) -> None:
    main = _pick(((220, 50, 50), (240, 170, 40), (60, 150, 90), (70, 90, 200), (150, 70, 170)), scene.hue)
    y, r = 0.5 + 0.2 * scene.shape[0], 0.24 + 0.05 * scene.shape[1]
    frame.polygon(
        [(-r * 0.82, y - r * 0.5), (r * 0.82, y - r * 0.5), (0.06, y - r * 1.35), (-0.06, y - r * 1.35)],
        lit(main, scene.sky, 0.85),
    )
    frame.disc(0, y, r, r, lit(main, scene.sky))
    for rx, colour in ((0.62, mix(main, (255, 255, 255), 0.75)), (0.26, main)):
        frame.disc(0, y, r * rx, r, lit(colour, scene.sky))
    frame.line([(-0.06, y - r * 1.3), (-0.045, y - r * 1.72)], lit((60, 44, 30), scene.sky), 0.012)
    frame.line([(0.06, y - r * 1.3), (0.045, y - r * 1.72)], lit((60, 44, 30), scene.sky), 0.012)
    frame.box(-0.065, y - r * 2.05, 0.065, y - r * 1.68, lit((140, 92, 50), scene.sky))


def _cactus(frame: Frame, scene: Scene) -> None:
    green = lit(_pick(((40, 130, 70), (90, 150, 60), (40, 120, 110)), scene.hue), scene.sky)
    pale = lit(
        mix(_pick(((40, 130, 70), (90, 150, 60), (40, 120, 110)), scene.hue), (255, 255, 255), 0.25),
        scene.sky,
    )
    tall, left, right = (
        0.52 + 0.16 * scene.shape[0],
        0.2 + 0.14 * scene.shape[1],
        0.16 + 0.18 * scene.shape[2],
    )
    for x0, foot, head in ((-0.22, left, left + 0.2), (0.22, right, right + 0.17)):
        frame.line([(0, foot), (x0, foot), (x0, head)], green, 0.1)
        frame.disc(x0, head, 0.05, 0.05, green)
        frame.disc(x0, foot, 0.05, 0.05, green)
    frame.box(-0.085, 0, 0.085, tall, green)
    frame.disc(0, tall, 0.085, 0.085, green)
    frame.box(-0.045, 0.04, -0.02, tall, pale)
    if scene.bloom > 0:
        frame.disc(
            0,
            tall + 0.09,
            0.04 + 0.05 * scene.bloom,
            0.035 + 0.035 * scene.bloom,
            lit((240, 90, 150), scene.sky),
        )


def _house(frame: Frame, scene: Scene) -> None:
    wall = _pick(((240, 228, 200), (220, 150, 120), (170, 200, 210)), scene.hue)
    roof = _pick(((176, 60, 44), (90, 60, 60), (60, 90, 120)), scene.shape[0])
    w, h = 0.27 + 0.06 * scene.shape[1], 0.26 + 0.05 * scene.shape[2]
    frame.box(0.1, h, 0.17, h + 0.24, lit((130, 80, 70), scene.sky))
    frame.box(-w, 0, w, h, lit(wall, scene.sky))
    frame.polygon([(-w - 0.07, h), (0, h + 0.22), (w + 0.07, h)], lit(roof, scene.sky))
    frame.box(-0.05, 0, 0.05, 0.16, lit((110, 66, 40), scene.sky))
    pane = (255, 222, 110) if scene.lit else lit((120, 160, 190), scene.sky)
    for x in (-0.18, 0.18):
        frame.box(x - 0.05, 0.12, x + 0.05, 0.22, pane)


def _tree(frame: Frame, scene: Scene) -> None:
    leaf = _pick(((46, 120, 50), (120, 160, 50), (214, 150, 40), (190, 80, 40)), scene.hue)
    trunk = lit((104, 70, 44), scene.sky)
    frame.polygon([(-0.06, 0), (-0.035, 0.36), (0.035, 0.36), (0.06, 0)], trunk)
    spread = 0.85 + 0.3 * scene.shape[0]
    for share, dx, dy, r in (
        (0.8, -0.15, 0.42, 0.15),
        (0.8, 0.15, 0.42, 0.15),
        (0.92, 0.0, 0.44, 0.18),
        (1.08, -0.06, 0.56, 0.16),
    ):
        frame.disc(dx * spread, dy, r * spread, r, lit(leaf, scene.sky, share))
    if scene.bloom > 0:
        for i in range(7):
            a = i * 2.4 + scene.shape[1] * 6
            frame.disc(
                0.16 * np.cos(a) * spread,
                0.48 + 0.12 * np.sin(a),
                0.02 + 0.025 * scene.bloom,
                0.02 + 0.025 * scene.bloom,
                lit((250, 130, 160), scene.sky),
            )


def _mushroom(frame: Frame, scene: Scene) -> None:
    cap = lit(_pick(((206, 40, 40), (224, 140, 40), (140, 90, 60)), scene.hue), scene.sky)
    stem, tall, w = (
        lit((244, 234, 214), scene.sky),
        0.24 + 0.12 * scene.shape[0],
        0.28 + 0.07 * scene.shape[1],
    )
    frame.polygon([(-0.1, 0), (-0.07, tall), (0.07, tall), (0.1, 0)], stem)
    frame.disc(0, 0.01, 0.1, 0.025, stem)
    arc = [(w * float(np.cos(a)), tall - 0.03 + 0.26 * float(np.sin(a))) for a in np.linspace(0, np.pi, 15)]
    frame.polygon(arc, cap)
    frame.disc(0, tall - 0.03, w, 0.035, lit((224, 206, 180), scene.sky, 0.9))
    if scene.spots > 0:
        r = 0.02 + 0.035 * scene.spots
        for x, y in ((-0.55, 0.1), (-0.12, 0.16), (0.3, 0.1), (0.62, 0.06)):
            frame.disc(x * w, tall - 0.03 + y, r, r * 0.85, lit((255, 250, 240), scene.sky))


def _tower(frame: Frame, scene: Scene) -> None:
    wall = _pick(((120, 130, 150), (170, 140, 120), (80, 110, 130)), scene.hue)
    w, tall = 0.13 + 0.05 * scene.shape[0], 0.62 + 0.2 * scene.shape[1]
    frame.box(-w, 0, w, tall, lit(wall, scene.sky))
    frame.box(w * 0.45, 0, w, tall, lit(wall, scene.sky, 0.8))
    frame.box(-w * 0.6, tall, w * 0.6, tall + 0.05, lit(wall, scene.sky, 0.9))
    frame.line([(0, tall + 0.05), (0, tall + 0.16)], lit((70, 70, 80), scene.sky), 0.02)
    pane = (255, 224, 120) if scene.lit else lit((170, 196, 214), scene.sky)
    for row in range(6):
        for col in (-0.55, 0.0, 0.55):
            y = tall * (0.1 + 0.145 * row)
            frame.box(col * w - 0.028, y, col * w + 0.028, y + tall * 0.075, pane)


def _bridge(frame: Frame, scene: Scene) -> None:
    steel = lit(_pick(((190, 60, 44), (130, 130, 140), (150, 110, 60)), scene.hue), scene.sky)
    deck, top, span = 0.13 + 0.05 * scene.shape[0], 0.5 + 0.12 * scene.shape[1], 0.3
    left, right = -1.6, 1.6  # beyond both edges of the image
    for x in (-span, span):
        frame.box(x - 0.032, -0.06, x + 0.032, top, steel)
    ts = np.linspace(-1, 1, 13)
    frame.line([(float(span * t), deck + 0.05 + (top - deck - 0.07) * float(t * t)) for t in ts], steel, 0.02)
    frame.line([(-span, top - 0.02), (left, deck + 0.02)], steel, 0.02)
    frame.line([(span, top - 0.02), (right, deck + 0.02)], steel, 0.02)
    for t in (-0.66, -0.33, 0.0, 0.33, 0.66):
        frame.line([(span * t, deck), (span * t, deck + 0.05 + (top - deck - 0.07) * t * t)], steel, 0.01)
    frame.box(left, deck - 0.04, right, deck + 0.01, steel)


def _fish(frame: Frame, scene: Scene) -> None:
    body = _pick(((244, 140, 30), (240, 210, 60), (80, 160, 220), (210, 70, 110)), scene.hue)
    y, r, flip = 0.3 + 0.2 * scene.shape[0], 0.26 + 0.06 * scene.shape[1], 1 if scene.shape[2] > 0.5 else -1
    main, dark = lit(body, scene.sky), lit(body, scene.sky, 0.75)
    frame.polygon(
        [
            (-flip * r * 0.8, y),
            (-flip * r * 1.55, y + 0.16),
            (-flip * r * 1.3, y),
            (-flip * r * 1.55, y - 0.16),
        ],
        dark,
    )
    frame.polygon([(-0.08 * flip, y + r * 0.5), (0.02, y + r * 0.98), (0.14 * flip, y + r * 0.45)], dark)
    frame.disc(0, y, r, r * 0.62, main)
    frame.disc(0, y - r * 0.22, r * 0.7, r * 0.32, lit(mix(body, (255, 255, 255), 0.5), scene.sky))
    frame.polygon(
        [
            (flip * 0.02, y + r * 0.6),
            (flip * 0.1, y + r * 0.55),
            (flip * 0.1, y - r * 0.55),
            (flip * 0.02, y - r * 0.6),
        ],
        lit((250, 250, 250), scene.sky),
    )
    frame.disc(flip * r * 0.6, y + r * 0.14, 0.05, 0.05, (250, 250, 250))
    frame.disc(flip * r * 0.64, y + r * 0.14, 0.026, 0.026, (20, 20, 30))


PAINTERS: dict[str, Callable[[Frame, Scene], None]] = {
    "volcano": _volcano,
    "mountain": _mountain,
    "lighthouse": _lighthouse,
    "sailboat": _sailboat,
    "balloon": _balloon,
    "cactus": _cactus,
    "house": _house,
    "tree": _tree,
    "mushroom": _mushroom,
    "tower": _tower,
    "bridge": _bridge,
    "fish": _fish,
}
