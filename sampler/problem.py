"""The problem that a model answers: neurons, bands, and the one forward pass that evaluates a batch of codes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

import torch
from torch import Tensor

from inverset.contract.errors import ProblemError
from inverset.contract.question import BadBand, Band, Target
from inverset.sampler.bundle import Bundle, Encoder
from inverset.sampler.directions import leaky
from inverset.sampler.hooks import LayerNotReached, LayerOutput, capture
from inverset.sampler.neuron import Neuron, UnknownNeuron
from inverset.sampler.pixel_space import in_pixels

if TYPE_CHECKING:
    from inverset.sampler.surrogates.network import Head

__all__ = [
    "BadBand",
    "Band",
    "Evaluation",
    "Neuron",
    "Problem",
    "ProblemError",
    "UnknownNeuron",
    "quantise",
    "read_images",
    "to_uint8",
]


class Evaluation(NamedTuple):
    """The result of one forward pass over k codes."""

    images: Tensor  # x: (k, 3, h, w) in [0, 1], on the 8-bit grid
    activations: Tensor  # f(x): (k, m)
    features: Tensor  # E(x): (k, e)
    cycle: Tensor | None  # |E(G(c)) - c| / |c|: (k,); None where G inverts no layer
    # Each neuron's layer -> its output: (k, units), tokens (k, t, units), maps (k, units, h, w).
    outputs: Mapping[str, Tensor]

    def finite(self) -> Tensor:
        """Which codes gave finite numbers only: (k,) bool."""
        # Pixels lie within 0 and 1, so that their sum is finite where they are; it costs a fifth of looking at each.
        good = (
            self.activations.isfinite().all(1)
            & self.features.isfinite().all(1)
            & self.images.detach().flatten(1).sum(1).isfinite()
        )
        return good if self.cycle is None else good & self.cycle.isfinite()


@dataclass(frozen=True)
class Problem:
    """The inverse set of one neuron, or the intersection of several, under one model (eqs 1, 12)."""

    bundle: Bundle
    neurons: tuple[Neuron, ...]
    bands: tuple[Band, ...]

    @classmethod
    def of(cls, bundle: Bundle, targets: Iterable[Target]) -> Self:
        """The problem with a question's targets, under a loaded model. Raises UnknownNeuron where the model lacks one."""
        listed = tuple(targets)
        neurons = tuple(Neuron.parse(target.neuron, bundle) for target in listed)
        return cls(bundle, neurons, tuple(target.band for target in listed))

    @property
    def targets(self) -> tuple[Target, ...]:
        """The neurons' canonical names, with their bands."""
        return tuple(Target(str(neuron), band) for neuron, band in zip(self.neurons, self.bands, strict=True))

    def forward(self, codes: Tensor) -> Evaluation:
        """Evaluate codes (k, d), differentiably, with images rounded as in the PNG.

        G's image is rounded to 8 bits in the pass, its gradient going straight through; E and all neurons are read in
        one run of the network, which ends at the deepest layer needed; an E of another network takes a run of that.
        """
        bundle = self.bundle
        images = quantise(bundle.generator(codes))
        activations, features, outputs = _activations(bundle, self.neurons, images, leak=True)
        cycle = None
        if bundle.statistics.cycle_limit is not None:
            cycle = (features - codes).norm(dim=1) / codes.norm(dim=1).clamp_min(1e-6)
        return Evaluation(images, activations, features, cycle, outputs)

    @cached_property
    def of_nothing(self) -> Evaluation:
        """The evaluation of no codes: all columns, and no rows."""
        with torch.no_grad():
            evaluation = self.forward(self.bundle.statistics.mean[None])
        cycle = None if evaluation.cycle is None else evaluation.cycle[:0]
        outputs = {name: output[:0] for name, output in evaluation.outputs.items()}
        return Evaluation(
            evaluation.images[:0], evaluation.activations[:0], evaluation.features[:0], cycle, outputs
        )

    @property
    def feature_count(self) -> int:
        """The number of entries of E(x)."""
        return self.of_nothing.features.shape[1]

    @cached_property
    def in_pixels(self) -> "Problem":
        """The same problem without a generator: a code is the image itself."""
        with torch.no_grad():
            image = self.bundle.generator(self.bundle.statistics.mean[None])
        return replace(self, bundle=in_pixels(self.bundle, image))

    @cached_property
    def nearest_references(self) -> Tensor:
        """Numbers of the reference images, those nearest to the bands first: (r,) int64. Raises as ``references_in_band``."""
        return self._references_beyond.argsort(stable=True)

    @cached_property
    def references_in_band(self) -> int:
        """The number of reference images in all bands; they come first in ``nearest_references``.

        Raises:
            ProblemError: the model has no natural images.
        """
        return int((self._references_beyond == 0).sum())

    @cached_property
    def head(self) -> "Head | None":
        """The network from E on, if all neurons lie behind it; see ``surrogates.network``."""
        from inverset.sampler.surrogates.network import head  # noqa: PLC0415 - it asks problems itself

        return head(self)

    @cached_property
    def deviations(self) -> Tensor:
        """Standard deviation of each neuron's activations over the reference images, 1 where there are none: (m,)."""
        if self.bundle.reference is None:
            return torch.ones(len(self.neurons))
        return self.bundle.reference.read(self.neurons).std(dim=0).clamp_min(1e-6)

    @cached_property
    def _references_beyond(self) -> Tensor:
        """The distance of each reference image from its worst band, in widths: (r,); 0 is in band."""
        if self.bundle.reference is None:
            raise ProblemError(f"{self.bundle.name} has no natural images")
        activations = self.bundle.reference.read(self.neurons)
        low, high = self.bounds(activations)
        beyond = torch.maximum(low - activations, activations - high).relu() / (high - low)
        return beyond.amax(dim=1)

    def bounds(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """The lower and upper ends of the bands: two (m,) tensors with the dtype and device of ``like``."""
        return like.new_tensor([band.low for band in self.bands]), like.new_tensor(
            [band.high for band in self.bands]
        )


@torch.no_grad()
def read_images(bundle: Bundle, neurons: Sequence[Neuron], images: Tensor) -> tuple[Tensor, Tensor]:
    """The activations (k, m) and features (k, e) of stored images (k, 3, h, w) uint8, to check delivered samples."""
    device = bundle.statistics.mean.device
    activations, features, _ = _activations(bundle, neurons, images.to(device).float() / 255, leak=False)
    return activations, features


def quantise(images: Tensor) -> Tensor:
    """Round images in [0, 1] to what a PNG holds; the gradient passes as if nothing had been rounded.

    Clamped pixels keep their gradient too: otherwise a saturated pixel could never come back.
    """
    eight_bit = (images.detach().clamp(0, 1) * 255).round() / 255
    return eight_bit + (images - images.detach())


def to_uint8(images: Tensor) -> Tensor:
    """Images on the 8-bit grid in [0, 1] as bytes: (k, 3, h, w) uint8 on the CPU."""
    return (images.detach() * 255).round().clamp(0, 255).to(torch.uint8).cpu()


def _activations(
    bundle: Bundle, neurons: Sequence[Neuron], images: Tensor, *, leak: bool
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Activations (k, m), features E(x) (k, e), and the outputs of the neurons' layers."""
    encoder = bundle.encoder
    layers = {neuron.layer for neuron in neurons} | ({encoder} if isinstance(encoder, str) else set())
    try:
        captured = capture(
            bundle.network, bundle.preprocess(images), dict.fromkeys(layers, _all), bundle.channels_last
        )
        features = captured[encoder].output if isinstance(encoder, str) else _features(encoder, images)
    except LayerNotReached as error:
        raise ProblemError(f"{bundle.name} cannot be read at {error}") from None
    outputs = {
        neuron.layer: _with_slope(captured[neuron.layer]) if leak else captured[neuron.layer].output
        for neuron in neurons
    }
    activations = torch.stack([neuron.read(outputs[neuron.layer]) for neuron in neurons], dim=1)
    return activations, features.flatten(1), outputs


def _features(encoder: Encoder, images: Tensor) -> Tensor:
    """The features E(x) by another network, as in the paper's figure 6."""
    return capture(encoder.network, encoder.preprocess(images), {encoder.layer: _all})[encoder.layer].output


def _all(output: LayerOutput) -> LayerOutput:
    return output


def _with_slope(layer: LayerOutput) -> Tensor:
    """A layer's output; a ReLU gets a slope where it is off, so that dead neurons can be activated."""
    return layer.output if layer.before is None else leaky(layer.before, layer.output, layer.before <= 0)
