"""A service and a notebook answer the same question with the same samples, bit for bit.

Two paths are held against each other in one run, since processors round differently: hashes of one machine say nothing of another.
"""

from hashlib import sha256

import numpy as np
import pytest

from inverset.gallery import chunks, image_codec, stored_images
from inverset.jobs import samples, store
from inverset.sampler import sample
from tests.worker.conftest import finish

EASY = {
    "neuron": "conv5:3",
    "range": [-1.5, 1.5],
}  # about half of all natural images: samples are found at once
TWO = [EASY, {"neuron": "conv4:2@mean", "range": {"quantiles": [0.1, 0.9]}}]
METHODS = {
    "conditional": {},
    "calibrated": {},
    "counterfactual": {},
    "ppgn": {"first": 0},
    "paper": {"round_steps": 10},
}


QUESTIONS = [
    pytest.param(
        {"method": method, "options": options, "neurons": neurons}, id=f"{method}, {len(neurons)} neurons"
    )
    for method, options in METHODS.items()
    for neurons in ([EASY], TWO)
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_service_delivers_what_a_notebook_finds(services, hire, act, post, models, question):
    request = {"n": 3, "k": 3, "seed": 5, **question}
    job_id = post(**request, budget={"gradient_evaluations": 2000})
    finish(hire())
    job = act(store.job, job_id)
    assert (job.state, job.accepted) == ("succeeded", 3), job.error
    result = sample(models.load("scenes"), job.question)
    assert _delivered(services, act, job_id) == {
        "images": _hash(result.images.permute(0, 2, 3, 1).numpy()),
        **{name: _hash(getattr(result, name).numpy()) for name in ("codes", "features", "activations")},
    }
    assert job.outcome == result.outcome


def _delivered(services, act, job_id):
    rows = act(lambda session: list(samples.every(session, job_id)))
    images = np.stack([image_codec.decode(stored_images.read(services.blobs, row.image.png)) for row in rows])
    arrays = chunks.joined(map(services.blobs.get, act(samples.chunks, job_id)))
    return {"images": _hash(images), **{name: _hash(values) for name, values in arrays.items()}}


def _hash(values):
    return sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
