"""What is true of every image of the world, beyond the factors that probes are taught: sky tint and subject too."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from inverset.sampler.zoo.scenes.factors import CLASSES, PROBED, Scene, probed
from inverset.sampler.zoo.scenes.world import scene_at

NAMES = (*PROBED, "tint", *CLASSES)


class Trait(NamedTuple):
    """A fact as yes or no."""

    fact: str  # of NAMES
    cut: float = 0.5
    above: bool = True  # whether yes lies above the cut

    def present(self, facts: Tensor) -> Tensor:
        """In which images it is, by true or estimated facts (n, f): (n,) bool."""
        column = facts[:, NAMES.index(self.fact)]
        return column > self.cut if self.above else column < self.cut

    def __str__(self) -> str:
        """As tables have it: ``night``, ``x > 0.5``."""
        binary = self.cut == 0.5 and self.fact not in {"x", "tint"}
        return self.fact if binary else f"{self.fact} {'>' if self.above else '<'} {self.cut:g}"


def true(scene: Scene) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The facts of a scene: (27,) float32, in the order of NAMES."""
    subject = [float(scene.subject == name) for name in CLASSES]
    return np.concatenate([probed(scene), np.array([scene.tint, *subject], np.float32)])


def of(seed: int, numbers: Sequence[int]) -> Tensor:
    """The facts of the scenes with these numbers under a seed: (len, 27)."""
    return torch.from_numpy(np.stack([true(scene_at(seed, number)) for number in numbers]))
