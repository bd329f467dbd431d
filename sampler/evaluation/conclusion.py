"""What is concluded from finished samples, wherever they were made: by a worker, in a notebook, by a command or a study."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from inverset.contract.evidence import Evidence
from inverset.sampler.evaluation import changes, confounds, sample_details
from inverset.sampler.evaluation.changes import Changes, Pairs
from inverset.sampler.evaluation.confounds import Alarm
from inverset.sampler.evaluation.evidence import measure
from inverset.sampler.evaluation.figures import NetworkOutputs
from inverset.sampler.evaluation.sample_details import UnitActivations
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Emission


class Conclusion(NamedTuple):
    """The evidence, and what it was made of."""

    evidence: Evidence
    alarm: Alarm | None  # what goes with the activation and is not needed; None: it was not computed
    units: UnitActivations  # on the samples
    changes: Changes | None  # None: these are no counterfactuals


OnProgress = Callable[
    [int, int, str], object
]  # parts that are done, of how many, and "evidence: " with the next
_PARTS = ("activations", "confounds", "figures", "changes")


def conclude(
    problem: Problem,
    samples: Emission,
    tally: Mapping[str, float],
    method: str,
    *,
    alarm: bool = True,
    on_progress: OnProgress = lambda *_: None,
) -> Conclusion:
    """Measure samples; their activations are computed again from the delivered images.

    Args:
        problem: what was asked.
        samples: all of them, at least one, with the images as delivered.
        tally: the run's counts, by the names of ``Tally``.
        method: what made them.
        alarm: whether to look for confounds.
        on_progress: called before each part, and after the last.
    """

    def begin(part: int) -> None:
        on_progress(part, len(_PARTS), f"evidence: {_PARTS[part]}")

    begin(0)
    starts = samples.starts if samples.starts.numel() else None
    units = sample_details.read_units(problem, samples.images)
    begin(1)
    found = confounds.find(problem, samples.images, method) if alarm else None
    begin(2)
    outputs = NetworkOutputs(samples.codes, units.asked, samples.features, starts)
    evidence = measure(problem, samples.images, outputs, tally, method, found)
    changed = None
    begin(3)
    if starts is not None:
        changed = changes.compare(problem, Pairs(starts, samples.images, samples.features), units)
        evidence = replace(evidence, changes=changes.summary(changed))
    on_progress(len(_PARTS), len(_PARTS), "evidence")
    return Conclusion(evidence, found, units, changed)
