"""Reference images of neurons, read off files; and how long the files stay."""

import io

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import delete

from inverset import storage
from inverset.config.settings import Settings
from inverset.contract import paths
from inverset.contract.catalogue import REFERENCE_STAMP, Catalogue
from inverset.contract.errors import NotFound
from inverset.gallery import image_codec, reference_images
from inverset.gallery.reference_images import ReferenceImageCache
from inverset.gallery.reference_images.cache import Bin, Chosen, NeuronReferences
from inverset.jobs import database, retention, store
from inverset.jobs.tables import Job
from tests.gallery.reference_images_of_toy import STAMPED, VERSION, fill, publish
from tests.jobs.catalogue_of_scenes import CATALOGUE

TOY = Catalogue.of(STAMPED)


@pytest.fixture
def made(store_url):
    return storage.open_store(store_url)


def version(sessions, cache, model="toy"):
    with sessions.begin() as session:
        return cache.version(session, model)


def test_a_neuron_is_told_as_it_was_stored(made):
    fill(made)
    cache = ReferenceImageCache(made)
    shown = Bin(0.0, 0.9, -1.0, 2.0, [Chosen(0, 0.0), Chosen(5, 2.5)])
    assert cache.neuron(VERSION, TOY, "fc8:volcano") == NeuronReferences(
        "fc8:volcano", 2, (-1.0, 2.0), [1, 1], [shown]
    )
    assert [each.images[0].number for each in cache.neuron(VERSION, TOY, "fc8:mountain").bins] == [5, 300]
    with Image.open(io.BytesIO(cache.thumbnail(VERSION, 300))) as image:
        assert (image.format, image.size) == ("WEBP", (8, 8))
        assert np.allclose(np.asarray(image), 300 % 256, atol=3)


def test_what_is_not_there_is_said(made, sessions):
    cache = ReferenceImageCache(made)
    with pytest.raises(NotFound, match="has no natural images"):
        version(sessions, cache)
    publish(sessions)
    assert version(sessions, cache) == VERSION
    with pytest.raises(NotFound, match="did you mean toy"):
        version(sessions, cache, "tox")
    with pytest.raises(NotFound, match="not chosen yet"):
        cache.neuron(VERSION, TOY, "fc8:volcano")
    fill(made)
    assert cache.neuron(VERSION, TOY, "fc8:volcano").references == 2  # what was missing is not remembered
    with pytest.raises(NotFound, match="not measured"):
        cache.neuron(VERSION, TOY, "fc8:2")
    for number in (1, 301, 5000):
        with pytest.raises(NotFound, match=f"no natural image {number} "):
            cache.thumbnail(VERSION, number)


def test_another_measurement_is_another_version(sessions, made):
    cache, fewer = ReferenceImageCache(made), {"fc8:volcano": CATALOGUE["neurons"]["fc8:volcano"]}
    publish(sessions)
    assert version(sessions, cache) == VERSION
    publish(sessions, {**STAMPED, "neurons": fewer, REFERENCE_STAMP: reference_images.stamp(fewer)})
    assert version(sessions, cache) not in (None, VERSION)


def test_files_of_a_model_stay_while_it_is_offered_or_jobs_are_of_it(sessions, made, post):
    publish(sessions)
    fill(made)
    former = paths.layer_file(paths.version(STAMPED["sha256"], "0" * 16), "fc8")
    made.put(former, b"of an earlier measurement")
    made.put("models/stray", b"?")
    assert retention.sweep_models(sessions, made, 1) == 0  # too young
    assert retention.sweep_models(sessions, made, -1) == 2
    assert not made.exists(former)
    assert ReferenceImageCache(made).neuron(VERSION, TOY, "fc8:volcano")
    job_id = post()
    with database.writing(sessions) as session:
        store.withdraw_model(session, "toy")
    assert retention.sweep_models(sessions, made, -1) == 0
    with database.writing(sessions) as session:
        session.execute(delete(Job).where(Job.id == job_id))
    assert retention.sweep_models(sessions, made, -1) == 3
    assert not list(made.names("models/"))


def test_tidying_up_goes_through_models_too(sessions, made):
    fill(made)
    assert retention.retain(sessions, made, Settings()) == (0, 0)
    assert len(list(made.names("models/"))) == 3


def test_a_layer_may_be_called_anything():
    place = paths.layer_file(VERSION, "blocks.0/a b<")
    assert place == f"models/{VERSION.replace('-', '/')}/blocks.0%2Fa%20b%3C.safetensors"


@pytest.mark.parametrize(
    ("shape", "size"), [((64, 64), (64, 64)), ((256, 128), (48, 96)), ((100, 300), (96, 32))]
)
def test_thumbnails_keep_their_shape(shape, size):
    with Image.open(io.BytesIO(image_codec.thumbnail(np.zeros((*shape, 3), np.uint8), 96))) as image:
        assert image.size == size
