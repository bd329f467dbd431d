"""A gallery by its read-only link: the page and the files that a download has, and nothing else of the service. It needs no key.

Each request looks the token up: a withdrawn link leads nowhere at once. Files are named by the gallery's own names, never by a path.
"""

import re

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from inverset import gallery
from inverset.api import file_responses
from inverset.api.deps import InServices, Services
from inverset.api.shared_pages import SharedPages, policy
from inverset.contract import paths
from inverset.contract.errors import NotFound
from inverset.contract.evidence import Evidence
from inverset.gallery.contents import SHEETS
from inverset.jobs import samples, share_links, store
from inverset.jobs.tables import Job

router = APIRouter(prefix="/shared/{token}")
_KINDS = {
    "contact-sheet.png": "image/png",
    "animation.webp": "image/webp",
    "manifest.json": "application/json",
    "codes.safetensors": "application/octet-stream",
}
_PICTURE = re.compile(r"(images|starts)/([0-9]{6,15})\.png")
_PRIVATE = {
    "Cache-Control": file_responses.ASK_AGAIN,  # a withdrawn link is looked up again
    "Referrer-Policy": "no-referrer",  # the address is the right to read
    "X-Robots-Tag": "noindex, nofollow",
}


@router.get("")
def get_page_without_slash(token: str) -> Response:
    """Lead to the page, whose pictures have addresses below its own."""
    return RedirectResponse(f"{token}/", 307)


@router.get("/")
def get_page(token: str, request: Request, services: InServices) -> Response:
    """The page of the gallery."""
    with services.reading() as session:
        job = _shared(services, session, token)
        job_id, revision = job.id, job.revision
    pages: SharedPages = request.app.state.shared_pages
    headers = {**_PRIVATE, "Content-Security-Policy": policy()}
    return Response(pages.page(job_id, revision), headers=headers, media_type="text/html")


@router.get("/{name:path}")
def get_file(token: str, name: str, services: InServices) -> Response:
    """A file of the gallery."""
    with services.reading() as session:
        job = _shared(services, session, token)
        job_id, blob = job.id, _blob(session, job, name)
    if blob is not None:
        kind = "image/png" if name.endswith(".png") else "image/webp"
        return _sent(services.blobs.get(blob), kind)
    if name not in _KINDS:
        raise NotFound(f"the shared gallery has no file {name!r}")
    return _sent(gallery.job_file(services.reading, services.blobs, job_id, name), _KINDS[name])


def _shared(services: Services, session: Session, token: str) -> Job:
    if not services.settings.share_links:
        raise NotFound("this server does not share galleries by link")
    return share_links.shared(session, token)


def _blob(session: Session, job: Job, name: str) -> str | None:
    """The file in the store of a picture or a sheet of the job; None: it is neither. Raises NotFound if the job has it not."""
    if picture := _PICTURE.fullmatch(name):
        sample = samples.one(session, job.id, int(picture[2]))
        if picture[1] == "starts" and sample.start is None:
            raise NotFound(f"the shared gallery has no file {name!r}")
        return sample.blob if picture[1] == "images" else paths.start(sample.blob)
    for kind in SHEETS:
        if name == kind.FILE and kind.has_sheet(Evidence.of(store.evidence(session, job.id))):
            return f"{paths.job_folder(job.id)}{kind.FILE}"
    return None


def _sent(content: bytes, kind: str) -> Response:
    headers = {**_PRIVATE, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(content, headers=headers, media_type=kind)
