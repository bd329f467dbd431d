"""Facets of sets whose kinds are known."""

import pytest
import torch

from inverset.sampler.evaluation import clusters
from inverset.sampler.evaluation.clusters import CLUSTERED, FEWEST, evenly

PLACES = torch.tensor([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])


class Brightness:
    """Reads how bright an image is, and something that is the same of all."""

    names = ("brightness", "nothing")
    scales = torch.tensor([0.3, 1.0])

    def read(self, images):
        return torch.stack([images.float().mean(dim=(1, 2, 3)) / 255, torch.zeros(len(images))], dim=1)


def kinds(*sizes):
    """Features around three places, and images as bright as the number of their kind."""
    labels = torch.cat([torch.full((size,), kind) for kind, size in enumerate(sizes)])
    features = PLACES[labels] + torch.randn(len(labels), 2, generator=torch.Generator().manual_seed(0))
    images = (labels * 100).to(torch.uint8)[:, None, None, None].expand(-1, 3, 2, 2)
    return features, images, labels


def test_kinds_are_found_the_largest_first():
    features, images, labels = kinds(20, 60, 40)
    result = clusters.facets(features, images, Brightness())
    assert result.silhouette > 0.5
    assert [facet.size for facet in result.facets] == [60, 40, 20]
    assert sum(facet.share for facet in result.facets) == pytest.approx(1)
    for facet, kind in zip(result.facets, [1, 2, 0], strict=True):
        assert {int(labels[member]) for member in facet.members} == {kind}
        assert facet.typical == facet.members[0]
        away = (features[list(facet.members)] - PLACES[kind]).norm(dim=1)
        assert away[0] < 0.5 < away[-1]


def test_factors_say_what_sets_a_facet_apart():
    features, images, _ = kinds(20, 60, 40)
    first, second, third = clusters.facets(features, images, Brightness()).facets
    assert [factor.name for factor in second.factors] == ["brightness"]
    assert second.factors[0].mean == pytest.approx(200 / 255)
    assert second.factors[0].elsewhere == pytest.approx(75 / 255)
    assert (second.factors[0].apart, third.factors[0].apart) == (
        pytest.approx((200 - 75) / 255 / 0.3),
        pytest.approx(-140 / 255 / 0.3),
    )
    assert first.factors == ()  # 100, between the two others


def test_one_cloud_is_one_kind():
    features = torch.randn(200, 40, generator=torch.Generator().manual_seed(0))
    result = clusters.facets(features, torch.zeros(200, 3, 2, 2, dtype=torch.uint8), Brightness())
    assert result.silhouette is None
    assert [(facet.size, facet.factors) for facet in result.facets] == [(200, ())]


@pytest.mark.parametrize(("count", "sizes"), [(FEWEST - 1, None), (FEWEST, [FEWEST])])
def test_few_samples_and_copies_are_not_divided(count, sizes):
    result = clusters.facets(torch.ones(count, 4), torch.zeros(count, 3, 2, 2, dtype=torch.uint8))
    assert (result and [facet.size for facet in result.facets]) == sizes


def test_the_same_samples_are_divided_the_same():
    features, images, _ = kinds(30, 30, 30)
    assert clusters.facets(features, images, seed=3) == clusters.facets(features, images, seed=3)


def test_many_samples_join_the_clusters_of_some(monkeypatch):
    monkeypatch.setattr(clusters, "CLUSTERED", 60)
    features, images, _ = kinds(100, 200, 300)
    result = clusters.facets(features, images)
    assert [facet.size for facet in result.facets] == [300, 200, 100]
    assert CLUSTERED <= 5000  # a matrix of pairs of these is made


def test_rows_are_chosenevenly():
    assert evenly(torch.arange(101), 3).tolist() == [0, 50, 100]
    assert evenly(torch.arange(2), 3).tolist() == [0, 1]
