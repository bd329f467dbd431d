"""A job's gallery as its page shows it, without reading all samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from inverset.api import places
from inverset.api.deps import Services
from inverset.api.web import natural_images
from inverset.contract.evidence import NO_EVIDENCE, Evidence
from inverset.contract.question import names
from inverset.gallery import confounds, nearest_references
from inverset.gallery.columns import Columns
from inverset.gallery.page import SAMPLED, Alarm, Seen, Tile, alarm, seen
from inverset.gallery.strip_plot import Strip, strips
from inverset.jobs import samples, share, store
from inverset.jobs.samples import Selection
from inverset.jobs.tables import Job, Sample

DOTS = 2000  # of a strip as it is sent; the script draws all
SORT = "+0"  # by the first neuron, from low to high


@dataclass(frozen=True)
class GalleryView:
    """What the page shows of a gallery, as its template names it."""

    seen: Seen
    sampled: Sequence[Tile]  # some, from low to high
    listed: Sequence[Tile]
    following: str | None  # the cursor of the next page of samples
    alarm: Alarm | None
    strips: Sequence[Strip]
    has_near: bool
    sheet: str  # the address of the natural images of the evidence
    source: Mapping[str, object]


def of_job(services: Services, session: Session, job: Job, selection: Selection) -> GalleryView:
    """The evidence, the kinds of image, natural images around the band, and one page of samples."""
    evidence = Evidence.of(store.evidence(session, job.id))
    neuron = job.targets[0].neuron
    listed, following = samples.page(session, job.id, selection)
    members = samples.named(session, job.id, [*(evidence or NO_EVIDENCE).members])
    alarmed = samples.rising(session, job.id, confounds.SHOWN) if (evidence or NO_EVIDENCE).confounds else []
    by_index = {index: shown(sample, neuron) for index, sample in members.items()}
    found = seen(evidence, job.outcome, by_index.get, share.share_of_nature(job.counted))
    return GalleryView(
        seen=found if found.naturals else _with_naturals(services, job, found),
        sampled=[shown(each, neuron) for each in samples.rising(session, job.id, SAMPLED)],
        listed=[shown(sample, neuron) for sample in listed],
        following=following,
        alarm=alarm(evidence, [shown(each, neuron) for each in alarmed], f"/jobs/{job.id}/{confounds.FILE}"),
        strips=strips_of(session, job),
        has_near=nearest_references.has_sheet(evidence),
        sheet=f"/jobs/{job.id}/{nearest_references.FILE}",
        source=source(job),
    )


def _with_naturals(services: Services, job: Job, found: Seen) -> Seen:
    """With the natural images that are chosen for the neuron, where the evidence names none."""
    histograms, rows = natural_images.around(services, job)
    return replace(found, histograms=found.histograms or histograms, naturals=rows)


def strips_of(session: Session, job: Job) -> list[Strip]:
    """A strip plot for each neuron: every sample is a dot."""
    columns = Columns.of(samples.some(session, job.id, DOTS), names(job.targets))
    return strips(job.targets, columns.activations)


def shown(sample: Sample, neuron: str) -> Tile:
    """A sample with its caption and its links."""
    address = f"/jobs/{sample.job_id}/samples/{sample.index}"
    start = None if sample.start is None else f"/v1{address}/start.webp"
    return Tile(sample, neuron, f"/v1{address}.webp", start, address)


def source(job: Job) -> Mapping[str, object]:
    """The addresses that the script reads from; ``#`` stands for a sample's number."""
    here, api = places.linked(f"/jobs/{job.id}"), places.linked(f"/v1/jobs/{job.id}")
    return {
        "neurons": job.ranges,
        "sort": SORT,
        "samples": f"{here}/samples.json",
        "near": f"{here}/nearest.json",
        "kinds": f"{here}/kinds.json",
        "map": f"{api}/map",
        "page": f"{here}/samples/#",
        "picture": f"{api}/samples/#.png",
        "start": f"{api}/samples/#/start.webp",
        "thumbnail": f"{api}/samples/#.webp",
        "chosen": f"{api}/gallery.zip?samples=#",
    }
