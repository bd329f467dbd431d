"""Every command of ``python -m benchmarks``, run at its smallest size: what is measured is not the matter, but that it is."""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image
from torch import nn
from typer.testing import CliRunner

from benchmarks import claims, costs, growth, inversion, levels, share, throughput, volcano
from benchmarks.__main__ import app
from benchmarks.confounds import model as confounded
from benchmarks.confounds import neurons as heads
from benchmarks.confounds import reader
from benchmarks.planted import command as of_planted
from benchmarks.planted import ground, joining, measured, planting, trials
from benchmarks.real_size import command as real_size
from benchmarks.table import unseen
from benchmarks.trust import judge
from inverset.sampler import zoo
from inverset.sampler.priors.mixture import FEWEST
from inverset.sampler.zoo.inversion.about import Recipe
from inverset.sampler.zoo.scenes import prior as of_scenes
from tests import chromium, services

TINY = (
    *("--neurons", "1", "--n", "4", "--layers", "fc8", "--levels", "q.90-q.97"),
    *("--budget", "2", "--unseen", "400", "--processes", "1"),
)


class Toy(nn.Module):
    """In the place of EfficientNet-Lite2."""

    def __init__(self):
        super().__init__()
        self._avg_pooling, self._fc = nn.AdaptiveAvgPool2d(4), nn.Linear(48, 1000)

    def forward(self, images):
        return self._fc(self._avg_pooling(images).flatten(1))


def photograph(folder):
    """A folder as INVERSET_PHOTOS names one: two kinds of photographs, to learn from and held out."""
    random = np.random.default_rng(0)
    for part in (
        "imagenette/train/church",
        "imagenette/val/church",
        "landscapes/train/sea",
        "landscapes/test/sea",
    ):
        (folder / part).mkdir(parents=True)
        for number in range(12):
            pixels = random.integers(0, 256, (8, 8, 3), np.uint8)
            Image.fromarray(pixels).resize((80, 80)).save(folder / part / f"{number}.jpg")
    return str(folder)


class Run(NamedTuple):
    """Arguments, and figures that are no option, made small."""

    arguments: tuple[str, ...] = ()
    written: tuple[str, ...] = ()  # what lies in its folder afterwards
    small: tuple[tuple[ModuleType, str, Any], ...] = ()


RUNS = {
    "volcano": Run(("--n", "1"), ("volcano.md", "volcano.png"), ((volcano, "EDGES", (0.975,)),)),
    "pairs": Run(("--n", "2"), ("pairs.md", "pairs.png")),
    "overhead": Run(small=((costs, "_STEPS", 1),)),
    "sampler": Run(("--n", "1", "--methods", "rejection", "--budget", "4"), ("sampler.md",)),
    "memory": Run(("--few", "1", "--many", "2")),
    "polling": Run(("--seconds", "0.2")),
    "load": Run(("--seconds", "0.5", "--rate", "4", "--no-stack")),
    "share": Run(
        ("--n", "1", "--draws", "20"),
        ("share.csv", "share.md"),
        ((share, "NATURAL", 20), (share, "BANDS", share.BANDS[:1]), (share, "_PART", 20)),
    ),
    "prior": Run(
        ("--sizes", "300", "--steps", "1", "--count", "60"),
        ("prior.csv", "prior.md"),
        ((of_scenes, "MORE_SEEDS", range(0)),),  # else 50,000 images are rendered
    ),
    "claims": Run(
        ("--few", "3", "--many", "4", "--rounds", "1"),
        small=((claims, "USERS", 1), (claims, "WARM_SECONDS", 0.1), (claims, "STATUS_SECONDS", 0.1)),
    ),
    "evidence": Run(("--few", "2", "--many", "3")),
    "listing": Run(("--few", "2", "--many", "3")),
    "export": Run(("--few", "2", "--many", "3")),
    "far": Run(("--n", "2", "--milliseconds", "1", "--rounds", "1")),
    "pages": Run(("--n", "3")),
    "neurons": Run(("--count", "20", "--rounds", "1")),
    "trust": Run(("--only", "no gallery")),
    "inversion": Run(
        ("--only", "code", "--seconds", "0.1"),
        ("inversion.csv", "inversion.md"),
        (
            *((inversion, "VARIANTS", {"code": Recipe("code")}), (judge, "make", Toy)),
            *((inversion, "_SHOWN", 16), (inversion, "_FEWEST", 2), (inversion, "_TIMED", 1)),
        ),
    ),
    "levels": Run(
        ("--model", "scenes", "--neuron", "fc8:volcano", "--n", "2"),
        ("levels.md", "levels.webp"),
        ((levels, "BANDS", levels.BANDS[:1]), (judge, "is_installed", lambda: False)),
    ),
    "real-size": Run(
        ("--models", "scenes", "--steps", "1", "--n", "1", "--seconds", "1", "--batches", "1"),
        ("real-size-cpu.md",),
        (
            (real_size, "BUNDLES", {"scenes": lambda: zoo.load("scenes")}),
        ),  # a small network in place of the large
    ),
    "planted": Run(
        ("--seeds", "1", "--methods", trials.HIGHEST, "--pairs", "reference"),
        ("planted.csv", "planted-pairs.csv", "planted.png", "planted.md"),
        (
            *((ground, "SPELLS", (1, 1)), (ground, "BATCH", 8), (ground, "COUNT", 40)),
            *((measured, "LEARNT", FEWEST), (measured, "REFERENCES", 200), (measured, "HELD_OUT", 20)),
            *(
                (measured, "ALONE", 20),
                (planting, "_STEPS", 2),
                (of_planted, "OURS", {trials.HIGHEST: "planted.png"}),
            ),
            # One pair, which a generator that has learnt nothing is taken to paint.
            *((joining, "PAIRS", joining.PAIRS[:1]), (joining, "PAINTABLE", 0), (joining, "_SCENES", 10)),
        ),
    ),
    "confounds": Run(
        (
            "--n",
            "3",
            "--only",
            "snow-night-alone",
            "--methods",
            "conditional,counterfactual",
            "--prior",
            "gaussian",
        ),
        ("confounds.csv", "confounds-truth.csv", "confounds-alarms.csv", "confounds.png", "confounds.md"),
        (
            *((confounded, "COUNT", 600), (confounded, "_READ", 20), (confounded, "_PAINTED", 40)),
            *((heads, "_STEPS", 2), (reader, "COUNT", 40), (reader, "_STEPS", 2), (reader, "_BATCH", 8)),
        ),
    ),
    "throughput": Run(("--n", "2", "--rounds", "1"), small=((throughput, "WARM", 1),)),
    "table": Run(("--methods", "reference", *TINY), ("table.csv", "table.md", "overview.md")),
    "ablation": Run(("--variants", "conditional, no surrogate", *TINY), ("ablation.csv", "ablation.md")),
}
KEPT = {"share", "trust", "planted", "confounds", "inversion"}
WITH_FOLDER = {name for name, run in RUNS.items() if run.written} | {"trust"}


def test_every_command_is_run():
    named = {
        command.name or command.callback.__name__.replace("_", "-") for command in app.registered_commands
    }
    assert named == {*RUNS}


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_it_runs(name, tmp_path, monkeypatch):
    if name == "pages" and chromium.SKIPPED:
        pytest.skip("INVERSET_TEST_CHROMIUM=skip or INVERSET_TEST_SERVICES=skip")
    if name in {"far", "throughput"} and services.SKIPPED:
        pytest.skip("INVERSET_TEST_SERVICES=skip")
    monkeypatch.setattr(growth, "KINDS", ("SQLite",))
    monkeypatch.setattr(unseen, "CACHE", tmp_path / "cache")
    if name == "confounds":  # what is read of fewer images is kept by their number, and not beside the user's
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if name == "inversion":
        monkeypatch.setenv("INVERSET_PHOTOS", photograph(tmp_path / "photographs"))
    for module, constant, value in RUNS[name].small:
        monkeypatch.setattr(module, constant, value)
    folder = ("--out", str(tmp_path / "out")) if name in WITH_FOLDER else ()
    kept = ("--kept", str(tmp_path / "kept")) if name in KEPT else ()
    answer = CliRunner().invoke(app, [name, *RUNS[name].arguments, *folder, *kept], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    assert [each for each in RUNS[name].written if not (tmp_path / "out" / each).exists()] == []
