"""Messages to those who asked to be told: their log, and what they are signed with."""

from typing import Any

from fastapi import APIRouter, Response

from inverset.api.auth import AsCaller
from inverset.api.deps import InServices
from inverset.api.schemas import MessageAnswer, SecretAnswer
from inverset.jobs import access, views, webhooks
from inverset.jobs.tables import Job

router = APIRouter(tags=["webhooks"])


@router.get("/jobs/{job_id}/webhooks", response_model=list[MessageAnswer])
def get_messages(job_id: str, services: InServices, caller: AsCaller) -> list[dict[str, Any]]:
    """What was sent, or is to be, about a job. An address may be a secret: not for those who may only look."""
    with services.reading() as session:
        access.check(session, caller, Job, job_id, changes=True)
        return [views.describe_message(each) for each in webhooks.of_job(session, job_id)]


@router.post("/jobs/{job_id}/webhooks/{message_id}/retry", status_code=202, response_model=MessageAnswer)
def retry_message(job_id: str, message_id: str, services: InServices) -> dict[str, Any]:
    """Send a message once more, delivered or not."""
    with services.writing() as session:
        return views.describe_message(webhooks.send_again(session, job_id, message_id))


@router.get("/me/webhook-secret", response_model=SecretAnswer)
def get_secret(services: InServices, caller: AsCaller, response: Response) -> dict[str, str]:
    """What your messages are signed with, as Standard Webhooks have it."""
    response.headers["Cache-Control"] = "no-store"
    with services.writing() as session:
        return {"secret": webhooks.secret(session, caller.name)}


@router.post("/me/webhook-secret", response_model=SecretAnswer)
def rotate_secret(services: InServices, caller: AsCaller, response: Response) -> dict[str, str]:
    """A new secret. Until the next one is asked for, messages bear a signature by the one before as well."""
    response.headers["Cache-Control"] = "no-store"
    with services.writing() as session:
        return {"secret": webhooks.rotate(session, caller.name)}
