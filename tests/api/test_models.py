"""Models and neurons over HTTP."""

import pytest

from tests.jobs.catalogue_of_scenes import CATALOGUE, MEASURED


def test_models_are_listed(client):
    (model,) = client.get("/v1/models").json()["items"]
    assert model == client.get("/v1/models/toy").json() == client.get(model["links"]["self"]).json()
    assert model["methods"]["calibrated"]["options"]["margin"]["default"] == 0.1
    assert model["layers"] == CATALOGUE["layers"]
    assert "neurons" not in model


def test_a_layers_neurons(client):
    page = client.get("/v1/models/toy/neurons?layer=fc8").json()
    assert [each["neuron"] for each in page["items"]] == ["fc8:volcano", "fc8:mountain", "fc8:2"]
    assert page["items"][0] == {
        "neuron": "fc8:volcano",
        "layer": "fc8",
        "unit": 0,
        "label": "volcano",
        "direction": None,
        "reading": None,
        "measured": MEASURED,
    }
    assert (page["items"][2]["label"], page["items"][2]["measured"]) == (None, None)


def test_all_neurons_page_by_page(client):
    seen, url = [], "/v1/models/toy/neurons?limit=30"
    while url:
        page = client.get(url).json()
        assert len(page["items"]) <= 30
        seen, url = [*seen, *page["items"]], page["next"]
    assert len(seen) == len({each["neuron"] for each in seen}) == 67


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("Volc", ["fc8:volcano"]),
        ("fc8:0", ["fc8:volcano"]),
        (" conv5:63 ", ["conv5:63"]),
        ("o", ["conv5:0", "conv5:1"]),
        ("<b>", []),
    ],
)
def test_neurons_are_found_by_a_few_letters_or_a_number(client, search, found):
    page = client.get("/v1/models/toy/neurons", params={"search": search, "limit": 2}).json()
    assert [each["neuron"] for each in page["items"]] == found
    assert (page["next"] is not None) == (search == "o")


@pytest.mark.parametrize(
    ("written", "canonical", "reading"),
    [
        ("fc8:0", "fc8:volcano", None),
        ("conv5:3@center", "conv5:3", "center"),
        ("conv5:3@max", "conv5:3@max", "max"),
        ("conv5:3@2,4", "conv5:3@2,4", "2,4"),
    ],
)
def test_a_neuron_in_any_of_its_ways(client, written, canonical, reading):
    neuron = client.get(f"/v1/models/toy/neurons/{written}").json()
    assert (neuron["neuron"], neuron["reading"]) == (canonical, reading)
    assert neuron["measured"] == CATALOGUE["neurons"].get(canonical)


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("models/tog", "toy"),
        ("models/tog/neurons", "toy"),
        ("models/toy/neurons?layer=fc9", "fc8"),
        ("models/toy/neurons/fc8:volcan", "volcano"),
        ("models/toy/neurons/fc8:99", "0 to 2"),
        ("models/toy/neurons/conv5:3@9,9", "8 high"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(client, path, hint):
    answer = client.get(f"/v1/{path}")
    assert answer.status_code == 404
    assert hint in answer.json()["detail"]
