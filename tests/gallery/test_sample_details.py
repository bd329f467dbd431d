"""What is told of single samples, read off a file."""

import numpy as np
import pytest

from inverset.contract import paths
from inverset.contract.errors import NotFound
from inverset.contract.manifest import NearestReference
from inverset.gallery import sample_details
from inverset.gallery.sample_details import Plane, Portrait, SampleDetails, StandsOut
from inverset.storage.folder import FolderStore


@pytest.fixture
def folder(tmp_path):
    return FolderStore(tmp_path)


def fill(blobs, job_id="job_1", places=((0, 0), (4, 1), (2, 2)), references=(7, 8, -1), **more):
    arrays = {
        "indices": np.array([0, 1, 5]),
        "places": np.array(places, np.float32),
        "neurons": np.array([[0, 1], [1, 0], [1, 0]], np.int32),
        "activations": np.array([[2, 1], [3, 0], [4, 0]], np.float32),
        "deviations": np.array([[1.5, 1], [2, 0], [3, 0]], np.float32),
        "references": np.array(references),
        "distances": np.array([0.5, 0.25, 0], np.float32),
        **more,
    }
    answer = {"method": "pca", "explained": 0.75, "neurons": ["fc8:volcano", "fc8:fish"]}
    blobs.put(paths.sample_details(job_id), sample_details.dump(answer, arrays))


def test_a_map_keeps_its_shape_and_fills_its_longer_side(folder):
    fill(folder)
    assert SampleDetails(folder).map("job_1") == Plane(
        "pca", 0.75, [0, 1, 5], [[0.0, 0.25], [1.0, 0.5], [0.5, 0.75]], [], []
    )


def test_natural_images_lie_among_the_samples_on_one_scale(folder):
    fill(folder, naturals=np.array([7, 9]), natural_places=np.array([(8, 1), (4, 2)], np.float32))
    found = SampleDetails(folder).map("job_1")
    assert found.places == [[0.0, 0.375], [0.5, 0.5], [0.25, 0.625]]
    assert (found.naturals, found.natural_places) == ([7, 9], [[1.0, 0.5], [0.5, 0.625]])


def test_samples_in_one_place_lie_in_the_middle(folder):
    fill(folder, places=((3, 3), (3, 3), (3, 3)))
    assert SampleDetails(folder).map("job_1").places == [[0.5, 0.5]] * 3


def test_a_sample_is_found_by_its_number(folder):
    fill(folder)
    details = SampleDetails(folder)
    assert details.portrait("job_1", 1) == Portrait(
        (StandsOut("fc8:fish", 3.0, 2.0), StandsOut("fc8:volcano", 0.0, 0.0)), NearestReference(8, 0.25)
    )
    assert details.portrait("job_1", 5).nearest_reference is None


def test_nothing_is_told_before_the_end_and_then_all(folder):
    details, nothing = SampleDetails(folder), Portrait()
    with pytest.raises(NotFound):
        details.map("job_1")
    assert details.portrait("job_1", 0) == nothing
    fill(folder)
    assert details.map("job_1").samples == [0, 1, 5]
    assert details.portrait("job_1", 2) == nothing
