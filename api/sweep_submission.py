"""Submission of a sweep: all of its jobs are checked before anything is written."""

from collections.abc import Sequence
from typing import Annotated, Any

from sqlalchemy.orm import Session

from inverset.api import complaints, submission
from inverset.api.bodies import body
from inverset.api.deps import Services
from inverset.config import logs
from inverset.contract import resolution
from inverset.contract.errors import Complaint, InvalidSpec
from inverset.contract.question import Question
from inverset.contract.spec import JobSpec
from inverset.jobs import idempotency, quotas, sweeps
from inverset.jobs.posting import Origin
from inverset.jobs.sweep_spec import SweepSpec, check_size
from inverset.jobs.tables import Sweep


def _example(summary: str, vary: dict[str, Any], *neurons: dict[str, Any]) -> dict[str, Any]:
    value = {"model": "scenes", "neurons": list(neurons), "vary": vary, "n": 16}
    return {"summary": summary, "value": value}


_BANDS = [{"quantiles": [0.5, 0.7]}, {"quantiles": [0.8, 0.9]}, [2, 3]]
_OPEN = {"neuron": "fc8:volcano"}
_EXAMPLES = {
    "bands": _example("One neuron, many bands", {"range": _BANDS}, _OPEN),
    "neurons": _example(
        "Many neurons, one band",
        {"neuron": ["fc8:volcano", "conv5:3"]},
        {"range": {"quantiles": [0.9, 0.99]}},
    ),
    "intersections": _example(
        "One neuron from low to high, while another stays in its band",
        {"range": [{"sd": [0, 1]}, {"sd": [1, 2]}]},
        _OPEN,
        {"neuron": "conv5:3", "range": {"sd": [-1, 2]}},
    ),
}
Posted = Annotated[SweepSpec, body(SweepSpec, _EXAMPLES)]


def accept(services: Services, owner: str, spec: SweepSpec, key: str | None) -> str:
    """Queue a sweep's jobs and return its id; or the id of the sweep that the same key and body made before.

    Raises:
        InvalidSpec, LimitExceeded, IdempotencyMismatch, Draining: nothing was created.
    """
    check_size(spec, services.settings)
    asked = spec.jobs()
    submission.check(asked[0], services.settings)  # they differ in nothing that is limited
    origin = Origin(owner, submission.bare(key), submission.digest(spec), logs.request_id())
    with services.writing() as session:
        quotas.hold(
            session, owner
        )  # before the key is looked up: another request may be about to make the row
        if before := idempotency.posted(session, Sweep, origin):
            return before.id
        submission.check_room(session, services.settings, owner, len(asked))
        kept = [submission.kept(each, services.settings) for each in asked]
        jobs = list(zip(kept, _resolved(session, spec, asked), strict=True))
        sweep = sweeps.post(session, origin, spec, jobs, services.settings)
    services.announce()
    return sweep.id


def _resolved(session: Session, spec: SweepSpec, asked: Sequence[JobSpec]) -> list[Question]:
    """The question of each job. Raises InvalidSpec with all errors; an error that all jobs share comes once."""
    names = {name for each in asked for name in each.names}
    offered, questions = submission.offered(session, spec.model, names), []
    faults: list[Complaint] = []
    for number, each in enumerate(asked):
        try:
            questions.append(resolution.resolve(offered, each))
        except InvalidSpec as refused:
            kind = type(refused)
            located = spec.complaints(number, refused)
            faults += [complaint for complaint in located if complaint not in faults]
            if len(faults) >= complaints.MOST:  # no more are named, and to find out takes time
                break
    if faults:
        raise (kind if len(faults) == 1 else InvalidSpec)(faults)
    return questions
