"""The loaded parts of a model, and what a single pass over images tells of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from inverset.contract.hints import did_you_mean
from inverset.sampler.bundle import Judge, Labeller
from inverset.sampler.judges import GradientsAndColours, LayerJudge, LayerLabeller
from inverset.sampler.judges.gradients import VERSION
from inverset.sampler.zoo import generators, networks
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.generators import GeneratorEntry
from inverset.sampler.zoo.networks.layers import Layer, find, readable
from inverset.sampler.zoo.networks.preprocessing import Preprocess
from inverset.sampler.zoo.own.entry import PIXELS, Entry, JudgeEntry
from inverset.sampler.zoo.own.pictures import Pictures
from inverset.sampler.zoo.parts import Generator, Network


@dataclass(frozen=True)
class Assembly:
    """f, E and G, on one device."""

    entry: Entry
    network: Network
    other: Network | None  # that E is a layer of; None: the studied one
    generator: Generator
    device: torch.device
    judging: Network | None = None  # that a layer of judges images; None: no network does
    images: Pictures | None = None  # that the caller holds; None: those of the entry's folder

    @classmethod
    def of(cls, entry: Entry, folder: Path, device: str = "cpu") -> "Assembly":
        """The parts that an entry names, loaded and checked against each other.

        Raises:
            ZooError: a part cannot be loaded, or the parts do not fit each other; the message begins with the model's name.
        """
        network = networks.load(entry.network, folder)
        other = None if entry.encoder.network is None else networks.load(entry.encoder.network, folder)
        generator = generators.load(_sized(entry.generator, network), folder)
        judging = None if entry.judge is None else networks.load(entry.judge.network, folder)
        return cls(entry, network, other, generator, torch.device(device), judging).fitted()

    def fitted(self) -> "Assembly":
        """This assembly with all parts on its device. Raises BadEntry where they do not fit each other."""
        self._move()
        self._check()
        return self

    @property
    def encoder(self) -> Network:
        """The network that E is a layer of."""
        return self.other or self.network

    @cached_property
    def layer(self) -> str:
        """The layer whose flattened output is E. Raises BadEntry where none is named and none can be guessed."""
        name = self.entry.encoder.layer or (self.generator.inverts if self.other is None else None)
        name = name or self.encoder.encoder
        known = self.encoder_shapes
        if name is None:
            raise BadEntry(
                f"encoder: name a layer in which images are compared; {did_you_mean('', tuple(known)[-6:])}"
            )
        return find(known.values(), name, "encoder: the network").name

    @cached_property
    def shapes(self) -> Mapping[str, Layer]:
        """The readable layers of the studied network by name, in the order of their computation."""
        return {layer.name: layer for layer in readable(self.network, self.generator.size)}

    @cached_property
    def encoder_shapes(self) -> Mapping[str, Layer]:
        """The readable layers of the network that E is a layer of, by name."""
        if self.other is None:
            return self.shapes
        return {layer.name: layer for layer in readable(self.other, self.generator.size)}

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The layers that may be sampled. Raises BadEntry where a pattern matches nothing."""
        patterns = self.entry.layers
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in self.shapes):
                raise BadEntry(
                    f"layers: no layer is like {pattern!r}; {did_you_mean(pattern, tuple(self.shapes))}"
                )
        return tuple(
            name
            for name in self.shapes
            if not patterns or any(fnmatchcase(name, wildcard) for wildcard in patterns)
        )

    @cached_property
    def is_inverse(self) -> bool:
        """Whether G inverts E itself, so that E(G(c)) can be compared with c."""
        inverted = self.encoder_shapes.get(self.generator.inverts or "")
        return inverted is not None and inverted.name == self.layer and inverted.numbers == self.entries

    @cached_property
    def judge(self) -> Judge:
        """The judge of images. Raises BadEntry where its layer does not exist."""
        entry, network = self.entry.judge, self.judging
        if entry is None or network is None:
            return GradientsAndColours()
        find(readable(network, self.generator.size), entry.layer, "judge: its network")
        name = entry.name or _source_of(entry)
        return LayerJudge(
            f"{name} {entry.layer}", network.module, network.preprocess, entry.layer, network.channels_last
        )

    @cached_property
    def labeller(self) -> Labeller | None:
        """The judge's network as a classifier, if it has labels: by the layer with the most."""
        network = self.judging
        if self.entry.judge is None or network is None or not network.labels:
            return None
        layer, labels = max(network.labels.items(), key=lambda item: len(item[1]))
        name = self.entry.judge.name or _source_of(self.entry.judge)
        return LayerLabeller(name, tuple(labels), network.module, network.preprocess, layer)

    @property
    def untrained(self) -> tuple[str, ...]:
        """One sentence for each network with random weights."""
        parts = {
            "the network": self.network,
            "the encoder's network": self.other,
            "the judge's network": self.judging,
        }
        return tuple(
            f"Some or all weights of {what} are random: it was not trained."
            for what, network in parts.items()
            if network is not None and not network.trained
        )

    @property
    def fed(self) -> list[str]:
        """One sentence for each network on its preprocessing, the source of the settings, and advice if they are assumed."""
        parts = {"the network": self.network, "the encoder's": self.other, "the judge's": self.judging}
        sentences = []
        for whose, network in parts.items():
            preprocess = None if network is None else network.preprocess
            if isinstance(preprocess, Preprocess):
                sentences.append(f"{whose}: {preprocess.sentence}{preprocess.advice}")
        return sentences

    @property
    def judged_by(self) -> str:
        """A text that determines a judge's features: where they come from, however it is called, and its SHA-256."""
        entry = self.entry.judge
        if entry is None or self.judging is None:
            return f"{self.judge.name} {VERSION}"
        return f"{_source_of(entry)} {entry.layer} {self.judging.sha256}"

    @property
    def sha256(self) -> str:
        """The SHA-256 of all parts, of the layer that is E, and of the files of directions."""
        files = [
            f"{layer} {file} {directions.sha256}"
            for layer, by_file in sorted(self.network.directions.items())
            for file, directions in sorted(by_file.items())
        ]
        if not files:
            return self.weights
        return hashlib.sha256("\n".join([self.weights, *files]).encode()).hexdigest()

    @property
    def weights(self) -> str:
        """The SHA-256 of all parts and of the layer that is E, without directions: it determines what codes and units measure."""
        parts = [
            self.network.sha256,
            self.other.sha256 if self.other else "",
            self.layer,
            self.generator.sha256,
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def entries(self) -> int:
        """The number of entries of a code."""
        return len(self.generator.prior.mean)

    @property
    def code_shape(self) -> tuple[int, ...]:
        """The shape of a code that is a layer's output; empty: it is none."""
        inverts = self.generator.inverts
        return () if inverts is None else self._invertible[inverts].shape

    @property
    def _invertible(self) -> Mapping[str, Layer]:
        """The layers among which is the one that G inverts, by name."""
        return self.encoder_shapes if self.generator.inverts == self.layer else self.shapes

    @property
    def blank(self) -> Tensor:
        """A grey image of G's size: (1, 3, h, w)."""
        return torch.full((1, 3, *self.generator.size), 0.5, device=self.device)

    def _move(self) -> None:
        for part in (self.network, self.other, self.generator, self.judging):
            if part is not None:
                part.module.to(self.device)

    def _check(self) -> None:
        """Raises BadEntry where the parts do not fit each other."""
        inverts = self.generator.inverts
        known = self._invertible
        if inverts is not None and inverts not in known:
            raise BadEntry(f"the generator inverts the layer {inverts!r}, which this network does not have")
        if inverts is not None and known[inverts].numbers != self.entries:
            raise BadEntry(
                f"the generator takes codes of {self.entries} numbers; {inverts}, which it inverts, has "
                f"{known[inverts].numbers}"
            )
        _ = self.layers, self.judge


def _source_of(judge: JudgeEntry) -> str:
    """The source of a judge's network without its family."""
    source = judge.network.source
    return source.partition(":")[2] or source


def _sized(generator: GeneratorEntry, network: Network) -> GeneratorEntry:
    """The entry with the network's image size, for pixels without a size of their own."""
    if generator.size is None and generator.family == PIXELS:
        return replace(generator, size=network.size)
    return generator
