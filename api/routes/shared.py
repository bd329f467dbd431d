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
from inverset.gallery import stored_images
from inverset.gallery.contents import SHEETS
from inverset.jobs import samples, share_links, store
from inverset.jobs.stored_images import StoredImage
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
        job_id, picture, sheet = job.id, _picture(session, job, name), _sheet(session, job, name)
    if picture is not None:
        return _sent(stored_images.read(services.blobs, picture.png), "image/png")
    if sheet is not None:
        return _sent(services.blobs.get(sheet), "image/webp")
    if name not in _KINDS:
        raise NotFound(f"the shared gallery has no file {name!r}")
    return _sent(gallery.job_file(services.reading, services.blobs, job_id, name), _KINDS[name])


def _shared(services: Services, session: Session, token: str) -> Job:
    if not services.settings.share_links:
        raise NotFound("this server does not share galleries by link")
    return share_links.shared(session, token)


def _picture(session: Session, job: Job, name: str) -> StoredImage | None:
    """The image of that name; None: it is no image's name. Raises NotFound if the job has no such image."""
    if not (named := _PICTURE.fullmatch(name)):
        return None
    sample = samples.one(session, job.id, int(named[2]))
    picture = sample.image if named[1] == "images" else sample.start_image
    if picture is None:
        raise NotFound(f"the shared gallery has no file {name!r}")
    return picture


def _sheet(session: Session, job: Job, name: str) -> str | None:
    """The file in the store of a sheet of the job; None: it has none of that name."""
    for kind in SHEETS:
        if name == kind.FILE and kind.has_sheet(Evidence.of(store.evidence(session, job.id))):
            return f"{paths.job_folder(job.id)}{kind.FILE}"
    return None


def _sent(content: bytes, kind: str) -> Response:
    headers = {**_PRIVATE, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(content, headers=headers, media_type=kind)
