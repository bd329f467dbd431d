"""The reference images of `scenes`, read by the network of places."""

from functools import cached_property

from torch import Tensor, nn

from inverset.sampler.bundle import Judge
from inverset.sampler.zoo.scenes.reference import RenderedReference
from inverset.sampler.zoo.scenes.world import Images


class PlacesReference(RenderedReference):
    """Activations are of the network of places; codes are what E of `scenes` says of the same images."""

    def __init__(self, network: nn.Module, sha256: str, scenes: RenderedReference) -> None:
        super().__init__(network, sha256, scenes.count)
        self._scenes = scenes

    @cached_property
    def rendered(self) -> Images:
        """The images with their classes and factors; painted once for both."""
        return self._scenes.rendered

    def described(self, judge: Judge) -> Tensor:
        """What a judge says of every image: (r, j); the same for both."""
        return self._scenes.described(judge)

    @cached_property
    def codes(self) -> Tensor:
        """E of every image: (r, 512), on the CPU."""
        return self._scenes.codes
