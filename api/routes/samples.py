"""The delivered samples of a job; they appear while it runs."""

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy.orm import Session

from inverset.api import file_responses, views
from inverset.api.deps import InServices, Services
from inverset.api.paging import Cursor, Limit, following
from inverset.api.sample_schemas import (
    ChangesAnswer,
    MapAnswer,
    NearReference,
    PortraitAnswer,
    SampleAnswer,
    TopNeuron,
)
from inverset.api.schemas import Page, Responses
from inverset.contract.errors import NotFound
from inverset.gallery import image_codec, stored_images
from inverset.jobs import samples, store
from inverset.jobs.samples import Order, Selection
from inverset.jobs.stored_images import StoredImage
from inverset.jobs.tables import Job

router = APIRouter(tags=["samples"])
Activation = Annotated[
    float | None, Query(allow_inf_nan=False, description="Activation of the first neuron.")
]
Index = Annotated[int, Path(ge=0, lt=2**53)]
IfNoneMatch = Annotated[str | None, Header()]
Redirect = Annotated[
    bool,
    Query(
        description="Rather than the image, where it is: `302` to a URL of the store of files, good for five minutes "
        "(`curl -L`). An image that shares a file with others, as all of new jobs do, or that lies in a folder, is sent all "
        "the same."
    ),
]

IMAGE: Responses = {
    200: {"content": {"image/png": {}}},
    302: {"description": "It is there"},
    304: file_responses.UNCHANGED,
}


@router.get("/jobs/{job_id}/samples")
def get_samples(
    *,
    job_id: str,
    request: Request,
    services: InServices,
    low: Activation = None,
    high: Activation = None,
    order: Order = "index",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[SampleAnswer]:
    """List the samples of a job: all, or those whose activation lies in `low` to `high`."""
    with services.reading() as session:
        rows, after = samples.page(session, job_id, Selection(low, high, order, cursor, limit))
        items = [views.describe_sample(sample) for sample in rows]
    return Page[SampleAnswer](items=items, next=following(request, after))


@router.get(
    "/jobs/{job_id}/samples/{index}.png",
    response_class=Response,
    responses=IMAGE,
)
def get_image(
    job_id: str,
    index: Index,
    services: InServices,
    redirect: Redirect = False,  # noqa: FBT002 - a query parameter
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Get the image of a sample; it never changes."""
    with services.reading() as session:
        image = samples.one(session, job_id, index).image
    return _png(services, image, f"{index:06d}.png", if_none_match, redirect=redirect)


@router.get(
    "/jobs/{job_id}/samples/{index}.webp",
    response_class=Response,
    responses=file_responses.SMALL_IMAGE,
)
def get_thumbnail(
    job_id: str, index: Index, services: InServices, if_none_match: IfNoneMatch = None
) -> Response:
    """Get a thumbnail of a sample, at most 128 pixels wide and high; it never changes."""
    with services.reading() as session:
        image = samples.one(session, job_id, index).image
    return _webp(services, image, f"{index:06d}.webp", if_none_match)


def _started(session: Session, job_id: str, index: int) -> StoredImage:
    """The image that a sample started from. Raises NotFound if there is none."""
    start = samples.one(session, job_id, index).start_image
    if start is None:
        raise NotFound(f"sample {index} of job {job_id} has no starting image: only counterfactuals have one")
    return start


@router.get(
    "/jobs/{job_id}/samples/{index}/start.png",
    response_class=Response,
    responses=IMAGE,
)
def get_start(
    job_id: str,
    index: Index,
    services: InServices,
    redirect: Redirect = False,  # noqa: FBT002 - a query parameter
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Get the starting image of a counterfactual; it never changes."""
    with services.reading() as session:
        start = _started(session, job_id, index)
    return _png(services, start, f"{index:06d}-start.png", if_none_match, redirect=redirect)


@router.get(
    "/jobs/{job_id}/samples/{index}/start.webp",
    response_class=Response,
    responses=file_responses.SMALL_IMAGE,
)
def get_start_thumbnail(
    job_id: str, index: Index, services: InServices, if_none_match: IfNoneMatch = None
) -> Response:
    """A small image of what a counterfactual sample began as, at most 128 pixels wide and high; it never changes."""
    with services.reading() as session:
        start = _started(session, job_id, index)
    return _webp(services, start, f"{index:06d}-start.webp", if_none_match)


@router.get("/jobs/{job_id}/samples/{index:int}")
def get_sample(job_id: str, index: Index, services: InServices) -> PortraitAnswer:
    """Get one sample. The details of its image appear once the job has succeeded."""
    with services.reading() as session:
        sample, job = samples.one(session, job_id, index), store.job(session, job_id)
        portrait = services.sample_details.portrait(job_id, index)
        near = portrait.nearest_reference
        return PortraitAnswer(
            **dict(views.describe_sample(sample)),
            top_neurons=[TopNeuron(**vars(each)) for each in portrait.top_neurons],
            nearest_reference=near
            and NearReference(**vars(near), links=_shown(session, services, job, near.number)),
            changes=portrait.changes and ChangesAnswer.model_validate(asdict(portrait.changes)),
            children=samples.children(session, job_id, index),
        )


@router.get("/jobs/{job_id}/map")
def get_map(job_id: str, services: InServices) -> MapAnswer:
    """The samples of a job that has succeeded as points of a plane: near each other if the encoder finds them alike."""
    with services.reading() as session:
        state = store.job(session, job_id).state
    try:
        return MapAnswer(**services.sample_details.map(job_id)._asdict())
    except NotFound:
        raise NotFound(
            f"job {job_id} is {state} and has no map yet; a job with samples has one once it has succeeded"
        ) from None


def _png(
    services: Services, image: StoredImage, name: str, if_none_match: str | None, *, redirect: bool
) -> Response:
    if redirect and not image.png.is_range and not file_responses.matches(if_none_match, image.sha256):
        url = services.blobs.presigned(image.png.name, file_responses.URL_SECONDS, "image/png", name)
        if url is not None:
            return file_responses.elsewhere(url)
    headers = {"Cache-Control": file_responses.FOREVER, "Content-Disposition": f'inline; filename="{name}"'}
    read = partial(stored_images.read, services.blobs, image.png)
    return file_responses.cached(if_none_match, image.sha256, read, headers, "image/png")


def _webp(services: Services, image: StoredImage, name: str, if_none_match: str | None) -> Response:
    headers = {"Cache-Control": file_responses.FOREVER, "Content-Disposition": f'inline; filename="{name}"'}
    read = partial(stored_images.thumbnail, services.blobs, image)
    tag = f"{image.sha256}-{image_codec.SMALL}"
    return file_responses.cached(if_none_match, tag, read, headers, "image/webp")


def _shown(session: Session, services: Services, job: Job, number: int) -> dict[str, str]:
    """The link of a reference image, if the model that the job was made for still shows it."""
    try:
        version = services.reference_images.version(session, job.model)
    except NotFound:
        return {}
    if not version.startswith(job.model_sha256) or not services.reference_images.shows(version, number):
        return {}
    return {"image": views.reference(job.model, number, version)}


@router.get("/jobs/{job_id}/evidence")
def get_evidence(job_id: str, services: InServices) -> dict[str, Any]:  # not looked through: it may be long
    """Get the evidence about the samples of a finished job."""
    with services.reading() as session:
        evidence, state = store.evidence(session, job_id), store.job(session, job_id).state
    if evidence is None:
        raise NotFound(f"job {job_id} is {state}; it has evidence once it has succeeded")
    return evidence
