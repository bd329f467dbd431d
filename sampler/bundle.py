"""A model as the sampler sees it: three networks, the statistics of its codes, and natural images to compare with."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from torch import Tensor, nn

from inverset.contract.catalogue import NeuronStatistics
from inverset.contract.neurons import Layer, layers_of
from inverset.sampler.directions import Directions

if TYPE_CHECKING:
    from inverset.sampler.problem import Neuron


@dataclass(frozen=True)
class CodeStatistics:
    """Statistics of reference codes: the region in which a generator was trained."""

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
        """The coordinates z of codes (k, d), in standard deviations along the principal axes: (k, m)."""
        centred = codes.to(self.mean) - self.mean
        return (centred if self.axes is None else centred @ self.axes) / self.scales

    def unwhitened(self, coordinates: Tensor) -> Tensor:
        """The codes project(mean + V diag(scales) z) of z (k, m): (k, d). The projection clips to the code's own bounds."""
        along = coordinates * self.scales
        return self.bounded(self.mean + (along if self.axes is None else along @ self.axes.T))

    def bounded(self, codes: Tensor) -> Tensor:
        """Codes (k, d) with each entry clipped to its bounds."""
        return codes if self.floor is self.ceiling is None else codes.clamp(self.floor, self.ceiling)


class Reference(Protocol):
    """Natural images with the network's activations and features of them."""

    @property
    def codes(self) -> Tensor:
        """The features E(x) of every image: (r, d) on the CPU."""
        ...

    def read(self, neurons: "Sequence[Neuron]") -> Tensor:
        """The activations of the neurons on every image: (r, m) on the CPU."""
        ...

    def invert(self, rows: Tensor) -> Tensor:
        """The codes that G maps to these images: (len, d) on the CPU; without columns if G has no inverse."""
        ...

    def images(self, indices: Sequence[int]) -> Tensor:
        """The images with these numbers: (len, 3, h, w) uint8."""
        ...

    def prepare(self) -> Iterator[None]:
        """Pass over all images once, a few at each step, so that later reads of measured neurons need no further pass."""
        ...


class Factors(Protocol):
    """Estimates the known factors behind images by a network that shares nothing with the studied one."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the f factors."""
        ...

    @property
    def scales(self) -> Tensor:
        """The factors' standard deviations over natural images: (f,) on the CPU, all above 0."""
        ...

    def read(self, images: Tensor) -> Tensor:
        """The estimated factors (k, f) of images (k, 3, h, w) uint8."""
        ...


class Prior(Protocol):
    """A distribution of codes whose images are natural: c = T(z) for z ~ N(0, I)."""

    @property
    def name(self) -> str:
        """The kind of prior: "flow", "mixture" or "gaussian"."""
        ...

    @property
    def dimension(self) -> int:
        """The number of entries of z."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """The codes T(z) (k, d) of z (k, dimension), differentiable. A row's result does not depend on the other rows."""
        ...


class Judge(Protocol):
    """Describes images by features that neither f, E nor the training of G used; naturalness is measured in them."""

    @property
    def name(self) -> str:
        """The name for display, such as "hog", "the witness" or "tf_efficientnet_lite2 global_pool"."""
        ...

    def read(self, images: Tensor) -> Tensor:
        """The features (k, j), on the CPU, of images (k, 3, h, w) uint8."""
        ...


@runtime_checkable
class Described(Protocol):
    """Reference images with stored features of a judge."""

    def described(self, judge: Judge) -> Tensor:
        """The judge's features of every image: (r, j) on the CPU."""
        ...


@runtime_checkable
class Summarised(Protocol):
    """Reference images that can give the quantiles of any neuron, at the cost of a pass over all of them."""

    def summary(self, neuron: "Neuron") -> NeuronStatistics | None:
        """Mean, standard deviation and quantiles; None if the neuron gives no numbers."""
        ...


@runtime_checkable
class InFolders(Protocol):
    """Reference images in folders whose names may be those of classes."""

    @property
    def folders(self) -> Sequence[str]:
        """The name of each image's folder."""
        ...


@runtime_checkable
class Incomplete(Protocol):
    """Reference images of which some may be left out."""

    @property
    def missing(self) -> str:
        """How many files are left out, with some names and reasons; empty if none are."""
        ...


class Labeller(Protocol):
    """Classifies images by a network that shares nothing with the studied one."""

    @property
    def name(self) -> str:
        """The name for display."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its classes."""
        ...

    def read(self, images: Tensor) -> Tensor:
        """The indices into ``labels`` (k,) int64, on the CPU, of images (k, 3, h, w) uint8."""
        ...


@dataclass(frozen=True)
class Painting:
    """The reconstruction error of a generator: mean absolute differences of colours in [0, 1]."""

    error: float  # of G's picture of each image
    of_one_picture: float  # of one picture for all of them
    images: int
    held_out: bool  # whether these images taught it nothing


@dataclass(frozen=True)
class Encoder:
    """E as a layer of another network than f, as in the paper's figure 6."""

    network: nn.Module  # takes preprocessed images
    preprocess: Callable[[Tensor], Tensor]  # RGB in [0, 1] on the 8-bit grid -> the network's input
    layer: str  # whose flattened output is E


@dataclass(frozen=True)
class Bundle:
    """A loaded model that can be sampled."""

    name: str
    sha256: str
    network: nn.Module  # f, and E where that is no other network: takes preprocessed images
    generator: nn.Module  # G: codes (k, d) -> RGB images (k, 3, h, w), nominally in [0, 1]
    preprocess: Callable[[Tensor], Tensor]  # RGB in [0, 1] on the 8-bit grid -> the network's input
    encoder: str | Encoder  # the layer whose flattened output is E
    statistics: CodeStatistics
    layers: tuple[str, ...]  # that may be sampled
    labels: Mapping[str, tuple[str, ...]]  # layer -> names of its units
    reference: Reference | None
    catalogue: Mapping[str, Any]  # JSON-able description for people and the database
    factors: Factors | None = None  # None: nothing is known of its images
    prior: Prior | None = None  # None: a Gaussian by the code statistics
    judge: Judge | None = None  # None: histograms of oriented gradients and colours, which need no network
    labeller: Labeller | None = None  # None: no other network has the labels
    painting: Painting | None = None  # None: it was not measured; evidence measures it on reference images
    unmeasured: int = 0  # further natural images, which are not in ``reference``
    learnt: bool = True  # whether G was taught by images; what it paints may otherwise look like nothing
    # Layer -> file -> directions in it.
    directions: Mapping[str, Mapping[str, Directions]] = field(default_factory=dict)
    channels_last: frozenset[str] = frozenset()  # layers whose maps are (k, h, w, units)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of its images."""
        height, width = self.catalogue["image"]
        return height, width

    @property
    def described_layers(self) -> tuple[Layer, ...]:
        """The layers, as the catalogue describes them."""
        return layers_of(self.catalogue)

    @property
    def measured(self) -> Collection[str]:
        """The canonical names of the neurons whose activations on natural images were measured."""
        names: Collection[str] = self.catalogue.get("neurons", {}).keys()
        return names

    def statistics_of(self, neuron: str) -> NeuronStatistics:
        """The statistics of one of the measured neurons."""
        return NeuronStatistics.of(self.catalogue["neurons"][neuron])
