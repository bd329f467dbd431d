"""``python -m benchmarks confounds``: plant, confound, sample by every method, ask the alarm, write."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from benchmarks import machine
from benchmarks.confounds import fitting, model, report, rows, trials
from benchmarks.confounds.model import World
from benchmarks.confounds.neurons import ALONE, NEEDED, PLANTED, Planted
from benchmarks.confounds.trials import CONDITIONAL, COUNTERFACTUAL, FACTORS, JUDGE, Alarm, Sampled
from inverset.contract.verdict import trust
from inverset.sampler.evaluation import confounds as confounds_of
from inverset.sampler.evaluation.confounds import Alarm as Said
from inverset.sampler.evaluation.evidence import measure, network_outputs
from inverset.sampler.problem import Problem

_SAID = Console(stderr=True)
_TITLE = "Confounds: does the tool see past what its images show?"


class _Found:
    """All that is measured, as it is in the files."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.rows = rows.read(out / "confounds.csv")
        self.truths = rows.read_truths(out / "confounds-truth.csv")
        self.alarms = rows.read_alarms(out / "confounds-alarms.csv")

    def forget(self, neuron: str, methods: Sequence[str]) -> None:
        """What is measured anew."""
        self.rows = [row for row in self.rows if row.neuron != neuron or row.method not in methods]
        if CONDITIONAL in methods:
            self.alarms = [each for each in self.alarms if each.neuron != neuron]

    def write(self) -> None:
        """After every neuron: all of it takes long."""
        rows.write(self.rows, self._out / "confounds.csv")
        rows.write_truths(self.truths, self._out / "confounds-truth.csv")
        rows.write_alarms(self.alarms, self._out / "confounds-alarms.csv")


def confounds(
    seeds: Annotated[int, typer.Option(help="Runs of every method.")] = 1,
    chosen: Annotated[str, typer.Option("--methods", help="Separated by commas.")] = ",".join(trials.METHODS),
    n: Annotated[int, typer.Option(help="Samples of each.")] = trials.SAMPLES,
    only: Annotated[
        str, typer.Option(help="Neurons whose name has one of these in it, separated by commas.")
    ] = "",
    prior: Annotated[str, typer.Option(help="flow, mixture or gaussian.")] = fitting.FLOW,
    kept: Annotated[Path, typer.Option(help="Where what is taught and fitted is kept.")] = Path(
        "build/confounds"
    ),
    out: Annotated[Path, typer.Option(help="Where results are written.")] = Path("docs/benchmarks"),
) -> None:
    """Neurons that read one thing, and images in which another always goes with it: what do samples show, and what is said of it?

    Rows of methods and neurons that are not named stay as they were written before; of no method, only the page is written anew.
    """
    out.mkdir(parents=True, exist_ok=True)
    methods = [name for name in chosen.split(",") if name]
    shared, result = model.world(kept), _Found(out)
    request = [each for each in PLANTED if any(part in each.name for part in only.split(","))]
    fit = fitting.by(prior if methods else fitting.GAUSSIAN)
    for planted in track(request, "neurons", console=_SAID):
        result.forget(planted.name, methods)
        _one(planted, shared, (methods, seeds, n), fit, kept, result)
        result.write()
    if shown := report.kept_pictures(PLANTED, kept):
        report.picture(shown).save(out / "confounds.png")
    page = out / "confounds.md"
    machine.record("confounds", _told(result, shared), page, _TITLE)


def _one(
    planted: Planted,
    shared: World,
    asked: tuple[Sequence[str], int, int],
    fit: model.Fit,
    kept: Path,
    found: _Found,
) -> None:
    """Sample a neuron by all methods and seeds, with factors to look with and without."""
    methods, seeds, count = asked
    bundle = model.model(shared, planted.pair, fit, kept, factors=shared.reader)
    problem = model.asked(bundle, shared, planted)
    found.truths[planted.name] = model.truth(problem, shared, planted)
    for seed in range(seeds):
        runs = trials.answered(problem, methods, seed, count)
        found.rows += [
            trials.counted(planted, name, seed, run, problem, shared.reader) for name, run in runs.items()
        ]
        if CONDITIONAL in runs and len(runs[CONDITIONAL].emission.steps):
            found.alarms += _alarms(planted, problem, seed, runs[CONDITIONAL])
        if seed == 0 and planted.need == ALONE and {CONDITIONAL, COUNTERFACTUAL} <= set(runs):
            changed = runs[COUNTERFACTUAL].emission
            moved = trials.moved_of(problem, changed)
            report.keep_pictures(
                planted, runs[CONDITIONAL].emission.images, changed.images[moved], changed.starts[moved], kept
            )


def _alarms(planted: Planted, problem: Problem, seed: int, run: Sampled) -> list[Alarm]:
    """What is said of the conditional samples: with the factors to look with, as the verdict has it, and with the judge alone."""
    emission, result = run.emission, []
    for eyes in (FACTORS, JUDGE):
        alarm = confounds_of.find(fitting.with_eyes(problem, eyes), emission.images, CONDITIONAL)
        word = "" if eyes == JUDGE else _word(problem, run, alarm)
        result.append(trials.alarm(planted, seed, eyes, alarm, word))
    return result


def _word(problem: Problem, run: Sampled, alarm: Said | None) -> str:
    """Of the whole evidence."""
    images, codes, features = run.emission.images, run.emission.codes, run.emission.features
    outputs = network_outputs(problem, images, codes, features)
    evidence = measure(problem, images, outputs, run.tally._asdict(), CONDITIONAL, alarm)
    return trust(evidence).word


def _told(found: _Found, shared: World) -> str:
    broken, read = (
        report.broken(found.rows, found.truths, known) for known in ("known_confound", "known_read")
    )
    parts = {
        "By method": report.methods_table(found.rows, found.truths),
        "The alarm": report.alarms_summary(found.alarms),
        "What it said": report.alarms_table(found.alarms),
        f"Counterfactuals: {report.near(broken)} of {len(broken)} within {report.NEAR} of all known images, {report.near(read)} of these "
        "as they are read through G": (report.counterfactual_table(found.rows, found.truths)),
        "Share of samples with the confound (samples), where the neuron does not need it": (
            report.shares_table(found.rows, found.truths, ALONE)
        ),
        "The same, where the neuron needs it": report.shares_table(found.rows, found.truths, NEEDED),
        "What was planted: R2 of directions, balanced accuracy of outputs": report.table(
            ["neuron", "taught"], [[name, f"{value:.2f}"] for name, value in shared.taught.items()]
        ),
    }
    return "\n\n".join(f"**{title}**\n\n{text}" for title, text in parts.items() if text)
