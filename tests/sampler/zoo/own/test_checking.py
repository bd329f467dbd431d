"""Every way in which a model may be wrong is found, by its own line, and nothing else is blamed for it."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from inverset.sampler import zoo
from inverset.sampler.zoo.own.checking import check, contact_sheet, drawing
from inverset.sampler.zoo.own.checking.tried import Tried
from tests.sampler.zoo.own.lab import TABLE, furnish


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return zoo.load("toy", own=furnish(tmp_path_factory.mktemp("lab"), 240))


class Around(nn.Module):
    """G with something done to what it paints."""

    def __init__(self, generator, change):
        super().__init__()
        self.generator, self.change = generator, change

    def forward(self, codes):
        return self.change(self.generator(codes))


def states(bundle):
    return {line.what: line.state for line in check(bundle)}


def test_nothing_is_wrong_with_a_good_model(bundle):
    assert [what for what, state in states(bundle).items() if state != "ok"] == ["samples"], check(bundle)


def test_whether_samples_will_look_natural_is_one_line(bundle):
    def line(model):
        return next(each for each in drawing.prior(Tried.of(model)) if each.what == "samples")

    scenes = zoo.load("scenes")
    blurred = Around(scenes.generator, lambda images: avg_pool2d(images, 33, 1, 16))
    assert line(scenes).state == "ok"
    assert line(scenes).result.startswith("will look natural")
    assert line(replace(scenes, generator=blurred)).result.startswith("will not look natural: precision")
    assert line(bundle).result == "will not look natural: the generator was not trained on images"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda images: images.flip(1), "colour order"),
        (lambda images: images * 255, "value range"),
        (lambda images: images * 4 - 2, "value range"),
        (lambda images: images[:1].expand_as(images), "variety"),
        (lambda images: (images * 255).round() / 255, "gradient"),
        (lambda images: images.detach(), "gradient"),
        (lambda images: images[:, :1], "shapes"),
        (lambda images: images * torch.nan, "numbers"),
    ],
)
def test_a_wrong_generator_is_found_by_its_line(bundle, change, what):
    result = states(replace(bundle, generator=Around(bundle.generator, change)))
    assert result[what] == "wrong", result


def test_a_generator_that_raises_is_wrong_alone(bundle):
    def explode(images):
        raise RuntimeError("out of paint\nand more")

    (line,) = check(replace(bundle, generator=Around(bundle.generator, explode)))
    assert (line.state, line.result) == ("wrong", "RuntimeError: out of paint")


def test_an_inverter_that_inverts_nothing_is_found(bundle):
    wrong = replace(bundle.statistics, cycle_limit=0.3)
    far = Around(bundle.generator, lambda images: images.flip(3) * 0.5)
    toy = replace(bundle, statistics=wrong, generator=far, encoder="flat")
    lines = {line.what: line for line in check(replace(toy, encoder="relu3"))}
    assert lines["cycle E(G(c))"].state == "wrong"  # here even the width is another
    assert lines["value range"].state == "ok"


def test_a_network_that_steps_shuts_gradients_off(bundle):
    network = nn.Sequential()
    for name, layer in bundle.network.named_children():
        network.add_module(name, layer)
    network.relu1 = Step()
    lines = {line.what: line for line in check(replace(bundle, network=network))}
    assert lines["gradient"].state == "warning"
    assert "conv1" not in lines["gradient"].result
    assert "relu1" in lines["gradient"].result


class Step(nn.Module):
    def forward(self, values):
        return (values > 0).float()


def test_without_images_that_is_a_warning_and_the_sheet_shows_draws(tmp_path):
    (tmp_path / "models.toml").write_text(TABLE.replace('images = "photos"', ""))
    without = zoo.load("toy", own=tmp_path)
    result = states(without)
    assert result["natural images"] == "warning"
    assert "wrong" not in result.values()
    assert contact_sheet(without).size == (8 * 68 + 4, 4 * 68 + 4)


def test_the_sheet_shows_natural_images_above_what_is_painted_of_them(bundle):
    sheet = contact_sheet(bundle)
    assert sheet.size == (8 * 68 + 4, 9 * 68 + 4)  # the last row: draws of the prior
    for across in range(8):
        left = 4 + across * 68
        above, below = sheet.crop((left, 4, left + 64, 68)), sheet.crop((left, 72, left + 64, 136))
        assert above.tobytes() == below.tobytes()  # pixels are their own codes
