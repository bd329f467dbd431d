"""A generator is taught, for seconds: it learns, goes on where it was left, and comes back from its folder."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.generators import GeneratorEntry, load
from inverset.sampler.zoo.inversion import fitting, judging, kept
from inverset.sampler.zoo.inversion.about import About, Recipe
from inverset.sampler.zoo.inversion.adversary import Adversary
from inverset.sampler.zoo.inversion.fitting import TrainingRun
from inverset.sampler.zoo.inversion.pictures import split
from inverset.sampler.zoo.inversion.trainer import Trainer
from tests.sampler.zoo.inversion.pupils import SIDE, Squares, reader

SIZE = (SIDE, SIDE)
RECIPE = Recipe(batch=16)


def trainer(layer="relu3"):
    torch.manual_seed(0)
    return Trainer.of(reader(layer), Squares(), SIZE, RECIPE)


def run(folder, steps=80):
    folder.mkdir(exist_ok=True)
    return TrainingRun(steps, 16, 2e-3, "cpu", folder, half=False)


def taught(folder, layer="relu3", steps=80):
    made = trainer(layer)
    parts = [parts for _, parts in made.learn(run(folder, steps))]
    return made, parts


@pytest.mark.parametrize("layer", ["relu3", "relu2", "tokens"])
def test_the_error_on_images_that_it_never_saw_falls(layer, tmp_path):
    before = judging.figures(trainer(layer), 16)
    made, parts = taught(tmp_path, layer)
    after = judging.figures(made, 16)
    assert after.mean_absolute_error < 0.75 * before.mean_absolute_error
    assert after.mean_absolute_error < 0.9 * after.of_mean_code, "it must tell images apart"
    assert after.cycle_error["median"] < 0.8 * before.cycle_error["median"]
    assert set(parts[0]) == ({"picture", "look", "cycle"})
    assert (after.taught_images, after.held_out_images) == (54, 6)


def test_it_goes_on_where_it_was_left(tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "_SAVE_EVERY", 1)
    whole, _ = taught(tmp_path / "whole", steps=4)
    left = trainer()
    for done, _ in left.learn(run(tmp_path / "halves", 4)):
        if done == 2:
            break
    again = trainer()
    steps = [done for done, _ in again.learn(run(tmp_path / "halves", 4))]
    assert steps == [3, 4]
    for name, value in whole.generator.state_dict().items():
        torch.testing.assert_close(again.generator.state_dict()[name], value, rtol=0, atol=0)


def test_the_network_stays_as_it_was_and_images_are_decoded_once(tmp_path):
    images, seen = Squares(), reader()
    before = {name: value.clone() for name, value in seen._network.module.state_dict().items()}
    made = Trainer.of(seen, images, SIZE, RECIPE)
    for _ in made.learn(run(tmp_path, 5)):
        pass
    assert all((value == before[name]).all() for name, value in seen._network.module.state_dict().items())
    assert images.decoded <= len(images)


def test_codes_are_measured_as_they_are():
    made = trainer()
    rows = made.numbers.training
    codes = made.reader(Squares().all[rows].float() / 255).codes
    torch.testing.assert_close(made.codes.prior.mean, codes.mean(0), atol=1e-5, rtol=1e-4)
    alive = codes.std(0) > 0.01
    torch.testing.assert_close(made.codes.prior.scales[alive], codes.std(0)[alive], atol=1e-5, rtol=1e-3)
    assert made.codes.floor == 0.0
    assert trainer("conv2").codes.floor is None


def test_it_comes_back_from_its_folder_as_a_generator(tmp_path):
    made, _ = taught(tmp_path, steps=3)
    kept.save(made, tmp_path, About("relu3", "a" * 64))
    result = load(GeneratorEntry(f"inverter:{tmp_path.name}"), tmp_path.parent)
    assert (result.code, result.size, result.inverts, result.floor) == ((24,), SIZE, "relu3", 0.0)
    assert result.learnt
    codes = torch.rand(2, 24)
    torch.testing.assert_close(result.module(codes), made.generator(codes))
    torch.testing.assert_close(result.prior.scales, made.codes.prior.scales)


@pytest.mark.parametrize("damage", ["cut", "other", "about", "none", "huge", "nan"])
def test_a_damaged_folder_is_told(damage, tmp_path):
    made, _ = taught(tmp_path, steps=1)
    kept.save(made, tmp_path, About("relu3", "a" * 64))
    weights, about = tmp_path / kept.WEIGHTS, tmp_path / kept.ABOUT
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:200])
    elif damage == "other":
        about.write_text(json.dumps({**json.loads(about.read_text()), "code": [25]}))
    elif damage == "huge":  # nothing is allocated before it was compared
        about.write_text(json.dumps({**json.loads(about.read_text()), "code": [10**9]}))
    elif damage == "nan":
        state = load_file(weights)
        save_file({**state, "generator.mean": state["generator.mean"] * torch.nan}, weights)
    elif damage == "about":
        about.write_text("[]")
    else:
        about.unlink()
    with pytest.raises(ZooError, match="damaged" if damage != "none" else "holds no generator"):
        load(GeneratorEntry(f"inverter:{tmp_path}"), tmp_path)


def test_the_sheet_has_images_above_their_inversions(tmp_path):
    made, _ = taught(tmp_path, steps=1)
    drawn = judging.sheet(made)
    scale = 128 // SIDE
    assert drawn.size == (6 * SIDE * scale, (2 * SIDE + 4) * scale)
    first = made.images.read([int(made.numbers.held_out[0])])[0]
    assert drawn.getpixel((0, 0)) == tuple(first[:, 0, 0].tolist())


def test_a_tenth_is_held_out_and_500_at_most():
    assert [len(split(count).held_out) for count in (2, 60, 20_000)] == [1, 6, 500]
    assert sorted(torch.cat(split(60)).tolist()) == list(range(60))
    with pytest.raises(ValueError, match="two images"):
        split(1)


def test_an_adversary_takes_part_and_blocks_come_back_from_the_folder(tmp_path):
    torch.manual_seed(0)
    made = Trainer.of(reader("relu3"), Squares(), SIZE, replace(RECIPE, blocks=1, adversary=0.1))
    before = [weight.clone() for weight in made.adversary.parameters()]
    (tmp_path / "work").mkdir()
    parts = [parts for _, parts in made.learn(run(tmp_path / "work", 20))]
    assert "adversary" not in parts[0]  # it waits until there is something to see
    assert 0 < float(parts[-1]["adversary"].detach()) < 2  # of always 1 for scores of 0
    after = [*made.adversary.parameters()]
    assert not all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    kept.save(made, tmp_path, About("relu3", "a" * 64))
    codes = torch.rand(2, 24)
    again = kept.load(tmp_path).generator.eval()
    torch.testing.assert_close(again(codes), made.generator.eval()(codes))


def test_neither_side_of_the_adversary_moves_the_other():
    looks = [torch.rand(3, 8, 4, 4, requires_grad=True), torch.rand(3, 5, 6, requires_grad=True)]
    torch.manual_seed(0)
    adversary = Adversary(looks)
    adversary.deception_loss(looks).backward()
    assert all(weight.grad is None for weight in adversary.parameters())
    assert all(look.grad.abs().sum() > 0 for look in looks)
    painted = [look.detach().requires_grad_() for look in looks]
    adversary.loss(looks, painted).backward()
    assert all(look.grad is None for look in painted)
    assert all(weight.grad is not None for weight in adversary.parameters())
