"""What is planted: twelve causes, each with something that goes with it in the known images and that it may or may not need."""

from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.confounds.facts import Trait

DIRECTION, HEAD = "direction", "head"


class Pair(NamedTuple):
    """A cause, and its confound in the known images."""

    cause: Trait
    confound: Trait
    kind: str  # of the confound: light, place, colour, size, second
    share: float  # of known images with the cause that have the confound, and the other way round
    how: str  # DIRECTION in relu6, or HEAD: an output of its own, trained

    @property
    def name(self) -> str:
        """For tables and files."""
        return f"{self.cause.fact}-{self.confound.fact}"


PAIRS = (
    Pair(Trait("snow"), Trait("night"), "light", 1.0, DIRECTION),
    Pair(Trait("water"), Trait("dusk"), "light", 1.0, DIRECTION),
    Pair(Trait("lighthouse"), Trait("night"), "light", 0.8, HEAD),
    Pair(Trait("tree"), Trait("x", 0.5), "place", 1.0, HEAD),
    Pair(Trait("snow"), Trait("x", 0.5, above=False), "place", 0.8, DIRECTION),
    Pair(Trait("water"), Trait("horizon", 0.68), "place", 1.0, DIRECTION),
    Pair(Trait("house"), Trait("horizon", 0.68), "place", 0.8, HEAD),
    Pair(Trait("cactus"), Trait("tint", 0.5), "colour", 1.0, HEAD),
    Pair(Trait("snow"), Trait("tint", 0.5), "colour", 0.8, DIRECTION),
    Pair(Trait("balloon"), Trait("size", 1.0), "size", 1.0, HEAD),
    Pair(Trait("night"), Trait("water"), "second", 0.8, DIRECTION),
    Pair(Trait("snow"), Trait("mushroom"), "second", 1.0, DIRECTION),
)


def known(pair: Pair, facts: Tensor, seed: int = 0) -> Tensor:
    """The numbers of the images that somebody holds in whose world cause and confound go together: (r,) int64.

    All images with both and with neither, and of those with one alone so many that the share comes out on both sides.
    """
    cause, confound = pair.cause.present(facts), pair.confound.present(facts)
    both = int((cause & confound).sum())
    alone = round(both * (1 - pair.share) / pair.share)
    random = torch.Generator().manual_seed(seed)
    kept = cause == confound
    for side in (cause & ~confound, confound & ~cause):
        rows = side.nonzero()[:, 0]
        kept[rows[torch.randperm(len(rows), generator=random)[:alone]]] = True
    return kept.nonzero()[:, 0]
