"""The reference images of `scenes`, read by the network of places."""

from functools import cached_property

from torch import Tensor, nn

from inverset.sampler.bundle import Judge
from inverset.sampler.zoo.scenes.reference import RenderedReference
from inverset.sampler.zoo.scenes.world import Images


class PlacesReference(RenderedReference):
    """The reference images of `scenes`: activations by the network of places, codes by E of `scenes`."""

    def __init__(self, network: nn.Module, sha256: str, scenes: RenderedReference) -> None:
        super().__init__(network, sha256, scenes.count)
        self._scenes = scenes

    @cached_property
    def rendered(self) -> Images:
        """The images with their classes and factors, painted once for both models."""
        return self._scenes.rendered

    def described(self, judge: Judge) -> Tensor:
        """A judge's features of every image: (r, j), shared by both models."""
        return self._scenes.described(judge)

    @cached_property
    def codes(self) -> Tensor:
        """The features E of every image: (r, 512), on the CPU."""
        return self._scenes.codes
