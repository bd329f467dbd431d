"""The evidence about a job's samples: measured by a worker, read by the API, the pages and the clients.

It is stored and answered as JSON, which ``encoding.encode`` makes of it; fields stand in the order in which they are written. What reads it
makes it an ``Evidence`` once, by ``Evidence.of``: parts that an earlier version did not measure are None.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, Self

from inverset.contract.decoding import decode
from inverset.contract.encoding import OPTIONAL


class _Part:
    """A part of the evidence."""

    @classmethod
    def of(cls, described: Mapping[str, Any] | None) -> Self | None:
        """The part in some JSON; None: there is none. Raises ``decoding.Malformed`` if it has another shape."""
        return None if described is None else decode(cls, described)


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
    drawn: int | None = None  # of how many draws these are those in band
    evaluations_per_sample: float | None = None


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
class Judge:
    """The network, or the descriptor of edges and colours, that judges the samples and had no part in making them."""

    name: str
    dimensions: int | None = None
    explained: float | None = None  # share of the photographs' variance that these hold
    void: bool = False
    reason: str | None = None  # a sentence; None: its figures count
    columns: Columns = field(kw_only=True)


@dataclass(frozen=True)
class PictureError:
    """The error of a generator's reconstructions, as a mean over colours from 0 to 1."""

    error: float
    of_one_picture: float  # one picture for all images
    images: int | None = None
    held_out: bool = field(kw_only=True)


@dataclass(frozen=True)
class GeneratorFigures:
    """Whether the generator was trained on images, and how well it reconstructs them."""

    learnt: bool
    picture_error: PictureError | None = None


@dataclass(frozen=True)
class CopyScale:
    """Where samples lie between copies and other images: medians of distances, and shares below the midpoint of the first two."""

    copy: float | None = None
    different: float | None = None
    random: float | None = None
    samples: float | None = None
    nearer: float = field(kw_only=True)  # share of the samples
    by_chance: float = field(kw_only=True)  # share of other natural images
    telling: bool = field(kw_only=True)  # it tells a copy from another image


@dataclass(frozen=True)
class Novelty:
    """How far the samples are from the reference images."""

    judge: CopyScale | None = None
    e: CopyScale | None = None
    start_nearest: float | None = None

    @property
    def telling(self) -> CopyScale | None:
        """The scale on which a copy can be recognised; of two, the one with more samples near references."""
        scales = [scale for scale in (self.judge, self.e) if scale is not None and scale.telling]
        return max(scales, key=lambda scale: scale.nearer, default=None)


@dataclass(frozen=True)
class Agreement:
    """The share of each set that another network assigns to the class that the neuron is labelled with."""

    by: str
    neuron: str
    label: str
    samples: float
    natural: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True)
class ShareOfNature(_Part):
    """The share of natural images in band, estimated from draws of the prior, with a 95 % interval."""

    estimate: float
    low: float
    high: float
    draws: float


@dataclass(frozen=True)
class Confound:
    """A property that the samples share and that the neuron does not need: its means over four sets of images."""

    name: str = ""
    kind: str = ""  # "factor" or "judge direction"
    in_band: float | None = None
    population: float | None = None
    start: float | None = None
    counterfactual: float | None = None
    apart: float | None = None  # the samples from the population, in standard deviations
    sentence: str = field(kw_only=True)


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


@dataclass(frozen=True)
class ReferenceSheet:
    """A sheet of thumbnails of reference images, row by row."""

    file: str = ""
    columns: int = field(kw_only=True)
    numbers: tuple[int, ...] = field(kw_only=True)


@dataclass(frozen=True)
class NearestReferences(_Part):
    """The reference image nearest to each sample in E; without lists, each sample's record has its own."""

    mean: float | None = None
    least: float | None = field(default=None, metadata={"key": "min"})
    numbers: tuple[int, ...] | None = None
    distances: tuple[float | None, ...] | None = None
    activations: tuple[float | None, ...] | None = None  # of the first neuron
    sheet: ReferenceSheet | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class BandHistogram:
    """Where a neuron's band lies among the activations of reference images."""

    neuron: str
    references: int
    edges: tuple[float, ...]  # the lowest and the highest
    counts: tuple[float, ...]  # of bins of equal width between them
    range: tuple[float, ...] | None = None  # None, as what follows: no band was asked
    below: float | None = None
    inside: float | None = None
    above: float | None = None
    quantiles: tuple[float, ...] | None = None  # of the band's ends


@dataclass(frozen=True)
class FacetFactor:
    """A factor whose mean in a facet differs from that of the other samples."""

    name: str
    mean: float
    elsewhere: float
    apart: float  # in standard deviations over natural images


@dataclass(frozen=True)
class Facet:
    """A cluster of the samples."""

    size: int
    share: float
    typical: int | None = None
    members: tuple[int, ...] = field(kw_only=True)  # some samples' numbers, the most typical first
    factors: tuple[FacetFactor, ...] = ()


@dataclass(frozen=True)
class Facets:
    """Clusters of the samples in E, the largest first; no silhouette if there is only one."""

    silhouette: float | None = None
    facets: tuple[Facet, ...] = field(kw_only=True)


@dataclass(frozen=True)
class Change:
    """A factor or a unit before and after a change, and by how many standard deviations over natural images it moved."""

    name: str
    before: float
    after: float
    sd: float


@dataclass(frozen=True)
class Changes(_Part):
    """The changes that one counterfactual, or many on average, made to its start."""

    distance: float | None = None  # of the codes, in standard deviations
    units: tuple[Change, ...] = ()
    factors: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Cost:
    """What the run cost."""

    gradient_evaluations: float | None = None
    forward_passes: float | None = None
    evaluations: float | None = None  # both, in gradient evaluations
    gradient_evaluations_per_sample: float | None = None
    evaluations_per_sample: float | None = None
    seconds: float | None = None
    given_up: float | None = None
    given_up_by: Mapping[str, float] | None = None  # reason -> codes


@dataclass(frozen=True)
class Trust(_Part):
    """The verdict in a word, and the reason for it."""

    word: str
    reason: str


@dataclass(frozen=True)
class MetricRow:
    """One metric: its meaning, and its value for each set of images; None: it has none."""

    name: str
    meaning: str
    samples: float | None = None
    natural: float | None = None
    ceiling: float | None = None
    jittered: float | None = None
    prior: float | None = None
    chance: float | None = None
    rejection: float | None = None  # ``chance`` by the name that it had before

    def value(self, column: str) -> float | None:
        """The value of a set of images, by the set's name."""
        value: float | None = getattr(self, column, None)
        return value


@dataclass(frozen=True)
class ConfoundPictures:
    """The sheet of counterfactuals behind a confound alarm."""

    file: str = ""
    pairs: int = 0


@dataclass(frozen=True)
class Evidence(_Part):
    """All that was measured on the samples of a job."""

    trust: Trust | None = None
    verdict: tuple[str, ...] | None = None
    metrics: tuple[MetricRow, ...] = ()
    method: str | None = None  # what made the samples
    judge: Judge | None = None  # None: it is of a version before there were judges
    generator: GeneratorFigures | None = None
    added: Novelty | None = None
    agreement: tuple[Agreement, ...] | None = None
    share_of_nature: ShareOfNature | None = None
    confounds: tuple[Confound, ...] | None = None  # None: it was not looked for
    samples: SampleFigures | None = None
    references: ReferenceFigures | None = None
    baseline: FormerBaseline | None = None
    rejection: FormerBaseline | None = None
    codes: CodeFigures | None = None  # of the samples
    nearest_reference: NearestReferences | None = None
    bands: tuple[BandHistogram, ...] | None = None
    facets: Facets | None = None
    cost: Cost | None = None
    changes: Changes | None = field(default=None, metadata=OPTIONAL)
    confound_pictures: ConfoundPictures | None = field(default=None, metadata=OPTIONAL)

    @property
    def members(self) -> Iterator[int]:
        """The indices of the samples that the facets show."""
        for facet in self.facets.facets if self.facets else ():
            yield from facet.members


NO_EVIDENCE = Evidence()
