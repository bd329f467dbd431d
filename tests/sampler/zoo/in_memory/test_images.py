"""Images that the caller holds are brought to a size as those of a folder are."""

import numpy as np
import pytest
import torch
from PIL import Image

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.in_memory import of_folder, of_objects
from tests.sampler.zoo.own.lab import photograph

SIZE = (16, 16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("images")
    photograph(place, 9)
    for path in (*place.glob("*.jpg"), *place.glob("*.webp")):
        path.unlink()
    return place


@pytest.fixture(scope="module")
def pictures(folder):
    return [Image.open(path) for path in sorted(folder.iterdir())]


class Dataset(torch.utils.data.Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, row):
        return self.items[row], row % 2


def test_every_kind_of_item_is_the_same_image(folder, pictures):
    expected = of_folder(folder, SIZE).read(range(3))
    arrays = [np.asarray(each) for each in pictures]
    tensors = [torch.tensor(each).permute(2, 0, 1) for each in arrays]
    kinds = [
        pictures, Dataset(pictures), arrays, tensors, [each / 255 for each in tensors], sorted(folder.iterdir()),
        [{"image": each, "label": 0} for each in pictures],
    ]  # fmt: skip
    for items in kinds:
        assert torch.equal(of_objects(items, SIZE).read(range(3)), expected)


def test_content_decides(pictures, tmp_path):
    whole = of_objects(pictures, SIZE)
    assert whole.sha256(tmp_path) == of_objects(Dataset(pictures), SIZE).sha256(tmp_path)
    assert whole.sha256(tmp_path) != of_objects(pictures[::-1], SIZE).sha256(tmp_path)
    assert whole.sha256(tmp_path) != of_objects(pictures, (8, 8)).sha256(tmp_path)


def test_some_are_evenly_spread():
    items = torch.arange(10, dtype=torch.uint8)[:, None, None, None].expand(10, 3, 4, 4)
    some = of_objects(items, (4, 4)).some(5)
    assert len(some) == 5
    assert some.read(range(5))[:, 0, 0, 0].tolist() == [0, 2, 4, 6, 8]


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([torch.randn(3, 8, 8)], r"images\[0\] has values from -"),
        ([torch.zeros(8, 8)], r"images\[0\] has the shape \(8, 8\)"),
        ([np.zeros((8, 8, 3))], r"images\[0\] is an array \(8, 8, 3\) of float64"),
        ([object()], r"images\[0\] is a object"),
        ([], "it is empty"),
        (iter([1]), "has no length"),
        (["nowhere.png"], r"images\[0\] cannot be read"),
    ],
)
def test_what_is_no_image_is_named(items, sentence):
    with pytest.raises(BadEntry, match=sentence):
        of_objects(items, SIZE)


def test_images_that_change_are_refused():
    class Changing(Dataset):
        def __getitem__(self, row):
            return torch.rand(3, 8, 8)

    with pytest.raises(BadEntry, match="different each time"):
        of_objects(Changing([0, 1]), SIZE)
