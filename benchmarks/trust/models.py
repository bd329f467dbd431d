"""The models whose galleries are judged: `scenes`, and `photos` with its generator and with one that paints blobs."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.trust import judge
from inverset.sampler import zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo.inversion.about import Recipe
from inverset.sampler.zoo.own import file
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.calibration import Calibration
from inverset.sampler.zoo.own.toml import Table
from inverset.sampler.zoo.own.training import Training
from inverset.sampler.zoo.photos import entries, photographs
from inverset.sampler.zoo.photos.network import SIDE

SETTING = "INVERSET_PHOTOS"
PHOTOGRAPHS, BLOBS = "photographs", "blobs"
_POOLED, _STEPS, _BATCH = (
    "pool",
    1_200,
    16,
)  # of the generator of blobs: a pooled vector keeps an image's mean

Report = Callable[[str], None]


def folder() -> Path | None:
    """The folder of photographs that the setting names; None: it names none."""
    named = os.environ.get(SETTING)
    return Path(named) if named else None


def prepare(photos: Path, kept: Path, report: Report) -> None:
    """Add both models of photographs to ``kept``, train the generator of blobs, and calibrate; resumed where it was stopped."""
    entries.install(kept)
    entry: Table = dict(entries.entries(str(training_images(photos, kept)))[entries.NAME])
    entry.pop("judge", None)
    if (by := judge.entry()) is not None:
        entry["judge"] = by
    _name(kept, PHOTOGRAPHS, entry)
    _train_blobs(kept, entry, report)
    for name in (PHOTOGRAPHS, BLOBS):
        measured = Calibration.of(Assembly.of(file.entry(kept, name), kept, "cpu"), kept, None)
        measured.make(lambda done, total, what: report(f"{what} {done}/{total}"))


def training_images(photos: Path, kept: Path) -> Path:
    """A folder of links to the photographs to learn from."""
    folder = (kept / "photographs").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in photographs.TRAIN.items():
        if not (folder / name).exists():
            (folder / name).symlink_to((photos / name / part).resolve())
    return folder


def load(name: str, kept: Path) -> Bundle:
    """PHOTOGRAPHS or BLOBS."""
    return zoo.load(name, own=kept)


def without_network(bundle: Bundle) -> Bundle:
    """The same model, judged by edges and colours."""
    return replace(bundle, judge=None, labeller=None)


def _train_blobs(kept: Path, entry: Table, report: Report) -> None:
    """Train a generator of the pooled vector by the project's own command, unless that was done."""
    pooled = {**entry, "encoder": _POOLED}
    if not (kept / "generators" / BLOBS / "generator.json").exists():
        _name(kept, BLOBS, {key: value for key, value in pooled.items() if key != "generator"})
        recipe = Recipe(_POOLED, (SIDE, SIDE), _STEPS, _BATCH)
        training = Training.of(file.entry(kept, BLOBS), kept, recipe, "cpu")
        trainer = training.begin(anew=False)
        for step, _ in training.learn(trainer):
            if step % 100 == 0:
                report(f"{BLOBS}: step {step} of {_STEPS}")
        report(f"{BLOBS}: {training.finish(trainer)}")
    _name(kept, BLOBS, {**pooled, "generator": f"inverter:generators/{BLOBS}"})


def _name(kept: Path, name: str, entry: Table) -> None:
    """Put the entry into ``models.toml``, in the place of a former one."""
    if name in file.names(kept):
        file.remove(kept, name)
    file.add(kept, name, entry)
