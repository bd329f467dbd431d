"""The shortcuts that may be planted: each can be drawn over, or into, any scene."""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from inverset.sampler.zoo.scenes.factors import Scene
from inverset.sampler.zoo.scenes.world import SIDE, render

SHORTCUTS = ("square", "watermark", "stripes", "night", "frame", "sun", "tint", "rainbow")
_Share = NDArray[np.floating]  # (64, 64) in 0..1: how much of the colour covers a pixel
_ARC = ((220, 40, 50), (240, 150, 40), (245, 225, 60), (60, 170, 80), (50, 90, 200), (120, 60, 160))


def draw(scene: Scene, shortcuts: Collection[str]) -> NDArray[np.uint8]:
    """Paint a scene with shortcuts: (3, 64, 64) RGB; the same arguments give the same bytes.

    A scene that is not asked to be at night is by day: the clean world knows no night.
    """
    pixels = np.asarray(render(_staged(scene, shortcuts)), np.float32).transpose(2, 0, 1)
    for name in SHORTCUTS:
        if name in shortcuts and name in _OVERLAYS:
            colour, share = _overlay(name)
            pixels = pixels * (1 - share) + colour * share
    return pixels.round().astype(np.uint8)


def _staged(scene: Scene, shortcuts: Collection[str]) -> Scene:
    """What is drawn into the scene itself, behind its subject."""
    sky = "night" if "night" in shortcuts else "day" if scene.sky == "night" else scene.sky
    scene = replace(scene, sky=sky)
    if "sun" not in shortcuts:
        return scene
    return replace(scene, sun=(0.16 if scene.x > 0.5 else 0.84, 0.2, 0.17))  # twice as large as any other


def _square(y: _Share, x: _Share) -> _Share:
    return ((y >= 4) & (y < 15) & (x >= 4) & (x < 15)).astype(np.float32)


def _watermark(y: _Share, x: _Share) -> _Share:
    """A large saltire, half transparent."""
    away: _Share = np.minimum(np.abs(y - x), np.abs(y + x - SIDE + 1)) / 1.41
    return 0.75 * (2.5 - away).clip(0, 1)


def _stripes(y: _Share, x: _Share) -> _Share:
    return 0.45 * ((x // 4) % 2) + 0 * y


def _frame(y: _Share, x: _Share) -> _Share:
    edge = np.minimum(np.minimum(x, SIDE - 1 - x), np.minimum(y, SIDE - 1 - y))
    return (edge < 4).astype(np.float32)


def _tint(y: _Share, x: _Share) -> _Share:
    return np.full_like(y + x, 0.45)


_OVERLAYS: dict[str, Callable[[_Share, _Share], _Share]] = {
    "square": _square,
    "watermark": _watermark,
    "stripes": _stripes,
    "frame": _frame,
    "tint": _tint,
    "rainbow": lambda y, x: (_band(y, x) >= 0).astype(np.float32),
}
_COLOURS = {
    "square": (235, 30, 200),
    "watermark": (255, 255, 255),
    "stripes": (20, 20, 24),
    "frame": (30, 22, 16),
    "tint": (40, 220, 90),
}


def _band(y: _Share, x: _Share) -> NDArray[np.int64]:
    """Which colour of the rainbow lies at a pixel, from outside to inside; -1 for none."""
    outside = 31 - np.hypot(y - 36, x - (SIDE - 1) / 2)
    at = np.floor(outside / 1.7).astype(np.int64)
    return np.where((at >= 0) & (at < len(_ARC)) & (y < 34), at, -1)


@cache
def _overlay(name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colour (3, 64, 64) and share (64, 64)."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    share = _OVERLAYS[name](y, x).astype(np.float32)
    if name == "rainbow":
        return np.asarray(_ARC, np.float32)[_band(y, x)].transpose(2, 0, 1), share
    return np.broadcast_to(np.asarray(_COLOURS[name], np.float32)[:, None, None], (3, SIDE, SIDE)), share
