"""A job's gallery as files to download."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from inverset import gallery
from inverset.api import archives, file_responses
from inverset.api.deps import InServices, Services
from inverset.api.schemas import CitationAnswer
from inverset.gallery.citation import citation
from inverset.jobs import store

router = APIRouter(prefix="/jobs/{job_id}", tags=["gallery"])
IfNoneMatch = Annotated[str | None, Header()]
Samples = Annotated[
    str | None,
    Query(
        max_length=20_000,
        description="Indices of samples, such as `0-4,9`; the evidence stays that of all samples.",
    ),
]


KINDS = {
    "contact-sheet.png": "image/png",
    "animation.webp": "image/webp",
    "codes.safetensors": "application/octet-stream",
    "figure.png": "image/png",
    "figure.svg": "image/svg+xml",
}


def _file(kind: str) -> dict[str, Any]:
    """The response of a gallery file, from a route's arguments."""
    return {
        "response_class": Response,
        "responses": {200: {"content": {kind: {}}}, 304: file_responses.UNCHANGED},
    }


def _made(services: Services, job_id: str, name: str, if_none_match: str | None) -> Response:
    content = gallery.job_file(services.reading, services.blobs, job_id, name)
    return file_responses.made(if_none_match, content, f"{job_id}-{name}", KINDS[name])


@router.get("/gallery.zip", response_class=Response, responses=archives.ANSWERS)
def get_gallery(
    job_id: str, services: InServices, asked: archives.GivenConditions, samples: Samples = None
) -> Response:
    """The gallery as a zip, with all samples or those that you name: images, manifest, evidence, and a page that shows them.

    An interrupted download resumes with `Range` and `If-Range`, as with `curl -C -`.
    """
    with services.reading() as session:
        job = store.job(session, job_id)
    if samples is not None:
        listed = gallery.job_chosen(services.reading, services.blobs, job_id, samples)
    else:
        listed = gallery.job_files(services.reading, services.blobs, job_id)
    zipped = gallery.zipped(listed, job.created_at, f"{job_id} {job.revision}")
    name = f"{job_id}.zip" if samples is None else f"{job_id}-chosen.zip"
    return archives.archive(zipped, name, asked)


@router.get("/contact-sheet.png", **_file("image/png"))
def get_contact_sheet(job_id: str, services: InServices, if_none_match: IfNoneMatch = None) -> Response:
    """A contact sheet of the samples, by rising activation."""
    return _made(services, job_id, "contact-sheet.png", if_none_match)


@router.get("/figure.png", **_file("image/png"))
def get_figure(job_id: str, services: InServices, if_none_match: IfNoneMatch = None) -> Response:
    """The gallery as a figure for a paper: the band on its axis, natural images, samples, and a caption."""
    return _made(services, job_id, "figure.png", if_none_match)


@router.get("/figure.svg", **_file("image/svg+xml"))
def get_figure_svg(job_id: str, services: InServices, if_none_match: IfNoneMatch = None) -> Response:
    """The same figure as a vector graphic with its pictures in it."""
    return _made(services, job_id, "figure.svg", if_none_match)


@router.get("/animation.webp", **_file("image/webp"))
def get_animation(job_id: str, services: InServices, if_none_match: IfNoneMatch = None) -> Response:
    """An animation of the samples, by rising activation."""
    return _made(services, job_id, "animation.webp", if_none_match)


@router.get("/citation")
def get_citation(job_id: str, services: InServices) -> CitationAnswer:
    """How to cite the gallery: a BibTeX entry, and one line."""
    with services.reading() as session:
        job = store.job(session, job_id)
        return CitationAnswer(**vars(citation(job.id, job.question, job.spec, job.created_at)))


@router.get("/codes.safetensors", **_file("application/octet-stream"))
def get_codes(job_id: str, services: InServices, if_none_match: IfNoneMatch = None) -> Response:
    """Codes, features and activations of the samples, row by row in order."""
    return _made(services, job_id, "codes.safetensors", if_none_match)
