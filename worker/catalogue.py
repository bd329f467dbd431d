"""Tells the database which models, layers, neurons and methods this worker offers."""

import logging
from typing import Any

from jobs import store
from jobs.database import Sessions, writing
from sampler import methods, zoo
from sampler.bundle import Bundle
from worker.models import Models

log = logging.getLogger(__name__)


def publish(sessions: Sessions, models: Models) -> None:
    """Load every model and publish it; one that cannot be loaded is left out, with a line in the log."""
    for name in zoo.names():
        try:
            bundle = models.load(name)
        except zoo.ZooError as wrong:
            log.error("the model %s is not offered: %s", name, wrong)  # noqa: TRY400 - the message says it all
            continue
        with writing(sessions) as session:
            store.publish_model(session, {**bundle.catalogue, "methods": described(bundle)})


def described(bundle: Bundle) -> dict[str, Any]:
    """Every method that this model can be sampled by, with its options."""
    return {name: methods.describe(name) for name in methods.names() if not methods.lacking(name, bundle)}
