"""The worker's loop: claim a part, compute it, and never die of a job."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from inverset.config import liveness, logs
from inverset.config.settings import Settings
from inverset.contract import paths
from inverset.contract.errors import LeaseLost, NotFound, first_line
from inverset.jobs import claims, database, leases, store
from inverset.jobs.backoff import Backoff
from inverset.jobs.claims import Bidder, Claim
from inverset.jobs.database import Sessions, writing
from inverset.sampler.problem import Problem, ProblemError
from inverset.sampler.zoo import ZooError
from inverset.storage import BlobStore, StoreRefuses
from inverset.worker import catalogue, device, metrics, reference_images
from inverset.worker.approvals import limits
from inverset.worker.control import WorkerControl
from inverset.worker.database_watch import DatabaseWatch
from inverset.worker.evidence import conclude
from inverset.worker.heartbeat import Heartbeat
from inverset.worker.idle_tasks import IdleTasks
from inverset.worker.image_tries import ImageTries
from inverset.worker.models import Models, OnProgress
from inverset.worker.retrying_store import NO_SPACE, passes
from inverset.worker.sampling import sample
from inverset.worker.services import Services

log = logging.getLogger(__name__)
SETTLE_SECONDS = 60.0  # between two looks for models that nobody offers any more
AWAY_SECONDS = 15.0  # before a part is tried again whose files could not be written
LONGEST_PAUSE = 5.0  # seconds between two tries to reach the database
FULL = ("disk is full", "No space left on device")  # as SQLite and PostgreSQL say it


class Interrupted(BaseException):
    """The worker is to end while it measures a model. No failure: it passes through whatever catches those."""


class Runner:
    """One worker on one device."""

    def __init__(self, sessions: Sessions, blobs: BlobStore, settings: Settings, worker_id: str) -> None:
        self.services = Services(sessions, blobs, settings, DatabaseWatch(settings.lease_seconds))
        self.worker_id = worker_id
        self.models = Models(settings.device, settings.data_dir, limits(settings))
        self.idle_tasks = IdleTasks()
        self.image_tries = ImageTries(self.services, self.models)
        self._began = self._settled = time.monotonic()

    @property
    def bidder(self) -> Bidder:
        """What this worker can run, and what it ran last."""
        return Bidder(self.worker_id, self.models.claimable, self.models.latest, self.services.database.grace)

    def run(self, control: WorkerControl) -> None:
        """Work until it is told to end; then the part at hand is saved and given back within seconds.

        Raises:
            DeviceLost: the device does not compute any more.
        """
        device.check(self.models.device)
        with writing(self.services.sessions) as session:
            leases.enroll(session, self.worker_id, device.named(self.models.device))
        try:
            self._offer(control.stop)
            self.models.warm()
            log.info("worker %s is ready on %s", self.worker_id, self.models.device)
            self._renew_liveness()  # not before: whoever waits for a healthy container waits for this
            self.image_tries.start(control.stop)
            while control.begin():
                worked = self.work(control.stop)
                if not self.idle_tasks.step(worked=worked) and not worked:
                    control.rest(self.services.settings.idle_seconds)
        except Interrupted:
            log.info("the measurement of a model is interrupted; it continues the next time")
        finally:
            self.models.close()
            self._leave()

    def _offer(self, stop: Event) -> None:
        """Publish what has changed and what is wrong, and withdraw what nobody offers. Raises Interrupted."""
        catalogue.publish(self.services.sessions, self.models, self._told(stop))
        with writing(self.services.sessions) as session:
            leases.note_broken(session, self.worker_id, self.models.broken)
        for name in self.services.pace.speeds():
            if name not in self.models.names:
                self.services.pace.withdraw(name)
        for name in self.models.names:
            self.services.pace.offer(name)
        self._plan()
        self._settle()

    def _plan(self) -> None:
        """What may be made of the models when nobody asks for anything."""
        make = partial(reference_images.make, self.services.blobs)
        measure = partial(catalogue.measure, self.services.sessions, self.models)
        most = self.services.settings.max_k
        loaded = [self.models.load(name) for name in self.models.names]
        wanted = {
            f"batch of {bundle.name}, {bundle.sha256}": partial(measure, bundle, most) for bundle in loaded
        } | {
            f"reference images of {bundle.name}, version {version}": partial(make, bundle)
            for bundle in loaded
            if (version := reference_images.version(bundle))
        }
        self.idle_tasks.plan(wanted)

    def _told(self, stop: Event) -> OnProgress:
        """While a model is measured, which may take minutes, others are to see that this worker lives."""
        spoken = time.monotonic()

        def on_progress(done: int, total: int, what: str) -> None:
            nonlocal spoken
            if stop.is_set():
                raise Interrupted
            if time.monotonic() > spoken + self.services.settings.lease_seconds / 4:
                spoken = time.monotonic()
                log.info("measuring a model: %s of %s %s", done, total, what)
                with writing(self.services.sessions) as session:
                    leases.note_alive(session, self.worker_id, self.services.pace.speeds())
                self._renew_liveness()

        return on_progress

    def _renew_liveness(self) -> None:
        """Tell this container's health check that the worker lives, and reached the database."""
        liveness.renew(liveness.of_worker(self.worker_id), self.services.settings.lease_seconds)

    def _settle(self) -> None:
        now = self._settled = time.monotonic()
        lease = self.services.settings.lease_seconds
        catalogue.settle(self.services.sessions, self.models, self.worker_id, lease, now - self._began)

    def _leave(self) -> None:
        try:
            with writing(self.services.sessions) as session:
                leases.leave(session, self.worker_id)
        except SQLAlchemyError as error:  # its silence says the same, a little later
            log.warning("the database does not answer: %s", error)

    def work(self, stop: Event) -> bool:
        """Answer who tries images; then claim a part and compute it for as long as it is our turn. Returns False where
        there was no part.

        Raises:
            DeviceLost: the device does not compute any more.
        """
        device.check(self.models.device)  # before a claim: a broken device takes nobody's part
        self.image_tries.answer()
        try:
            self._look_after_models(stop)
            with writing(self.services.sessions) as session:
                claim = claims.claim(session, self.bidder, self.services.settings)
                leases.note_alive(session, self.worker_id, self.services.pace.speeds())
            self.services.database.reached()
            self._renew_liveness()
        except SQLAlchemyError as error:
            self.services.database.missed(error)
            log.warning("the database does not answer: %s", error)
            return False
        if claim is not None:
            metrics.slices.inc()
            with logs.bound(**self._at_hand(claim)):
                log.info("part %s of %s from sample %s on", claim.part, claim.job_id, claim.accepted)
                self._compute(claim, stop)
        return claim is not None

    def _look_after_models(self, stop: Event) -> None:
        if self.models.changed():
            self._offer(stop)
        elif time.monotonic() > self._settled + SETTLE_SECONDS:
            self._settle()

    def _at_hand(self, claim: Claim) -> dict[str, str | int | None]:
        return {
            "job": claim.job_id,
            "part": claim.part,
            "attempt": claim.attempt,
            "worker": self.worker_id,
            "request_id": claim.request_id,
        }

    def _compute(self, claim: Claim, stop: Event) -> None:
        """The one place where everything is caught: a job may fail, its worker may not."""
        try:
            with Heartbeat(self.services, claim, self.worker_id) as heart:
                question = claim.question
                bundle = self.models.exactly(question.model, question.sha256)
                problem = Problem.of(bundle, question.targets)
                services = self.services.retrying(lambda: stop.is_set() or heart.halt.is_set())
                between = self.image_tries.answer
                if claim.sampled or sample(services, claim, problem, stop, heart.halt, between):
                    conclude(services, claim, problem)
        except LeaseLost as lost:
            log.info("%s", lost)
            self._sweep(claim)
        except (ZooError, ProblemError) as error:
            metrics.errors.labels(type(error).__name__).inc()
            self._fail(claim, str(error), stop, final=True)
        except Exception as error:
            metrics.errors.labels(type(error).__name__).inc()
            if lasting := disk_is_full(error) or store_refuses(error):
                self._fail(claim, lasting, stop, final=True)
                return
            if passes(error):
                self._put_off(claim, error, stop, AWAY_SECONDS)
                return
            if database.is_away(error):
                self._put_off(claim, error, stop, 0.0)
                return
            log.exception("part %s of %s", claim.part, claim.job_id)
            if device.blames_device(error):
                self._check_device(claim)
            self._fail(claim, f"{type(error).__name__}: {error}", stop, final=False)

    def _check_device(self, claim: Claim) -> None:
        """After an error that may be the device's: if it is, the part is nobody's failure."""
        try:
            device.check(self.models.device)
        except device.DeviceLost:
            with suppress(SQLAlchemyError), writing(self.services.sessions) as session:
                leases.abandon(session, claim)
            raise

    def _put_off(self, claim: Claim, wrong: Exception, stop: Event, rest: float) -> None:
        """The files or the database are away, which is no failure of the part's, however often it is tried."""
        log.warning("given back, to be tried again in %g s: %s", rest, wrong)
        self._record(lambda session: leases.release(session, claim, rest=rest), stop)

    def _fail(self, claim: Claim, error: str, stop: Event, *, final: bool) -> None:
        log.error("%s: %s", claim.job_id, error)
        self._record(lambda session: leases.fail(session, claim, error, final=final), stop)

    def _record(self, write: Callable[[Session], None], stop: Event) -> None:
        """Say how it ended, once the database is there; on a full disk wait for room, or until another takes over."""
        patience = time.monotonic() + self.services.settings.lease_seconds
        backoff = Backoff(self.services.settings.idle_seconds, LONGEST_PAUSE)
        while True:
            try:
                with writing(self.services.sessions) as session:
                    write(session)
            except LeaseLost as lost:
                log.info("%s", lost)
                return
            except SQLAlchemyError as error:
                self.services.database.missed(error)
                log.warning("its outcome could not be recorded yet: %s", error)
                in_vain = time.monotonic() > patience and not database.is_away(error)
                if in_vain or stop.wait(backoff.advance()):
                    return
            else:
                self.services.database.reached()
                return

    def _sweep(self, claim: Claim) -> None:
        """Files written after their job was deleted."""
        try:
            with self.services.sessions.begin() as session:
                store.job(session, claim.job_id)
        except NotFound:
            self._remove(paths.job_folder(claim.job_id))
        except SQLAlchemyError as error:
            log.warning("the database does not answer: %s", error)

    def _remove(self, prefix: str) -> None:
        try:
            self.services.blobs.delete_prefix(prefix)
        except OSError as error:
            log.warning("left lying: %s: %s", prefix, error)


def store_refuses(error: BaseException) -> str | None:
    """A sentence for users, if an error means that the store will refuse until its operator changes something."""
    if not isinstance(error, StoreRefuses):
        return None
    return f"{error}; this will not resolve itself: check the store's keys and rules, then retry the job"


def disk_is_full(error: BaseException) -> str | None:
    """A sentence for users, if that is what an error means."""
    full = isinstance(error, OSError) and error.errno in NO_SPACE
    said = isinstance(error, SQLAlchemyError) and any(text in str(error) for text in FULL)
    if full or said:
        return f"the disk is full ({error.__class__.__name__}: {first_line(error)}); free some space and retry the job"
    return None
