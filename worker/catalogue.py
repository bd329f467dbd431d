"""Publishes the models, layers, neurons and methods of this worker, and withdraws those that no worker offers any more."""

import json
from collections.abc import Iterator
from typing import Any

from inverset.contract.catalogue import BATCH
from inverset.jobs import store
from inverset.jobs.database import Sessions, writing
from inverset.sampler import batch_size, methods
from inverset.sampler.bundle import Bundle
from inverset.worker import reference_images
from inverset.worker.models import Models, OnProgress

GRACE_SECONDS = 60.0  # in which other workers may come and offer what a job waits for


class NotStorable(Exception):
    """Raised where a catalogue cannot be written to a database."""


def publish(sessions: Sessions, models: Models, on_progress: OnProgress = lambda *_: None) -> None:
    """Publish every current model; one that cannot be loaded or stored is left out, with a line in the log."""
    for bundle in models.renew(on_progress):
        try:
            _publish(sessions, models, bundle)
        except NotStorable as error:
            models.refuse(bundle.name, str(error))


def measure(sessions: Sessions, models: Models, bundle: Bundle, most: int) -> Iterator[None]:
    """Measure the best batch size of this device, up to ``most``, one size a step, and publish it."""
    rungs = []
    for rung in batch_size.ramp(bundle, most):
        rungs.append(rung)
        yield
    if rungs:
        models.batches[bundle.sha256] = batch_size.best(rungs)
        _publish(sessions, models, bundle)


def _publish(sessions: Sessions, models: Models, bundle: Bundle) -> None:
    offer = {**bundle.catalogue, "methods": methods.offered(bundle), **reference_images.noted(bundle)}
    if batch := models.batches.get(bundle.sha256):
        offer[BATCH] = {**batch._asdict(), "device": models.device}
    _check(offer)
    with writing(sessions) as session:
        store.publish_model(session, offer)


def _check(offer: dict[str, Any]) -> None:
    """Raises NotStorable where PostgreSQL's JSON would reject it, whichever database is used."""
    try:
        text = json.dumps(offer, allow_nan=False)
        text.encode()
    except (TypeError, ValueError) as error:
        raise NotStorable(f"its catalogue cannot be written down: {error}") from None
    if "\\u0000" in text:
        raise NotStorable("one of its names has a NUL character, which databases do not accept")


def settle(sessions: Sessions, models: Models, worker: str, lease_seconds: float, waited: float) -> None:
    """Withdraw models that no live worker offers, and note whose jobs wait in vain.

    Args:
        sessions: of the database.
        models: what this worker has.
        worker: its name.
        lease_seconds: of silence, after which another is not alive.
        waited: seconds since this worker began. Jobs are not given up before ``GRACE_SECONDS`` of them: where all workers begin
            together, one may be first that has not everything.
    """
    with writing(sessions) as session:
        others = {
            name
            for other in store.workers(session, lease_seconds)
            if other.id != worker
            for name in other.speeds
        }
        offered = {*models.names, *models.pending, *others}
        for name in store.model_names(session):
            if name not in offered:
                store.withdraw_model(session, name)
        waiting = store.asked(session)
    models.keep(waiting)
    if waited >= GRACE_SECONDS:
        models.forsaken = {name for name, _ in waiting} - offered
