"""Answers of the API made of rows: jobs, sweeps, samples, the queue, webhook messages."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from urllib.parse import quote

from inverset.api.sample_schemas import SampleAnswer, StartAnswer
from inverset.api.schemas import (
    ImageTryAnswer,
    JobAnswer,
    MessageAnswer,
    NamedModel,
    NatureAnswer,
    NeuronAnswer,
    Progress,
    QueueAnswer,
    QueueEntry,
    QueuePlace,
    ShareAnswer,
    ShareLinkAnswer,
    Statistics,
    SweepAnswer,
    SweepProgress,
    WholeSweepAnswer,
    WorkerAnswer,
)
from inverset.contract import paths
from inverset.contract.catalogue import Catalogue
from inverset.contract.neurons import CENTER
from inverset.jobs import share
from inverset.jobs.access import PRIVATE
from inverset.jobs.column_types import JsonObject
from inverset.jobs.lifecycle import ACTIVE
from inverset.jobs.queue_forecast import ForecastPlace, QueueForecast
from inverset.jobs.queue_lines import Entry
from inverset.jobs.sweeps import SweepTotals
from inverset.jobs.switches import DRAINING, PAUSED
from inverset.jobs.tables import ImageTry, Job, Sample, ShareLink, Sweep, Webhook
from inverset.jobs.tally import Tally


def describe(job: Job, place: ForecastPlace | None = None) -> JobAnswer:
    """The answer on a job; ``place``: its place in the queue, if it has not ended.

    What is stored as the answer has it is checked here for the first time, and only here: this is done at every poll.
    """
    counted = job.counted
    nature = share.share_of_nature(counted)
    return JobAnswer(
        id=job.id,
        kind=job.kind,
        state=job.state,
        cancel_requested=job.cancel_requested,
        outcome=job.outcome,
        share_of_nature=nature and NatureAnswer(**vars(nature)),
        confounds=job.confounds,
        model=NamedModel(name=job.model, sha256=job.model_sha256),
        spec=_shown(job),
        ranges=job.ranges,
        progress=_progress(job, counted),
        queue=None if place is None else QueuePlace(**place._asdict()),
        owner=job.owner,
        visibility=job.visibility,
        name=job.name,
        notes=job.notes,
        tags=job.tags,
        starred=job.starred,
        trust=job.trust,
        preview=job.preview,
        sweep=job.sweep,
        created=moment(job.created_at),
        started=text(job.started_at),
        finished=text(job.finished_at),
        expires=text(job.expires_at),
        stored_bytes=job.stored_bytes,
        error=job.error,
        links=links(job.id) | ({"sweep": f"/v1/sweeps/{job.sweep}"} if job.sweep else {}),
    )


def _progress(job: Job, counted: Tally) -> Progress:
    eta = None
    if job.state in ACTIVE and job.accepted:
        eta = round(counted.seconds / job.accepted * (job.n - job.accepted), 1)
    return Progress(
        accepted=job.accepted,
        n=job.n,
        gradient_evaluations=counted.gradient_evaluations,
        forward_passes=round(counted.forward_passes, 2),
        evaluations=round(counted.computed, 2),
        given_up=counted.given_up,
        seconds=round(counted.seconds, 3),
        eta_seconds=eta,
        closest=job.closest,
    )


def links(job_id: str) -> dict[str, str]:
    """The addresses of what belongs to a job."""
    here = f"/v1/jobs/{job_id}"
    files = ("gallery.zip", "contact-sheet.png", "animation.webp", "codes.safetensors", "figure.png")
    rest = ("samples", "map", "evidence", "events", "cancel", "front", "retry", *files)
    return {
        "self": here,
        **{name.split(".", maxsplit=1)[0].replace("-", "_"): f"{here}/{name}" for name in rest},
    }


def describe_share_link(link: ShareLink) -> ShareLinkAnswer:
    """The answer on a share link."""
    return ShareLinkAnswer(id=link.id, created=moment(link.created_at))


def describe_image_try(tried: ImageTry) -> ImageTryAnswer:
    """The answer on images that are tried."""
    return ImageTryAnswer(
        id=tried.id,
        state=tried.state,
        model=tried.model,
        neuron=tried.neuron,
        images=tried.results,
        error=tried.error,
        created=moment(tried.created_at),
        expires=moment(tried.expires_at),
        links={"self": f"/v1/image-tries/{tried.id}"},
    )


def describe_sweep(sweep: Sweep, totals: SweepTotals) -> SweepAnswer:
    """The answer on a sweep, without its jobs."""
    here = f"/v1/sweeps/{sweep.id}"
    names = ("cancel", "retry", "gallery.zip")
    return SweepAnswer(
        id=sweep.id,
        state=totals.state,
        spec=_without_webhook(sweep.spec, sweep.visibility),
        progress=SweepProgress(jobs=totals.jobs, ended=totals.ended, accepted=totals.accepted, n=totals.n),
        owner=sweep.owner,
        visibility=sweep.visibility,
        created=moment(sweep.created_at),
        links={
            "self": here,
            "jobs": f"/v1/jobs?sweep={sweep.id}",
            **{name.split(".", maxsplit=1)[0]: f"{here}/{name}" for name in names},
        },
    )


def describe_whole_sweep(
    sweep: Sweep, jobs: Sequence[Job], place: Callable[[Job], ForecastPlace | None]
) -> WholeSweepAnswer:
    """The answer on a sweep with its jobs, in order."""
    totals = SweepTotals.of((job.state, job.accepted, job.n) for job in jobs)
    listed = [describe(job, place(job)) for job in jobs]
    return WholeSweepAnswer(**dict(describe_sweep(sweep, totals)), jobs=listed)


def folder(sweep: Sweep, job: Job) -> str:
    """The folder of a job's gallery within its sweep's archive."""
    return f"{'band' if sweep.asked.over_bands else 'neuron'}-{job.sweep_index}"


def title(sweep: Sweep, jobs: Sequence[Job]) -> str:
    """A sweep in one line."""
    neurons = dict.fromkeys(target.neuron for job in jobs for target in job.targets)
    what = "bands" if sweep.asked.over_bands else "neurons"
    asked = f"{' and '.join(neurons)} over " if sweep.asked.over_bands else ""
    return f"{asked}{len(jobs)} {what} of {sweep.asked.model}"


def describe_sample(sample: Sample) -> SampleAnswer:
    """The answer on a sample."""
    here = f"/v1/jobs/{sample.job_id}/samples/{sample.index}"
    began = sample.start_activations
    return SampleAnswer(
        index=sample.index,
        file=paths.image_in_gallery(sample.index),
        sha256=sample.sha256,
        size=sample.size,
        activations=sample.activations,
        step=sample.step,
        parent=sample.parent,
        start=None if began is None else StartAnswer(url=f"{here}/start.png", activations=began),
        links={"image": f"{here}.png", "thumbnail": f"{here}.webp"},
    )


def describe_neuron(offered: Catalogue, canonical: str) -> NeuronAnswer:
    """The answer on a neuron, by its canonical name."""
    neuron, measured = offered.neuron(canonical), offered.neurons.get(canonical)
    kind = next(layer.kind for layer in offered.layers if layer.name == neuron.layer)
    default = {"map": CENTER, "tokens": "0"}.get(kind)
    return NeuronAnswer(
        neuron=canonical,
        layer=neuron.layer,
        unit=None if neuron.direction else neuron.unit,
        label=None if neuron.direction else neuron.label,
        direction=neuron.direction and "#".join(neuron.direction),
        reading=default and (default if neuron.reading == CENTER else neuron.place),
        measured=measured and Statistics(**vars(measured)),
    )


def reference(model: str, number: int, version: str) -> str:
    """The address of the thumbnail of a model's reference image."""
    return f"/v1/models/{quote(model)}/references/{number}.webp?version={version}"


def describe_line(line: QueueForecast, on: Collection[str], owner: str, most: int) -> QueueAnswer:
    """The answer on the queue for a user, with its first jobs; ``on``: the switches that are on."""
    listed = zip(line.entries[:most], line.starts[:most], strict=True)
    return QueueAnswer(
        running=line.running,
        waiting=line.waiting,
        about=line.lengths is not None,
        paused=PAUSED in on,
        draining=DRAINING in on,
        workers=[WorkerAnswer(id=worker.id, device=worker.device) for worker in line.workers],
        shares=[
            ShareAnswer(user=user.name, weight=user.weight, score=round(user.score, 3), running=user.running)
            for user in line.contenders
        ],
        jobs=[_entry(job, owner, start, line.reason(start)) for job, start in listed],
    )


def _entry(job: Entry, owner: str, starts_in_seconds: float | None, reason: str | None) -> QueueEntry:
    """A job in the queue; of another owner's only its size."""
    mine = job.owner == owner
    return QueueEntry(
        id=job.id if mine else None,
        mine=mine,
        state=job.state,
        priority=job.priority,
        accepted=job.accepted,
        n=job.n,
        starts_in_seconds=starts_in_seconds,
        reason=reason,
        links=links(job.id) if mine else None,
    )


def describe_message(message: Webhook) -> MessageAnswer:
    """The answer on a webhook message."""
    return MessageAnswer(
        id=message.id,
        event=message.event,
        url=message.url,
        created=moment(message.created_at),
        due=text(message.due_at),
        delivered=text(message.delivered_at),
        attempts=message.attempts,
    )


def _shown(job: Job) -> JsonObject:
    """The job's spec, with what has changed since."""
    now: JsonObject = {"k": job.k, "visibility": job.visibility, "priority": job.priority}
    return _without_webhook({**job.spec, **now}, job.visibility)


def _without_webhook(spec: JsonObject, visibility: str) -> JsonObject:
    """The spec; its webhook's address is hidden from a team, because knowing it often allows writing there."""
    return spec if visibility == PRIVATE else {**spec, "webhook": None}


def text(at: datetime | None) -> str | None:
    """A time in the API's format; None stays None."""
    return None if at is None else moment(at)


def moment(at: datetime) -> str:
    """A time in the API's format."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
