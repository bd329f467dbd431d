"""Rows of the database as the API's JSON."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from inverset.contract import paths
from inverset.jobs import share
from inverset.jobs.access import PRIVATE
from inverset.jobs.lifecycle import ACTIVE
from inverset.jobs.queue_forecast import Entry, Place, QueueForecast
from inverset.jobs.sweeps import Standing
from inverset.jobs.switches import DRAINING, PAUSED
from inverset.jobs.tables import Job, Sample, Sweep, Webhook


def describe(job: Job, place: Place | None = None) -> dict[str, Any]:
    """The answer on a job; ``place``: its place in the queue, if it has not ended."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "cancel_requested": job.cancel_requested,
        "outcome": job.outcome,
        "share_of_nature": share.share_of_nature(job.tally),
        "confounds": job.confounds,
        "model": {"name": job.model, "sha256": job.model_sha256},
        "spec": _shown({**job.spec, "k": job.k, "visibility": job.visibility}, job.visibility),
        "ranges": job.ranges,
        "progress": progress(job),
        "queue": None if place is None else place._asdict(),
        "owner": job.owner,
        "visibility": job.visibility,
        "sweep": job.sweep,
        "created": text(job.created_at),
        "started": text(job.started_at),
        "finished": text(job.finished_at),
        "expires": text(job.expires_at),
        "stored_bytes": job.stored_bytes,
        "error": job.error,
        "links": links(job.id) | ({"sweep": f"/v1/sweeps/{job.sweep}"} if job.sweep else {}),
    }


def progress(job: Job) -> dict[str, Any]:
    """A job's progress; ``seconds`` are of sampling, ``eta_seconds`` of sampling still to come."""
    seconds = float(job.tally.get("seconds", 0.0))
    eta = None
    if job.state in ACTIVE and job.accepted:
        eta = round(seconds / job.accepted * (job.n - job.accepted), 1)
    return {
        "accepted": job.accepted,
        "n": job.n,
        "gradient_evaluations": job.tally.get("gradient_evaluations", 0),
        "forward_passes": round(job.tally.get("forward_passes", 0), 2),
        "evaluations": evaluations(job.tally),
        "given_up": job.tally.get("given_up", 0),
        "seconds": round(seconds, 3),
        "eta_seconds": eta,
        "closest": job.closest,
    }


def evaluations(tally: Mapping[str, Any]) -> float:
    """The computation done, in gradient evaluations; jobs of an earlier version counted nothing else."""
    return round(float(tally.get("evaluations", tally.get("gradient_evaluations", 0))), 2)


def links(job_id: str) -> dict[str, str]:
    """The addresses of what belongs to a job."""
    here = f"/v1/jobs/{job_id}"
    files = ("gallery.zip", "contact-sheet.png", "animation.webp", "codes.safetensors")
    rest = ("samples", "map", "evidence", "events", "cancel", "retry", *files)
    return {
        "self": here,
        **{name.split(".", maxsplit=1)[0].replace("-", "_"): f"{here}/{name}" for name in rest},
    }


def describe_sweep(sweep: Sweep, standing: Standing) -> dict[str, Any]:
    """The answer on a sweep, without its jobs."""
    here = f"/v1/sweeps/{sweep.id}"
    names = ("cancel", "retry", "gallery.zip")
    return {
        "id": sweep.id,
        "state": standing.state.value,
        "spec": _shown(sweep.spec, sweep.visibility),
        "progress": {name: getattr(standing, name) for name in ("jobs", "ended", "accepted", "n")},
        "owner": sweep.owner,
        "visibility": sweep.visibility,
        "created": text(sweep.created_at),
        "links": {
            "self": here,
            "jobs": f"/v1/jobs?sweep={sweep.id}",
            **{name.split(".", maxsplit=1)[0]: f"{here}/{name}" for name in names},
        },
    }


def describe_whole_sweep(
    sweep: Sweep, jobs: Sequence[Job], place: Callable[[Job], Place | None]
) -> dict[str, Any]:
    """The answer on a sweep with its jobs, in order."""
    standing = Standing.of((job.state, job.accepted, job.n) for job in jobs)
    listed = [describe(job, place(job)) for job in jobs]
    return {**describe_sweep(sweep, standing), "jobs": listed}


def folder(sweep: Sweep, job: Job) -> str:
    """The folder of a job's gallery within its sweep's archive."""
    return f"{'band' if 'range' in sweep.spec['vary'] else 'neuron'}-{job.sweep_index}"


def title(sweep: Sweep, jobs: Sequence[Job]) -> str:
    """A sweep in one line."""
    neurons = dict.fromkeys(target.neuron for job in jobs for target in job.targets)
    what = "bands" if "range" in sweep.spec["vary"] else "neurons"
    asked = f"{' and '.join(neurons)} over " if what == "bands" else ""
    return f"{asked}{len(jobs)} {what} of {sweep.spec['model']}"


def describe_sample(sample: Sample) -> dict[str, Any]:
    """The answer on a sample."""
    here = f"/v1/jobs/{sample.job_id}/samples/{sample.index}"
    return {
        "index": sample.index,
        "file": paths.image_in_gallery(sample.index),
        "sha256": sample.sha256,
        "size": sample.size,
        "activations": sample.activations,
        "step": sample.step,
        "parent": sample.parent,
        "start": sample.start and {"url": f"{here}/start.png", "activations": sample.start_activations},
        "links": {"image": f"{here}.png", "thumbnail": f"{here}.webp"},
    }


def reference(model: str, number: int, version: str) -> str:
    """The address of the thumbnail of a model's reference image."""
    return f"/v1/models/{quote(model)}/references/{number}.webp?version={version}"


def describe_line(line: QueueForecast, on: Collection[str], owner: str, most: int) -> dict[str, Any]:
    """The answer on the queue for a user, with its first jobs; ``on``: the switches that are on."""
    listed = zip(line.entries[:most], line.starts[:most], strict=True)
    return {
        "running": line.running,
        "waiting": line.waiting,
        "paused": PAUSED in on,
        "draining": DRAINING in on,
        "workers": [{"id": worker.id, "device": worker.device} for worker in line.workers],
        "shares": [
            {"user": user.name, "weight": user.weight, "score": round(user.score, 3), "running": user.running}
            for user in line.contenders
        ],
        "jobs": [_entry(job, owner, start, line.reason(start)) for job, start in listed],
    }


def _entry(job: Entry, owner: str, starts_in_seconds: float | None, reason: str | None) -> dict[str, Any]:
    """A job in the queue; of another owner's only its size."""
    mine = job.owner == owner
    return {
        "id": job.id if mine else None,
        "mine": mine,
        "state": job.state,
        "priority": job.priority,
        "accepted": job.accepted,
        "n": job.n,
        "starts_in_seconds": starts_in_seconds,
        "reason": reason,
        "links": links(job.id) if mine else None,
    }


def describe_message(message: Webhook) -> dict[str, Any]:
    """The answer on a webhook message."""
    return {
        "id": message.id,
        "event": message.event,
        "url": message.url,
        "created": text(message.created_at),
        "due": text(message.due_at),
        "delivered": text(message.delivered_at),
        "attempts": message.attempts,
    }


def _shown(spec: dict[str, Any], visibility: str) -> dict[str, Any]:
    """The spec; its webhook's address is hidden from a team, because knowing it often allows writing there."""
    return spec if visibility == PRIVATE else {**spec, "webhook": None}


def text(at: datetime | None) -> str | None:
    """A time in the API's format; None stays None."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
