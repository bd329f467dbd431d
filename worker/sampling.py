"""Runs the sampler on a claimed part, saving as it goes, until the part ends or is given back."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from threading import Event
from typing import Any, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from inverset.jobs import claims, leases
from inverset.jobs.claims import Claim
from inverset.jobs.database import writing
from inverset.sampler import checkpoint, driver
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Emission, Outcome, Step
from inverset.worker import metrics
from inverset.worker.device import LOST
from inverset.worker.retrying_store import passes
from inverset.worker.sample_writer import SampleWriter
from inverset.worker.services import Services
from inverset.worker.uploader import Uploader
from inverset.worker.watchdog import Watchdog, longest_step

log = logging.getLogger(__name__)
DULL = 4  # a save without samples waits so many times longer


def sample(
    services: Services,
    claim: Claim,
    problem: Problem,
    stop: Event,
    halt: Event,
    between_steps: Callable[[], object] = lambda: None,
) -> bool:
    """Compute until the part ends, somebody else's turn comes, ``stop`` or ``halt`` is set, or it is canceled.

    ``between_steps`` is called after each step, in this thread, and raises nothing.

    Returns True when this was the job's last part: only the evidence is missing, and the part is still held.

    Raises:
        LeaseLost: another attempt holds the part, or it is gone.
        OSError: a file could not be written.
    """
    return Sampling(services, claim, problem, lambda: stop.is_set() or halt.is_set(), between_steps).run()


class Save(NamedTuple):
    """What is delivered at once; the last one ends the part or gives it back."""

    emissions: Sequence[Emission]
    state: Any
    outcome: Outcome | None
    gives_back: bool


class Sampling:
    """One claim's run: the samples not saved yet, and when to save and to give way."""

    def __init__(
        self,
        services: Services,
        claim: Claim,
        problem: Problem,
        in_a_hurry: Callable[[], bool],
        between_steps: Callable[[], object],
    ) -> None:
        self._services, self._claim, self._problem = services, claim, problem
        self._in_a_hurry, self._between_steps = in_a_hurry, between_steps
        device = str(problem.bundle.statistics.mean.device)
        self._watchdog = Watchdog(longest_step(services.settings, device), self._end_process)
        self._delivered = SampleWriter(services.blobs, claim)
        self._uploader = Uploader(self._deliver, in_a_hurry)
        self._unsaved: list[Emission] = []
        self._slice_ends = time.monotonic() + services.settings.slice_seconds
        self._save_due = self._counted = time.monotonic()  # the first samples are shown at once
        self._only_evidence_is_missing = False

    def run(self) -> bool:
        try:
            with self._watchdog, self._uploader:
                self._sample()
        except OSError as error:
            if not (self._in_a_hurry() and passes(error)):
                raise
            log.warning("returned to the queue without its unsaved images: %s", error)
            self._give_back()
        return self._only_evidence_is_missing

    def _sample(self) -> None:
        """Step by step, until all is saved and the part is no longer ours to sample."""
        for step in self._steps():
            self._unsaved.append(step.emission)
            self._between_steps()
            leaving = step.outcome is not None or self._in_a_hurry() or self._turn_is_over()
            if leaving:
                return self._leave(step)
            if self._due() and not self._uploader.submit(self._packed(step, gives_back=False)):
                return None
        raise AssertionError("the driver's last step has an outcome")

    def _steps(self) -> Iterator[Step]:
        steps = driver.answer(self._problem, self._claim.question, self._state())
        return metrics.timed(self._watchdog.watched(steps), self._claim.question.model)

    def _state(self) -> Any:
        if self._claim.checkpoint is None:
            return None
        content = self._services.blobs.get(self._claim.checkpoint)
        device = self._problem.bundle.statistics.mean.device
        return checkpoint.load(self._claim.question.method, content, device)

    def _turn_is_over(self) -> bool:
        """Whether the slice has ended and others wait; where nobody does, the next one begins."""
        if time.monotonic() < self._slice_ends:
            return False
        self._slice_ends = time.monotonic() + self._services.settings.slice_seconds
        with self._services.sessions.begin() as session:
            return claims.turn_is_over(session, self._claim, self._services.settings)

    def _due(self) -> bool:
        """Whether to save now: every so often where there are samples, else less often."""
        found = any(len(emission.steps) for emission in self._unsaved)
        rest = 0.0 if found else DULL * self._services.settings.save_seconds
        return time.monotonic() >= self._save_due + rest

    def _packed(self, step: Step, *, gives_back: bool) -> Save:
        save, now = Save(self._unsaved, step.state, step.outcome, gives_back), time.monotonic()
        found = sum(len(emission.steps) for emission in save.emissions)
        self._services.pace.count(self._claim.question.model, found, now - self._counted)
        self._unsaved, self._counted = [], now
        self._save_due = now + self._services.settings.save_seconds
        return save

    def _leave(self, step: Step) -> None:
        """Wait for what is on its way; in a hurry it may be lost, and is sampled again by whoever comes next."""
        self._uploader.submit(self._packed(step, gives_back=True))
        if not self._uploader.flush():
            log.warning("returned to the queue without its unsaved images: the store is too slow")
            self._give_back()

    def _give_back(self) -> None:
        with writing(self._services.sessions) as session:
            leases.release(session, self._claim)

    def _end_process(self) -> None:
        """The device hangs, and with it the thread that waits for it: only another process gets it back."""
        log.critical("a step does not end; this process ends, for its supervisor to start another")
        with suppress(SQLAlchemyError), writing(self._services.sessions) as session:
            leases.abandon(session, self._claim)
        logging.shutdown()
        os._exit(LOST)

    def _deliver(self, save: Save) -> bool:
        """Files first, then their rows; the uploader calls this. Returns whether the part is still ours to sample."""
        progress = self._delivered.write(save.emissions, save.state)
        with writing(self._services.sessions) as session:
            canceled = leases.save(session, self._claim, progress)
            if save.outcome is not None:
                last = leases.finish_part(session, self._claim, save.outcome._asdict())
            elif canceled:
                leases.confirm_cancel(session, self._claim)
            elif save.gives_back:
                leases.release(session, self._claim)
        self._delivered.committed(progress)
        metrics.samples.inc(len(progress.samples))
        self._only_evidence_is_missing = save.outcome is not None and last
        return not (canceled or save.gives_back)
