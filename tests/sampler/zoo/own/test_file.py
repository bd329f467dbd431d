"""What may be written of a model, what is said of mistakes, and that writing leaves the rest alone."""

import re
import tomllib
from pathlib import Path

import pytest

from inverset.sampler import zoo
from inverset.sampler.zoo import generators, networks, own
from inverset.sampler.zoo.own import Entry
from tests.sampler.zoo.own.lab import NETWORK, TABLE


def written(folder, text):
    (folder / "models.toml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("netwrk = 'x:y'", r"\[m\]: a model has no key 'netwrk'; did you mean network"),
        ("images = 'p'", "needs a network"),
        ("network = 3", "network is a source in quotes, or a table, not 3"),
        ("network = {source = 'a:b', wights = 'c'}", "no setting 'wights'; did you mean weights"),
        ("network = 'a:b'\nencoder = {layr = 'x'}", "encoder has no key 'layr'; did you mean layer"),
        ("network = 'a:b'\nencoder = {layer = 'x', weights = 'y'}", "name the network that it belongs to"),
        ("network = 'a:b'\njudge = 'layer'", "judge must be a table of a network and one"),
        ("network = 'a:b'\njudge = {layer = 'x'}", "judge needs a network and a layer"),
        (
            "network = 'a:b'\njudge = {network = 'c:d', layr = 'x'}",
            "judge has no key 'layr'; did you mean layer",
        ),
        ("network = 'a:b'\ngenerator = {size = [1, 2]}", "a generator needs a source"),
        ("network = 'a:b'\ngenerator = {source = 'pixels', size = 64}", r"\[height, width\]"),
        ("network = 'a:b'\nlayers = 'fc'", "layers is a list of patterns"),
        ("network = 'a:b'\nimages = ['p']", "images is a text"),
    ],
)
def test_a_mistake_is_named_with_what_was_meant(tmp_path, text, said):
    with pytest.raises(zoo.BadEntry, match=said):
        own.entry(written(tmp_path, f"[m]\n{text}\n"), "m")


def test_what_belongs_to_a_network_may_stand_beside_it_or_within(tmp_path):
    beside = "[a]\nnetwork = 'torchvision:resnet50'\nweights = 'DEFAULT'\n"
    within = "[b]\nnetwork = {source = 'torchvision:resnet50', weights = 'DEFAULT'}\n"
    result = own.read(written(tmp_path, beside + within))
    assert result["a"].network == result["b"].network
    assert result["a"].network.weights == "DEFAULT"


def test_the_other_network_of_an_encoder(tmp_path):
    text = "[a]\nnetwork = 'a:b'\nencoder = {network = 'c:d', weights = 'w', layer = 'x'}"
    encoder = own.entry(written(tmp_path, text), "a").encoder
    assert (encoder.layer, encoder.network.source, encoder.network.weights) == ("x", "c:d", "w")


def test_a_judge_is_a_layer_of_another_network(tmp_path):
    text = "[a]\nnetwork = 'a:b'\njudge = {network = 'c:d', weights = 'w', layer = 'x'}"
    judge = own.entry(written(tmp_path, text), "a").judge
    assert (judge.layer, judge.network.source, judge.network.weights) == ("x", "c:d", "w")


def test_one_wrong_model_hides_no_other(tmp_path):
    result = own.read(written(tmp_path, "[bad]\nnetwrk = 1\n" + TABLE))
    assert isinstance(result["bad"], zoo.BadEntry)
    assert result["toy"].network.source == NETWORK
    assert zoo.names(tmp_path) == ("scenes", "bad", "toy")


def test_a_file_that_is_no_toml_is_told_with_its_place(tmp_path):
    with pytest.raises(zoo.BadEntry, match=r"models\.toml cannot be read: .*line 2"):
        zoo.names(written(tmp_path, "[a]\nnetwork = \n"))


def test_no_file_is_no_models(tmp_path):
    assert own.read(tmp_path) == {}
    with pytest.raises(zoo.UnknownModel, match="did you mean scenes"):
        zoo.load("scens", own=tmp_path)


def test_adding_and_removing_leave_the_rest_as_it_is(tmp_path):
    written(tmp_path, TABLE)
    own.add(
        tmp_path,
        "other",
        {"network": "a:b", "layers": ["x.*"], "generator": {"source": "pixels", "size": [8, 8]}},
    )
    assert (tmp_path / "models.toml").read_text().startswith(TABLE)
    assert own.entry(tmp_path, "other").generator.size == (8, 8)
    assert own.entry(tmp_path, "other").layers == ("x.*",)
    own.remove(tmp_path, "toy")
    assert own.names(tmp_path) == ("other",)
    own.add(tmp_path, "third", {"network": "a:b"})
    assert own.names(tmp_path) == ("other", "third")


def test_nothing_wrong_is_written(tmp_path):
    own.add(tmp_path, "a", {"network": "a:b"})
    before = (tmp_path / "models.toml").read_bytes()
    for name, table in [("b", {"netwrk": "a:b"}), ("a", {"network": "c:d"}), ("no name", {"network": "a:b"})]:
        with pytest.raises(zoo.BadEntry):
            own.add(tmp_path, name, table)
    with pytest.raises(zoo.UnknownModel):
        own.remove(tmp_path, "c")
    assert (tmp_path / "models.toml").read_bytes() == before


@pytest.mark.parametrize("page", ["generators.md", "models.md", "networks.md"])
def test_entries_in_the_documentation_can_be_written(page):
    text = (Path(__file__).parents[4] / "docs" / page).read_text()
    shown = [
        tomllib.loads(block) for block in re.findall(r"^```toml$(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]
    assert shown
    for block in shown:
        for name, table in block.items():
            if "network" in table:  # else it is a key alone
                entry = Entry.of(name, table)
                assert entry.generator.source.partition(":")[0] in generators.families()
                assert entry.network.source.partition(":")[0] in networks.families()


def test_keys_are_changed_and_all_else_stays(tmp_path):
    before = written(tmp_path, TABLE + "\n[other]\nnetwork = 'a:b'  # theirs\n") / "models.toml"
    text = before.read_text()
    own.change(tmp_path, "toy", {"generator": "pixels:fourier", "encoder": "fc1"})
    after = before.read_text()
    changed = text.replace('encoder = "relu3"', 'encoder = "fc1"')
    assert [line for line in after.splitlines() if "fourier" not in line] == changed.splitlines()
    assert own.entry(tmp_path, "toy").generator.source == "pixels:fourier"
    with pytest.raises(zoo.BadEntry, match="generator needs a source"):
        own.change(tmp_path, "toy", {"generator": {"size": [1, 2]}})
    with pytest.raises(zoo.UnknownModel, match="did you mean toy"):
        own.change(tmp_path, "toi", {})
    assert before.read_text() == after
