"""The evidence about a job's samples: measured by a worker, read by the API, the pages and the clients.

It is stored and answered as JSON, which ``encoding.encode`` makes of it; fields stand in the order in which they are written. What reads it
makes it an ``Evidence`` once, by ``Evidence.of``: parts that an earlier version did not measure are None.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from inverset.contract.decoding import decode
from inverset.contract.encoding import OPTIONAL
from inverset.contract.figures import CodeFigures, Columns, FormerBaseline, ReferenceFigures, SampleFigures


class _Part:
    """A part of the evidence."""

    @classmethod
    def of(cls, described: Mapping[str, Any] | None) -> Self | None:
        """The part in some JSON; None: there is none. Raises ``decoding.Malformed`` if it has another shape."""
        return None if described is None else decode(cls, described)


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
class NaturalImages:
    """Some reference images by rising activation of the first neuron, and the quantiles that they were chosen between."""

    numbers: tuple[int, ...] = ()
    activations: tuple[float, ...] = ()
    quantiles: tuple[float, ...] | None = None  # None: there are none


@dataclass(frozen=True)
class Surroundings:
    """Natural images just below a band, in it, and just above it."""

    below: NaturalImages
    inside: NaturalImages
    above: NaturalImages

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of all of them."""
        return (*self.below.numbers, *self.inside.numbers, *self.above.numbers)


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
    samples: tuple[int, ...] | None = None  # the numbers of all; None in evidence of an earlier version
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
    surroundings: Surroundings | None = None  # None also in evidence of an earlier version
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
