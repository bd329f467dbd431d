"""One question by one method: samples, and what the judge says of them beside natural images that nobody started from."""

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from benchmarks.questions import GROUPS, LEVELS, Question, questions
from benchmarks.table import settings, tracing
from benchmarks.table.rows import Figures, Row
from benchmarks.table.settings import Setting
from benchmarks.table.unseen import COUNT, Unseen, unseen
from inverset.contract.question import Budget
from inverset.sampler import driver, methods, zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation import metrics
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.evaluation.figures import in_band
from inverset.sampler.judges import Space
from inverset.sampler.problem import Problem
from inverset.sampler.steps import NO_PARENT, Emission
from inverset.sampler.zoo.scenes import weights

_FEWEST = 20  # natural images, below which nothing is said of precision and coverage
_DUPLICATE = 0.25  # of the mean distance of a natural image to the nearest other


@dataclass(frozen=True)
class Asked:
    """What is asked of every method."""

    neurons: int = 12  # of each layer, and pairs
    n: int = 400
    budget: int = 60  # gradient evaluations a sample, at most
    seeds: tuple[int, ...] = (0,)
    groups: tuple[str, ...] = GROUPS
    levels: tuple[str, ...] = LEVELS
    unseen: int = COUNT  # images that samples are held against are chosen from so many


class Ran(NamedTuple):
    """What a run gave."""

    found: Emission
    starts: Tensor  # (j,) int64 numbers of reference images; -1: none
    outcome: str
    evaluations: float
    seconds: float


class Nature(NamedTuple):
    """Images in band that were no references, in the judge's space."""

    held: Tensor  # (h, m) what samples are held against
    others: Tensor  # (o, m) others, as themselves
    painted: Tensor  # (o, m) the same through G


def rows(
    chosen: Sequence[tuple[str, Setting]], asked: Asked, processes: int, done: set[Any]
) -> Iterator[Row]:
    """All questions by all settings, as they are done; but those whose keys are in ``done``."""
    known = list(_asked(asked))
    _world(asked)  # rendered and looked at here, once
    work = [
        (name, setting, place, seed, asked)
        for place, question in enumerate(known)
        for seed in asked.seeds
        for name, setting in chosen
        if (name, question.neurons, question.level, seed, asked.n, asked.budget) not in done
    ]
    if processes == 1:
        yield from map(_measure, work)
        return
    with multiprocessing.get_context("spawn").Pool(processes, torch.set_num_threads, (1,)) as pool:
        yield from pool.imap_unordered(_measure, work)


def measure(name: str, setting: Setting, question: Question, seed: int, asked: Asked) -> Row:
    """Run one question and judge what came of it."""
    problem, world = question.problem, _world(asked)
    if setting.prior is not None:
        problem = replace(problem, bundle=_with_prior(setting.prior))
    ran, nature = _run(problem, setting, seed, asked), _nature(world, problem, asked.n)
    images, space = ran.found.images, world.space
    judged = space.read(images) if len(images) else nature.held[:0]
    natural, painted = _held(nature.others, nature.held), _held(nature.painted, nature.held)
    ours, inside = _held(judged, nature.held), in_band(problem, ran.found.activations)
    each = int(inside.sum())
    return Row(
        name,
        question.group,
        question.neurons,
        question.level,
        seed,
        asked.n,
        asked.budget,
        problem.references_in_band,
        ran.outcome,
        len(images),
        float(inside.double().mean()) if len(images) else None,
        ours.precision,
        ours.coverage,
        ours.vendi,
        _ratio(judged, nature.others),
        _duplicates(judged, space.references[problem.nearest_references[: max(50, len(images))]]),
        _own_start(judged, ran, space),
        _chains(ran),
        ran.evaluations / each if each else None,
        ran.seconds / each if each else None,
        len(nature.held),
        len(nature.others),
        natural.precision,
        natural.coverage,
        painted.precision,
        painted.coverage,
        natural.vendi,
        painted.vendi,
        weights.sums()[weights.PRIOR][:8],
    )


def _run(problem: Problem, setting: Setting, seed: int, asked: Asked) -> Ran:
    options = methods.options(setting.method, setting.options)
    budget = Budget(gradient_evaluations=asked.budget * asked.n)
    question = driver.question(
        problem,
        setting.method,
        asked.n,
        k=setting.at_once,
        seed=seed,
        options=setting.options,
        budget=budget,
    )
    random = torch.Generator().manual_seed(seed)
    methods.check(setting.method, problem)
    state = methods.get(setting.method).init(problem, options, setting.at_once, random)
    tracer, emissions, starts = tracing.Tracer(problem, setting.method, state), [], []
    for step in driver.answer(problem, question, state):
        emissions.append(step.emission)
        starts.append(tracer.follow(step))
    result = Emission.joined(emissions)
    outcome, tally = step.outcome, step.state.tally
    return Ran(result, torch.cat(starts), outcome.reason if outcome else "", tally.evaluations, tally.seconds)


def _nature(world: Unseen, problem: Problem, n: int) -> Nature:
    """Two halves of the unseen images in band, up to n each: however many samples came, nature is the same."""
    rows = world.inside(problem)
    rows = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))]
    half = min(n, len(rows) // 2)
    held, others = rows[:half], rows[half : 2 * half]
    painted = world.painted(others) if half else world.judged[others]
    return Nature(world.judged[held], world.judged[others], painted)


def _held(images: Tensor, held: Tensor) -> Figures:
    if not len(images):
        return Figures(0)
    vendi = metrics.vendi(images)
    if len(held) < _FEWEST:
        return Figures(len(images), vendi=vendi)
    result = metrics.fidelity(images, held)
    return Figures(len(images), result.precision, result.coverage, vendi)


def _ratio(judged: Tensor, others: Tensor) -> float | None:
    """Vendi over that of natural images, of as many of both."""
    count = min(len(judged), len(others))
    if count < _FEWEST:
        return None
    return metrics.vendi(evenly(judged, count)) / metrics.vendi(others[:count])


def _duplicates(judged: Tensor, references: Tensor) -> float | None:
    """References are as many, those nearest to the band; so there is a scale where none is in it."""
    natural = metrics.spread(references[: max(2, len(judged))])
    if len(judged) < 2 or natural is None:
        return None
    apart = torch.cdist(judged, judged, compute_mode="donot_use_mm_for_euclid_dist").fill_diagonal_(torch.inf)
    return float((apart.amin(dim=1) < _DUPLICATE * natural.nearest_mean).double().mean())


def _own_start(judged: Tensor, ran: Ran, space: Space) -> float | None:
    """Share of samples to which, of all references and the image that each began as, that image is nearest; None: none is known."""
    known = ran.starts >= 0
    if ran.found.starts.shape[1:].numel() > 0 and len(judged):
        own = (judged - space.read(ran.found.starts)).norm(dim=1)
        return float((own < metrics.nearest(judged, space.references).distances).double().mean())
    if not known.any():
        return None
    result = metrics.nearest(judged[known], space.references)
    return float((result.numbers == ran.starts[known]).double().mean())


def _chains(ran: Ran) -> int:
    """Walks, and of those that began as a reference only one for each."""
    roots = sorted(set(tracing.chains(ran.found.parents.tolist())))
    starts = ran.starts[roots].tolist()
    return len({start for start in starts if start >= 0}) + starts.count(NO_PARENT)


def _measure(work: tuple[str, Setting, int, int, Asked]) -> Row:
    name, setting, place, seed, request = work
    return measure(name, setting, _asked(request)[place], seed, request)


@cache
def _bundle() -> Bundle:
    return zoo.load("scenes")


@cache
def _with_prior(name: str) -> Bundle:
    return settings.with_prior(_bundle(), name)


@cache
def _asked(asked: Asked) -> Sequence[Question]:
    result = questions(_bundle(), asked.neurons, asked.groups)
    return [question for question in result if question.level in asked.levels]


@cache
def _world(asked: Asked) -> Unseen:
    neurons = dict.fromkeys(neuron for question in _asked(asked) for neuron in question.problem.neurons)
    return unseen(_bundle(), tuple(neurons), asked.unseen)
