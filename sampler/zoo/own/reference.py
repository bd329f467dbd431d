"""The natural images of a custom model with their measurements; images are decoded on request only."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from inverset.contract.catalogue import NeuronStatistics
from inverset.contract.neurons import DIRECTION
from inverset.sampler import judges
from inverset.sampler.bundle import Judge
from inverset.sampler.neuron import Neuron, UnknownNeuron
from inverset.sampler.zoo.own.calibration import Calibration
from inverset.sampler.zoo.own.quantiles import summary
from inverset.sampler.zoo.own.seeing import look

_BATCH = 32
_REMEMBERED = 32  # neurons


class FolderReference:
    """The images that a model was measured on. Measurements stay readable while this exists, even if their files are deleted."""

    def __init__(self, calibration: Calibration) -> None:
        features, activations = map(calibration.kept.tensor, ("features", "activations"))
        assert calibration.pictures is not None  # noqa: S101 - only a calibration with images has a reference
        assert features is not None  # noqa: S101 - it is whole
        assert activations is not None  # noqa: S101 - likewise
        self._calibration, self._pictures = calibration, calibration.pictures
        self._activations, self._inverted = activations, calibration.kept.tensor("codes")
        self._read: dict[Neuron, Tensor] = {}
        self._judged, self._judge = calibration.kept.tensor("judged"), calibration.assembly.judge.name
        self.codes = features  # E of every image: (r, e) on the CPU, lying in a file

    def read(self, neurons: Sequence[Neuron]) -> Tensor:
        """The activations of the neurons on every image: (r, m) on the CPU. Unmeasured neurons cost a pass over every image."""
        return torch.stack([self._column(neuron) for neuron in neurons], dim=1)

    def summary(self, neuron: Neuron) -> NeuronStatistics | None:
        """Mean, standard deviation and quantiles of a neuron; None if it gives no numbers."""
        return summary(self._column(neuron))

    def described(self, judge: Judge) -> Tensor:
        """A judge's features of every image (r, j): stored for the model's own judge, computed for another."""
        if self._judged is not None and judge.name == self._judge:
            return self._judged
        return judges.looked(self, judge)

    def invert(self, rows: Tensor) -> Tensor:
        """The codes that G maps to these images: (len, d) on the CPU; without columns if G has no inverse."""
        if self._calibration.assembly.is_inverse:
            return self.codes[rows]
        return torch.zeros(len(rows), 0) if self._inverted is None else self._inverted[rows]

    def images(self, indices: Sequence[int]) -> Tensor:
        """The images with these numbers, in G's size: (len, 3, h, w) uint8."""
        return self._pictures.read(indices)

    @property
    def folders(self) -> tuple[str, ...]:
        """The name of each image's folder."""
        return tuple(path.parent.name for path in self._pictures.files)

    @property
    def missing(self) -> str:
        """How many files are left out, with some names and reasons; empty if none are."""
        return self._pictures.missing

    def prepare(self) -> Iterator[None]:
        """Nothing to do: all measurements lie in tables."""
        yield from ()

    def _column(self, neuron: Neuron) -> Tensor:
        reading = neuron.reading if isinstance(neuron.reading, str) else ""
        if neuron.directions is not None:
            reading = f"{DIRECTION}{neuron.directions.file}" if reading == "center" else ""
        rows = self._calibration.plan.rows().get((neuron.layer, reading))
        if rows is None:
            return self._read_once(neuron)
        if rows.start + neuron.unit >= rows.stop:  # the next row is another layer's
            raise UnknownNeuron(f"{neuron} lies outside its layer, which has {rows.stop - rows.start} units")
        return self._activations[rows.start + neuron.unit].clone()

    def _read_once(self, neuron: Neuron) -> Tensor:
        if neuron not in self._read:
            if len(self._read) >= _REMEMBERED:
                self._read.pop(next(iter(self._read)))
            self._read[neuron] = self._kept(neuron)
        return self._read[neuron]

    def _kept(self, neuron: Neuron) -> Tensor:
        """The stored activations, or new ones, which are stored; not for directions, whose names do not determine them."""
        if neuron.directions is not None:
            return self._computed(neuron)
        kept = self._calibration.kept
        name = f"{neuron.layer}:{neuron.unit}@{neuron.reading}"
        column = kept.column(name)
        if column is None or len(column) != len(self._pictures):
            column = self._computed(neuron)
            kept.keep_column(name, column)
        return column

    def _computed(self, neuron: Neuron) -> Tensor:
        assembly = self._calibration.assembly
        chunks = []
        for images in self._pictures.batches(0, _BATCH):
            shown = images.to(assembly.device).float() / 255
            chunks.append(look(assembly.network, shown, {neuron.layer: neuron.read})[neuron.layer].cpu())
        return torch.cat(chunks)
