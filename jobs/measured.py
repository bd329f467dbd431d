"""Statistics of models' neurons, one row each: a model may have tens of thousands, and a request needs a few."""

import hashlib
import json
import random
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from inverset.contract.catalogue import NeuronStatistics
from inverset.jobs.tables import Neuron

Measured = Mapping[str, Mapping[str, Any]]  # by canonical name: "mean", "sd", "quantiles"
_AT_ONCE = 10_000  # names of one query


def digest(neurons: Measured) -> str:
    """A digest that is equal for equal statistics, so that unchanged ones are not written again."""
    return hashlib.sha256(json.dumps(neurons, sort_keys=True).encode()).hexdigest()


def replace(session: Session, model: str, neurons: Measured) -> None:
    """Replace a model's statistics."""
    session.execute(delete(Neuron).where(Neuron.model == model))
    rows = [{"model": model, "name": name, "measured": dict(each)} for name, each in neurons.items()]
    if rows:
        session.execute(insert(Neuron), rows)
        if session.get_bind().dialect.name == "postgresql":
            # It plans queries for an empty table until it looks at this one, about a minute later; some then take 0.1 s.
            session.execute(text("ANALYZE neurons"))


def of(session: Session, model: str, names: Collection[str]) -> dict[str, NeuronStatistics]:
    """The statistics of some neurons, by canonical name; unmeasured ones are left out."""
    unique, statistics = list(dict.fromkeys(names)), dict[str, NeuronStatistics]()
    for first in range(0, len(unique), _AT_ONCE):
        some = Neuron.name.in_(unique[first : first + _AT_ONCE])
        rows = session.execute(select(Neuron.name, Neuron.measured).where(Neuron.model == model, some))
        statistics.update((name, NeuronStatistics.of(measured)) for name, measured in rows)
    return statistics


def random_neuron(session: Session) -> tuple[str, str] | None:
    """The model and the canonical name of a measured neuron by chance; None: none was measured."""
    count = session.scalar(select(func.count()).select_from(Neuron)) or 0
    if not count:
        return None
    ordered = select(Neuron.model, Neuron.name).order_by(Neuron.model, Neuron.name)
    row = session.execute(ordered.offset(random.randrange(count)).limit(1)).one_or_none()
    return None if row is None else (row[0], row[1])
