"""A job's card: its answer, its first samples, and its trust."""

from typing import Any

from sqlalchemy.orm import Session

from inverset.api.deps import Services
from inverset.jobs import samples, store, views
from inverset.jobs.samples import Wish
from inverset.jobs.tables import Job


def card(services: Services, session: Session, job: Job, pictures: int) -> dict[str, Any]:
    """A job's answer with so many ``samples``, and ``trust`` (None: nothing was measured yet)."""
    first, _ = samples.page(session, job.id, Wish(limit=pictures))
    return {
        **views.describe(job, services.queue.place(session, job)),
        "samples": [views.describe_sample(sample) for sample in first],
        "trust": store.trust(session, job.id),
    }
