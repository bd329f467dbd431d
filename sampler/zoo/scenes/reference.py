"""The reference set: natural images of the world, rendered from a seed, with the network's activations."""

import os
import re
from collections.abc import Generator, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from inverset.sampler.zoo.scenes.world import SIDE, Images, render, render_set, scene_at

if TYPE_CHECKING:
    from inverset.sampler.bundle import Judge
    from inverset.sampler.problem import Neuron

SEED, COUNT = 3, 10_000
_CHUNK, _STEP = 250, 50  # images at once
_REMEMBERED = 32  # neurons


class RenderedReference:
    """Ten thousand natural images, rendered on first use.

    What the network reads from them at the centre of every layer takes some seconds, so it is kept in the user's cache
    folder under the weights' SHA-256; without a writable cache it is computed again.
    """

    def __init__(self, classifier: nn.Module, sha256: str, count: int = COUNT) -> None:
        self._classifier, self._sha256, self.count = classifier, sha256, count
        self._read: dict[Neuron, Tensor] = {}
        self._over: dict[str, Tensor] = {}  # what ``prepare`` computed

    @cached_property
    def rendered(self) -> Images:
        """The images with their classes and factors."""
        return render_set(SEED, self.count)

    @cached_property
    def centres(self) -> dict[str, Tensor]:
        """The activations (r, units) of each layer: vectors as they are, maps at their centre."""
        path = self._place("")
        if (kept := _kept(path)) is not None:
            return kept
        values = {layer: reading["center"] for layer, reading in self.sweep(("center",)).items()}
        _keep(values, path)
        return values

    def prepare(self) -> Iterator[None]:
        """Compute the maxima and means of all maps, which are stored like the centres."""
        path = self._place("-over")
        self._over = self._over or _kept(path) or {}
        if not self._over:
            self._over = yield from self._pooled_activations()
            _keep(self._over, path)

    @cached_property
    def codes(self) -> Tensor:
        """The features E of every image: (r, 512), on the CPU."""
        return self.centres["fc6"].relu()

    def described(self, judge: "Judge") -> Tensor:
        """A judge's features of every image (r, j), stored like the centres, by the judge's name."""
        path = self._place(f"-judged-{re.sub(r'[^a-z0-9]+', '-', judge.name.lower())}")
        if (kept := _kept(path)) is not None:
            return kept["features"]
        chunks = [
            judge.read(self.images(range(start, min(start + _CHUNK, self.count))))
            for start in range(0, self.count, _CHUNK)
        ]
        features = torch.cat(chunks)
        _keep({"features": features}, path)
        return features

    def invert(self, rows: Tensor) -> Tensor:
        """The codes of the images with these numbers: (len, 512); G inverts the layer that is E."""
        return self.codes[rows]

    def images(self, indices: Sequence[int]) -> Tensor:
        """The images with these numbers: (len, 3, 64, 64) uint8. Only these are rendered, unless all are there already."""
        if "rendered" in self.__dict__:
            return torch.from_numpy(self.rendered.pixels[list(indices)])
        pixels = [np.asarray(render(scene_at(SEED, number))) for number in indices]
        rows = np.array(pixels, np.uint8).reshape(-1, SIDE, SIDE, 3)
        return torch.from_numpy(rows).permute(0, 3, 1, 2).contiguous()

    def read(self, neurons: "Sequence[Neuron]") -> Tensor:
        """The activations of the neurons on every image: (r, m) on the CPU."""
        columns: list[Tensor] = []
        for neuron in neurons:
            layer = neuron.layer.replace("relu", "conv" if int(neuron.layer[-1]) <= 5 else "fc")
            known = self._known(layer, neuron)
            if known is None:
                columns.append(self._read_once(neuron))
            else:
                columns.append(
                    known[:, neuron.unit].relu() if layer != neuron.layer else known[:, neuron.unit]
                )
        return torch.stack(columns, dim=1)

    def _known(self, layer: str, neuron: "Neuron") -> Tensor | None:
        """The stored activations of a neuron's layer before its ReLU (r, units); None: they need a pass over all images."""
        if neuron.reading == "center":
            return self.centres.get(layer)
        if layer != neuron.layer and neuron.reading != "max":  # a mean is another one before a ReLU
            return None
        return self._over.get(f"{layer}@{neuron.reading}")

    def _read_once(self, neuron: "Neuron") -> Tensor:
        """The activations of a neuron without stored ones; the last few are cached, since each needs a pass over all images."""
        if neuron not in self._read:
            if len(self._read) >= _REMEMBERED:
                self._read.pop(next(iter(self._read)))
            self._read[neuron] = self._read_one(neuron)
        return self._read[neuron]

    def _read_one(self, neuron: "Neuron") -> Tensor:
        chunks = []
        for values in self._forward():
            maps = values[neuron.layer][:, neuron.unit]
            if maps.dim() == 1:
                chunks.append(maps)
            elif isinstance(neuron.reading, tuple):
                chunks.append(maps[:, neuron.reading[0], neuron.reading[1]])
            else:
                chunks.append(READINGS[neuron.reading](maps[:, None])[:, 0])
        return torch.cat(chunks)

    def sweep(self, readings: Sequence[str]) -> dict[str, dict[str, Tensor]]:
        """The activations (r, units) over all images by layer and reading, for every pre-activation layer."""
        gathered: dict[str, dict[str, list[Tensor]]] = {}
        for values in self._forward():
            for layer, value in values.items():
                if layer.startswith(("conv", "fc")):
                    for reading in readings if value.dim() == 4 else ("center",):
                        read = READINGS[reading](value) if value.dim() == 4 else value
                        gathered.setdefault(layer, {}).setdefault(reading, []).append(read)
        return {
            layer: {name: torch.cat(chunks) for name, chunks in by_reading.items()}
            for layer, by_reading in gathered.items()
        }

    def _forward(self) -> Iterator[dict[str, Tensor]]:
        for start in range(0, self.count, _CHUNK):
            pixels = torch.from_numpy(self.rendered.pixels[start : start + _CHUNK])
            yield {name: value.cpu() for name, value in self._outputs(pixels)}

    def _pooled_activations(self) -> Generator[None, None, dict[str, Tensor]]:
        """The activations (r, units) by layer@reading, of all maps before a ReLU. The images are not kept."""
        gathered: dict[str, list[Tensor]] = {}
        for start in range(0, self.count, _STEP):
            images = self.images(range(start, min(start + _STEP, self.count)))
            for layer, value in self._outputs(images):
                if value.dim() == 4 and layer.startswith("conv"):
                    for reading in ("max", "mean"):
                        gathered.setdefault(f"{layer}@{reading}", []).append(READINGS[reading](value).cpu())
            yield
        return {name: torch.cat(chunks) for name, chunks in gathered.items()}

    @torch.no_grad()
    def _outputs(self, pixels: Tensor) -> list[tuple[str, Tensor]]:
        """The output of each layer for images (k, 3, 64, 64) uint8."""
        device = next(self._classifier.parameters()).device
        values, outputs = pixels.to(device).float() / 255 * 2 - 1, []
        for name, layer in self._classifier.named_children():
            values = layer(values)
            outputs.append((name, values))
        return outputs

    def _place(self, what: str) -> Path:
        return _cache_folder() / f"scenes-{self._sha256[:16]}-{self.count}{what}.safetensors"


READINGS = {
    "center": lambda maps: maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2],
    "max": lambda maps: maps.amax(dim=(2, 3)),
    "mean": lambda maps: maps.mean(dim=(2, 3)),
}


def _cache_folder() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "inverset"


def _kept(path: Path) -> dict[str, Tensor] | None:
    """The values that an earlier process stored."""
    if not path.exists():
        return None
    try:
        return load_file(path)
    except Exception:  # noqa: BLE001 - a half-written cache is no reason to fail
        path.unlink(missing_ok=True)
        return None


def _keep(values: dict[str, Tensor], path: Path) -> None:
    """Store the values for the next process; concurrent writers and a full or read-only disk do no harm."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in values.items()}, draft)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
