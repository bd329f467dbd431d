"""Canvas and spectrum: what they paint, what they can be given back, and that neither claims to know images."""

from pathlib import Path

import pytest
import torch

from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.generators import GeneratorEntry, load

HERE = Path()


def made(source, size=(12, 20), **options):
    return load(GeneratorEntry(source, size, options), HERE)


def drawn(generator, count=4):
    prior = generator.prior
    torch.manual_seed(0)
    return prior.mean + prior.scales * torch.randn(count, len(prior.mean))


@pytest.mark.parametrize("source", ["pixels", "pixels:fourier"])
@pytest.mark.parametrize("size", [(12, 20), (9, 7)])
def test_codes_and_images_have_the_shapes_that_are_told(source, size):
    generator = made(source, size)
    codes = drawn(generator)
    assert codes.shape[1] == torch.Size(generator.code).numel()
    assert generator.module(codes).shape == (4, 3, *size)
    assert not generator.learnt


@pytest.mark.parametrize("source", ["pixels", "pixels:fourier"])
def test_images_come_back_from_their_codes(source):
    generator = made(source)
    images = torch.rand(3, 3, 12, 20).clamp(0.01, 0.99)
    torch.testing.assert_close(generator.module(generator.encode(images)), images, atol=1e-4, rtol=0)


def test_images_of_another_size_are_encoded_at_the_generators_own():
    assert made("pixels").encode(torch.rand(2, 3, 40, 30)).shape == (2, 3 * 12 * 20)


def test_every_entry_of_a_spectrum_that_shows_has_a_gradient():
    generator = made("pixels:fourier", (8, 8))
    codes = drawn(generator, 1).requires_grad_()
    (generator.module(codes) * torch.randn(1, 3, 8, 8)).sum().backward()
    real = codes.grad.view(2, 3, 8, 5)[0]
    assert (real != 0).all()


def test_a_spectrum_of_the_prior_has_the_contrast_of_a_photograph_and_little_fine_detail():
    images = made("pixels:fourier", (64, 64)).module(drawn(made("pixels:fourier", (64, 64)), 64))
    assert 0.15 < images.std() < 0.3
    assert images.min() > 0
    assert images.max() < 1
    fine = images.diff(dim=-1).std()
    assert fine < 0.8 * images.std()  # white noise: 1.41
    flat = made("pixels:fourier", (64, 64), decay=0.0)
    assert flat.module(drawn(flat)).diff(dim=-1).std() > 1.5 * fine  # as white noise


def test_planes_of_the_prior_have_variance_one():
    for size in ((16, 16), (9, 7)):
        generator = made("pixels:fourier", size)
        logits = generator.module(drawn(generator, 4000)).logit()
        planes = torch.einsum("pr,krhw->kphw", torch.linalg.inv(generator.module.colours), logits)
        assert planes.var() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("source", "options", "told"),
    [
        ("pixels:furier", {}, "did you mean fourier"),
        ("pixles", {}, "did you mean pixels"),
        ("pixels:fourier", {"decai": 2.0}, "did you mean decay"),
        ("pixels:fourier", {"decay": "steep"}, "should be like 1.0"),
        ("pixels", {"decay": 1.0}, "no option 'decay'"),
    ],
)
def test_what_is_not_known_is_told_with_what_is(source, options, told):
    with pytest.raises(ZooError, match=told):
        made(source, **options)


def test_another_size_is_another_generator():
    assert made("pixels", (8, 8)).sha256 != made("pixels", (8, 16)).sha256
