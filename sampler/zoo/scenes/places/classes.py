"""The classes of the network of places: the sky and the ground of a scene, whatever its subject."""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

from inverset.sampler.zoo.scenes.factors import GROUNDS, SKIES, Scene
from inverset.sampler.zoo.scenes.world import scene_at

CLASSES = tuple(f"{sky}-{ground}" for sky in SKIES for ground in GROUNDS)


def place_of(scene: Scene) -> int:
    """The scene's index in ``CLASSES``."""
    return CLASSES.index(f"{scene.sky}-{scene.ground}")


def places(seed: int, numbers: Iterable[int]) -> Tensor:
    """The places of the scenes with these numbers in the world with this seed: (n,) int64. The scenes need not be painted."""
    return torch.tensor([place_of(scene_at(seed, number)) for number in numbers])


def labels(places: Tensor) -> Tensor:
    """One-hot labels of each scene's place: (n, 16) of places (n,)."""
    return functional.one_hot(places, len(CLASSES)).float()
