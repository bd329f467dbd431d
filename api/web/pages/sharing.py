"""The read-only links of a job's gallery, on its page."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from inverset.api.deps import InServices
from inverset.api.routes import share_links
from inverset.api.routes.team import NEVER_KEPT
from inverset.api.web.rendering import page

router = APIRouter(prefix="/jobs/{job_id}/share-links")


@router.post("")
def make_link(job_id: str, request: Request, services: InServices) -> Response:
    """Form: make a link; this answer is the only one that shows it."""
    made = share_links.post_link(job_id, request, services, Response())
    answer = page(request, "share_link", job_id=job_id, url=made.url)
    answer.headers.update(NEVER_KEPT)
    return answer


@router.post("/{link_id}/withdraw")
def withdraw_link(job_id: str, link_id: str, services: InServices) -> Response:
    """Form: withdraw a link."""
    share_links.delete_link(job_id, link_id, services)
    return RedirectResponse(f"/jobs/{job_id}#share", 303)
