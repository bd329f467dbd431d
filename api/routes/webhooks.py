"""Webhook messages: their log, and the secret that signs them."""

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
    """The webhook messages of a job, sent or waiting. An address may be a secret: only for those who may change the job."""
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
    """The secret that signs your messages, by the Standard Webhooks scheme."""
    response.headers["Cache-Control"] = "no-store"
    with services.writing() as session:
        return {"secret": webhooks.secret(session, caller.name)}


@router.post("/me/webhook-secret", response_model=SecretAnswer)
def rotate_secret(services: InServices, caller: AsCaller, response: Response) -> dict[str, str]:
    """A new secret. Until the next rotation messages are also signed with the previous one."""
    response.headers["Cache-Control"] = "no-store"
    with services.writing() as session:
        return {"secret": webhooks.rotate(session, caller.name)}
