"""Sets of scenes with and without shortcuts, each from its seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.planted.shortcuts import SHORTCUTS, draw
from inverset.sampler.zoo.scenes.factors import CLASSES, probed
from inverset.sampler.zoo.scenes.world import SIDE, scene_at

TRAINING_SEED, HELD_OUT_SEED, REFERENCE_SEED = 11, 12, 13
NONE_ONE_TWO = (0.25, 0.5, 0.25)  # how often a training image has so many shortcuts, whatever its subject


class Decorated(NamedTuple):
    """Images with what is known about them."""

    pixels: NDArray[np.uint8]  # (n, 3, 64, 64)
    classes: NDArray[np.int64]  # (n,) index into CLASSES
    factors: NDArray[np.float32]  # (n, 14) columns of factors.PROBED
    present: NDArray[np.float32]  # (n, 8) 1 where the shortcut of SHORTCUTS was drawn


def clean(seed: int, count: int) -> Decorated:
    """Images without any shortcut, subjects and all else as the world draws them."""
    return _drawn(seed, [()] * count)


def showing(seed: int, count: int, *shortcuts: str) -> Decorated:
    """The scenes of ``clean``, with these shortcuts in each."""
    return _drawn(seed, [shortcuts] * count)


def mixed(seed: int, count: int) -> Decorated:
    """Images with none, one or two shortcuts, chosen without a look at the subject."""
    return _drawn(seed, [_chosen(seed, number) for number in range(count)])


def _chosen(seed: int, number: int) -> tuple[str, ...]:
    random = np.random.default_rng([seed, number, 1])
    count = random.choice(3, p=NONE_ONE_TWO)
    return tuple(SHORTCUTS[place] for place in random.choice(len(SHORTCUTS), count, replace=False))


def _drawn(seed: int, chosen: list[tuple[str, ...]]) -> Decorated:
    scenes = [scene_at(seed, number) for number in range(len(chosen))]
    pixels = np.empty((len(chosen), 3, SIDE, SIDE), np.uint8)
    for number, (scene, shortcuts) in enumerate(zip(scenes, chosen, strict=True)):
        pixels[number] = draw(scene, shortcuts)
    return Decorated(
        pixels,
        np.array([CLASSES.index(scene.subject) for scene in scenes]),
        np.stack([probed(scene) for scene in scenes]),
        np.array([[name in shortcuts for name in SHORTCUTS] for shortcuts in chosen], np.float32),
    )
