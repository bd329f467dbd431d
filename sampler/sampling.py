"""One call for notebooks: the whole run in this process, without a server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from contract.neurons import named_twice
from sampler import driver, methods, zoo
from sampler.bundle import Bundle
from sampler.evaluation.conclusion import Conclusion, Samples, conclude
from sampler.evaluation.confounds import Alarm
from sampler.problem import Band, Neuron, Problem, ProblemError
from sampler.steps import Emission, Outcome, Tally

KNOWN = {"model", "neurons", "n", "k", "seed", "method", "options", "budget"}


@dataclass(frozen=True)
class Result:
    """A finished run; n may be less than asked, the outcome says why."""

    images: Tensor  # (n, 3, h, w) uint8
    codes: Tensor  # c: (n, d)
    features: Tensor  # E(x): (n, e)
    activations: Tensor  # f(x): (n, m)
    steps: Tensor  # (n,) int64
    parents: Tensor  # (n,) int64: the sample that each walked on from; -1: none
    starts: Tensor  # (n, 3, h, w) uint8: the image that a counterfactual changed; (n, 0) of other methods
    start_activations: Tensor  # (n, m): f of that image; (n, 0) of other methods
    neurons: list[str]  # canonical names, m
    ranges: list[list[float] | None]  # [low, high], m; None: any activation
    outcome: dict[str, Any]
    tally: dict[str, Any]
    evidence: dict[str, Any] | None  # None: there is no sample
    alarm: Alarm | None = None  # what goes with the activation and is not needed; None: nobody looked


def sample(
    bundle: Bundle,
    spec: Mapping[str, Any],
    device: str | None = None,
    on_progress: Callable[[Tally, Emission], object] | None = None,
    own: Path | None = None,
) -> Result:
    """Sample an inverse set or an intersection.

    Args:
        bundle: a model, from ``zoo.load``.
        spec: as in a job: {"neurons": [{"neuron": "fc8:volcano", "range": [2.0, 5.0]}], "n": 100, "seed": 0, ...};
            ranges and k in numbers (``ramp`` finds a good k); without a range for a method that needs none.
        device: where to compute, if not where the bundle is: it is loaded there by its name.
        on_progress: called after every step.
        own: the folder of its ``models.toml``, where it is a model of one's own and has to be loaded elsewhere.

    Raises:
        ProblemError: a neuron, a range, a method or an option makes no sense.
    """
    if device is not None and torch.device(device).type != bundle.statistics.mean.device.type:
        bundle = zoo.load(bundle.name, device, own)
    problem, method = _problem(bundle, spec), spec.get("method") or methods.DEFAULT
    options = methods.options(method, spec.get("options") or {})
    emissions, tally, ended = [], Tally(), None
    for step in driver.run(problem, method, options, _request(spec, methods.get(method).default_k)):
        emissions.append(step.emission)
        tally, ended = step.state.tally, step.outcome
        if on_progress is not None:
            on_progress(tally, step.emission)
    return _result(problem, method, emissions, (tally, ended))


def _problem(bundle: Bundle, spec: Mapping[str, Any]) -> Problem:
    if unknown := set(spec) - KNOWN:
        raise ProblemError(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(sorted(KNOWN))}")
    asked = spec.get("neurons")
    if not asked:
        raise ProblemError("no neuron is named")
    neurons = tuple(Neuron.parse(each["neuron"], bundle) for each in asked)
    for number, neuron in enumerate(neurons):
        if neuron in neurons[:number]:
            raise ProblemError(named_twice(str(neuron)))
    return Problem(bundle, neurons, tuple(Band.of(each.get("range")) for each in asked))


def _request(spec: Mapping[str, Any], default_k: int) -> driver.Request:
    n, k, budget = spec.get("n", 100), spec.get("k") or default_k, spec.get("budget") or {}
    if n < 1 or k < 1:
        raise ProblemError(f"n and k are at least 1, not {n} and {k}")
    return driver.Request(n, k, spec.get("seed", 0), **budget)


def _result(
    problem: Problem, method: str, emissions: list[Emission], ended: tuple[Tally, Outcome | None]
) -> Result:
    found = Emission(*(torch.cat(column) for column in zip(*emissions, strict=True)))
    counts, why = ended[0]._asdict(), ended[1]
    concluded = _concluded(problem, method, found, counts)
    return Result(
        *found,
        neurons=[str(neuron) for neuron in problem.neurons],
        ranges=[band.pair for band in problem.bands],
        outcome={} if why is None else why._asdict(),
        tally=counts,
        evidence=None if concluded is None else concluded.evidence,
        alarm=None if concluded is None else concluded.alarm,
    )


def _concluded(problem: Problem, method: str, found: Emission, counts: dict[str, Any]) -> Conclusion | None:
    if not len(found.steps):
        return None
    starts = found.starts if found.starts.numel() else None
    return conclude(problem, Samples(found.images, found.codes, found.features, starts), counts, method)
