"""How a network that the caller holds is fed: transforms are read as the family's own settings, or refused with what to do."""

import pytest
import torch
from torchvision import transforms
from torchvision.models import ResNet18_Weights
from torchvision.transforms import v2

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.in_memory import fed
from inverset.sampler.zoo.networks.preprocessing import Preprocess
from inverset.sampler.zoo.networks.torchvision import preset

CPU = torch.device("cpu")
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
COMPOSED = transforms.Compose(
    [
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ]
)
NEWER = v2.Compose(
    [
        v2.ToImage(), v2.Resize([256], antialias=True), v2.CenterCrop(224), v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(MEAN, STD),
    ]
)  # fmt: skip


@pytest.mark.parametrize("transform", [COMPOSED, NEWER, ResNet18_Weights.DEFAULT.transforms()])
def test_a_transform_is_read_as_the_family_has_it(transform):
    expected = Preprocess.of(preset(ResNet18_Weights.DEFAULT))
    assert fed(transform, None, None, None, CPU).described == expected.described


def test_a_transform_gives_what_torchvision_gives():
    image = torch.rand(1, 3, 300, 260, generator=torch.Generator().manual_seed(0))
    ours = fed(NEWER, None, None, None, CPU)(image)
    assert torch.allclose(ours, NEWER(image), atol=1e-4)


def test_mean_and_std_and_tables():
    whole = fed(None, 0.5, (0.25, 0.25, 0.25), (16, 16), CPU)
    assert torch.allclose(whole(torch.full((1, 3, 16, 16), 0.75)), torch.ones(1, 3, 16, 16))
    table = fed({"size": 16, "mean": 0.5, "std": 0.25}, None, None, None, CPU)
    assert table.described == whole.described


def test_a_function_is_called_as_it_is_and_told_apart_by_what_it_does():
    one, other = (fed(lambda x, by=by: x * by, None, None, (8, 8), CPU) for by in (2.0, 3.0))
    assert torch.equal(one(torch.ones(1, 3, 8, 8)), torch.full((1, 3, 8, 8), 2.0))
    assert one.described != other.described
    assert one.size == (8, 8)


@pytest.mark.parametrize(
    ("transform", "size", "sentence"),
    [
        (
            transforms.Compose([transforms.RandomCrop(8), transforms.ToTensor()]),
            (8, 8),
            "RandomCrop is no step",
        ),
        (lambda images: images.round().detach(), (8, 8), "differentiably"),
        (lambda images: images + torch.rand_like(images), (8, 8), "the same image differs"),
        (lambda images: images.mean(dim=0), (8, 8), "of 2 images it makes"),
        (lambda images: images, None, "input size"),
        (transforms.Normalize(0.5, 0.5), None, "input size"),
        (7, (8, 8), "transform is a int"),
    ],
)
def test_what_cannot_be_read_is_refused(transform, size, sentence):
    with pytest.raises(BadEntry, match=sentence):
        fed(transform, None, None, size, CPU)
