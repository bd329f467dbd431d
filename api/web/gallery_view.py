"""A job's gallery as its page shows it, without reading all of its samples."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from inverset.api import places
from inverset.gallery import confounds, evidence_view, nearest_references
from inverset.gallery.columns import Columns
from inverset.gallery.page import alarm, coloured, verdict
from inverset.gallery.page import shown as captioned
from inverset.gallery.strip_plot import strips
from inverset.jobs import samples, share, store, views
from inverset.jobs.samples import Wish
from inverset.jobs.tables import Job, Sample

DOTS = 2000  # of a strip as it is sent; the script draws all


def of_job(session: Session, job: Job, wish: Wish) -> dict[str, Any]:
    """Evidence, facets, and a page of samples."""
    found: Mapping[str, Any] | None = store.evidence(session, job.id)
    neuron = job.ranges[0]["neuron"]
    listed, following = samples.page(session, job.id, wish)
    members = samples.named(session, job.id, evidence_view.members(found))
    alarmed = samples.rising(session, job.id, confounds.SHOWN) if (found or {}).get("confounds") else []
    by_index = {index: shown(sample, neuron) for index, sample in members.items()}
    return {
        "listed": [shown(sample, neuron) for sample in listed],
        "following": following,
        "nature": evidence_view.nature(found, share.share_of_nature(job.tally)),
        "changed": evidence_view.changed(found),
        "alarm": alarm(found, [shown(each, neuron) for each in alarmed], f"/jobs/{job.id}/{confounds.FILE}"),
        "trust": coloured((found or {}).get("trust")),
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
    neurons = [wanted["neuron"] for wanted in job.ranges]
    columns = Columns.of(samples.some(session, job.id, DOTS), neurons)
    return strips(job.ranges, columns.activations)


def shown(sample: Sample, neuron: str) -> dict[str, Any]:
    """A sample with what its picture bears and where that leads."""
    told = views.describe_sample(sample)
    links = told["links"]
    return {
        **captioned(told, neuron),
        "href": f"/jobs/{sample.job_id}/samples/{sample.index}",
        "src": links["thumbnail"],
        "start_src": told["start"] and told["start"]["url"].removesuffix(".png") + ".webp",
    }


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
