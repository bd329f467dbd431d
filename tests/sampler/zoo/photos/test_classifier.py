"""The network of ``photos`` is trained on a handful of squares: it learns, goes on where it was left, and is told how good it is."""

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.nn import functional

from inverset.sampler.zoo.photos import classifier, photographs
from inverset.sampler.zoo.photos.network import CLASSES, SIDE, PhotoNetwork
from inverset.sampler.zoo.photos.photographs import Photographs
from inverset.sampler.zoo.photos.teacher import FEATURES, Taught


@pytest.fixture
def known():
    """Photographs of two kinds, a bright and a dark one, of the first and of the last class."""
    random = torch.Generator().manual_seed(0)
    dark = torch.randint(0, 100, (96, 3, classifier.STORED, classifier.STORED), generator=random)
    dark[::2] += 150
    classes = torch.tensor([0, len(CLASSES) - 1] * 48)
    return Photographs(dark.to(torch.uint8), classes)


@pytest.fixture
def taught(known):
    random = torch.Generator().manual_seed(1)
    features = functional.normalize(torch.randn(2, FEATURES, generator=random), dim=1)
    of_each = features[(known.classes > 0).long()][:, None].expand(-1, 2, -1)
    return Taught(of_each.half(), torch.eye(10)[torch.zeros(96, 2, dtype=torch.long)])


def test_it_learns_and_goes_on_where_it_was_left(known, taught, tmp_path):
    whole = list(classifier.train(known, taught, tmp_path / "whole.safetensors", epochs=4))
    assert whole[-1].loss < whole[0].loss
    left = classifier.train(known, taught, tmp_path / "left.safetensors", epochs=4)
    next(left)
    left.close()
    rest = list(classifier.train(known, taught, tmp_path / "left.safetensors", epochs=4))
    assert [epoch.number for epoch in rest] == [2, 3, 4]
    ours, theirs = (load_file(tmp_path / f"{name}.safetensors") for name in ("whole", "left"))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    network = PhotoNetwork()
    network.load_state_dict(ours)
    assert network.eval()(classifier.normalised(known.pixels[:2, :, :SIDE, :SIDE])).shape == (2, len(CLASSES))


def test_accuracy_is_told_of_both_kinds_of_photographs(known):
    class Dark(torch.nn.Module):
        def forward(self, images):
            return torch.eye(len(CLASSES))[(images.mean(dim=(1, 2, 3)) > 0).long() * (len(CLASSES) - 1)]

    assert classifier.accuracy(Dark(), known) == (0.0, 0.0)  # bright ones come first
    assert classifier.accuracy(Dark(), known._replace(classes=known.classes.flip(0))) == (1.0, 1.0)


def test_photographs_are_read_with_their_classes_and_kept(tmp_path):
    for name in ("imagenette/train/gas_pump", "landscapes/train/sea"):
        (tmp_path / name).mkdir(parents=True)
        Image.new("RGB", (96, 96), (255, 0, 0)).save(tmp_path / name / "1.jpg")
    known = photographs.read(tmp_path, photographs.TRAIN, 32, tmp_path / "kept.pt")
    assert [CLASSES[each] for each in known.classes] == ["gas pump", "sea"]
    assert known.pixels.shape == (2, 3, 32, 32)
    assert int(known.pixels[:, 0].min()) > 250
    (tmp_path / "imagenette/train/gas_pump/1.jpg").unlink()
    assert len(photographs.read(tmp_path, photographs.TRAIN, 32, tmp_path / "kept.pt").pixels) == 2
    with pytest.raises(FileNotFoundError):
        photographs.read(tmp_path, photographs.HELD_OUT, 32)
