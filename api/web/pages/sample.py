"""The page of one sample, and of the samples next to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from inverset.api.deps import InServices
from inverset.api.routes import samples as answers
from inverset.api.routes.samples import Index
from inverset.api.sample_schemas import NearReference
from inverset.api.web import gallery_view
from inverset.api.web.rendering import page
from inverset.contract import titles
from inverset.contract.evidence import NO_EVIDENCE, Changes, Evidence
from inverset.gallery import nearest_references
from inverset.gallery.evidence_view import changes
from inverset.gallery.page import Tile
from inverset.gallery.strip_plot import Strip
from inverset.jobs import samples, store
from inverset.jobs.tables import Job, Sample

router = APIRouter()
GALLERY = re.compile(r"sort|band\d|kind|view|size")  # what ``start.js`` of a gallery keeps in its address


@dataclass(frozen=True)
class Within:
    """The sample on the strip of a neuron."""

    strip: Strip
    value: float
    share: float  # its place, 0 to 1


@dataclass(frozen=True)
class Nearest:
    """The nearest reference image."""

    image: NearReference
    place: nearest_references.SheetCell | None  # on the job's sheet
    typical: float | None  # the mean distance of the samples


@router.get("/jobs/{job_id}/samples/{index}")
def get_sample(job_id: str, index: Index, request: Request, services: InServices) -> Response:
    """The image at full size, its place in the bands, its nearest reference image, and links to its neighbours."""
    portrait = answers.get_sample(job_id, index, services)
    changed = portrait.changes and Changes.of(portrait.changes.model_dump())
    with services.reading() as session:
        job, sample = store.job(session, job_id), samples.one(session, job_id, index)
        evidence = Evidence.of(store.evidence(session, job_id))
        caption = gallery_view.shown(sample, job.targets[0].neuron).caption
        return page(
            request,
            "sample",
            job=job,
            sample=portrait,
            caption=caption,
            gallery=titles.title(job.targets, job.spec),
            shown=_shown(request),
            bands=_bands(session, job, sample),
            beside=samples.beside(session, sample),
            nearest=_nearest(evidence, portrait.nearest_reference),
            stands=portrait.top_neurons,
            changes=changed and changes(changed),
            parent=_kin(session, job, [portrait.parent]),
            children=_kin(session, job, portrait.children),
        )


def _shown(request: Request) -> str:
    """The sorting, filter and view of the gallery that the user came from, as a query for the page's links."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if GALLERY.fullmatch(name)]
    return f"?{urlencode(kept)}" if kept else ""


def _bands(session: Session, job: Job, sample: Sample) -> list[Within]:
    """This sample on the strip of each neuron."""
    strips = gallery_view.strips_of(session, job)
    values = [sample.activations[strip.neuron] for strip in strips]
    return [Within(strip, value, strip.share(value)) for strip, value in zip(strips, values, strict=True)]


def _nearest(evidence: Evidence | None, nearest: NearReference | None) -> Nearest | None:
    """The nearest reference image, with its place on the job's sheet if it is there; None: not measured."""
    if nearest is None:
        return None
    of_all = (evidence or NO_EVIDENCE).nearest_reference
    place = nearest_references.on_sheet(evidence, nearest.number)
    return Nearest(nearest, place, None if of_all is None else of_all.mean)


def _kin(session: Session, job: Job, numbers: Sequence[int | None]) -> list[Tile]:
    """The samples with these indices, as tiles."""
    relatives = samples.named(session, job.id, [number for number in numbers if number is not None])
    return [gallery_view.shown(sample, job.targets[0].neuron) for _, sample in sorted(relatives.items())]
