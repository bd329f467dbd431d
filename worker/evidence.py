"""Measures a whole job once its last part is done, on the files as they were delivered."""

import logging
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from inverset import gallery
from inverset.contract import paths
from inverset.contract.encoding import encode
from inverset.contract.errors import NotFound
from inverset.contract.evidence import Evidence
from inverset.gallery import chunks, image_codec
from inverset.jobs import leases, samples, store
from inverset.jobs.claims import Claim
from inverset.jobs.database import writing
from inverset.sampler.evaluation import conclusion
from inverset.sampler.evaluation.conclusion import Samples
from inverset.sampler.problem import Problem
from inverset.storage import ahead
from inverset.worker import confounds, reference_sheet, sample_details
from inverset.worker.sample_details import Portrayed
from inverset.worker.services import Services

log = logging.getLogger(__name__)


def conclude(services: Services, claim: Claim, problem: Problem) -> None:
    """Measure and end the job; a job without samples ends without measurements.

    Raises:
        LeaseLost: another attempt holds the part, or it is gone.
        NotFound: a delivered file is missing.
    """
    measured = _measured(services, claim, problem)
    with writing(services.sessions) as session:
        leases.finish_job(session, claim, None if measured is None else encode(measured))
    try:
        services.blobs.delete_prefix(paths.checkpoints(claim.job_id))
        gallery.keep(services.sessions.begin, services.blobs, claim.job_id)
    except (
        OSError,
        NotFound,
    ) as error:  # the job is done: the rest is made when it is asked for, or swept up
        log.warning("its gallery is not kept yet: %s", error)


def _measured(services: Services, claim: Claim, problem: Problem) -> Evidence | None:
    with services.sessions.begin() as session:
        rows = list(samples.every(session, claim.job_id))
        files, tally = samples.chunks(session, claim.job_id), store.job(session, claim.job_id).tally
    named = {sample.index: sample.blob for sample in rows}
    if not named:
        return None
    arrays = chunks.joined(map(services.blobs.get, files))
    codes, features = torch.from_numpy(arrays["codes"]), torch.from_numpy(arrays["features"])
    images = _images(services, list(named.values()))
    starts = None if rows[0].start is None else _images(services, [paths.start(row.blob) for row in rows])
    found = conclusion.conclude(
        problem, Samples(images, codes, features, starts), tally, claim.question.method
    )
    measured, near = reference_sheet.drawn(problem.bundle, found.evidence)
    measured, pairs = confounds.drawn(found.alarm, measured)
    for name, sheet in (near | pairs).items():
        services.blobs.put(paths.job_folder(claim.job_id) + name, sheet)
    portrayed = Portrayed(list(named), features, found.units, found.changes)
    services.blobs.put(
        paths.sample_details(claim.job_id), sample_details.made(problem.bundle, portrayed, measured)
    )
    return _by_index(measured, list(named))


def _by_index(measured: Evidence, indices: list[int]) -> Evidence:
    """Members of facets by the samples' own numbers, which have gaps where a part found fewer than were asked of it."""
    if measured.facets is None:
        return measured
    facets = tuple(
        replace(
            facet,
            typical=None if facet.typical is None else indices[facet.typical],
            members=tuple(indices[at] for at in facet.members),
        )
        for facet in measured.facets.facets
    )
    return replace(measured, facets=replace(measured.facets, facets=facets))


def _images(services: Services, names: list[str]) -> Tensor:
    """The delivered images (n, 3, h, w) uint8, one decoded at a time into one tensor."""
    first = _image(services.blobs.get(names[0]))
    images = torch.empty((len(names), *first.shape), dtype=torch.uint8)
    contents = ahead((partial(services.blobs.get, name) for name in names), services.blobs.at_once)
    for row, content in enumerate(contents):
        images[row] = _image(content)
    return images


def _image(content: bytes) -> Tensor:
    return torch.tensor(image_codec.decode(content)).permute(2, 0, 1)
