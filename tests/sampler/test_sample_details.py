"""Each sample's place on a map, and the units that it drives most."""

from dataclasses import replace

import pytest
import torch

from inverset.sampler import zoo
from inverset.sampler.evaluation import sample_details
from inverset.sampler.evaluation.evidence import reread
from inverset.sampler.evaluation.sample_details import TOP, candidates, lay_out, stand_out
from inverset.sampler.problem import Band, Neuron, Problem


def features(count, width):
    """Two clouds along one axis, some noise along the others."""
    noise = torch.randn(count, width, generator=torch.Generator().manual_seed(0))
    noise[:, 0] += 20 * (torch.arange(count) % 2)
    return noise + 5


@pytest.mark.parametrize(("count", "width"), [(300, 40), (30, 500), (5, 3), (2, 9), (40, 1)])
def test_the_map_is_that_of_principal_components(count, width):
    values = features(count, width)
    result = sample_details._principal(values)
    exact = torch.pca_lowrank(values.double(), q=min(count, width), niter=8)
    share = float(exact[1][:2].square().sum() / exact[1].square().sum())
    assert result.explained == pytest.approx(share, rel=0.02)
    assert result.places.shape == (count, 2)
    apart = result.places[::2, 0].mean() - result.places[1::2, 0].mean()
    assert abs(float(apart)) > 15
    assert torch.equal(sample_details._principal(values).places, result.places)


@pytest.mark.parametrize("count", [1, 4])
def test_samples_that_are_all_the_same_lie_in_one_place(count):
    result = lay_out(torch.ones(count, 7))
    assert (result.method, result.explained) == ("pca", None)
    assert result.places.tolist() == [[0.0, 0.0]] * count


def test_umap_where_it_is_installed():
    pytest.importorskip("umap")
    result = lay_out(features(60, 10))
    assert (result.method, result.explained, result.places.shape) == ("umap", None, (60, 2))
    assert lay_out(features(sample_details.UMAP_MOST + 1, 3)).method == "pca"


@pytest.fixture(scope="module")
def bundle():
    return zoo.load("scenes")


def asked(bundle, name):
    return Problem(bundle, (Neuron.parse(name, bundle),), (Band(0.0, 1.0),))


def test_units_of_the_labelled_layer_stand_out(bundle):
    units = candidates(asked(bundle, "conv5:3"))
    assert {str(unit) for unit in units} == {f"fc8:{label}" for label in bundle.labels["fc8"]}
    values = reread(bundle, units, bundle.reference.images(range(40)))
    result = stand_out(bundle, units, values)
    for row in range(40):
        away = {}
        for unit, value in zip(units, values[row].tolist(), strict=True):
            answer = bundle.catalogue["neurons"][str(unit)]
            away[str(unit)] = (value - answer["mean"]) / answer["sd"]
        expected = sorted(away, key=away.__getitem__, reverse=True)[:TOP]
        assert [result.names[number] for number in result.rows[row].tolist()] == expected
        assert result.deviations[row].tolist() == pytest.approx([away[name] for name in expected], rel=1e-4)


def test_without_labels_those_of_the_layer_that_was_asked(bundle):
    bare = replace(bundle, labels={})
    units = candidates(asked(bare, "conv5:3@max"))
    assert {unit.layer for unit in units} == {"conv5"}
    assert {unit.reading for unit in units} == {"center"}
    assert candidates(asked(replace(bare, catalogue={**bare.catalogue, "neurons": {}}), "conv5:3")) == []
    nothing = stand_out(bare, [], torch.zeros(3, 0))
    assert (nothing.names, nothing.rows.shape) == ((), (3, 0))
