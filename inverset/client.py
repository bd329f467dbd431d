"""A Python client of the service, over HTTP."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from inverset.errors import ProblemResponse, ServerUnreachable, UserError
from inverset.folders import filling, unpack
from inverset.transport import Answer, Transport

LOCAL = "http://127.0.0.1:8765"
ENDED = ("succeeded", "failed", "canceled")
LOOK_SECONDS = 0.2  # between two looks whether images were tried
WAIT_SECONDS = 20  # that the server is asked to hold an answer back


class Client:
    """A connection to one server, as one user.

    ``key`` goes as a Bearer token; without one, nothing is sent. Every method raises ``ProblemResponse`` where the server says
    no, and ``ServerUnreachable`` where none is found. What is safe to send twice is sent again for 15 seconds where a server that has
    answered before does not answer or is not ready (502, 503, 504), so that its restart goes unnoticed.
    """

    def __init__(self, url: str = LOCAL, key: str | None = None) -> None:
        """Raises ValueError if the URL is not that of a server."""
        self.url = url.rstrip("/")
        self._transport = Transport(url, key)

    def submit(self, spec: Mapping[str, Any]) -> Answer:
        """Queue a job; returns its answer."""
        return self._transport.post_once("/v1/jobs", dict(spec))

    def wait(
        self,
        job_id: str,
        *,
        timeout: float | None = None,
        on_progress: Callable[[Answer], object] | None = None,
    ) -> Answer:
        """The job once it has ended; ``on_progress`` sees it about every second until then.

        Raises:
            TimeoutError: it had not ended ``timeout`` seconds later.
        """
        return _until_ended(f"job {job_id}", partial(self.job, job_id), timeout, on_progress)

    def events(self, job_id: str) -> Iterator[Answer]:
        """The job now and after every change, until it has ended or is deleted."""
        return (event.data for event in self._transport.events(f"{_path(job_id)}/events"))

    def job(self, job_id: str, *, wait: int = 0) -> Answer:
        """A job; with ``wait`` (seconds, 30 at most) once it has ended, or when that time is over."""
        answer: Answer = self._transport.get(_path(job_id), wait=wait).json()
        return answer

    def jobs(self, **which: str | bool | None) -> Iterator[Answer]:
        """All jobs, newest first, or those that ``which`` selects; previews are left out.

        Args:
            **which: ``state``, ``owner``, ``model``, ``sweep``, ``neuron`` (canonical), ``trust`` (a word of the verdict), ``tag``,
                ``starred``, ``whose`` ("mine", "team"), ``search`` (words in names, notes, tags, neurons), ``preview``.
        """
        return self._transport.pages("/v1/jobs", **which)

    def samples(
        self, job_id: str, *, low: float | None = None, high: float | None = None, order: str = "index"
    ) -> Iterator[Answer]:
        """The samples delivered so far, all or within ``low`` to ``high``, by "index" or by "activation"."""
        return self._transport.pages(f"{_path(job_id)}/samples", low=low, high=high, order=order)

    def image(self, sample: Mapping[str, Any]) -> bytes:
        """The PNG of one of the ``samples``."""
        return self._transport.get(sample["links"]["image"]).content

    def start(self, sample: Mapping[str, Any]) -> bytes | None:
        """The PNG of the image that one of the ``samples`` started from; None: it is not a counterfactual."""
        return self._transport.get(sample["start"]["url"]).content if sample.get("start") else None

    def evidence(self, job_id: str) -> Answer:
        """What was measured on the samples of a finished job."""
        answer: Answer = self._transport.get(f"{_path(job_id)}/evidence").json()
        return answer

    def compare(self, *job_ids: str) -> Answer:
        """A comparison of two to six jobs: questions, verdicts, every metric in a row."""
        answer: Answer = self._transport.get(f"/v1/compare?jobs={quote(','.join(job_ids), safe=',')}").json()
        return answer

    def download(self, job_id: str, folder: Path | str) -> Path:
        """Download a job's gallery into a new or empty folder; returns that folder.

        Raises:
            FolderTaken: something is in it already.
        """
        return self._download(_path(job_id), folder)

    def share(self, job_id: str) -> Answer:
        """Make a read-only link of a gallery: its ``url``, which is not shown again, and its ``id``."""
        return self._transport.post(f"{_path(job_id)}/share-links")

    def share_links(self, job_id: str) -> list[Answer]:
        """The read-only links of a gallery, without their addresses."""
        links: list[Answer] = self._transport.get(f"{_path(job_id)}/share-links").json()
        return links

    def withdraw(self, job_id: str, link_id: str) -> None:
        """Withdraw a read-only link of a gallery."""
        self._transport.delete(f"{_path(job_id)}/share-links/{quote(link_id, safe='')}")

    def citation(self, job_id: str) -> Answer:
        """How to cite a gallery: ``bibtex`` and ``line``."""
        answer: Answer = self._transport.get(f"{_path(job_id)}/citation").json()
        return answer

    def cancel(self, job_id: str) -> Answer:
        """Stop a job and keep its samples."""
        return self._transport.post(f"{_path(job_id)}/cancel")

    def retry(self, job_id: str) -> Answer:
        """Queue a failed or canceled job again; it goes on after its last sample."""
        return self._transport.post(f"{_path(job_id)}/retry")

    def put_first(self, job_id: str) -> Answer:
        """Serve a job before your others."""
        return self._transport.post(f"{_path(job_id)}/front")

    def change(self, job_id: str, **changes: str | bool | list[str]) -> Answer:
        """Change ``name``, ``notes``, ``tags``, ``starred`` or ``visibility`` ("private", "team") of a job; all else stays."""
        return self._transport.patch(_path(job_id), dict(changes))

    def delete(self, job_id: str) -> None:
        """Remove a job, its samples and its files."""
        self._transport.delete(_path(job_id))

    def submit_sweep(self, spec: Mapping[str, Any]) -> Answer:
        """Queue a sweep: a job for each value that the spec varies; all or none. Returns its answer."""
        return self._transport.post_once("/v1/sweeps", dict(spec))

    def sweep(self, sweep_id: str, *, wait: int = 0) -> Answer:
        """A sweep with its jobs; with ``wait`` (seconds, 30 at most) once all have ended, or when that time is over."""
        answer: Answer = self._transport.get(_path(sweep_id, "sweeps"), wait=wait).json()
        return answer

    def sweeps(self, *, owner: str | None = None) -> Iterator[Answer]:
        """All sweeps, or an owner's, without their jobs; newest first."""
        return self._transport.pages("/v1/sweeps", owner=owner)

    def wait_sweep(
        self,
        sweep_id: str,
        *,
        timeout: float | None = None,
        on_progress: Callable[[Answer], object] | None = None,
    ) -> Answer:
        """The sweep once all its jobs have ended; otherwise as ``wait``."""
        return _until_ended(f"sweep {sweep_id}", partial(self.sweep, sweep_id), timeout, on_progress)

    def download_sweep(self, sweep_id: str, folder: Path | str) -> Path:
        """Download a sweep's galleries under one page; otherwise as ``download``."""
        return self._download(_path(sweep_id, "sweeps"), folder)

    def cancel_sweep(self, sweep_id: str) -> Answer:
        """Stop all jobs of a sweep and keep their samples."""
        return self._transport.post(f"{_path(sweep_id, 'sweeps')}/cancel")

    def retry_sweep(self, sweep_id: str) -> Answer:
        """Queue the failed and canceled jobs of a sweep again."""
        return self._transport.post(f"{_path(sweep_id, 'sweeps')}/retry")

    def delete_sweep(self, sweep_id: str) -> None:
        """Remove a sweep, its jobs and their files."""
        self._transport.delete(_path(sweep_id, "sweeps"))

    def models(self) -> list[Answer]:
        """Every model with its layers and methods."""
        return list(self._transport.pages("/v1/models"))

    def model(self, name: str) -> Answer:
        """A model with its layers and methods."""
        answer: Answer = self._transport.get(f"/v1/models/{quote(name, safe='')}").json()
        return answer

    def broken_models(self) -> list[Answer]:
        """Models of models.toml that no worker can offer: ``model``, its name, and ``why``."""
        broken: list[Answer] = self._transport.get("/v1/models").json().get("broken", [])
        return broken

    def neurons(self, model: str, layer: str | None = None) -> Iterator[Answer]:
        """A model's neurons, with their statistics on natural images."""
        return self._transport.pages(f"/v1/models/{quote(model, safe='')}/neurons", layer=layer)

    def try_images(
        self,
        model: str,
        neuron: str,
        images: Iterable[Path | str] = (),
        *,
        references: Iterable[int] = (),
        timeout: float = 120,
    ) -> list[Answer]:
        """Try images on a neuron: for each ``name``, and ``error`` or ``activation``, ``percentile`` and the ``units`` driven most.

        Args:
            model: its name.
            neuron: as in a job.
            images: files in PNG, JPEG or WebP; the server deletes them once they are read.
            references: numbers of natural images of the model.
            timeout: seconds to wait for the results, which are deleted once they are here.

        Raises:
            UserError: the images could not be tried.
            TimeoutError: no worker answered in time.
        """
        files = [("image", (Path(each).name, Path(each).read_bytes())) for each in images]
        path = f"/v1/models/{quote(model, safe='')}/neurons/{quote(neuron, safe='')}/images"
        tried = self._transport.post_form(path, files, {"reference": [str(each) for each in references]})
        here, end = tried["links"]["self"], time.monotonic() + timeout
        try:
            while tried["state"] not in ENDED:
                if time.monotonic() > end:
                    raise TimeoutError(f"no worker answered in {timeout:g} seconds; is one running?")
                time.sleep(LOOK_SECONDS)
                tried = self._transport.get(here).json()
        finally:
            self._transport.delete(here)
        if tried["error"]:
            raise UserError(f"the images could not be tried: {tried['error']}")
        found: list[Answer] = tried["images"]
        return found

    def me(self) -> Answer:
        """The user that the server takes you for, and how much of your limits is used."""
        answer: Answer = self._transport.get("/v1/me").json()
        return answer

    def ready(self) -> bool:
        """Whether the server answers and can take jobs. Raises nothing."""
        try:
            self._transport.get_once("/readyz")
        except (ServerUnreachable, ProblemResponse):
            return False
        return True

    def _download(self, path: str, folder: Path | str) -> Path:
        with filling(Path(folder)) as draft:
            archive = draft / "gallery.zip"
            self._transport.fetch(f"{path}/gallery.zip", archive)
            unpack(archive, draft)
        return Path(folder)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _until_ended(
    name: str,
    read: Callable[..., Answer],
    timeout: float | None,
    on_progress: Callable[[Answer], object] | None,
) -> Answer:
    end = time.monotonic() + (float("inf") if timeout is None else timeout)
    longest = 1 if on_progress else WAIT_SECONDS
    while True:
        left = end - time.monotonic()
        answer = read(wait=int(min(longest, max(0, left))))
        if on_progress:
            on_progress(answer)
        if answer["state"] in ENDED:
            return answer
        if time.monotonic() >= end:
            raise TimeoutError(f"{name} is {answer['state']} after {timeout:g} seconds")
        if left < 1:
            time.sleep(0.1)  # the server knows whole seconds only


def _path(its_id: str, kind: str = "jobs") -> str:
    return f"/v1/{kind}/{quote(its_id, safe='')}"
