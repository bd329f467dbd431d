"""Measures a whole job once its last part is done, on the files as they were delivered."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

import torch
from torch import Tensor

from inverset import gallery
from inverset.contract import paths
from inverset.contract.encoding import encode
from inverset.contract.errors import NotFound
from inverset.contract.evidence import Evidence
from inverset.gallery import chunks, image_codec, stored_images
from inverset.gallery.chunks import Arrays
from inverset.jobs import leases, samples, store
from inverset.jobs.claims import Claim
from inverset.jobs.database import writing
from inverset.jobs.tables import Sample
from inverset.sampler.evaluation import conclusion
from inverset.sampler.problem import Problem
from inverset.sampler.steps import NO_PARENT, Emission, without_starts
from inverset.storage import Place, ahead, put_all
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
        log.warning("its gallery is not saved yet: %s", error)


def _measured(services: Services, claim: Claim, problem: Problem) -> Evidence | None:
    with services.sessions.begin() as session:
        rows = list(samples.every(session, claim.job_id))
        files, tally = samples.chunks(session, claim.job_id), store.job(session, claim.job_id).tally
    if not rows:
        return None
    indices, blobs = [sample.index for sample in rows], services.blobs
    arrays = chunks.joined(ahead((partial(blobs.get, file) for file in files), blobs.at_once))
    delivered = _delivered(services, rows, claim.question.neurons, arrays)
    found = conclusion.conclude(problem, delivered, tally, claim.question.method)
    measured, near = reference_sheet.drawn(problem.bundle, found.evidence)
    measured, pairs = confounds.drawn(found.alarm, measured)
    portrayed = Portrayed(indices, delivered.features, found.units, found.changes)
    details = sample_details.made(problem.bundle, portrayed, measured)
    made = {paths.job_folder(claim.job_id) + name: sheet for name, sheet in (near | pairs).items()}
    made[paths.sample_details(claim.job_id)] = details
    put_all(blobs, made)
    return _by_index(measured, indices)


def _delivered(
    services: Services, rows: Sequence[Sample], neurons: Sequence[str], arrays: Arrays
) -> Emission:
    """The samples of the whole job: images read back from the store, codes and features from their chunks."""
    starts, start_activations = without_starts(len(rows))
    began = [row.start.activations for row in rows if row.start is not None]
    if began:
        starts = _images(services, [row.start_image.png for row in rows if row.start_image is not None])
        start_activations = torch.tensor([[read[name] for name in neurons] for read in began])
    return Emission(
        images=_images(services, [row.image.png for row in rows]),
        codes=torch.from_numpy(arrays["codes"]),
        features=torch.from_numpy(arrays["features"]),
        activations=torch.from_numpy(arrays["activations"]),
        steps=torch.tensor([row.step for row in rows]),
        parents=torch.tensor([NO_PARENT if row.parent is None else row.parent for row in rows]),
        starts=starts,
        start_activations=start_activations,
    )


def _by_index(measured: Evidence, indices: list[int]) -> Evidence:
    """Members of facets by the samples' own numbers, which have gaps where a part found fewer than were asked of it."""
    if measured.facets is None:
        return measured
    facets = tuple(
        replace(
            facet,
            typical=None if facet.typical is None else indices[facet.typical],
            members=tuple(indices[at] for at in facet.members),
            samples=None if facet.samples is None else tuple(indices[at] for at in facet.samples),
        )
        for facet in measured.facets.facets
    )
    return replace(measured, facets=replace(measured.facets, facets=facets))


def _images(services: Services, places: Sequence[Place]) -> Tensor:
    """The delivered images (n, 3, h, w) uint8, one decoded at a time into one tensor."""
    contents = map(_image, stored_images.read_all(services.blobs, places))
    first = next(contents)
    images = torch.empty((len(places), *first.shape), dtype=torch.uint8)
    for row, image in enumerate(chain([first], contents)):
        images[row] = image
    return images


def _image(content: bytes) -> Tensor:
    return torch.tensor(image_codec.decode(content)).permute(2, 0, 1)
