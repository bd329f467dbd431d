"""Evaluates the trained network of places and writes the released files: weights, quantiles, figures, model card."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from inverset.contract.encoding import encode
from inverset.sampler.zoo.scenes import weights
from inverset.sampler.zoo.scenes.bundle import to_network_input
from inverset.sampler.zoo.scenes.losses import read
from inverset.sampler.zoo.scenes.places.bundle import NAME
from inverset.sampler.zoo.scenes.places.classes import CLASSES, places
from inverset.sampler.zoo.scenes.places.network import network
from inverset.sampler.zoo.scenes.reference import RenderedReference
from inverset.sampler.zoo.scenes.release import HELD_OUT_SEED, catalogue, eight_bit, mean
from inverset.sampler.zoo.scenes.world import render_set

HELD_OUT = 2000
_CHUNK = 250
_DESCRIPTION = (
    "An AlexNet-shaped classifier of the landscapes of `scenes` by sky and ground in sixteen classes; "
    "E and the generator are those of `scenes`."
)
_CARD = """# Model card: scenes-places

**What it is.** A second network for the painted landscapes of `scenes` (64x64 RGB), trained on other classes of them: sixteen
places, each a sky (day, dusk, night, overcast) over a ground (water, sand, grass, snow), whatever stands there. It has the layers
of the classifier of `scenes`, with a fc6 of 128 units. Images are compared by `relu6` of `scenes` and painted by its generator. The
generator never saw this network, nor the network a painted image: the setting of figure 6 of the paper, where PlacesCNN is
sampled with E and G of CaffeNet.

**Data.** As for `scenes`: training seed 1 (12,000 images), held-out seed 2, reference set seed 3 (10,000 images).

**Training.** `python -m inverset.sampler.zoo.scenes.places.train`: 600 steps of 64 images, half of them mirrored, with a little noise, each
class with a yes or no of its own. Resumable.

**Files.** `networks.safetensors` (float16, computed with in float32), `catalogue.json` (layers, labels, activation quantiles of
each neuron), `figures.json`; `SHA256SUMS` holds their sums and loading checks them. The statistics of codes are those of `scenes`.

## Figures on {found.held_out_images} held-out images

| | measured | wanted |
|---|---|---|
| accuracy | {found.accuracy:.4f} | at least .99 |
| accuracy on G(E(x)) | {found.accuracy_on_generated:.4f} | at least .95 |
"""


@dataclass(frozen=True)
class Figures:
    """Figures of the network on held-out images."""

    held_out_images: int
    accuracy: float
    accuracy_on_generated: float


def release(trained: nn.Module, folder: Path) -> None:
    """Write all released files to ``folder`` and seal it with SHA-256 sums."""
    weights.save_networks(trained, folder)
    rounded = network(folder)
    reference = RenderedReference(rounded, weights.sums(folder)[weights.NETWORKS])
    about = {"name": NAME, "description": _DESCRIPTION}
    content = catalogue(reference.sweep(("center", "max", "mean")), about, CLASSES)
    (folder / weights.CATALOGUE).write_text(json.dumps(content))
    figures = held_out_figures(rounded)
    (folder / weights.FIGURES).write_text(json.dumps(encode(figures), indent=1) + "\n")
    (folder / "card.md").write_text(_CARD.format(found=figures))
    weights.seal(folder)


@torch.no_grad()
def held_out_figures(trained: nn.Module, count: int = HELD_OUT) -> Figures:
    """The figures of the network on held-out images, and on the same as the generator of `scenes` paints them."""
    scenes = weights.networks()
    right: list[Tensor] = []
    again: list[Tensor] = []
    for start in range(0, count, _CHUNK):
        numbers = range(start, min(start + _CHUNK, count))
        pixels = torch.from_numpy(render_set(HELD_OUT_SEED, len(numbers), start).pixels).float() / 255
        painted = eight_bit(scenes.generator(read(scenes.classifier, pixels).codes))
        truth = places(HELD_OUT_SEED, numbers)
        right.append(trained(to_network_input(pixels)).argmax(1) == truth)
        again.append(trained(to_network_input(painted)).argmax(1) == truth)
    return Figures(count, mean(right), mean(again))
