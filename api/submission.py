"""Submission of a job: everything is checked before anything is written."""

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Header, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from inverset.api.bodies import body
from inverset.api.deps import Services
from inverset.config import logs, webhook_targets
from inverset.config.settings import Settings
from inverset.config.webhook_targets import Allowed
from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue
from inverset.contract.errors import Complaint, InvalidSpec, NotFound, UnknownModel
from inverset.contract.spec import JobSpec
from inverset.jobs import idempotency, quotas, store, switches
from inverset.jobs.posting import Origin
from inverset.jobs.tables import Job

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
Posted = Annotated[JobSpec, body(JobSpec, _EXAMPLES)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Your own name for this request. If you send it again, you get the job that it made before."
    ),
]


async def named_once(request: Request) -> None:
    """Raises HTTPException if a request has several Idempotency-Key headers."""
    if len(request.headers.getlist("idempotency-key")) > 1:
        raise HTTPException(400, "there are several Idempotency-Key headers; send one")


def accept(services: Services, owner: str, spec: JobSpec, key: str | None) -> str:
    """Queue a job and return its id; or the id of the job that the same key and body made before.

    Raises:
        InvalidSpec, LimitExceeded, IdempotencyMismatch, Draining: nothing was created.
    """
    check(spec, services.settings)
    origin = Origin(owner, bare(key), digest(spec), logs.request_id())
    with services.writing() as session:
        quotas.hold(
            session, owner
        )  # before the key is looked up: another request may be about to make the row
        if before := idempotency.posted(session, Job, origin):
            return before.id
        check_room(session, services.settings, owner)
        question = resolution.resolve(offered(session, spec.model, spec.names), spec)
        spec = kept(spec, services.settings)
        job = store.post_job(session, spec, question, origin, services.settings)
    services.announce()
    return job.id


def check(spec: JobSpec, settings: Settings) -> None:
    """Check a request against the limits of this server, and its webhook's address.

    Raises:
        InvalidSpec: the server allows less, or the webhook's address may not be sent to.
    """
    quotas.check_spec(spec, settings)
    if spec.webhook is not None:
        webhook_targets.check(spec.webhook, Allowed.of(settings.webhook_allow))


def kept(spec: JobSpec, settings: Settings) -> JobSpec:
    """The spec, with this server's retention if it names none itself."""
    days = spec.retention_days or settings.retention_days
    return spec.model_copy(update={"retention_days": days})


def check_room(session: Session, settings: Settings, owner: str, more: int = 1) -> None:
    """Check whether a user may queue so many more jobs now.

    Raises:
        Draining: no new jobs are taken.
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
    """A digest that is equal for two bodies that ask for the same."""
    return hashlib.sha256(json.dumps(spec.model_dump(), sort_keys=True).encode()).hexdigest()


def offered(session: Session, name: str, neurons: Iterable[str]) -> Catalogue:
    """The catalogue of the body's model, with the measurements of the neurons that the body names.

    Raises:
        UnknownModel: there is none; here that is the body's mistake.
    """
    try:
        return store.offered(session, name, neurons)
    except NotFound as missing:
        raise UnknownModel([Complaint(loc=["model"], msg=str(missing))]) from None
