"""Earlier jobs on a neuron."""

import json
from collections.abc import Sequence

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from inverset.jobs.access import Caller, visible
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Job

LAST = 5  # jobs that tell how long a sample takes
LATEST = 2000  # jobs on a model that are looked through: neurons stand in no index


def of_neuron(session: Session, caller: Caller, model: str, neuron: str, most: int) -> Sequence[Job]:
    """Jobs that name a neuron, newest first: at most so many, out of the last ``LATEST`` visible ones on the model.

    Args:
        session: a database session.
        caller: who asks.
        model: its name.
        neuron: its canonical name.
        most: how many are given.
    """
    listed = Job.model == model, Job.preview.is_(False), visible(caller)
    latest = select(Job.id).where(*listed).order_by(Job.id.desc()).limit(LATEST)
    named = cast(Job.ranges, Text).contains(json.dumps(neuron), autoescape=True)  # as it stands there in JSON
    query = select(Job).where(Job.id.in_(latest.subquery().select()), named)
    return session.scalars(query.order_by(Job.id.desc()).limit(most)).all()


def seconds_a_sample(session: Session, model: str) -> float | None:
    """The seconds of sampling that a sample of the last jobs on a model took; None: there are none."""
    query = select(Job).where(Job.model == model, Job.state == Status.SUCCEEDED, Job.accepted > 0)
    last = session.scalars(query.order_by(Job.id.desc()).limit(LAST)).all()
    return sum(job.counted.seconds for job in last) / sum(job.accepted for job in last) if last else None
