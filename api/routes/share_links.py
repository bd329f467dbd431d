"""Read-only links of a job's gallery: made, listed and withdrawn by its owner."""

from fastapi import APIRouter, Request, Response

from inverset.api import places, views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.routes.team import NEVER_KEPT
from inverset.api.schemas import NewShareLinkAnswer, ShareLinkAnswer
from inverset.contract.errors import Forbidden
from inverset.jobs import access, share_links
from inverset.jobs.tables import Job

router = APIRouter(prefix="/jobs/{job_id}/share-links", tags=["gallery"])


@router.post("", status_code=201)
def post_link(job_id: str, request: Request, services: InServices, response: Response) -> NewShareLinkAnswer:
    """Make a link with which anyone can see the gallery of an ended job without a key. Only this answer has its address."""
    _check(services)
    response.headers.update(NEVER_KEPT)
    with services.writing() as session:
        token, row = share_links.make(session, job_id)
        url = f"{places.base_url(request)}/shared/{token}/"
        return NewShareLinkAnswer(**dict(views.describe_share_link(row)), url=url)


@router.get("")
def get_links(job_id: str, services: InServices, caller: AsCaller) -> list[ShareLinkAnswer]:
    """List the links of a gallery, oldest first. Only for those who can change the job."""
    with services.reading() as session:
        access.check(session, caller, Job, job_id, changes=True)
        return [views.describe_share_link(each) for each in share_links.of_job(session, job_id)]


@router.delete("/{link_id}", status_code=204)
def delete_link(job_id: str, link_id: str, services: InServices) -> None:
    """Withdraw a link: it stops working at once."""
    with services.writing() as session:
        share_links.withdraw(session, job_id, link_id)


def _check(services: Services) -> None:
    """Raise Forbidden if the settings allow no links."""
    if not services.settings.share_links:
        raise Forbidden("this server does not share galleries by link: INVERSET_SHARE_LINKS is off")
