"""A model as somebody has it whose images are confounded: prior, statistics and references of those images alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmarks.confounds import facts, neurons, reader
from benchmarks.confounds.neurons import Planted
from benchmarks.confounds.pairs import DIRECTION, HEAD, Pair, known
from benchmarks.confounds.reader import Reader
from inverset.sampler import zoo
from inverset.sampler.bundle import Bundle, CodeStatistics, Factors, Judge, Prior
from inverset.sampler.problem import Band, Neuron, Problem, to_uint8
from inverset.sampler.zoo.scenes import weights
from inverset.sampler.zoo.scenes.bundle import ENCODER
from inverset.sampler.zoo.scenes.networks import Networks
from inverset.sampler.zoo.scenes.reference import COUNT, SEED, RenderedReference
from inverset.sampler.zoo.scenes.release import code_statistics

_LEVELS = (0.25, 0.95)  # of what a neuron says of known images with both: between them lies its band
_READ = 400  # known images that the reader looks at through G
_PAINTED = 1_500  # codes whose cycle error is measured for a set's statistics

Fit = Callable[
    [Tensor, CodeStatistics, Path], Prior | None
]  # known codes (r, 512), their statistics, a place to keep it


class World(NamedTuple):
    """What all models share: the networks with everything planted, and all images with what is true of them."""

    nets: Networks
    bundle: Bundle  # of all images
    facts: Tensor  # (COUNT, 27)
    reader: Reader
    taught: Mapping[str, float]  # neuron -> R2 of a direction, balanced accuracy of an output


@dataclass(frozen=True, eq=False)
class KnownReference:
    """Some of the images, and what the network makes of them; everything that is asked lies behind the code."""

    whole: RenderedReference
    classifier: nn.Module
    rows: Tensor  # (r,) numbers among all

    @cached_property
    def codes(self) -> Tensor:
        """E of the known images: (r, 512)."""
        return self.whole.codes[self.rows]

    def read(self, asked: Sequence[Neuron]) -> Tensor:
        """Activations (r, m)."""
        outputs = behind(self.classifier, self.codes)
        return torch.stack([neuron.read(outputs[neuron.layer]) for neuron in asked], dim=1)

    def invert(self, rows: Tensor) -> Tensor:
        """Codes of the known images with these numbers: (len, 512)."""
        return self.codes[rows]

    def images(self, indices: Sequence[int]) -> Tensor:
        """Known images by number: (len, 3, 64, 64) uint8."""
        return self.whole.images(self.rows[list(indices)].tolist())

    def described(self, judge: Judge) -> Tensor:
        """What a judge says of the known images (r, j), each looked at once for all models."""
        return self.whole.described(judge)[self.rows]

    def prepare(self) -> Iterator[None]:
        """All is read off the codes."""
        yield from ()


@torch.no_grad()
def behind(classifier: nn.Module, codes: Tensor) -> dict[str, Tensor]:
    """What the layers from E on say of codes (n, 512)."""
    values, result = codes, {ENCODER: codes}
    started = False
    for name, layer in classifier.named_children():
        if started:
            values = layer(values)
            result[name] = values
        started = started or name == ENCODER
    return result


def world(folder: Path) -> World:
    """Plant everything; what is taught is kept in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    nets, shipped = weights.networks(), zoo.load("scenes")
    truth = facts.of(SEED, range(COUNT))
    whole = RenderedReference(nets.classifier, shipped.sha256, COUNT)
    assert len(whole.rendered.pixels) == COUNT  # rendered once: twelve sets of most of them are looked at
    codes = whole.codes
    directions, explained = neurons.directions(codes, truth, neurons.of(DIRECTION))
    returned = _returned(nets, codes, folder / "returned.safetensors")
    heads = neurons.teach_heads(
        nets.classifier,
        torch.cat([codes, returned]),
        truth.repeat(2, 1),
        neurons.of(HEAD),
        folder / "heads.safetensors",
    )
    eyes = reader.load(folder)
    heads_named = tuple(each.name for each in neurons.of(HEAD))
    bundle = replace(
        shipped,
        name="confounds",
        network=nets.classifier,
        generator=nets.generator,
        layers=(ENCODER, "fc7", "relu7", "fc8"),
        labels={"fc8": heads_named},
        reference=KnownReference(whole, nets.classifier, torch.arange(COUNT)),
        factors=eyes,
        directions={ENCODER: {neurons.FILE: directions}},
        catalogue={"layers": _layers(nets.classifier, codes[:1], directions.names, heads_named)},
        prior=None,
    )
    return World(nets, bundle, truth, eyes, {**explained, **heads})


def _layers(
    classifier: nn.Module, codes: Tensor, directions: Sequence[str], labels: Sequence[str]
) -> list[dict[str, object]]:
    """The layers from E on as a catalogue describes them; ``codes``: (n, 512), of which each layer's units are counted."""
    return [
        {
            "name": name,
            "kind": "vector",
            "units": values.shape[1],
            "labels": list(labels) if name == "fc8" else [],
            "directions": {neurons.FILE: list(directions)} if name == ENCODER else {},
        }
        for name, values in behind(classifier, codes).items()
    ]


def _returned(nets: Networks, codes: Tensor, path: Path) -> Tensor:
    """E(G(c)) of all codes, from ``path`` or anew."""
    if not path.exists():
        results = []
        with torch.no_grad():
            for part in codes.split(250):
                values = (nets.generator(part).clamp(0, 1) * 255).round() / 255 * 2 - 1
                for name, layer in nets.classifier.named_children():
                    values = layer(values)
                    if name == ENCODER:
                        break
                results.append(values)
        save_file({"codes": torch.cat(results)}, path)
    return load_file(path)["codes"]


def model(shared: World, pair: Pair, fit: Fit, folder: Path, factors: Factors | None = None) -> Bundle:
    """The model of somebody who holds the confounded images of a pair only; measured and fitted once, then kept in ``folder``."""
    rows = known(pair, shared.facts)
    whole = shared.bundle.reference
    assert isinstance(whole, KnownReference)
    reference = KnownReference(whole.whole, whole.classifier, rows)
    path = folder / f"statistics-{pair.name}.safetensors"
    if not path.exists():
        save_file(_measured(shared.nets, reference.codes), path)
    statistics = _statistics(load_file(path))
    return replace(
        shared.bundle,
        name=f"confounds-{pair.name}",
        sha256=f"confounds-{pair.name}",
        reference=reference,
        statistics=statistics,
        factors=factors,
        prior=fit(reference.codes, statistics, folder / f"prior-{pair.name}.safetensors"),
    )


def _measured(nets: Networks, codes: Tensor) -> dict[str, Tensor]:
    """Code statistics of all codes; the limit on the cycle error of some, as it needs the networks."""
    result = code_statistics(nets, codes[:: max(1, len(codes) // _PAINTED)])
    mean = codes.mean(dim=0)
    _, singular, axes = torch.linalg.svd(codes - mean, full_matrices=False)
    count = len(result["scales"])
    scales = singular[:count] / (len(codes) - 1) ** 0.5
    norms = ((codes - mean) @ axes[:count].T / scales).square().mean(dim=1)
    return {
        "mean": mean,
        "axes": axes[:count].T.contiguous(),
        "scales": scales.contiguous(),
        "norm_limit": norms.quantile(0.95),
        "cycle_limit": result["cycle_limit"],
    }


def _statistics(held: Mapping[str, Tensor]) -> CodeStatistics:
    return CodeStatistics(
        held["mean"],
        held["axes"],
        held["scales"],
        floor=0.0,
        norm_limit=float(held["norm_limit"]),
        cycle_limit=float(held["cycle_limit"]),
    )


def asked(bundle: Bundle, shared: World, planted: Planted) -> Problem:
    """The neuron in the range of known images that show cause and confound: from their lower quarter nearly to their top."""
    neuron = Neuron.parse(planted.neuron, bundle)
    reference = bundle.reference
    assert isinstance(reference, KnownReference)
    own = shared.facts[reference.rows]
    both = planted.pair.cause.present(own) & planted.pair.confound.present(own)
    levels = reference.read([neuron])[both, 0].quantile(torch.tensor(_LEVELS)).tolist()
    return Problem(bundle, (neuron,), (Band(*levels),))


class Truth(NamedTuple):
    """What all images of the world in a band hold."""

    in_band: int
    cause: float
    confound: float
    known_in_band: int
    known_confound_in_band: float
    known_confound: float  # share of all known images with the confound
    known_read: float  # the same as the reader has it of some of them, as G paints them


def truth(problem: Problem, shared: World, planted: Planted) -> Truth:
    """By true facts."""
    reference, whole = problem.bundle.reference, shared.bundle.reference
    assert isinstance(reference, KnownReference)
    assert whole is not None
    cause, confound = (trait.present(shared.facts) for trait in (planted.pair.cause, planted.pair.confound))
    low, high = problem.bands[0].low, problem.bands[0].high
    activations = whole.read(problem.neurons)[:, 0]
    inside = (activations >= low) & (activations <= high)
    mine = inside[reference.rows]
    return Truth(
        int(inside.sum()),
        float(cause[inside].float().mean()),
        float(confound[inside].float().mean()),
        int(mine.sum()),
        float(confound[reference.rows][mine].float().mean()),
        float(confound[reference.rows].float().mean()),
        float(planted.pair.confound.present(shared.reader.read(_painted(problem.bundle))).float().mean()),
    )


@torch.no_grad()
def _painted(bundle: Bundle) -> Tensor:
    """Known images, evenly chosen, as G paints them: (_READ, 3, 64, 64) uint8."""
    assert bundle.reference is not None
    codes = bundle.reference.codes
    rows = torch.arange(_READ) * len(codes) // _READ
    return torch.cat([to_uint8(bundle.generator(part).clamp(0, 1)) for part in codes[rows].split(100)])
