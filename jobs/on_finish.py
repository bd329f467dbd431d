"""Actions at a job's end: a webhook message if one was requested, and the date of removal."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from inverset.jobs.column_types import JsonObject
from inverset.jobs.ids import new_id
from inverset.jobs.tables import Job, Webhook


def ended(session: Session, job: Job, at: datetime) -> None:
    """Set the date of removal and queue the message; called in the transaction that ends a job, after its outcome is set."""
    days, url = job.asked.retention_days, job.asked.webhook
    job.expires_at = None if days is None else at + timedelta(days=days)
    if url is not None:
        session.add(_message(job, url, at))


def _message(job: Job, url: str, at: datetime) -> Webhook:
    event = f"job.{job.state.value}"
    payload = {"type": event, "timestamp": at.isoformat(), "data": _data(job, at)}
    return Webhook(
        id=new_id("msg", at),
        job_id=job.id,
        url=url,
        event=event,
        payload=payload,
        created_at=at,
        due_at=at,
        attempts=[],
    )


def _data(job: Job, at: datetime) -> JsonObject:
    """The message's data: enough to act on, with links to the rest."""
    here = f"/v1/jobs/{job.id}"
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "outcome": job.outcome,
        "error": job.error,
        "accepted": job.accepted,
        "n": job.n,
        "owner": job.owner,
        "sweep": job.sweep,
        "finished": at.isoformat(),
        "links": {"self": here, "gallery": f"{here}/gallery.zip", "evidence": f"{here}/evidence"},
    }
