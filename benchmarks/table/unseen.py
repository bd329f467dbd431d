"""Images of the world that are no references: what samples are held against, by a judge that no sampler looked at."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from inverset.sampler import judges
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation.figures import in_band
from inverset.sampler.judges import Space
from inverset.sampler.problem import Neuron, Problem, read_images, to_uint8
from inverset.sampler.zoo.scenes.world import render_set

SEED, COUNT = 21, 30_000  # of `scenes`; its networks learnt from seed 1, its references are of seed 3
CACHE = Path("build/table")
_BATCH = 200


@dataclass(frozen=True)
class Unseen:
    """So many images of the seed, and what the networks and the judge say of them."""

    bundle: Bundle
    pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"  # (count, 3, 64, 64)
    columns: tuple[str, ...]  # neurons
    activations: Tensor  # (count, columns)
    features: Tensor  # E(x): (count, e); G paints from them
    judged: Tensor  # (count, m)

    @cached_property
    def space(self) -> Space:
        """Where all is compared."""
        return space(self.bundle)

    def inside(self, problem: Problem) -> Tensor:
        """Numbers of the images in band: (u,) int64."""
        places = [self.columns.index(str(neuron)) for neuron in problem.neurons]
        return in_band(problem, self.activations[:, places]).nonzero()[:, 0]

    @torch.no_grad()
    def painted(self, rows: Tensor) -> Tensor:
        """The same images as G paints them from E(x), as the judge sees them: (len, m)."""
        codes = self.features[rows].to(self.bundle.statistics.mean)
        images = [to_uint8(self.bundle.generator(each).clamp(0, 1)) for each in codes.split(_BATCH)]
        return self.space.read(torch.cat(images))


def space(bundle: Bundle) -> Space:
    """The judge's, in at most 64 principal axes of reference images. Raises ValueError where there are none."""
    result = judges.space(bundle)
    if result is None:
        raise ValueError(f"{bundle.name} has no natural images to fit axes to")
    return result


def unseen(bundle: Bundle, neurons: tuple[Neuron, ...], count: int = COUNT) -> Unseen:
    """Rendered and looked at once, and kept in ``CACHE``."""
    folder = CACHE
    folder.mkdir(parents=True, exist_ok=True)
    pixels = _pixels(folder / f"unseen-{SEED}-{count}.npy", count)
    names = tuple(map(str, neurons))
    by = space(bundle)
    key = hashlib.sha256(repr((bundle.sha256, by.judge.name, names)).encode()).hexdigest()[:12]
    path = folder / f"unseen-{SEED}-{count}-{key}.safetensors"
    if not path.exists():
        save_file(_looked(bundle, neurons, by, pixels), path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)
    output = load_file(path)
    return Unseen(bundle, pixels, names, output["activations"], output["features"], output["judged"])


def _pixels(path: Path, count: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    if not path.exists():
        part = path.with_suffix(".part.npy")
        np.save(part, render_set(SEED, count).pixels)
        part.rename(path)
    result: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = np.load(path, mmap_mode="r")
    return result


def _looked(
    bundle: Bundle,
    neurons: tuple[Neuron, ...],
    by: Space,
    pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]",
) -> dict[str, Tensor]:
    activations, features, judged = [], [], []
    for first in range(0, len(pixels), _BATCH):
        images = torch.from_numpy(np.array(pixels[first : first + _BATCH]))
        read = read_images(bundle, neurons, images)
        activations.append(read[0].cpu())
        features.append(read[1].cpu())
        judged.append(by.read(images))
    columns = {"activations": activations, "features": features, "judged": judged}
    return {name: torch.cat(parts).contiguous() for name, parts in columns.items()}
