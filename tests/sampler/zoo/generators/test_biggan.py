"""BigGAN-deep: painted as published, within bounds, sampled; damaged folders are told."""

import pickle

import pytest
import torch
from torch import nn
from torch.nn import functional

from inverset.sampler import sample, zoo
from inverset.sampler.problem import Neuron, read_images
from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.generators import GeneratorEntry, UnusableGenerator, load
from inverset.sampler.zoo.generators.biggan_network import Painter, Plan, Stage
from tests.sampler.zoo.generators.biggans import (
    CONFIG,
    LAYERS,
    NOISE,
    STATISTICS,
    WIDTH,
    furnish,
    parts,
    state,
)
from tests.sampler.zoo.networks.strangers import Bomb
from tests.sampler.zoo.own import lab


def made(folder, size=None, **options):
    return load(GeneratorEntry(f"biggan:{folder}", size, options), folder.parent)


@pytest.fixture
def folder(tmp_path):
    return furnish(tmp_path / "gan")


def published(noise, embeddings, row):
    """The layers one after the other, spectral norms by torch's own hooks, statistics of one row of the tables."""
    result, condition, number = parts(), torch.cat([noise, embeddings], 1), 0

    def norm(at, maps, gain, shift):
        mean, variance = result[f"{at}.running_means"][row], result[f"{at}.running_vars"][row]
        centred = (maps - mean[:, None, None]) / (variance[:, None, None] + 1e-4).sqrt()
        return functional.relu(centred * gain[..., None, None] + shift[..., None, None])

    maps = result["generator.gen_z"](condition).view(-1, 4, 4, 64).permute(0, 3, 1, 2)
    for place, (doubles, _, outer) in enumerate(LAYERS):
        at = f"generator.layers.{number}"
        if place == CONFIG["attention_layer_position"]:
            maps = attended(
                {name: result.get(f"{at}.snconv1x1_{name}") for name in ("theta", "phi", "g", "o_conv")}, maps
            )
            number, at = number + 1, f"generator.layers.{number + 1}"
        past, inside = maps[:, : outer * 4], maps
        for step in range(4):
            scale, offset = (result[f"{at}.bn_{step}.{each}"](condition) for each in ("scale", "offset"))
            inside = norm(f"{at}.bn_{step}", inside, 1 + scale, offset)
            if doubles and step == 1:
                inside = inside.repeat_interleave(2, 2).repeat_interleave(2, 3)
            inside = result[f"{at}.conv_{step}"](inside)
        if doubles:
            past = past.repeat_interleave(2, 2).repeat_interleave(2, 3)
        maps, number = inside + past, number + 1
    maps = norm("generator.bn", maps, result["generator.bn.weight"], result["generator.bn.bias"])
    return result["generator.conv_to_rgb"](maps)[:, :3].tanh() / 2 + 0.5


def attended(convolutions, maps):
    theta, phi, g = (convolutions[name](maps) for name in ("theta", "phi", "g"))
    phi, g = (nn.MaxPool2d(2)(each).flatten(2) for each in (phi, g))
    weights = torch.einsum("kcq,kcp->kqp", theta.flatten(2), phi).softmax(-1)
    seen = torch.einsum("kcp,kqp->kcq", g, weights).view(len(maps), -1, *maps.shape[2:])
    return maps + 0.7 * convolutions["o_conv"](seen)


@pytest.mark.parametrize(("truncation", "row"), [(1.0, STATISTICS - 1), (0.5, 5), (0.2, 2)])
@torch.no_grad()
def test_it_paints_what_was_published(folder, truncation, row):
    generator = made(folder, truncation=truncation)
    codes = torch.rand(3, 2 * NOISE) * 4 - 2
    taught = parts()["embeddings"].weight.T
    least, most = taught.amin(0), taught.amax(0)
    embeddings = least + (most - least) * (codes[:, NOISE:] + 2) / 4
    expected = published(codes[:, :NOISE] * truncation, embeddings, row)
    torch.testing.assert_close(generator.module(codes), expected, rtol=1e-4, atol=1e-5)
    assert expected.std() > 0.05
    assert (generator.code, generator.size, generator.floor, generator.ceiling) == (
        (10,),
        (16, 16),
        -2.0,
        2.0,
    )


@torch.no_grad()
def test_between_two_truncations_statistics_lie_between(folder):
    halfway = made(folder, truncation=0.55).module.painter.bn.mean
    table = parts()["generator.bn.running_means"]
    torch.testing.assert_close(halfway, (table[5] + table[6]) / 2)


@torch.no_grad()
def test_bounds_hold_every_class_and_nothing_further(folder):
    generator = made(folder)
    taught = parts()["embeddings"].weight.T
    module = generator.module
    entries = (taught - module.centre) / module.reach * 2
    assert entries.abs().max() == pytest.approx(2)
    assert (entries.abs().amax(0) > 1.99).all()  # of each entry some class is the last
    prior = generator.prior
    torch.testing.assert_close(prior.mean[NOISE:], entries.mean(0))
    torch.testing.assert_close(prior.scales[NOISE:], entries.std(0))
    named = made(folder, label=3)
    noise = torch.rand(2, NOISE)
    torch.testing.assert_close(named.module(noise), module(torch.cat([noise, entries[[3, 3]]], 1)))
    assert named.code == (NOISE,)


def test_gradients_reach_noise_and_class(folder):
    codes = torch.zeros(1, 2 * NOISE, requires_grad=True)
    made(folder).module(codes).square().sum().backward()
    assert (codes.grad.abs() > 0).all()


def test_a_job_on_it_delivers_pixels_in_band_from_codes_within_bounds(tmp_path):
    furnish(tmp_path / "gan")
    home = lab.furnish(tmp_path, 30, lab.TABLE + 'generator = { source = "biggan:gan", truncation = 0.5 }\n')
    bundle = zoo.load("toy", own=home)
    at = bundle.catalogue["neurons"]["fc2:c"]["quantiles"]
    low, high = sorted(read_images(bundle, [Neuron.parse("fc2:c", bundle)], drawn(bundle))[0][:, 0].tolist())[
        8:14:5
    ]
    assert low < high, at
    result = sample(bundle, {"n": 10, "k": 5, "neurons": [{"neuron": "fc2:c", "range": [low, high]}]})
    assert result.outcome["reason"] == "reached n"
    again, _ = read_images(bundle, [Neuron.parse("fc2:c", bundle)], result.images)
    assert ((again >= low) & (again <= high)).all()
    assert result.codes.abs().max() <= 2


def drawn(bundle):
    torch.manual_seed(0)
    codes = torch.randn(20, 2 * NOISE).clamp(-2, 2)
    with torch.no_grad():
        return (bundle.generator(codes).clamp(0, 1) * 255).round().to(torch.uint8)


def test_a_checkpoint_of_old_is_read_without_unpickling(tmp_path):
    old = furnish(tmp_path / "old", name="pytorch_model.bin")
    new = furnish(tmp_path / "new")
    codes = torch.zeros(1, 2 * NOISE)
    torch.testing.assert_close(made(old).module(codes), made(new).module(codes))
    (old / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    with pytest.raises(ZooError, match="holds more than weights"):
        made(old)
    assert not (tmp_path / "ran").exists()


def without(name):
    return lambda found: {key: value for key, value in found.items() if key != name}


def altered(name, change):
    return lambda found: {**found, name: change(found[name])}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (without("generator.gamma"), None),
        (without("embeddings.weight"), "holds no generator of BigGAN-deep"),
        (without("generator.layers.0.conv_0.bias"), "Missing key"),
        (without("generator.layers.0.conv_0.weight_u"), "weight_u"),
        (lambda found: {**found, "more": torch.zeros(1)}, "Unexpected key"),
        (altered("generator.bn.bias", lambda value: value * torch.nan), "not finite"),
        (altered("generator.gen_z.weight_u", lambda value: value * 0), "not finite after normalisation"),
        (altered("generator.bn.running_vars", lambda value: value - 9), "not finite after normalisation"),
        (altered("generator.bn.running_means", lambda value: value[:, :2].contiguous()), "size mismatch"),
        (altered("generator.bn.running_means", lambda value: value[:0].contiguous()), "holds no generator"),
        (altered("embeddings.weight", lambda value: value[:2].contiguous()), "holds no generator"),
        (altered("embeddings.weight", lambda value: value[:, :0].contiguous()), "holds no generator"),
        (altered("embeddings.weight", lambda value: value.to(torch.int32)), None),
    ],
)
def test_weights_that_do_not_fit_are_told(tmp_path, change, why):
    folder = furnish(tmp_path / "gan", change(state(parts())))
    if why is None:  # nothing that is needed was changed
        assert made(folder)
        return
    with pytest.raises(ZooError, match=why):
        made(folder)


@pytest.mark.parametrize(
    "config",
    [
        {"channel_width": 2**19},
        {"channel_width": 2**40},
        {"channel_width": -4},
        {"z_dim": True},
        {"layers": [[True, 16, 1]] * 2},
        {"layers": [[True, 16, 16]] * 3000},
        {"layers": [[True, 16, 2]]},
        {"layers": 3},
        {"eps": "much"},
        {"attention_layer_position": None},
    ],
)
def test_a_configuration_that_is_none_is_told_before_it_takes_memory(tmp_path, config):
    with pytest.raises(UnusableGenerator, match="holds no generator of BigGAN-deep"):
        made(furnish(tmp_path / "gan", config={**CONFIG, **config}))


def test_images_that_no_memory_holds_are_refused_before_they_are_painted(tmp_path):
    many = [[True, 16, 1], *[[True, 1, 1]] * 12]
    result, plan = {}, Plan(NOISE, NOISE, WIDTH, [Stage(*each) for each in many], 99, 1e-4)
    for name, value in Painter(plan).state_dict().items():
        at, _, last = name.rpartition(".")
        rows = {"mean": "running_means", "deviation": "running_vars"}.get(last)
        result[f"generator.{at}.{rows}" if rows else f"generator.{name}"] = (
            torch.ones(3, *value.shape) if rows else torch.zeros_like(value)
        )
    config = {**CONFIG, "layers": many, "attention_layer_position": 99}
    folder = furnish(tmp_path / "gan", {**result, "embeddings.weight": torch.rand(NOISE, 3)}, config)
    with pytest.raises(UnusableGenerator, match="makes 32768 x 32768 pixels"):
        made(folder)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"truncation": 0.0}, "truncation lies in"),
        ({"truncation": 1.5}, "truncation lies in"),
        ({"label": 7}, "has 7 classes"),
        ({"truncatoin": 1.0}, "did you mean truncation"),
    ],
)
def test_options_that_make_no_sense_are_told(folder, options, why):
    with pytest.raises(ZooError, match=why):
        made(folder, **options)


def test_what_is_not_there_is_told(folder):
    with pytest.raises(UnusableGenerator, match="makes 16 x 16 pixels only"):
        made(folder, size=(32, 32))
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-9])
    with pytest.raises(ZooError, match="no whole safetensors file"):
        made(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(UnusableGenerator, match="holds no weights"):
        made(folder)
    (folder / "config.json").unlink()
    with pytest.raises(UnusableGenerator, match="holds no generator"):
        made(folder)
    with pytest.raises(ZooError, match="there is no folder"):
        load(GeneratorEntry("biggan:./nowhere"), folder)
