"""``caffe:FILE`` and ``deepsim:LAYER`` as an entry names them."""

import pytest
import torch

from inverset.sampler.problem import quantise, to_uint8
from inverset.sampler.zoo import generators
from inverset.sampler.zoo.caffe import pixels
from inverset.sampler.zoo.errors import BadFile, ZooError
from inverset.sampler.zoo.generators import GeneratorEntry
from inverset.sampler.zoo.networks.preprocessing import Preprocess


def load(folder, source, **options):
    return generators.load(GeneratorEntry(source, options=options), folder)


@pytest.mark.slow
def test_from_its_file(paper):
    made = load(paper.folder, f"caffe:{paper.generator}")

    images = made.module(paper.codes)

    assert images.shape == (4, 3, 227, 227)
    assert (made.code, made.size, made.inverts) == ((4096,), (227, 227), "relu6")
    assert (made.floor, made.ceiling) == (0, 30)
    assert made.prior.mean.unique().tolist() == pytest.approx([0.6])
    assert made.prior.scales.unique().tolist() == pytest.approx([3.74])
    seen = Preprocess.of(pixels.PREPROCESSING)(images)
    assert torch.allclose(seen, paper.body(paper.codes)[:, :, 14:241, 14:241], atol=1e-3)


@pytest.mark.slow
def test_a_png_read_again_is_what_the_network_saw(paper):
    made, seen = load(paper.folder, f"caffe:{paper.generator}"), Preprocess.of(pixels.PREPROCESSING)

    images = quantise(made.module(paper.codes))

    assert torch.equal(seen(images), seen(to_uint8(images).float() / 255))


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "G."])
def test_deepsim_from_the_converted_file(tmp_path, paper, prefix):
    state = {f"{prefix}{name}": value for name, value in paper.body.state_dict().items()}
    torch.save(state, tmp_path / "upconvGAN_fc6.pt")

    made = load(tmp_path, "deepsim:fc6")

    assert torch.equal(
        made.module(paper.codes), load(paper.folder, f"caffe:{paper.generator}").module(paper.codes)
    )


@pytest.mark.slow
def test_gradients_reach_the_code(paper):
    made, codes = load(paper.folder, f"caffe:{paper.generator}"), paper.codes.clone().requires_grad_()

    (toward,) = torch.autograd.grad(made.module(codes).sum(), codes)

    assert (toward != 0).float().mean() > 0.9


def test_by_default_the_file_has_its_published_name(tmp_path):
    with pytest.raises(BadFile, match=r"no file .*upconvGAN_pool5\.pt"):
        load(tmp_path, "deepsim:pool5")


@pytest.mark.parametrize(
    ("source", "options", "said"),
    [
        ("deepsim:fc9", {}, "did you mean fc8"),
        ("deepsim:fc6", {"layer": "fc6"}, "no option 'layer'"),
        ("caffe:some.caffemodel", {"layer": "pool6"}, "did you mean pool5"),
    ],
)
def test_what_is_not_known(tmp_path, source, options, said):
    with pytest.raises(ZooError, match=said):
        load(tmp_path, source, **options)


@pytest.mark.slow
def test_the_file_of_another_layer(paper):
    with pytest.raises(BadFile, match="no weights of a layer 'Rconv6'"):
        load(paper.folder, f"caffe:{paper.generator}", layer="pool5")
