"""Runs the sampler on a claimed part, saving as it goes, until the part ends or is given back."""

import time
from collections.abc import Iterator
from threading import Event
from typing import Any

from jobs import claims, leases
from jobs.claims import Claim
from jobs.database import writing
from sampler import checkpoint, driver, methods
from sampler.bundle import Bundle
from sampler.problem import Band, Neuron, Problem
from sampler.steps import Emission, Step
from worker import meters
from worker.delivery import Delivered
from worker.desk import Desk

DULL = 4  # a save without samples waits so many times longer


def problem_of(claim: Claim, bundle: Bundle) -> Problem:
    """What a job asks, in the sampler's terms.

    Raises:
        ProblemError: it makes no sense for this model.
    """
    neurons = tuple(Neuron.parse(wanted["neuron"], bundle) for wanted in claim.ranges)
    return Problem(bundle, neurons, tuple(Band(*wanted["range"]) for wanted in claim.ranges))


def sample(desk: Desk, claim: Claim, problem: Problem, stop: Event, halt: Event) -> bool:
    """Compute until the part ends, somebody else's turn comes, ``stop`` or ``halt`` is set, or it is canceled.

    Returns True when this was the job's last part: only the evidence is missing, and the part is still held.

    Raises:
        LeaseLost: another attempt holds the part, or it is gone.
        OSError: a file could not be written.
    """
    return Sampling(desk, claim, problem).run(stop, halt)


class Sampling:
    """One claim's run: the samples not saved yet, and when to save and to give way."""

    def __init__(self, desk: Desk, claim: Claim, problem: Problem) -> None:
        self._desk, self._claim, self._problem = desk, claim, problem
        self._delivered = Delivered(desk.blobs, claim)
        self._unsaved: list[Emission] = []
        self._slice_ends = time.monotonic() + desk.settings.slice_seconds
        self._save_due = self._counted = time.monotonic()  # the first samples are shown at once

    def run(self, stop: Event, halt: Event) -> bool:
        for step in self._steps():
            self._unsaved.append(step.emission)
            if step.outcome is not None:
                return self._finish(step)
            stopping = stop.is_set() or halt.is_set()
            if (stopping or self._due()) and not self._go_on(step, stop):
                return False
        raise AssertionError("the driver's last step has an outcome")

    def _steps(self) -> Iterator[Step]:
        claim, spec = self._claim, self._claim.spec
        request = driver.Request(claim.n, claim.k, claim.seed, claim.gradient_evaluations, claim.seconds)
        options = methods.options(spec["method"], spec["options"])
        steps = driver.run(self._problem, spec["method"], options, request, self._state())
        return meters.timed(steps, claim.model)

    def _state(self) -> Any:
        if self._claim.checkpoint is None:
            return None
        content = self._desk.blobs.get(self._claim.checkpoint)
        device = self._problem.bundle.statistics.mean.device
        return checkpoint.load(self._claim.spec["method"], content, device)

    def _due(self) -> bool:
        """Whether to save now: at the slice's end; every so often where there are samples, else less often."""
        now = time.monotonic()
        found = any(len(emission.steps) for emission in self._unsaved)
        rest = 0.0 if found else DULL * self._desk.settings.save_seconds
        return now >= min(self._slice_ends, self._save_due + rest)

    def _go_on(self, step: Step, stop: Event) -> bool:
        """Save; then see whether the part is to be given back."""
        progress = self._delivered.write(self._unsaved, step.state)
        with writing(self._desk.sessions) as session:
            canceled = leases.save(session, self._claim, progress)
            over = time.monotonic() >= self._slice_ends
            give_way = stop.is_set() or (over and claims.others_wait(session, self._claim))
            if canceled:
                leases.confirm_cancel(session, self._claim)
            elif give_way:
                leases.release(session, self._claim)
        self._saved(progress)
        return not (canceled or give_way)

    def _finish(self, step: Step) -> bool:
        progress = self._delivered.write(self._unsaved, step.state)
        with writing(self._desk.sessions) as session:
            leases.save(session, self._claim, progress)
            last = leases.finish_part(session, self._claim, step.outcome._asdict() if step.outcome else {})
        self._saved(progress)
        return last

    def _saved(self, progress: leases.Progress) -> None:
        self._delivered.committed(progress)
        meters.samples.inc(len(progress.samples))
        self._unsaved.clear()
        settings, now = self._desk.settings, time.monotonic()
        self._desk.pace.count(self._claim.model, len(progress.samples), now - self._counted)
        self._counted = now
        self._save_due = now + settings.save_seconds
        if now >= self._slice_ends:
            self._slice_ends = now + settings.slice_seconds
