"""Training a generator for a model of one's own: what it is asked, where it goes, and what cannot be."""

import json

import pytest
import torch

from inverset.sampler import zoo
from inverset.sampler.zoo import own
from inverset.sampler.zoo.inversion import kept
from inverset.sampler.zoo.inversion.about import Recipe
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.training import Training
from tests.sampler.zoo.own.lab import NETWORK, TABLE, furnish

SHORT = Recipe(steps=3, batch=4)


def training(folder, recipe=SHORT):
    return Training.of(own.entry(folder, "toy"), folder, recipe, "cpu")


def trained(folder, recipe=SHORT):
    made = training(folder, recipe)
    trainer = made.begin(anew=False)
    for _ in made.learn(trainer):
        pass
    made.finish(trainer)
    own.change(folder, "toy", {"generator": made.source})
    return made


def test_a_model_is_painted_by_what_was_trained_and_codes_are_held_to_it(tmp_path):
    folder = furnish(tmp_path, 30)
    trained(folder)
    text = (folder / "models.toml").read_text()
    assert "# of our lab" in text
    assert "# taken by hand" in text
    bundle = zoo.load("toy", own=folder)
    assert bundle.learnt
    assert bundle.statistics.cycle_limit is not None
    torch.testing.assert_close(bundle.reference.invert(torch.tensor([2])), bundle.reference.codes[[2]])
    assert not list((folder / "generators").glob(".*"))


def test_one_process_at_a_time_trains_a_model(tmp_path):
    folder = furnish(tmp_path, 6)
    with (
        training(folder).alone(),
        pytest.raises(zoo.BadEntry, match="another process"),
        training(folder).alone(),
    ):
        pass
    with training(folder).alone():  # it is free again
        pass


def test_it_is_as_large_as_the_network_wants_or_as_is_said(tmp_path):
    folder = furnish(tmp_path, 30)
    assert training(folder).recipe.size == (16, 16)
    assert training(folder, Recipe(size=(32, 48))).pictures.size == (32, 48)


def test_what_was_trained_is_known_again_and_something_else_is_not(tmp_path):
    folder = furnish(tmp_path, 30)
    assert not training(folder).is_whole
    trained(folder, Recipe(layer="fc1", size=(32, 32), steps=3, batch=4))
    assert training(folder, Recipe(layer="fc1", steps=3, batch=4)).is_whole  # the size is the former
    assert not training(folder, Recipe(layer="fc1", steps=4, batch=4)).is_whole
    (folder / "photos" / "000.jpg").unlink()
    assert not training(folder, Recipe(layer="fc1", steps=3, batch=4)).is_whole


def test_a_second_one_takes_the_place_of_the_first(tmp_path):
    folder = furnish(tmp_path, 30)
    first = zoo.stamp(folder, "toy"), trained(folder).folder
    between = zoo.stamp(folder, "toy")
    second = trained(folder, Recipe(steps=2, batch=4)).folder
    assert first[1] == second
    assert kept.load(second).layer == "relu3"
    assert len({repr(each) for each in (first[0], between, zoo.stamp(folder, "toy"))}) == 3  # workers see it


def test_an_unfinished_one_is_gone_on_with_only_as_it_was_begun(tmp_path):
    folder = furnish(tmp_path, 30)
    begun = training(folder)
    for done, _ in begun.learn(begun.begin(anew=False)):
        if done == 2:
            break
    assert training(folder).is_begun
    with pytest.raises(zoo.BadEntry, match=r"has other settings \(steps 3, not 5\)"):
        training(folder, Recipe(steps=5, batch=4)).begin(anew=False)
    anew = training(folder, Recipe(steps=5, batch=4))
    assert next(anew.learn(anew.begin(anew=True)))[0] == 1
    again = training(folder, Recipe(steps=5, batch=4))
    assert [done for done, _ in again.learn(again.begin(anew=False))] == [2, 3, 4, 5]


def test_another_network_s_layer_is_inverted_where_that_is_e(tmp_path):
    folder = furnish(tmp_path, 30, two_networks("relu3"))
    trained(folder)
    made = Assembly.of(own.entry(folder, "toy"), folder)
    assert made.other is not None
    assert made.is_inverse


def two_networks(layer):
    encoder = f'encoder = {{ network = "{NETWORK}", layer = "{layer}", preprocessing = {{ size = 16 }} }}'
    return TABLE.replace('encoder = "relu3"', encoder)


@pytest.mark.parametrize(
    ("table", "recipe", "why"),
    [
        (TABLE + 'generator = "diffusers:nowhere"\n', SHORT, "diffusers:nowhere is already its generator"),
        (TABLE.replace('images = "photos"', ""), SHORT, "no images to train on"),
        (TABLE.replace('encoder = "relu3"', ""), SHORT, "name the layer to invert"),
        (TABLE, Recipe(layer="relu4"), "did you mean relu3"),
        (two_networks("fc1"), Recipe(layer="relu3"), "set `encoder` to a layer"),
        (TABLE.replace("photos", "nowhere"), SHORT, "there is no folder"),
    ],
)
def test_what_cannot_be_trained_is_told(tmp_path, table, recipe, why):
    with pytest.raises(zoo.ZooError, match=why):
        training(furnish(tmp_path, 6, table), recipe)
    assert not (tmp_path / "generators").exists()


def test_one_image_is_too_few(tmp_path):
    with pytest.raises(zoo.ZooError, match="at least two images"):
        training(furnish(tmp_path, 1)).begin(anew=False)


def test_what_goes_into_a_layer_can_be_e_and_be_inverted(tmp_path):
    """One rule: what `add` takes as an encoder, `calibrate` measures and `train-generator` inverts."""
    table = TABLE.replace("toy_network:make", "toy_network:pooling").replace('"relu3"', '"head<"')
    folder = furnish(tmp_path, 30, table.replace("fc2 =", "head ="))
    assert Assembly.of(own.entry(folder, "toy"), folder).layer == "head<"
    trained(folder)
    bundle = zoo.load("toy", own=folder)
    assert bundle.statistics.cycle_limit is not None
    assert "head<" in bundle.layers
    for refused in ("pool<", "conv1<", "flat"):
        (folder / "models.toml").write_text(table.replace("head<", refused).replace("fc2 =", "head ="))
        with pytest.raises(zoo.BadEntry, match="has no layer"):
            _ = Assembly.of(own.entry(folder, "toy"), folder).layer
        with pytest.raises(zoo.BadEntry, match="has no layer"):
            training(folder)


def test_a_generator_trained_before_recipes_had_more_settings_is_known_again(tmp_path):
    folder = furnish(tmp_path, 30)
    file = trained(folder).folder / "generator.json"
    described = json.loads(file.read_text())
    for key in ("blocks", "judged_error", "search"):
        described.pop(key, None)
    for key in ("blocks", "adversary"):
        described["asked"].pop(key)
    file.write_text(json.dumps(described))
    assert training(folder).is_whole
    assert zoo.load("toy", own=folder).learnt
