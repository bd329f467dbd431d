"""Earlier jobs on a neuron."""

import json
from collections.abc import Sequence

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from inverset.jobs.access import Caller, visible
from inverset.jobs.tables import Job

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
    latest = select(Job.id).where(Job.model == model, visible(caller)).order_by(Job.id.desc()).limit(LATEST)
    named = cast(Job.ranges, Text).contains(json.dumps(neuron), autoescape=True)  # as it stands there in JSON
    query = select(Job).where(Job.id.in_(latest.subquery().select()), named)
    return session.scalars(query.order_by(Job.id.desc()).limit(most)).all()
