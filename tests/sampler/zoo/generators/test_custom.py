"""Generators of one's own: an exported program, or what an installed function makes, with E or without."""

import io
import pickle

import pytest
import torch
from safetensors.torch import save_file

from inverset.sampler import sample
from inverset.sampler.neuron import Neuron
from inverset.sampler.zoo import own
from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.generators import GeneratorEntry, load
from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.own.isolation import verdicts
from tests.sampler.zoo.generators import decoders
from tests.sampler.zoo.networks.strangers import Bomb, changed
from tests.sampler.zoo.own.lab import TABLE, furnish

HERE = "factory:tests.sampler.zoo.generators.decoders"
FED = {"size": 8, "mean": [0.5] * 3, "std": [0.5] * 3}
ENCODER = {"source": f"{HERE}:encoder", "preprocessing": FED}


def program(net, *shape, batch=True):
    shapes = ({0: torch.export.Dim("batch")},) if batch else None
    whole = io.BytesIO()
    exported = torch.export.export(net.eval(), (torch.zeros(2, *shape),), dynamic_shapes=shapes)
    torch.export.save(exported, whole)
    return whole.getvalue()


def made(folder, name="decoder", size=None, **options):
    return load(GeneratorEntry(f"{HERE}:{name}", size, {"code": decoders.ENTRIES, **options}), folder)


def read(folder, content, **options):
    (folder / "decoder.pt2").write_bytes(content)
    return load(GeneratorEntry("export:decoder.pt2", None, options), folder)


def test_a_program_paints_what_its_module_painted(tmp_path):
    net = decoders.decoder()
    generator = read(tmp_path, program(net, decoders.ENTRIES), pixels=[-1, 1])
    codes = torch.randn(5, decoders.ENTRIES)
    assert (generator.code, generator.size) == ((decoders.ENTRIES,), (8, 8))
    torch.testing.assert_close(generator.module(codes), net(codes) / 2 + 0.5)


def test_codes_may_be_maps(tmp_path):
    net = decoders.maps()
    generator = read(tmp_path, program(net, decoders.UNITS, 4, 4))
    codes = torch.randn(3, 64, requires_grad=True)
    assert (generator.code, len(generator.prior.mean)) == ((4, 4, 4), 64)
    painted = generator.module(codes)
    torch.testing.assert_close(painted, net(codes.view(3, 4, 4, 4)))
    painted.sum().backward()
    assert codes.grad is not None
    assert bool((codes.grad != 0).any())


def test_a_factory_is_filled_with_a_file_of_weights(tmp_path):
    net = decoders.Decoder()
    save_file(net.state_dict(), tmp_path / "weights.safetensors")
    generator = made(tmp_path, weights="weights.safetensors", pixels=[-1, 1])
    codes = torch.randn(2, decoders.ENTRIES)
    torch.testing.assert_close(generator.module(codes), net(codes) / 2 + 0.5)
    assert generator.sha256 != made(tmp_path, pixels=[-1, 1]).sha256


def test_an_encoder_gives_the_codes_of_images_of_any_size(tmp_path):
    generator = made(tmp_path, encode=ENCODER)
    images = torch.rand(3, 3, 8, 8)
    torch.testing.assert_close(generator.encode(images), decoders.encoder()(images * 2 - 1))
    assert generator.encode(torch.rand(2, 3, 20, 30)).shape == (2, decoders.ENTRIES)
    assert generator.sha256 != made(tmp_path).sha256


def test_what_is_said_of_codes_is_kept(tmp_path):
    generator = made(tmp_path, mean=1, std=0.5, floor=0, ceiling=3.5, inverts="relu3")
    assert (generator.floor, generator.ceiling, generator.inverts) == (0, 3.5, "relu3")
    assert generator.prior.mean.unique().tolist() == [1.0]
    assert generator.prior.scales.unique().tolist() == [0.5]


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("decoder", {"code": None}, "give the shape of a code"),
        ("decoder", {"code": [3, 4]}, "not \\[3, 4\\]"),
        ("decoder", {"code": 13}, r"takes no codes \(3, 13\)"),
        ("decoder", {"pixels": [1, 1]}, "the same number"),
        ("decoder", {"pixels": "bytes"}, r"pixels is \[black, white\]"),
        ("decoder", {"std": 0}, "above 0"),
        ("decoder", {"floor": "none"}, "floor of a generator's codes is a number"),
        ("decoder", {"encode": 3}, "encode of a generator is a network"),
        ("decoder", {"encode": f"{HERE}:nothing"}, "has no function 'nothing'"),
        ("decoder", {"encode": f"{HERE}:maps"}, "encode takes no images of 8 x 8 pixels"),
        ("decoder", {"encode": f"{HERE}:flat"}, "encode gives 192 numbers for an image; .* takes 12"),
        ("decoder", {"encode": ENCODER, "inverts": "relu3"}, "codes are the features of the layer"),
        ("decoder", {"weigths": "x"}, "did you mean weights"),
        ("decoder", {"size": (9, 9)}, "makes 8 x 8 pixels only"),
        ("infinite", {}, "not finite"),
        ("grey", {}, r"not RGB images \(3, 3, h, w\)"),
        ("nothing", {}, "has no function 'nothing'"),
    ],
)
def test_what_makes_no_generator_is_refused_in_words(tmp_path, name, options, why):
    with pytest.raises(ZooError, match=why):
        made(tmp_path, name, **options)


@pytest.mark.parametrize(
    ("content", "options", "why"),
    [
        (program(decoders.decoder(), decoders.ENTRIES), {"weights": "x.pt"}, "holds its own weights"),
        (program(decoders.decoder(), decoders.ENTRIES), {"code": 13}, r"codes of the shape \[12\], not 13"),
        (program(decoders.decoder(), decoders.ENTRIES, batch=False), {}, "dynamic_shapes"),
        (program(torch.nn.Identity(), 3, 4), {}, "something else than codes"),
        (b"nothing", {}, "no whole exported program"),
    ],
)
def test_a_program_that_is_no_generator_is_refused_in_words(tmp_path, content, options, why):
    with pytest.raises(ZooError, match=why):
        read(tmp_path, content, **options)


def test_a_program_that_would_run_code_is_refused_and_runs_none(tmp_path):
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    content = changed(program(decoders.decoder(), decoders.ENTRIES), {"data/weights/weight_0": bomb})
    with pytest.raises(ZooError):
        read(tmp_path, content)
    assert not (tmp_path / "exploded").exists()


def test_other_weights_and_another_encoder_are_another_model(tmp_path):
    """An approval of a model that was tried holds for its files alone."""
    save_file(decoders.decoder().state_dict(), tmp_path / "w.safetensors")
    generator = {"source": f"{HERE}:decoder", "code": 12, "weights": "w.safetensors", "encode": ENCODER}
    entry = Entry.of("toy", {"network": "torchvision:resnet18", "generator": generator})
    keys = {verdicts.key(entry, tmp_path)}
    save_file(decoders.Decoder().state_dict(), tmp_path / "w.safetensors")
    keys.add(verdicts.key(entry, tmp_path))
    fed = {**generator, "encode": {**ENCODER, "preprocessing": {**FED, "size": 16}}}
    keys.add(verdicts.key(Entry.of("toy", {"network": "torchvision:resnet18", "generator": fed}), tmp_path))
    assert len(keys) == 3


def test_a_model_of_models_toml_is_sampled_through_it(tmp_path):
    encode = f'{{ source = "{HERE}:encoder" }}'
    generator = f'{{ source = "{HERE}:decoder", code = 12, pixels = [-1, 1], encode = {encode} }}'
    bundle = own.load("toy", furnish(tmp_path, table=f"{TABLE}generator = {generator}\n"))
    band = sorted(bundle.reference.read([Neuron.parse("fc2:a", bundle)])[10:40, 0].tolist())
    question = {"neurons": [{"neuron": "fc2:a", "range": [band[0], band[-1]]}], "n": 4, "k": 4}
    emission = sample(bundle, question)
    assert emission.images.shape == (4, 3, 8, 8)
    assert bool(((emission.activations >= band[0]) & (emission.activations <= band[-1])).all())
