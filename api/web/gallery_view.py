"""A job's gallery as its page shows it, without reading all samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inverset.api import places
from inverset.contract.evidence import NO_EVIDENCE, Evidence
from inverset.contract.question import names
from inverset.gallery import confounds, evidence_view, nearest_references
from inverset.gallery.columns import Columns
from inverset.gallery.evidence_view import Column, Row, ShownChanges, ShownFacet, ShownHistogram
from inverset.gallery.page import Alarm, ShownTrust, Tile, alarm, coloured, tile, verdict
from inverset.gallery.strip_plot import Strip, strips
from inverset.jobs import samples, share, store
from inverset.jobs.samples import Selection
from inverset.jobs.tables import Job, Sample

DOTS = 2000  # of a strip as it is sent; the script draws all


@dataclass(frozen=True)
class GalleryView:
    """What the page shows of a gallery, as its template names it."""

    listed: Sequence[Tile]
    following: str | None  # the cursor of the next page of samples
    nature: str | None
    changed: ShownChanges | None
    alarm: Alarm | None
    trust: ShownTrust | None
    verdict: Sequence[str]
    measured: Sequence[Row]
    columns: Sequence[Column]
    judge: str | None
    histograms: Sequence[ShownHistogram]
    facets: Sequence[ShownFacet]
    apart: str | None
    strips: Sequence[Strip]
    has_near: bool
    source: Mapping[str, object]


def of_job(session: Session, job: Job, selection: Selection) -> GalleryView:
    """The evidence, the facets, and one page of samples."""
    evidence = Evidence.of(store.evidence(session, job.id))
    neuron = job.targets[0].neuron
    listed, following = samples.page(session, job.id, selection)
    members = samples.named(session, job.id, [*(evidence or NO_EVIDENCE).members])
    alarmed = samples.rising(session, job.id, confounds.SHOWN) if (evidence or NO_EVIDENCE).confounds else []
    by_index = {index: shown(sample, neuron) for index, sample in members.items()}
    return GalleryView(
        listed=[shown(sample, neuron) for sample in listed],
        following=following,
        nature=evidence_view.nature(evidence, share.share_of_nature(job.counted)),
        changed=evidence_view.changed(evidence),
        alarm=alarm(evidence, [shown(each, neuron) for each in alarmed], f"/jobs/{job.id}/{confounds.FILE}"),
        trust=coloured((evidence or NO_EVIDENCE).trust),
        verdict=verdict(evidence, job.outcome),
        measured=evidence_view.table(evidence),
        columns=evidence_view.columns(evidence),
        judge=evidence_view.judge(evidence),
        histograms=evidence_view.histograms(evidence),
        facets=evidence_view.facets(evidence, by_index.get),
        apart=evidence_view.apart(evidence),
        strips=strips_of(session, job),
        has_near=nearest_references.has_sheet(evidence),
        source=source(job),
    )


def strips_of(session: Session, job: Job) -> list[Strip]:
    """A strip plot for each neuron: every sample is a dot."""
    columns = Columns.of(samples.some(session, job.id, DOTS), names(job.targets))
    return strips(job.targets, columns.activations)


def shown(sample: Sample, neuron: str) -> Tile:
    """A sample with its caption and its links."""
    address = f"/jobs/{sample.job_id}/samples/{sample.index}"
    start = None if sample.start is None else f"/v1{address}/start.webp"
    return tile(sample, neuron, f"/v1{address}.webp", start, address)


def source(job: Job) -> Mapping[str, object]:
    """The addresses that the script reads from; ``#`` stands for a sample's number."""
    here, api = places.linked(f"/jobs/{job.id}"), places.linked(f"/v1/jobs/{job.id}")
    return {
        "neurons": job.ranges,
        "samples": f"{here}/samples.json",
        "near": f"{here}/nearest.json",
        "map": f"{api}/map",
        "page": f"{here}/samples/#",
        "picture": f"{api}/samples/#.png",
        "start": f"{api}/samples/#/start.webp",
        "thumbnail": f"{api}/samples/#.webp",
        "chosen": f"{api}/gallery.zip?samples=#",
    }
