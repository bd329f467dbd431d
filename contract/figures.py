"""Figures of sets of images: of the samples, and of what stands beside them, natural images above all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple


class Fidelity(NamedTuple):
    """Precision, recall, density and coverage of images against reference images in band (Naeem et al. 2020)."""

    precision: float
    recall: float
    density: float
    coverage: float


class _Held:
    """A class with four shares that are either all measured or all missing."""

    precision: float | None
    recall: float | None
    density: float | None
    coverage: float | None

    @property
    def fidelity(self) -> Fidelity | None:
        """All four; None: they were not measured."""
        if self.coverage is None:
            return None
        return Fidelity(self.precision or 0.0, self.recall or 0.0, self.density or 0.0, self.coverage)


class _OfImages:
    """Figures of a set of images, which may be what was kept of many draws."""

    what: str | None
    count: int
    drawn: int | None

    @property
    def unwritten(self) -> Collection[str]:
        """The fields that do not apply to this set: without images or draws, or to the samples themselves."""
        if not self.count:
            return _names(type(self)) - _OF_DRAWS
        return {
            *(["what"] if self.what is None else []),
            *(["drawn", "evaluations_per_sample"] if self.drawn is None else []),
        }


_OF_DRAWS = {"what", "count", "in_band_rate", "drawn", "evaluations_per_sample"}  # known without an image


def _names(kind: Any) -> set[str]:
    return {each.name for each in fields(kind)}


@dataclass(frozen=True)
class Nearest:
    """Distances from each image to the nearest one of some others."""

    mean: float | None = None
    least: float | None = field(default=None, metadata={"key": "min"})


@dataclass(frozen=True)
class FiguresInE(_Held):
    """Figures of a set of images in the encoder's space."""

    mpd: float | None = None
    mpd_per_sqrt_d: float | None = None
    nearest_neighbour: Nearest | None = None
    vendi: float | None = None
    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None


@dataclass(frozen=True)
class CodeFigures:
    """The distribution of codes: quantiles by their shares as text, and the ``limit``; None without a generator."""

    norm: Mapping[str, float | None] | None = None
    cycle: Mapping[str, float | None] | None = None


@dataclass(frozen=True)
class Figures(_OfImages, _Held):
    """Figures of a set of images in the judge's space; those in E are below ``in_e``."""

    what: str | None = None
    count: int = 0
    in_band_rate: float | None = None
    ks_uniform: float | None = None
    ks_natural: float | None = None
    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None
    unlikeness: float | None = None
    mpd: float | None = None
    mpd_per_sqrt_d: float | None = None
    nearest_neighbour: Nearest | None = None
    vendi: float | None = None
    duplicates: float | None = None
    nearest_reference: Nearest | None = None
    sharpness: float | None = None
    spectrum: float | None = None
    in_e: FiguresInE | None = None
    codes: CodeFigures | None = None
    paired: int | None = None  # images that what compares them with each other is of; None: all
    drawn: int | None = None  # of how many draws these are those in band
    evaluations_per_sample: float | None = None

    @property
    def unwritten(self) -> Collection[str]:
        """As of all images; and ``paired`` where all of them were compared."""
        return {*super().unwritten, *(["paired"] if self.paired is None else [])}


@dataclass(frozen=True)
class FiguresOfAsMany(_Held):
    """What changes with the number of images, of as many samples as there are natural images."""

    count: int = 0
    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None
    vendi: float | None = None


NOTHING, NOTHING_OF_AS_MANY = Figures(), FiguresOfAsMany()


@dataclass(frozen=True)
class Columns:
    """Figures of the samples and of the sets to compare them with; None: there is no such set."""

    samples: Figures = NOTHING
    as_many: FiguresOfAsMany | None = None
    natural: Figures | None = None
    ceiling: Figures | None = None  # natural images through the generator
    jittered: Figures | None = None
    prior: Figures | None = None
    chance: Figures | None = None

    @property
    def many(self) -> FiguresOfAsMany:
        """Figures of as many samples as there are natural images; empty if there are none."""
        return self.as_many or NOTHING_OF_AS_MANY

    @property
    def best(self) -> Figures | None:
        """The best that samples can reach: natural images through the generator, else natural images themselves."""
        return self.ceiling or self.natural

    def named(self) -> dict[str, Figures | None]:
        """The columns of the table by their names."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = ("samples", "natural", "ceiling", "jittered", "prior", "chance")


@dataclass(frozen=True)
class SampleFigures:
    """Figures of the samples in E, by the names that they had before there were judges."""

    count: int
    in_band_rate: float | None = None
    ks_uniform: float | None = None
    mpd: float | None = None
    mpd_per_sqrt_d: float | None = None
    nearest_neighbour: Nearest | None = None
    vendi: float | None = None
    vendi_of_as_many: float | None = None


@dataclass(frozen=True)
class ReferenceFigures:
    """How many reference images there are, how many of them lie in all bands, and how the samples lie among these in E."""

    of: int
    in_band: int = 0
    unmeasured: int = 0  # further images of the model, without measurements
    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None


@dataclass(frozen=True)
class FormerBaseline(_OfImages):
    """A baseline in E, by the names that its figures had before there were judges."""

    what: str | None = None
    count: int = 0
    in_band_rate: float | None = None
    ks_uniform: float | None = None
    drawn: int | None = None
    evaluations_per_sample: float | None = None
    codes: CodeFigures | None = None
    mpd: float | None = None
    mpd_per_sqrt_d: float | None = None
    nearest_neighbour: Nearest | None = None
    vendi: float | None = None
    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None
    evaluations: float | None = None  # before they were counted by sample

    @property
    def unwritten(self) -> Collection[str]:
        """The fields that do not apply, among them the one that is no longer written."""
        return {*super().unwritten, "evaluations"}
