"""Holds the verdict against what a person said."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.trust.galleries import Contents, Gallery
from benchmarks.trust.labels import GOOD
from inverset.contract import verdict
from inverset.contract.evidence import Evidence
from inverset.contract.verdict import trust
from inverset.sampler.evaluation.evidence import measure, network_outputs
from inverset.sampler.problem import Problem, read_images
from inverset.sampler.steps import Tally

_CHUNK = 100
AS = "conditional"  # the method that every gallery claims to be of


@dataclass(frozen=True)
class Judged:
    """One gallery, what a person says of it, and what the evidence does."""

    gallery: str
    model: str
    kind: str
    count: int
    person: str  # GOOD or NOT_GOOD
    word: str
    reason: str

    @property
    def trusted(self) -> bool:
        """Whether the verdict is that it is good."""
        return self.word == verdict.GOOD

    @property
    def agrees(self) -> bool:
        """Whether the verdict says what the person does."""
        return self.trusted == (self.person == GOOD)


def judged(gallery: Gallery, model: str, problem: Problem, contents: Contents, person: str) -> Judged:
    """Measure a gallery as if a method had found it, whatever it is made of; ``model`` names the model with its judge.

    Images without codes get those that E reads off them: nothing in the codes gives them away.
    """
    images = contents["images"]
    features = _features(problem, images)
    codes = contents.get("codes", features)
    evidence = evidence_of(problem, images, codes, features)
    result = trust(evidence)
    return Judged(gallery.name, model, gallery.kind, len(images), person, result.word, result.reason)


def evidence_of(problem: Problem, images: Tensor, codes: Tensor, features: Tensor) -> Evidence:
    """What the product says."""
    tally = Tally(steps=1, forward_passes=5 * len(images), accepted=len(images))._asdict()
    return measure(problem, images, network_outputs(problem, images, codes, features), tally, AS)


@torch.no_grad()
def _features(problem: Problem, images: Tensor) -> Tensor:
    parts = [read_images(problem.bundle, problem.neurons, part)[1].cpu() for part in images.split(_CHUNK)]
    return torch.cat(parts)


def write(found: Sequence[Judged], path: Path) -> None:
    """One line a gallery."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [each.name for each in fields(Judged)])
        table.writeheader()
        table.writerows(asdict(each) for each in found)


def read(path: Path) -> list[Judged]:
    """What was written; nothing where there is no such file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Judged(
                line["gallery"], line["model"], line["kind"], int(line["count"]), line["person"], line["word"],
                line["reason"],
            )
            for line in csv.DictReader(file)
        ]  # fmt: skip


def figures(found: Sequence[Judged]) -> Mapping[str, int]:
    """How many there are, how many the verdict says what the person says of, and how many bad ones it calls good."""
    return {
        "galleries": len(found),
        "agree": sum(each.agrees for each in found),
        "bad called good": sum(each.trusted and not each.agrees for each in found),
        "good not called good": sum(not each.trusted and not each.agrees for each in found),
    }
