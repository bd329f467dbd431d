"""A job's gallery as its page shows it, without reading all of its samples."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from inverset.api import places
from inverset.contract.evidence import NO_EVIDENCE, Evidence, ShareOfNature
from inverset.contract.question import names
from inverset.gallery import confounds, evidence_view, nearest_references
from inverset.gallery.columns import Columns
from inverset.gallery.page import Tile, alarm, coloured, tile, verdict
from inverset.gallery.strip_plot import strips
from inverset.jobs import samples, share, store
from inverset.jobs.samples import Wish
from inverset.jobs.tables import Job, Sample

DOTS = 2000  # of a strip as it is sent; the script draws all


def of_job(session: Session, job: Job, wish: Wish) -> dict[str, Any]:
    """Evidence, facets, and a page of samples."""
    found = Evidence.of(store.evidence(session, job.id))
    neuron = job.targets[0].neuron
    listed, following = samples.page(session, job.id, wish)
    members = samples.named(session, job.id, [*(found or NO_EVIDENCE).members])
    alarmed = samples.rising(session, job.id, confounds.SHOWN) if (found or NO_EVIDENCE).confounds else []
    by_index = {index: shown(sample, neuron) for index, sample in members.items()}
    return {
        "listed": [shown(sample, neuron) for sample in listed],
        "following": following,
        "nature": evidence_view.nature(found, ShareOfNature.of(share.share_of_nature(job.tally))),
        "changed": evidence_view.changed(found),
        "alarm": alarm(found, [shown(each, neuron) for each in alarmed], f"/jobs/{job.id}/{confounds.FILE}"),
        "trust": coloured((found or NO_EVIDENCE).trust),
        "verdict": verdict(found, job.outcome),
        "measured": evidence_view.table(found),
        "columns": evidence_view.columns(found),
        "judge": evidence_view.judge(found),
        "histograms": evidence_view.histograms(found),
        "facets": evidence_view.facets(found, by_index.get),
        "apart": evidence_view.apart(found),
        "strips": strips_of(session, job),
        "has_near": nearest_references.has_sheet(found),
        "source": source(job),
    }


def strips_of(session: Session, job: Job) -> list[dict[str, Any]]:
    """Every sample a dot, one strip for each neuron."""
    columns = Columns.of(samples.some(session, job.id, DOTS), names(job.targets))
    return strips(job.targets, columns.activations)


def shown(sample: Sample, neuron: str) -> Tile:
    """A sample with what its picture bears and where that leads."""
    address = f"/jobs/{sample.job_id}/samples/{sample.index}"
    start = None if sample.start is None else f"/v1{address}/start.webp"
    return tile(sample, neuron, f"/v1{address}.webp", start, address)


def source(job: Job) -> Mapping[str, Any]:
    """Where the script finds what it shows; in addresses ``#`` stands for a sample's number."""
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
