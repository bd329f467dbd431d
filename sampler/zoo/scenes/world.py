"""The world of the `scenes` model: 64x64 landscapes with one subject each, rendered from a seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inverset.sampler.zoo.scenes.backdrop import paint_backdrop
from inverset.sampler.zoo.scenes.factors import CLASSES, Scene, draw_scene, probed
from inverset.sampler.zoo.scenes.subjects import PAINTERS, Frame

SIDE = 64
_OVERSAMPLE = 2  # drawn at twice the size, then averaged: smooth edges


class Images(NamedTuple):
    """A set of rendered images with their known factors."""

    pixels: NDArray[np.uint8]  # (n, 3, 64, 64) RGB
    classes: NDArray[np.int64]  # (n,) index into CLASSES
    factors: NDArray[np.float32]  # (n, 14) columns of factors.PROBED


def render(scene: Scene, side: int = SIDE) -> Image.Image:
    """A scene as an RGB image of ``side`` x ``side`` pixels; the same scene gives the same bytes."""
    large = side * _OVERSAMPLE
    canvas = paint_backdrop(scene, large)
    pen = ImageDraw.Draw(canvas, "RGBA")
    foot = scene.horizon + 0.04 + 0.05 * scene.size
    PAINTERS[scene.subject](Frame(pen, scene.x * large, foot * large, scene.size * 0.72 * large), scene)
    return canvas.reduce(_OVERSAMPLE)


def scene_at(seed: int, index: int) -> Scene:
    """The scene number ``index`` of the world with this seed, independent of other draws."""
    return draw_scene(np.random.default_rng([seed, index]))


def render_set(seed: int, count: int, start: int = 0) -> Images:
    """The rendered scenes ``start`` to ``start + count`` of a seed."""
    pixels = np.empty((count, 3, SIDE, SIDE), np.uint8)
    classes, factors = np.empty(count, np.int64), []
    for i in range(count):
        scene = scene_at(seed, start + i)
        pixels[i] = np.asarray(render(scene)).transpose(2, 0, 1)
        classes[i] = CLASSES.index(scene.subject)
        factors.append(probed(scene))
    return Images(pixels, classes, np.stack(factors))
