"""Makes the galleries: each of a known kind, kept in a file, so that they can be labelled before anything judges them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmarks.trust import images as made
from benchmarks.trust import models, questions
from benchmarks.trust.questions import HeldOut, Question
from inverset.contract.question import Budget
from inverset.sampler import driver
from inverset.sampler.bundle import Bundle
from inverset.sampler.lagrangian import in_band
from inverset.sampler.priors.choosing import quickly
from inverset.sampler.problem import Problem, ProblemError, read_images, to_uint8
from inverset.sampler.zoo.own.calibration import QUICK

COUNT = {"scenes": 60, models.PHOTOGRAPHS: 50}
BLOBS = "blobs"  # the one kind that is judged beside its own, bad generator
_EVALUATIONS = 60  # a sample, at most
_CHUNK = 100
_NOTHING = torch.zeros(0, 3, 64, 64, dtype=torch.uint8)


@dataclass(frozen=True)
class Gallery:
    """A set of images that somebody is given as samples."""

    model: str
    question: Question
    kind: str

    @property
    def name(self) -> str:
        """Of its file, and of its row in the labels."""
        return f"{self.model}-{self.question.name}-{self.kind.replace(' ', '-')}"


class Contents(dict[str, Tensor]):
    """``images`` (n, 3, h, w) uint8, and of samples their ``codes`` (n, d)."""


@dataclass(frozen=True)
class Setting:
    """What galleries of one question are made from."""

    problem: Problem
    held_out: HeldOut
    bad: Bundle  # the same network with a generator that paints blobs
    count: int

    @property
    def bundle(self) -> Bundle:
        """The model that is asked."""
        return self.problem.bundle

    @property
    def badly(self) -> Problem:
        """The same question with the bad generator."""
        return self.of(self.bad)

    def problems(self, gallery: Gallery) -> Mapping[str, Problem]:
        """A gallery's problem by the name of the model in the table: photographs once more without their judge's network."""
        problem = self.badly if gallery.kind == BLOBS else self.problem
        found = {gallery.model: problem}
        if gallery.model == models.PHOTOGRAPHS and problem.bundle.judge is not None:
            found[f"{gallery.model}, no network"] = self.of(models.without_network(problem.bundle))
        return found

    def of(self, bundle: Bundle) -> Problem:
        """The same question of another bundle."""
        return Problem(bundle, self.problem.neurons, self.problem.bands)


def _nature(setting: Setting, seed: int) -> Contents:
    rows, _ = setting.held_out.inside(setting.problem)
    return Contents(images=setting.held_out.images(questions.drawn(rows, setting.count, seed)))


def _repainted(setting: Setting, seed: int = 3) -> Contents:
    """Held-out images in band, through E and G, as far as they are still in band."""
    rows, _ = setting.held_out.inside(setting.problem)
    return _through(setting, setting.held_out.images(questions.drawn(rows, 4 * setting.count, seed)))


def _through(setting: Setting, images: Tensor) -> Contents:
    return _painted(setting, _codes(setting, images))


def _codes(setting: Setting, images: Tensor) -> Tensor:
    """E's codes (n, d) of images (n, 3, h, w) uint8."""
    parts = images.split(_CHUNK)
    return torch.cat([read_images(setting.bundle, setting.problem.neurons, part)[1] for part in parts])


def _painted(setting: Setting, codes: Tensor) -> Contents:
    """G's images of codes (n, d), those in band, as many as a gallery has."""
    result = Contents(images=_NOTHING, codes=codes[:0])
    for part in codes.split(_CHUNK):
        with torch.no_grad():
            seen = setting.problem.forward(part)
        kept = in_band(setting.problem, seen.activations)
        result["images"] = torch.cat([result["images"], to_uint8(seen.images[kept])])
        result["codes"] = torch.cat([result["codes"], part[kept]])
    return Contents({name: values[: setting.count] for name, values in result.items()})


def _copies(setting: Setting) -> Contents:
    return Contents(images=_references(setting, setting.count))


def _repainted_references(setting: Setting) -> Contents:
    return _through(setting, _references(setting, 4 * setting.count))


def _references(setting: Setting, count: int) -> Tensor:
    reference, problem = setting.bundle.reference, setting.problem
    assert reference is not None
    inside = problem.nearest_references[: problem.references_in_band]
    return reference.images(questions.drawn(inside, count, 5).tolist())


def _duplicates(setting: Setting) -> Contents:
    half = setting.count // 2
    contents = _nature(setting, 6)
    return Contents(images=contents["images"][:half].repeat(2, 1, 1, 1))


def _one_end(setting: Setting) -> Contents:
    rows, output = setting.held_out.inside(setting.problem)
    return Contents(images=setting.held_out.images(questions.lowest(rows, output, setting.count)))


def _noise(setting: Setting) -> Contents:
    side = setting.held_out.both[0].shape[-1]
    return Contents(images=made.noise(setting.count, side, 7))


def _noise_nudged(setting: Setting) -> Contents:
    return Contents(images=made.nudged(setting.problem, _noise(setting)["images"], 8))


def _textures(setting: Setting) -> Contents:
    shown = made.textures(_nature(setting, 9)["images"], 9)
    return Contents(images=made.nudged(setting.problem, shown, 9))


def _adversarial(setting: Setting) -> Contents:
    """Images whose class is not the neuron's, nudged into the band."""
    return Contents(images=made.nudged(setting.problem, _other_class(setting)["images"], 10))


def _other_class(setting: Setting) -> Contents:
    rows = questions.outside(setting.problem, setting.held_out)
    classes = setting.held_out.both[1]
    rows = rows[classes[rows] != setting.problem.neurons[0].unit]
    return Contents(images=setting.held_out.images(questions.drawn(rows, setting.count, 11)))


def _blobs(setting: Setting) -> Contents:
    """What the old default finds with a generator that cannot paint."""
    return sampled(setting.badly, "calibrated", setting.count, 12)


def _draws(setting: Setting) -> Contents:
    """Codes drawn entry by entry around their mean, kept in band."""
    return sampled(setting.problem, "rejection", setting.count, 13)


def _samples(setting: Setting) -> Contents:
    return sampled(setting.problem, "conditional", setting.count, 14)


def _blends(setting: Setting) -> Contents:
    """The means of the codes of two held-out images each, as G paints them, kept in band."""
    rows, _ = setting.held_out.inside(setting.problem)
    first, second = (
        setting.held_out.images(questions.drawn(rows, 4 * setting.count, seed)) for seed in (15, 16)
    )
    return _painted(setting, (_codes(setting, first) + _codes(setting, second)) / 2)


def _quick_prior(setting: Setting) -> Contents:
    """Samples of the default method by the prior of a model that was not calibrated: on photographs, without form."""
    bundle = setting.bundle
    assert bundle.reference is not None
    codes = bundle.reference.codes[:: max(1, len(bundle.reference.codes) // QUICK)][:QUICK]
    quick = replace(bundle, prior=quickly(codes, bundle.statistics))
    return sampled(setting.of(quick), "conditional", setting.count, 17)


def sampled(problem: Problem, method: str, count: int, seed: int) -> Contents:
    """Up to so many samples of a method; none where it is not there or cannot answer."""
    try:
        budget = Budget(gradient_evaluations=_EVALUATIONS * count)
        question = driver.question(problem, method, count, seed=seed, budget=budget)
        steps = [step.emission for step in driver.answer(problem, question)]
    except ProblemError:
        return Contents(images=_NOTHING)
    return Contents(
        images=torch.cat([each.images for each in steps]), codes=torch.cat([each.codes for each in steps])
    )


Maker = Callable[[Setting], Contents]
Settings = Callable[[Gallery], Setting]
_BOTH: Mapping[str, Maker] = {
    "nature": lambda setting: _nature(setting, 1),
    "nature again": lambda setting: _nature(setting, 2),
    "nature repainted": _repainted,
    "conditional": _samples,
    "copies": _copies,
    "references repainted": _repainted_references,
    "duplicates": _duplicates,
    "one end": _one_end,
    "noise": _noise,
    "noise nudged": _noise_nudged,
    "textures nudged": _textures,
    "out of band": _other_class,
    BLOBS: _blobs,
}
_OF_CLASSES: Mapping[str, Maker] = {"adversarial": _adversarial}
_OF_PHOTOGRAPHS: Mapping[str, Maker] = {"draws": _draws, "blends": _blends, "quick prior": _quick_prior}
_MADE_OF_CLASSES = ("fc8", "fc")  # layers whose units are classes


def kinds(model: str, question: Question) -> Mapping[str, Maker]:
    """What galleries a question has."""
    result = dict(_BOTH)
    if question.neuron.split(":")[0] in _MADE_OF_CLASSES:
        result |= _OF_CLASSES
    if model == models.PHOTOGRAPHS:
        result |= _OF_PHOTOGRAPHS
    return result


def every(*, photographs: bool) -> list[Gallery]:
    """All of them, in order."""
    request = [("scenes", question) for question in questions.SCENES]
    if photographs:
        request += [(models.PHOTOGRAPHS, question) for question in questions.PHOTOGRAPHS]
    return [Gallery(model, question, kind) for model, question in request for kind in kinds(model, question)]


def make(chosen: list[Gallery], settings: Settings, kept: Path) -> Iterator[Gallery]:
    """Make those that ``kept`` has not got, and write each; empty ones too, which nobody needs to try again."""
    kept.mkdir(parents=True, exist_ok=True)
    for gallery in chosen:
        path = kept / f"{gallery.name}.safetensors"
        if not path.exists():
            contents = kinds(gallery.model, gallery.question)[gallery.kind](settings(gallery))
            save_file({name: value.contiguous() for name, value in contents.items()}, path)
        yield gallery


def read(gallery: Gallery, kept: Path) -> Contents:
    """As ``make`` left it."""
    return Contents(load_file(kept / f"{gallery.name}.safetensors"))
