"""``python -m benchmarks share``: what `conditional` says of the share of natural images in a band, against plain rejection."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from inverset.contract.question import Budget
from inverset.sampler import driver, priors
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation.share import share_of_nature
from inverset.sampler.problem import Band, Neuron, Problem, read_images, to_uint8
from inverset.sampler.steps import Tally
from inverset.sampler.zoo.scenes.world import render_set

DRAWS = 100_000
WITHIN = 0.25  # of what rejection finds
SEED, NATURAL = 51, 4_000  # images of the world that were no references
_PART, _CHUNK = 10_000, 500
TITLE = "The share of natural images in a band"
_EVALUATIONS = 60  # a sample, at most
BANDS = (
    ("fc8:volcano", 0.90, 0.97),
    ("fc8:volcano", 0.95, 0.99),
    ("fc8:fish", 0.92, 0.98),
    ("fc7:17", 0.20, 0.35),
    ("fc7:88", 0.80, 0.93),
    ("fc7:40", 0.985, 0.999),
    ("conv5:1", 0.90, 0.97),
    ("conv5:3", 0.30, 0.70),
    ("conv3:77", 0.80, 0.93),
    ("conv1:5", 0.95, 0.99),
)


class Compared(NamedTuple):
    """One band."""

    neuron: str
    quantiles: str
    low: float
    high: float
    references: float  # share of the model's images in band
    natural: float  # of images of the world that were no references
    rejected: float  # of DRAWS of the prior
    seed: int
    samples: int
    estimate: float
    least: float  # ends of the interval
    most: float
    evaluations: float  # a sample

    @property
    def off(self) -> float:
        """By which share of what rejection finds; not a number where it finds none."""
        return self.estimate / self.rejected - 1 if self.rejected else nan


@dataclass(frozen=True)
class Drawn:
    """What neurons say of many images."""

    activations: Tensor  # (n, m), in the order of ``names``
    names: tuple[str, ...]

    def share(self, neuron: str, low: float, high: float) -> float:
        """Of the images in this band."""
        values = self.activations[:, self.names.index(neuron)]
        return float(((values >= low) & (values <= high)).double().mean())


def drawn(
    bundle: Bundle, neurons: Sequence[Neuron], folder: Path, count: int = DRAWS, seed: int = 7
) -> Drawn:
    """Draws of the prior after the pass E(G(c)), as G paints them and a PNG holds them.

    That pass is what `conditional` gives each of its draws before it looks whether they are in band. Parts of so many draws are kept in
    ``folder``: stopped, the next call goes on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for number, start in enumerate(range(0, count, _PART)):
        many = min(_PART, count - start)
        path = folder / f"{number}-{many}.safetensors"
        if not path.exists():
            save_file({"activations": _part(bundle, neurons, many, seed + number)}, path)
        results.append(load_file(path)["activations"])
    return Drawn(torch.cat(results), tuple(map(str, neurons)))


@torch.no_grad()
def _part(bundle: Bundle, neurons: Sequence[Neuron], count: int, seed: int) -> Tensor:
    """Activations of so many draws: (count, m)."""
    prior, random, result = priors.of(bundle), torch.Generator().manual_seed(seed), []
    for start in range(0, count, _CHUNK):
        codes = prior.decode(torch.randn(min(_CHUNK, count - start), prior.dimension, generator=random))
        if bundle.statistics.cycle_limit is not None:
            codes = read_images(bundle, neurons[:1], _painted(bundle, codes))[1]
        result.append(read_images(bundle, neurons, _painted(bundle, codes))[0])
    return torch.cat(result)


def _painted(bundle: Bundle, codes: Tensor) -> Tensor:
    return to_uint8(bundle.generator(codes).clamp(0, 1))


def natural(bundle: Bundle, neurons: Sequence[Neuron], count: int = NATURAL) -> Drawn:
    """Images of the world that were no references."""
    pixels = torch.from_numpy(render_set(SEED, count).pixels)
    results = [read_images(bundle, neurons, part)[0] for part in pixels.split(_CHUNK)]
    return Drawn(torch.cat(results), tuple(map(str, neurons)))


def compared(bundle: Bundle, n: int, seeds: int, kept: Path, count: int = DRAWS) -> list[Compared]:
    """Every band."""
    asked = [(Neuron.parse(name, bundle), low, high) for name, low, high in BANDS]
    neurons = list(dict.fromkeys(neuron for neuron, _, _ in asked))
    prior = priors.of(bundle)
    chance = drawn(bundle, neurons, kept / f"{bundle.sha256[:8]}-{prior.name}", count)
    world, result = natural(bundle, neurons), []
    for neuron, low, high in asked:
        problem = Problem(bundle, (neuron,), (_band(bundle, neuron, low, high),))
        ends = problem.bands[0].low, problem.bands[0].high
        real, rejected = (each.share(str(neuron), *ends) for each in (world, chance))
        known = problem.references_in_band / len(problem.nearest_references)
        for seed in range(seeds):
            tally = _run(problem, n, seed)
            answer = share_of_nature(tally._asdict())
            assert answer is not None
            result.append(
                Compared(
                    str(neuron), f"q.{100 * low:g} to q.{100 * high:g}", *ends, known, real, rejected, seed,
                    tally.accepted, answer.estimate, answer.low, answer.high,
                    tally.evaluations / max(1, tally.accepted),
                )
            )  # fmt: skip
    return result


def _band(bundle: Bundle, neuron: Neuron, low: float, high: float) -> Band:
    assert bundle.reference is not None
    activations = bundle.reference.read([neuron])[:, 0]
    return Band(*activations.quantile(torch.tensor([low, high])).tolist())


def _run(problem: Problem, n: int, seed: int) -> Tally:
    budget = Budget(gradient_evaluations=_EVALUATIONS * n)
    question = driver.question(problem, "conditional", n, seed=seed, budget=budget)
    tally = Tally()
    for step in driver.answer(problem, question):
        tally = step.state.tally
    return tally


def write(found: Sequence[Compared], path: Path) -> None:
    """One line a band and seed."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow([*Compared._fields, "off"])
        lines.writerows(
            [*(f"{each:.5g}" if isinstance(each, float) else each for each in row), f"{row.off:.3f}"]
            for row in found
        )


def table(found: Sequence[Compared]) -> str:
    """As Markdown, with how many lie within what was wanted."""
    head = [
        "neuron",
        "band",
        "references",
        "other images",
        "rejection",
        "`conditional` (95 %)",
        "off",
        "samples",
    ]
    lines = [
        [
            row.neuron, row.quantiles, f"{row.references:.4f}", f"{row.natural:.4f}", f"{row.rejected:.4f}",
            f"{row.estimate:.4f} ({row.least:.4f} to {row.most:.4f})", f"{row.off:+.0%}", str(row.samples),
        ]
        for row in found
    ]  # fmt: skip
    within = sum(abs(row.off) <= WITHIN for row in found)
    held = sum(row.least <= row.rejected <= row.most for row in found)
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *lines])
    return f"{text}\n\n{within} of {len(found)} within {WITHIN:.0%} of rejection; {held} intervals hold it."
