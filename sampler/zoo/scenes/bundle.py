"""Assembles the bundle ``scenes`` from the released files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from inverset.sampler.bundle import Bundle, CodeStatistics, Painting
from inverset.sampler.judges import LayerJudge
from inverset.sampler.priors import Flow
from inverset.sampler.zoo.scenes import weights
from inverset.sampler.zoo.scenes.factors import CLASSES, PROBED, probed
from inverset.sampler.zoo.scenes.networks import Networks
from inverset.sampler.zoo.scenes.reference import SEED, RenderedReference
from inverset.sampler.zoo.scenes.world import scene_at

NAME = "scenes"
ENCODER = "relu6"
JUDGE = "features"  # of the witness, before its ReLU: after it, chance and nature differ half as much
_SCENES = 1000  # that tell how far factors vary
_CONVOLUTIONS = [f"{kind}{i}" for i in range(1, 6) for kind in ("conv", "relu")]
LAYERS = (*_CONVOLUTIONS, "fc6", "relu6", "fc7", "relu7", "fc8")


def load(device: str = "cpu", folder: Path = weights.FOLDER) -> Bundle:
    """The bundle of the released networks and statistics.

    Raises:
        CorruptWeights: a file is not the released one.
    """
    nets, sha256 = weights.networks(folder).to(device), weights.sums(folder)[weights.NETWORKS]
    figures = weights.figures(folder)
    painting = Painting(
        figures.mean_absolute_error, figures.of_mean_code, figures.held_out_images, held_out=True
    )
    bundle = assemble(nets, sha256, weights.statistics(folder, device), weights.catalogue(folder), painting)
    return replace(bundle, prior=Flow.of_state(bundle.statistics, weights.prior(folder)))


def assemble(
    nets: Networks,
    sha256: str,
    statistics: CodeStatistics,
    catalogue: Mapping[str, object],
    painting: Painting | None = None,
) -> Bundle:
    """The bundle of these parts, all on one device."""
    return Bundle(
        name=NAME,
        sha256=sha256,
        network=nets.classifier,
        generator=nets.generator,
        preprocess=to_network_input,
        encoder=ENCODER,
        statistics=statistics,
        layers=LAYERS,
        labels={"fc8": CLASSES},
        reference=RenderedReference(nets.classifier, sha256),
        catalogue=catalogue,
        factors=Witness(nets.witness),
        judge=LayerJudge("the witness", nets.witness, to_network_input, JUDGE),
        painting=painting,
    )


_IN_WORDS = {"x": "to the right", "lit": "lit windows"}  # factors that people do not know by their names


@dataclass(frozen=True)
class Witness:
    """Estimates a scene's factors from its image by a network that shares nothing with the studied one."""

    network: nn.Module
    names: tuple[str, ...] = tuple(_IN_WORDS.get(name, name) for name in PROBED)

    @cached_property
    def scales(self) -> Tensor:
        """The standard deviations of the true factors of the reference set's first scenes, which need not be painted."""
        scenes = [probed(scene_at(SEED, number)) for number in range(_SCENES)]
        return torch.from_numpy(np.stack(scenes)).std(dim=0)

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """The estimated factors (k, 14) of images (k, 3, 64, 64) uint8."""
        device = next(self.network.parameters()).device
        estimates: Tensor = self.network(to_network_input(images.to(device).float() / 255))
        return estimates


def to_network_input(images: Tensor) -> Tensor:
    """The classifier's input in [-1, 1] of RGB in [0, 1]."""
    return images * 2 - 1
