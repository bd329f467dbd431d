"""A job comes in: looked at from all sides before anything is written."""

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Header, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from inverset.api.bodies import body
from inverset.api.deps import Services
from inverset.jobs import catalogue, idempotency, logs, quotas, store, switches, webhook_targets
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.lifecycle import Complaint, InvalidSpec, NotFound, UnknownModel
from inverset.jobs.posting import Origin
from inverset.jobs.settings import Settings
from inverset.jobs.spec import JobSpec, check_limits
from inverset.jobs.tables import Job
from inverset.jobs.webhook_targets import Allowed

LONGEST_KEY = 255


def _example(summary: str, *neurons: dict[str, Any], **rest: object) -> dict[str, Any]:
    return {"summary": summary, "value": {"model": "scenes", "neurons": list(neurons), **rest}}


_VOLCANO = {"neuron": "fc8:volcano", "range": {"quantiles": [0.95, 0.99]}}
_EXAMPLES = {
    "inverse set": _example("One neuron, its band given in quantiles", _VOLCANO, n=16),
    "numbers": _example(
        "Its band given in numbers", {"neuron": "fc8:volcano", "range": [2, 3]}, n=16, seed=7
    ),
    "intersection": _example(
        "Two neurons at once", _VOLCANO, {"neuron": "conv5:3", "range": {"sd": [-1, 2]}}, n=16
    ),
}
Asked = Annotated[JobSpec, body(JobSpec, _EXAMPLES)]
IdempotencyKey = Annotated[
    str | None,
    Header(description="Your own name for this request: sent again, it gives the job that it made before."),
]


async def named_once(request: Request) -> None:
    """Raises HTTPException where a request bears several keys: none of them would be the one that is meant."""
    if len(request.headers.getlist("idempotency-key")) > 1:
        raise HTTPException(400, "there are several Idempotency-Key headers; send one")


def accept(services: Services, owner: str, spec: JobSpec, key: str | None) -> str:
    """Queue a job and give its id; or the one that the same key and body made before.

    Raises:
        InvalidSpec, LimitExceeded, IdempotencyMismatch, Draining: nothing was created.
    """
    check(spec, services.settings)
    origin = Origin(owner, bare(key), digest(spec), logs.request_id())
    with services.writing() as session:
        quotas.hold(session, owner)  # before the key is looked up: whoever made the row may be about to
        if before := idempotency.posted(session, Job, origin):
            return before.id
        check_room(session, services.settings, owner)
        question = catalogue.resolve(offered(session, spec.model, spec.names), spec)
        spec = kept(spec, services.settings)
        job = store.post_job(session, spec, question, origin, services.settings)
    services.announce()
    return job.id


def check(spec: JobSpec, settings: Settings) -> None:
    """Hold a request against what this server gives, and where it sends to.

    Raises:
        InvalidSpec: it gives less, or nobody may be told there.
    """
    check_limits(spec, settings)
    if spec.webhook is not None:
        webhook_targets.check(spec.webhook, Allowed.of(settings.webhook_allow))


def kept(spec: JobSpec, settings: Settings) -> JobSpec:
    """The same, kept for as long as this server keeps jobs if it does not say itself."""
    days = spec.retention_days or settings.retention_days
    return spec.model_copy(update={"retention_days": days})


def check_room(session: Session, settings: Settings, owner: str, more: int = 1) -> None:
    """See whether a user may ask for so many more jobs just now.

    Raises:
        Draining: nobody may.
        LimitExceeded, StorageFull: they have as many jobs or bytes as they may.
    """
    switches.check_taking(session)
    quotas.check(session, settings, owner, more)


def bare(key: str | None) -> str | None:
    """The key without the quotes of a structured field."""
    if key is None:
        return None
    bare = key.strip().removeprefix('"').removesuffix('"')
    if not 0 < len(bare) <= LONGEST_KEY:
        message = f"an Idempotency-Key has 1 to {LONGEST_KEY} characters"
        raise InvalidSpec([Complaint(loc=["Idempotency-Key"], msg=message)])
    return bare


def digest(spec: BaseModel) -> str:
    """What two bodies that ask for the same have in common."""
    return hashlib.sha256(json.dumps(spec.model_dump(), sort_keys=True).encode()).hexdigest()


def offered(session: Session, name: str, neurons: Iterable[str]) -> Catalogue:
    """The catalogue of the model that a body names, with what was measured of the neurons that it names.

    Raises:
        UnknownModel: there is none; here that is the body's mistake.
    """
    try:
        return store.offered(session, name, neurons)
    except NotFound as missing:
        raise UnknownModel([Complaint(loc=["model"], msg=str(missing))]) from None
