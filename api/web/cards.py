"""A job's card: its answer, its first samples, and its trust."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inverset.api import views
from inverset.api.deps import Services
from inverset.api.sample_schemas import SampleAnswer
from inverset.api.schemas import JobAnswer
from inverset.contract.evidence import Trust
from inverset.jobs import samples, store
from inverset.jobs.samples import Selection
from inverset.jobs.tables import Job


@dataclass(frozen=True)
class Card:
    """A job as lists show it."""

    job: JobAnswer
    samples: Sequence[SampleAnswer]
    trust: Trust | None  # None: nothing was measured yet


def card(services: Services, session: Session, job: Job, pictures: int) -> Card:
    """A job's card with so many samples."""
    first, _ = samples.page(session, job.id, Selection(limit=pictures))
    return Card(
        views.describe(job, services.queue.place(session, job)),
        list(map(views.describe_sample, first)),
        store.trust(session, job.id),
    )
