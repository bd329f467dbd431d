"""What the network of places tells apart: the sky and the ground of a scene, whatever its subject."""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

from inverset.sampler.zoo.scenes.factors import GROUNDS, SKIES, Scene
from inverset.sampler.zoo.scenes.world import scene_at

CLASSES = tuple(f"{sky}-{ground}" for sky in SKIES for ground in GROUNDS)


def place_of(scene: Scene) -> int:
    """The scene's number in ``CLASSES``."""
    return CLASSES.index(f"{scene.sky}-{scene.ground}")


def places(seed: int, numbers: Iterable[int]) -> Tensor:
    """Of the scenes with these numbers in the world with this seed: (n,) int64. They need not be painted for it."""
    return torch.tensor([place_of(scene_at(seed, number)) for number in numbers])


def labels(places: Tensor) -> Tensor:
    """A yes to each scene's place and a no to all others: (n, 16) of places (n,)."""
    return functional.one_hot(places, len(CLASSES)).float()
