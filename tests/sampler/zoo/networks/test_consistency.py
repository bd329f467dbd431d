"""Networks that are no functions of the image, and those that only look so."""

import io
import warnings

import pytest
import torch
from torch import nn

from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadEntry, BadFile
from inverset.sampler.zoo.networks import NetworkEntry, Preprocessing, consistency
from inverset.sampler.zoo.networks.layers import readable
from tests.sampler.zoo.networks.strangers import exported
from tests.sampler.zoo.own import odd_networks

ODD = "factory:tests.sampler.zoo.own.odd_networks"
SIZE = (16, 16)


def fault(source, folder):
    network = networks.load(NetworkEntry(source, preprocessing=Preprocessing(size=SIZE)), folder)
    layers = [each.name for each in readable(network, SIZE)]
    return consistency.fault(network.module, network.preprocess, SIZE, layers)


@pytest.mark.parametrize("name", ["plain", "half", "brain_half", "without_gradient"])
def test_a_function_of_the_image_has_no_fault(tmp_path, name):
    assert fault(f"{ODD}:{name}", tmp_path) is None


@pytest.mark.parametrize("name", ["dropping", "noisy"])
def test_dropout_and_noise_are_found(tmp_path, name):
    result = fault(f"{ODD}:{name}", tmp_path)
    assert "the same image each time in fc" in result
    assert "F.dropout needs training=self.training" in result


@pytest.mark.parametrize("name", ["mixing", "of_the_batch"])
def test_what_depends_on_other_images_of_the_batch_is_found(tmp_path, name):
    result = fault(f"{ODD}:{name}", tmp_path)
    assert "if other images are in its batch" in result
    assert "track_running_stats=True" in result


def test_values_that_are_no_numbers_are_found(tmp_path):
    assert "not finite in norm" in fault(f"{ODD}:without_numbers", tmp_path)


def program(folder, net, dtype=torch.float32):
    """A program of a network in the mode in which it is."""
    shapes = ({0: torch.export.Dim("batch")},)
    made = torch.export.export(net, (torch.zeros(2, 3, *SIZE, dtype=dtype),), dynamic_shapes=shapes)
    torch.export.save(made, folder / "net.pt2")
    return "export:net.pt2"


def test_a_program_exported_with_dropout_at_work_is_found(tmp_path):
    assert "the same image each time" in fault(program(tmp_path, odd_networks.dropping().eval()), tmp_path)


def test_a_program_exported_in_training_mode_is_found(tmp_path):
    net = odd_networks.Small(nn.BatchNorm2d(8))
    assert "if other images are in its batch" in fault(program(tmp_path, net.train()), tmp_path)
    assert fault(program(tmp_path, net.eval()), tmp_path) is None


@pytest.mark.parametrize(("name", "kind"), [("half", torch.float16), ("brain_half", torch.bfloat16)])
def test_half_precision_is_read_in_float32(tmp_path, name, kind):
    net = getattr(odd_networks, name)().eval()
    same = odd_networks.plain()
    same.load_state_dict(net.state_dict())
    images = torch.rand(3, 3, *SIZE, generator=torch.Generator().manual_seed(1))
    for source in (f"{ODD}:{name}", program(tmp_path, net, kind)):
        network = networks.load(NetworkEntry(source), tmp_path)
        torch.testing.assert_close(network.module(images), same(images))


def test_a_program_that_turns_its_input_to_half_precision_is_told_what_to_do(tmp_path):
    class Inner(odd_networks.Small):
        def forward(self, images):
            return super().forward(images.half())

    with pytest.raises(BadFile, match=r"it computes in float16: export it in float32, after net.float\(\)"):
        networks.load(NetworkEntry(program(tmp_path, Inner().half().eval())), tmp_path)


def test_torchscript_is_told_what_to_do(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of the way that TorchScript goes
        with pytest.raises(BadEntry, match=r"TorchScript, .* export that module with torch.export.save"):
            networks.load(NetworkEntry(f"{ODD}:scripted"), tmp_path)
        whole = io.BytesIO()
        torch.jit.save(odd_networks.scripted(), whole)
    (tmp_path / "net.pt").write_bytes(whole.getvalue())
    with pytest.raises(BadFile, match=r"is a TorchScript program, not weights; save its state_dict\(\)"):
        networks.load(NetworkEntry(f"{ODD}:plain", weights="net.pt"), tmp_path)


def test_a_fixed_batch_alone_is_told_of_dynamic_shapes(tmp_path):
    (tmp_path / "net.pt2").write_bytes(exported(batch=False))
    with pytest.raises(BadFile, match="dynamic_shapes"):
        networks.load(NetworkEntry("export:net.pt2"), tmp_path)


@pytest.mark.parametrize(
    ("source", "trained"),
    [(f"{ODD}:plain", True), (f"{ODD}:at_random", False), ("torchvision:squeezenet1_1", False)],
)
def test_random_weights_are_the_same_at_each_load_and_known(tmp_path, source, trained):
    before = torch.random.get_rng_state()
    one, other = (networks.load(NetworkEntry(source), tmp_path) for _ in range(2))
    assert one.sha256 == other.sha256
    assert one.trained is other.trained is trained
    assert torch.equal(torch.random.get_rng_state(), before)
