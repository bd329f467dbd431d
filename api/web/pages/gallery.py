"""The data that a gallery's script reads, and the script itself."""

import gzip
import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from inverset.api import file_responses, places
from inverset.api.deps import InServices, Services
from inverset.contract import paths
from inverset.contract.errors import NotFound
from inverset.contract.evidence import Evidence
from inverset.contract.question import names
from inverset.gallery import columns, confounds, nearest_references, script
from inverset.gallery.columns import Run
from inverset.gallery.nearest_references import NearestColumns
from inverset.jobs import store

router = APIRouter()
After = Annotated[int, Query(ge=-1, lt=2**53)]
AcceptEncoding = Annotated[str, Header()]
AT_ONCE = 5000  # samples


@router.get("/jobs/{job_id}/samples.json")
def get_columns(
    job_id: str, services: InServices, after: After = -1, accept_encoding: AcceptEncoding = ""
) -> Response:
    """Samples after an index, in a few bytes each; ``next``, if present, is the index to continue after."""
    with services.reading() as session:
        job = store.job(session, job_id)
        gallery = columns.of_job(session, job_id, names(job.targets), after=after, limit=AT_ONCE)
    following = gallery.indices[-1] if len(gallery.indices) == AT_ONCE else None
    answer = {**gallery.to_json(), "next": following}
    return _packed(json.dumps(answer, separators=(",", ":")).encode(), accept_encoding)


@router.get("/jobs/{job_id}/nearest.json")
def get_nearest(job_id: str, services: InServices) -> NearestColumns:
    """For each sample the number of its nearest reference image, and its place on the sheet."""
    with services.reading() as session:
        evidence = Evidence.of(store.evidence(session, job_id))
    answer = nearest_references.columns(evidence, places.linked(f"/jobs/{job_id}/references.webp"))
    if answer is None:
        raise NotFound(f"the natural images nearest to those of {job_id} were not measured")
    return answer


@router.get("/jobs/{job_id}/kinds.json")
def get_kinds(job_id: str, services: InServices) -> list[list[Run]]:
    """The indices of the samples of each kind of image, as runs of a first index and how many follow."""
    with services.reading() as session:
        kinds = columns.of_kinds(Evidence.of(store.evidence(session, job_id)))
    if kinds is None:
        raise NotFound(f"the kinds of image of {job_id} were not measured")
    return kinds


@router.get("/jobs/{job_id}/references.webp")
def get_references(job_id: str, services: InServices) -> Response:
    """The sheet of nearest reference images."""
    return _sheet(services, job_id, nearest_references, "reference images")


@router.get("/jobs/{job_id}/confounds.webp")
def get_confounds(job_id: str, services: InServices) -> Response:
    """The sheet of counterfactuals of a confound alarm: the starts above the results."""
    return _sheet(services, job_id, confounds, "pictures of counterfactuals")


def _sheet(services: Services, job_id: str, kind: Any, what: str) -> Response:
    with services.reading() as session:
        there = kind.has_sheet(Evidence.of(store.evidence(session, job_id)))
    if not there:
        raise NotFound(f"job {job_id} has no sheet of {what}")
    headers = {"Cache-Control": file_responses.ASK_AGAIN}
    return Response(
        services.blobs.get(paths.job_folder(job_id) + kind.FILE), headers=headers, media_type="image/webp"
    )


@router.get("/static/gallery.js")
def get_script() -> Response:
    """The gallery's script, the same as in a downloaded gallery."""
    return Response(script.script(), headers=_KEPT, media_type="text/javascript")


@router.get("/static/gallery.css")
def get_style() -> Response:
    """The gallery's style sheet."""
    return Response(script.style(), headers=_KEPT, media_type="text/css")


def _packed(content: bytes, accepted: str) -> Response:
    """A compressed JSON response: numbers shrink to less than half."""
    headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
    if "gzip" in accepted:
        content, headers["Content-Encoding"] = gzip.compress(content, 5), "gzip"
    return Response(content, headers=headers, media_type="application/json")


_KEPT = {"Cache-Control": file_responses.FOREVER}
