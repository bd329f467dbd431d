"""What is stored of a trained generator beside its weights, and the settings of its training."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from inverset.contract.encoding import OPTIONAL
from inverset.sampler.bundle import Painting
from inverset.sampler.zoo.parts import Size


@dataclass(frozen=True)
class Recipe:
    """The settings of a training; other settings make another generator."""

    layer: str | None = None  # that is inverted; None: E
    size: Size | None = None  # of the images; None: the network's input size, or nearly
    steps: int = 10_000
    batch: int = 64
    rate: float = 1.2e-3  # Adam's largest
    blocks: int = 0  # residual blocks on each of the generator's maps
    adversary: float = 0.0  # weight of an adversary's loss; 0: there is none


@dataclass(frozen=True)
class TrainedFrom(Recipe):
    """All settings that determine the weights."""

    network: str | None = None  # SHA-256
    images: str | None = None  # SHA-256 of all of them


@dataclass(frozen=True)
class Figures:
    """Figures over held-out images; ``of_mean_code``: with the mean code painted for each."""

    held_out_images: int
    taught_images: int
    mean_absolute_error: float  # of colours in [0, 1]
    of_mean_code: float
    cycle_error: Mapping[str, float]  # |E(G(c)) - c| / |c|: "median" and "0.97"
    # Distance of what is painted from its image, in the features of the judge that needs no network, of that to another image.
    judged_error: float | None = None  # None: there is one image only


@dataclass(frozen=True)
class Trial:
    """A short training on one layer, in the search for the one to invert."""

    layer: str
    code: tuple[int, ...]
    steps: int
    picture_error: float  # of held-out images' colours, of that of one picture for all: 0 is perfect
    judged_error: float | None  # as in ``Figures``

    @classmethod
    def of(cls, about: "About") -> "Trial":
        """The trial that a generator's description tells of."""
        painting, asked = about.painting, about.asked
        if painting is None or asked is None:
            raise ValueError(f"the generator of {about.layer} was not measured")
        picture = round(painting.error / max(painting.of_one_picture, 1e-6), 4)
        return cls(about.layer, about.code, asked.steps, picture, about.judged_error)

    @property
    def entries(self) -> int:
        """The numbers of a code."""
        return math.prod(self.code)

    @property
    def score(self) -> float:
        """The mean of both errors; less is better."""
        judged = self.picture_error if self.judged_error is None else self.judged_error
        return (self.picture_error + judged) / 2


@dataclass(frozen=True)
class About:
    """The description of a trained generator."""

    layer: str
    network: str  # SHA-256 of the one that it inverts
    asked: TrainedFrom | None = field(default=None, metadata=OPTIONAL)
    held_out_images: int | None = field(default=None, metadata=OPTIONAL)  # None, as figures: not measured
    taught_images: int | None = field(default=None, metadata=OPTIONAL)
    mean_absolute_error: float | None = field(default=None, metadata=OPTIONAL)
    of_mean_code: float | None = field(default=None, metadata=OPTIONAL)
    cycle_error: Mapping[str, float] | None = field(default=None, metadata=OPTIONAL)
    judged_error: float | None = field(default=None, metadata=OPTIONAL)
    search: tuple[Trial, ...] = field(
        default=(), metadata=OPTIONAL
    )  # that found the layer; empty: it was named
    code: tuple[int, ...] = ()
    size: tuple[int, ...] = ()  # height and width
    floor: float | None = None
    blocks: int = field(default=0, metadata=OPTIONAL)

    @property
    def painting(self) -> Painting | None:
        """The error of its reconstructions; None: it was not measured."""
        error, of_one = self.mean_absolute_error, self.of_mean_code
        if not self.held_out_images or error is None or of_one is None:
            return None
        return Painting(error, of_one, self.held_out_images, held_out=True)
