"""What a model is to the sampler: three networks, the statistics of its codes and natural images to compare with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from torch import Tensor, nn

from inverset.sampler.directions import Directions

if TYPE_CHECKING:
    from inverset.sampler.problem import Neuron


@dataclass(frozen=True)
class CodeStatistics:
    """Measured on reference codes; together they say where a generator was trained."""

    mean: Tensor  # (d,)
    axes: Tensor | None  # V: (d, m) principal axes; None: the entries themselves
    scales: Tensor  # (m,) standard deviation along each axis
    floor: float | None  # lower bound of a code's entries (0.0 after a ReLU); None: unbounded
    norm_limit: float  # 95 % quantile of |z|^2 / m
    cycle_limit: float | None  # 97 % quantile of |E(G(c)) - c| / |c|; None: G inverts no layer of the network
    ceiling: float | None = None  # upper bound of a code's entries

    @property
    def typical_norm(self) -> Tensor:
        """Root mean square of |c| over the reference codes: ()."""
        return (self.mean.square().sum() + self.scales.square().sum()).sqrt()

    @property
    def deviations(self) -> Tensor:
        """Standard deviation of each entry over the reference codes: (d,)."""
        return self.scales if self.axes is None else (self.axes * self.scales).norm(dim=1)

    def whitened(self, codes: Tensor) -> Tensor:
        """z of codes (k, d), in standard deviations along the principal axes: (k, m)."""
        centred = codes.to(self.mean) - self.mean
        return (centred if self.axes is None else centred @ self.axes) / self.scales

    def unwhitened(self, coordinates: Tensor) -> Tensor:
        """c = project(mean + V diag(scales) z) of z (k, m): (k, d). The projection keeps the code's own bounds."""
        along = coordinates * self.scales
        return self.bounded(self.mean + (along if self.axes is None else along @ self.axes.T))

    def bounded(self, codes: Tensor) -> Tensor:
        """Codes (k, d) with each entry put on the bound that it went beyond."""
        return codes if self.floor is self.ceiling is None else codes.clamp(self.floor, self.ceiling)


class Reference(Protocol):
    """Natural images, and what the network makes of them."""

    @property
    def codes(self) -> Tensor:
        """Features E(x): (r, d) on the CPU."""
        ...

    def read(self, neurons: "Sequence[Neuron]") -> Tensor:
        """Activations of the neurons: (r, m) on the CPU."""
        ...

    def invert(self, rows: Tensor) -> Tensor:
        """Codes that G makes these images of, by number: (len, d) on the CPU; without columns where G can be given no image."""
        ...

    def images(self, indices: Sequence[int]) -> Tensor:
        """Images by number: (len, 3, h, w) uint8."""
        ...

    def prepare(self) -> Iterator[None]:
        """Look at all images once, some at each step, so that reading measured neurons afterwards costs no more looks."""
        ...


class Factors(Protocol):
    """Reads what is known to be behind images, by means that share nothing with the studied network."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the factors, f of them."""
        ...

    @property
    def scales(self) -> Tensor:
        """Their standard deviations over natural images: (f,) on the CPU, all above 0."""
        ...

    def read(self, images: Tensor) -> Tensor:
        """Estimates (k, f) of images (k, 3, h, w) uint8."""
        ...


class Prior(Protocol):
    """A distribution of codes whose images are natural: c = T(z) for z ~ N(0, I)."""

    @property
    def name(self) -> str:
        """What kind it is: "flow", "mixture" or "gaussian"."""
        ...

    @property
    def dimension(self) -> int:
        """Entries of z."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """T(z) of z (k, dimension), differentiable: codes (k, d). A row's result does not depend on the other rows."""
        ...


class Judge(Protocol):
    """Describes images by means that neither f, E nor the training of G used: what naturalness is measured in."""

    @property
    def name(self) -> str:
        """For people: "hog", "the witness", "tf_efficientnet_lite2 global_pool"."""
        ...

    def read(self, images: Tensor) -> Tensor:
        """Features (k, j) on the CPU of images (k, 3, h, w) uint8."""
        ...


@runtime_checkable
class Described(Protocol):
    """Reference images of which is kept what a judge says of them."""

    def described(self, judge: Judge) -> Tensor:
        """The judge's features of every image: (r, j) on the CPU."""
        ...


@runtime_checkable
class Summarised(Protocol):
    """Reference images of which quantiles of any neuron can be had, at the price of a look at all of them."""

    def summary(self, neuron: "Neuron") -> dict[str, Any] | None:
        """Mean, standard deviation and quantiles, as the catalogue has those of measured neurons; None: it gives no numbers."""
        ...


@runtime_checkable
class InFolders(Protocol):
    """Reference images that lie in folders, which may be called by what they show."""

    @property
    def folders(self) -> Sequence[str]:
        """The name of each image's folder."""
        ...


@runtime_checkable
class Incomplete(Protocol):
    """Reference images of which some may be left out."""

    @property
    def missing(self) -> str:
        """How many files are left out, some names, and why; empty where none are."""
        ...


class Labeller(Protocol):
    """Names what images show, by means that share nothing with the studied network."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Of its classes."""
        ...

    def read(self, images: Tensor) -> Tensor:
        """Places among ``labels`` (k,) int64 on the CPU of images (k, 3, h, w) uint8."""
        ...


@dataclass(frozen=True)
class Painting:
    """How far off a generator's pictures of images are, as a mean of absolute differences of colours in [0, 1]."""

    error: float  # of G's picture of each image
    of_one_picture: float  # of one picture for all of them
    images: int
    held_out: bool  # whether these images taught it nothing


@dataclass(frozen=True)
class Encoder:
    """E where it is a layer of another network than f, as in the paper's figure 6."""

    network: nn.Module  # takes preprocessed images
    preprocess: Callable[[Tensor], Tensor]  # RGB in [0, 1] on the 8-bit grid -> the network's input
    layer: str  # whose flattened output is E


@dataclass(frozen=True)
class Bundle:
    """A model ready to be asked."""

    name: str
    sha256: str
    network: nn.Module  # f, and E where that is no other network: takes preprocessed images
    generator: nn.Module  # G: codes (k, d) -> RGB images (k, 3, h, w), nominally in [0, 1]
    preprocess: Callable[[Tensor], Tensor]  # RGB in [0, 1] on the 8-bit grid -> the network's input
    encoder: str | Encoder  # the layer whose flattened output is E
    statistics: CodeStatistics
    layers: tuple[str, ...]  # what may be asked
    labels: Mapping[str, tuple[str, ...]]  # layer -> names of its units
    reference: Reference | None
    catalogue: Mapping[str, Any]  # JSON-able description for people and the database
    factors: Factors | None = None  # None: nothing is known of its images
    prior: Prior | None = None  # None: a Gaussian by the code statistics
    judge: Judge | None = None  # None: histograms of oriented gradients and colours, which need no network
    labeller: Labeller | None = None  # None: no other network has the labels
    painting: Painting | None = None  # None: nobody measured it; evidence does so on reference images
    learnt: bool = True  # whether G was taught by images; what it paints may otherwise look like nothing
    directions: Mapping[str, Mapping[str, Directions]] = field(
        default_factory=dict
    )  # layer -> file -> directions in it
    channels_last: frozenset[str] = frozenset()  # layers whose maps are (k, h, w, units)
