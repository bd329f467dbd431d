"""Webhook messages: their log, and the secret that signs them."""

from fastapi import APIRouter, Response

from inverset.api import views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices
from inverset.api.schemas import MessageAnswer, SecretAnswer
from inverset.jobs import access, webhooks
from inverset.jobs.tables import Job

router = APIRouter(tags=["webhooks"])


@router.get("/jobs/{job_id}/webhooks")
def get_messages(job_id: str, services: InServices, caller: AsCaller) -> list[MessageAnswer]:
    """List the webhook messages of a job, sent or waiting. An address may be a secret, so only those who can change the job see it."""
    with services.reading() as session:
        access.check(session, caller, Job, job_id, changes=True)
        return [views.describe_message(each) for each in webhooks.of_job(session, job_id)]


@router.post("/jobs/{job_id}/webhooks/{message_id}/retry", status_code=202)
def retry_message(job_id: str, message_id: str, services: InServices) -> MessageAnswer:
    """Send a message once more, delivered or not."""
    with services.writing() as session:
        return views.describe_message(webhooks.send_again(session, job_id, message_id))


@router.get("/me/webhook-secret")
def get_secret(services: InServices, caller: AsCaller, response: Response) -> SecretAnswer:
    """Get the secret that signs your messages, by the Standard Webhooks scheme."""
    response.headers["Cache-Control"] = "no-store"
    with services.writing() as session:
        return SecretAnswer(secret=webhooks.secret(session, caller.name))


@router.post("/me/webhook-secret")
def rotate_secret(services: InServices, caller: AsCaller, response: Response) -> SecretAnswer:
    """Make a new secret. Until the next rotation, messages are also signed with the previous one."""
    response.headers["Cache-Control"] = "no-store"
    with services.writing() as session:
        return SecretAnswer(secret=webhooks.rotate(session, caller.name))
