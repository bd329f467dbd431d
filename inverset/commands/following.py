"""Commands on existing jobs: ``inverset show``, ``watch``, ``cancel``, ``retry``, ``download``, ``delete``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import typer
from rich.markup import escape

from inverset import screen, tables
from inverset.client import LOCAL, Client
from inverset.commands.options import Job, Out, Server, client
from inverset.contract.answers import SUCCEEDED, JobAnswer
from inverset.errors import ProblemResponse, ServerUnreachable
from inverset.screen import out, say


def show(job: Job, server: Server = LOCAL) -> None:
    """Show a job: its request, its progress and its measurements."""
    with client(server) as service:
        answer = JobAnswer.of(service.job(job))
        evidence = evidence_of(service, answer)
    out.print(tables.job(answer))
    for line in screen.judged(evidence):
        out.print(line, soft_wrap=True)


def watch(job: Job, server: Server = LOCAL) -> None:
    """Follow a job until it ends."""
    with client(server) as service:
        report(service, follow(service, JobAnswer.of(service.job(job))))


def cancel(job: Job, server: Server = LOCAL) -> None:
    """Stop a job and keep its images."""
    with client(server) as service:
        answer = JobAnswer.of(service.cancel(job))
    say(f"{job} {'will stop within seconds' if answer.will_stop else 'is ' + answer.state}")


def retry(job: Job, server: Server = LOCAL) -> None:
    """Queue a failed or canceled job again; it continues after its last image."""
    with client(server) as service:
        say(f"{job} is {JobAnswer.of(service.retry(job)).state}; follow it with: inverset watch {job}")


def download(job: Job, to: Out = None, server: Server = LOCAL) -> None:
    """Download the gallery of a job or a sweep into a folder (by default, one with its name)."""
    with client(server) as service:
        fetch(service, job, to or Path(job))


def delete(job: Job, server: Server = LOCAL) -> None:
    """Delete a job, its images and its files."""
    with client(server) as service:
        service.delete(job)
    say(f"{job} is gone")


def follow(service: Client, job: JobAnswer) -> JobAnswer:
    """The job once it has ended; shows a bar until then. Ctrl-C leaves the job running."""
    try:
        with screen.bars() as bars:
            bars.add(job.id, "samples", job.progress.n)
            bars.show_job(job)
            return _followed(service, job.id, lambda answer: bars.show_job(JobAnswer.of(answer)))
    except KeyboardInterrupt:
        say(f"the job goes on without you; follow it with: inverset watch {job.id}")
        raise


def _followed(service: Client, job_id: str, show: Callable[[dict[str, Any]], object]) -> JobAnswer:
    """The job once it has ended: by its events, or by polling if they break off."""
    try:
        for answer in service.events(job_id):
            show(answer)
    except (ServerUnreachable, ProblemResponse):
        pass
    return JobAnswer.of(service.wait(job_id, on_progress=show))


def report(service: Client, job: JobAnswer) -> None:
    """Print how a job ended.

    Raises:
        typer.Exit: with 1, where it failed or was canceled. That nothing can be found is an answer, not an error.
    """
    if job.outcome:
        say(f"{job.outcome.reason}: {escape(job.outcome.detail)}")
    for line in screen.judged(evidence_of(service, job)):
        say(line)
    if job.complaint:
        screen.complain(job.complaint)
        raise typer.Exit(1)


def evidence_of(service: Client, job: JobAnswer) -> dict[str, Any] | None:
    """The evidence about a job's samples; None: there is none."""
    if job.state != SUCCEEDED or not job.progress.accepted:
        return None
    try:
        return service.evidence(job.id)
    except ProblemResponse as error:
        if error.status == httpx.codes.NOT_FOUND:
            return None
        raise


def fetch(service: Client, job_id: str, folder: Path) -> None:
    """Download a job's gallery into a folder, and print the page to open."""
    if job_id.startswith("sweep_"):
        service.download_sweep(job_id, folder)
    else:
        service.download(job_id, folder)
    page = folder / "index.html"
    out.print(f"{escape(str(page if page.exists() else folder))}", soft_wrap=True)
