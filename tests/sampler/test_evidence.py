"""Evidence on a toy with natural images, where all of it can be worked out by hand."""

from dataclasses import replace

import pytest
import torch

from inverset.contract.encoding import encode
from inverset.contract.figures import COLUMNS
from inverset.contract.metrics import METRICS
from inverset.sampler import sample
from inverset.sampler.evaluation import baselines, evidence, figures, metrics
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.evaluation.histogram import BINS, histograms
from inverset.sampler.problem import Band, Neuron, Problem
from tests.sampler import toys

NOT_OF_TOYS = {"slope of the spectrum"}  # their images are too small for one
FIRST = torch.eye(toys.PIXELS)[:1].tolist()


class Natural:
    """Natural images that are the toy's own, drawn from its codes."""

    def __init__(self, count=400):
        self.codes = torch.randn(count, toys.PIXELS, generator=torch.Generator().manual_seed(1))

    def read(self, neurons):
        return torch.stack([self.codes[:, neuron.unit] for neuron in neurons], dim=1)

    def invert(self, rows):
        return self.codes[rows]

    def images(self, indices):
        painted = toys.Painter()(self.codes[list(indices)])
        return (painted.clamp(0, 1) * 255).round().to(torch.uint8)


def problem(low=0.0, high=1.0, reference=None):
    bundle = replace(toys.bundle(toys.linear(FIRST)), reference=reference)
    return Problem(bundle, (Neuron.parse("neurons:0", bundle),), (Band(low, high),))


def given(asked, codes, starts=None):
    seen = asked.forward(codes)
    images = (seen.images * 255).round().to(torch.uint8)
    return asked, images, evidence.network_outputs(asked, images, codes, seen.features, starts)


def told(*given):
    return encode(evidence.measure(*given))


def measure(asked, codes, tally=None):
    return told(*given(asked, codes), tally or {"gradient_evaluations": 5000})


def natural_codes(count, low=0.0, high=1.0):
    codes = torch.randn(20 * count, toys.PIXELS, generator=torch.Generator().manual_seed(2))
    return codes[(codes[:, 0] > low + 0.06) & (codes[:, 0] < high - 0.06)][:count]


def test_natural_samples_are_good_and_all_is_told_beside_them():
    result = measure(problem(reference=Natural()), natural_codes(100))
    assert result["trust"]["word"] == "good", result["trust"]
    rows = {row["name"]: row for row in result["metrics"]}
    assert list(rows) == [metric.name for metric in METRICS]
    assert all(row["meaning"].endswith(".") for row in rows.values())
    assert all(set(COLUMNS) < set(row) and row["rejection"] == row["chance"] for row in rows.values())
    for name in ("precision", "Vendi score", "sharpness", "precision in E", "mean pairwise distance"):
        natural, drawn = rows[name]["natural"], rows[name]["chance"]
        assert rows[name]["samples"] == pytest.approx(natural, rel=0.25), name
        assert drawn == pytest.approx(natural, rel=0.25), name  # codes are drawn as natural ones are
        assert rows[name]["ceiling"] == pytest.approx(natural, rel=0.25), name  # G paints what there is
    assert rows["in band"]["samples"] == 1
    assert rows["in band"]["chance"] == pytest.approx(0.34, abs=0.08)
    assert rows["evaluations per sample"]["chance"] == pytest.approx(1 / 0.34, rel=0.3)
    assert rows["evaluations per sample"]["samples"] == 50
    assert result["generator"]["picture_error"]["error"] == pytest.approx(0, abs=1e-3)


def test_every_metric_finds_its_figure_in_the_evidence():
    result = measure(problem(reference=Natural()), natural_codes(60))
    without = {row["name"] for row in result["metrics"] if row["samples"] is None}
    assert without == NOT_OF_TOYS, "a figure that is not found is a dash on every page"


def test_of_many_samples_some_are_compared_with_each_other(monkeypatch):
    asked, codes = problem(reference=Natural()), natural_codes(100)
    every = measure(asked, codes)["judge"]["columns"]["samples"]
    monkeypatch.setattr(figures, "MOST_PAIRED", 60)
    some = measure(asked, codes)["judge"]["columns"]["samples"]
    assert (some["count"], some["paired"], "paired" in every) == (100, 60, False)
    features = given(asked, codes)[2].features
    assert every["in_e"]["mpd"] == metrics.spread(features).mean_pairwise
    assert some["in_e"]["mpd"] == metrics.spread(evenly(features, 60)).mean_pairwise
    assert some["in_e"]["vendi"] == every["in_e"]["vendi"]  # of all
    differ = {name for name in every if some[name] != every[name]} - {"in_e"}
    compared = {"mpd", "mpd_per_sqrt_d", "nearest_neighbour", "unlikeness", "duplicates"}
    assert differ <= compared | {"precision", "recall", "density", "coverage"}
    assert {"mpd", "unlikeness"} <= differ


def test_codes_that_were_given_up_are_told():
    tally = {"gradient_evaluations": 5000, "given_up": 7, "nonfinite": 2}
    result = measure(problem(reference=Natural()), natural_codes(20), tally)
    assert (result["cost"]["given_up"], result["cost"]["given_up_by"]) == (7, {"not a number": 2})
    assert {row["name"]: row for row in result["metrics"]}["codes given up"]["samples"] == 7


def test_forward_passes_count_as_measured():
    tally = {"gradient_evaluations": 100, "forward_passes": 1000, "drawn": 1000, "drawn_in_band": 70.0}
    tally["drawn_in_band_squares"] = 70.0
    result = told(*given(problem(reference=Natural()), natural_codes(40)), tally, "conditional")
    assert result["cost"]["evaluations"] == pytest.approx(560)
    assert result["method"] == "conditional"
    share = result["share_of_nature"]
    assert (share["estimate"], share["draws"]) == (0.07, 1000)
    assert (share["low"], share["high"]) == pytest.approx((0.0554, 0.0871), abs=2e-3)  # Jeffreys, 70 of 1000


class Unpaintable(Natural):
    """Natural images that the generator can be given none of."""

    def invert(self, rows):
        return torch.zeros(len(rows), 0)


def test_a_generator_that_takes_no_images_is_held_against_them_as_they_are():
    question = problem(reference=Unpaintable())
    result = measure(question, natural_codes(100))
    columns = result["judge"]["columns"]
    assert (columns["ceiling"], columns["jittered"]) == (None, None)
    assert columns["natural"]["codes"] == {"norm": None, "cycle": None}
    assert result["baseline"]["vendi"] == columns["natural"]["in_e"]["vendi"]
    assert result["generator"]["picture_error"] is None
    assert result["references"]["precision"] > 0.8
    run = sample(question.bundle, {"n": 8, "neurons": [{"neuron": "neurons:0", "range": [0.5, 1.0]}]})
    assert run.outcome["reason"] == "reached n"
    shown = {"n": 8, "neurons": [{"neuron": "neurons:0", "range": [0.5, 1.0]}], "method": "reference"}
    question.bundle.reference.images = lambda rows: (
        (question.forward(question.bundle.reference.codes[rows]).images * 255).round().to(torch.uint8)
    )
    natural = sample(question.bundle, shown)
    assert (len(natural.images), natural.evidence["generator"]["learnt"]) == (8, True)


def test_the_nearest_reference_of_each_sample_is_told():
    reference = Natural()
    result = measure(problem(reference=reference), reference.codes[[7, 3]] + 0.001)["nearest_reference"]
    assert result["numbers"] == [7, 3]
    assert result["distances"] == pytest.approx([0, 0], abs=0.2)  # rounded to 8 bits
    assert result["mean"] == pytest.approx(sum(result["distances"]) / 2, abs=1e-3)
    own = reference.read(problem(reference=reference).neurons)[[7, 3], 0]
    assert result["activations"] == pytest.approx(own.tolist())


@pytest.mark.parametrize(("count", "natural", "close"), [(25, 25, 0.25), (400, 65, 0.15)])
def test_as_many_are_compared_as_there_are(count, natural, close):
    """Of samples that are natural themselves, a few are not found less diverse, nor many found more."""
    result = measure(problem(reference=Natural()), natural_codes(count))
    assert result["baseline"]["count"] == pytest.approx(natural, abs=15)
    ratio = result["samples"]["vendi_of_as_many"] / result["baseline"]["vendi"]
    assert ratio == pytest.approx(1, abs=close)


def test_chance_finds_nothing_in_a_band_far_out():
    result = measure(problem(3.9, 4.9, Natural()), torch.full((30, toys.PIXELS), 4.4))
    drawn = result["rejection"]
    assert (drawn["count"], drawn["in_band_rate"], drawn.get("vendi")) == (0, 0, None)
    assert drawn["drawn"] == baselines.MOST_DRAWINGS
    assert result["baseline"] is None
    assert {row["rejection"] for row in result["metrics"] if row["name"] != "in band"} == {None}
    assert (result["trust"]["word"], "No natural image is in this band" in result["trust"]["reason"]) == (
        "careful",
        True,
    )


@pytest.mark.parametrize(("spent", "drawn"), [(0, 50), (1000, 200), (10**6, baselines.MOST_DRAWINGS)])
def test_chance_is_given_a_share_of_what_was_spent(spent, drawn):
    assert baselines.draw_baselines(problem(3.9, 4.9), None, None, 10, spent).chance.drawn == drawn


def test_without_references_there_is_nothing_to_compare_with():
    result = measure(problem(), natural_codes(30))
    assert (result["baseline"], result["bands"], result["nearest_reference"]) == (None, None, None)
    assert "This model has no natural images" in result["verdict"][1]
    assert result["judge"]["dimensions"] is None
    assert result["rejection"]["vendi"] > 1
    assert result["rejection"]["precision"] is None


def test_codes_of_another_kind_are_not_measured():
    question = problem(reference=Natural())
    seen = question.forward(natural_codes(30))
    images = (seen.images * 255).round().to(torch.uint8)
    result = told(
        question, images, evidence.network_outputs(question, images, torch.zeros(30, 2), seen.features), {}
    )
    assert result["codes"] == {"norm": None, "cycle": None}


def test_a_band_is_placed_among_the_references():
    reference = Natural(4)
    reference.codes[:, 0] = torch.tensor([-1.0, 0.0, 0.5, 3.0])
    (result,) = histograms(problem(0.0, 1.0, reference))
    assert (result.below, result.inside, result.above) == (0.25, 0.5, 0.25)
    assert result.quantiles == (0.25, 0.75)
    assert result.edges == (-1, 3)
    assert (len(result.counts), sum(result.counts), result.counts[0], result.counts[-1]) == (
        BINS,
        4,
        1,
        1,
    )


def test_a_band_beyond_all_references_is_seen_too():
    reference = Natural(4)
    reference.codes[:, 0] = 2.0
    (result,) = histograms(problem(4.0, 5.0, reference))
    assert (result.below, result.edges, result.counts[0]) == (1, (2, 5), 4)


def test_activations_that_are_no_numbers_are_left_out_of_the_histogram():
    reference = Natural(4)
    reference.codes[:, 0] = torch.tensor([torch.nan, 0.25, 0.5, torch.inf])
    (result,) = histograms(problem(0.0, 1.0, reference))
    assert (result.references, result.inside, sum(result.counts)) == (2, 1, 2)
    reference.codes[:, 0] = torch.nan
    (result,) = histograms(problem(0.0, 1.0, reference))
    assert (result.references, result.edges, sum(result.counts)) == (0, (0, 1), 0)


def test_the_nearest_is_found_to_the_last_digit():
    random = torch.Generator().manual_seed(0)
    others = 1000 + torch.randn(700, 16, generator=random)
    features = others[[5, 600, 3]] + torch.tensor([0.0, 1e-3, 0.1])[:, None]
    result = metrics.nearest(features, others)
    assert result.numbers.tolist() == [5, 600, 3]
    assert result.distances.tolist() == pytest.approx([0, 4e-3, 0.4], abs=1e-3)


def test_pixels_and_generators_that_learnt_nothing_are_told():
    question = problem(reference=Natural())
    assert measure(question, natural_codes(60))["generator"]["learnt"]
    unlearnt = replace(question, bundle=replace(question.bundle, learnt=False))
    result = measure(unlearnt, natural_codes(60))
    assert not result["generator"]["learnt"]
    assert result["trust"]["word"] == "careful"
    question = problem()
    assert not question.in_pixels.bundle.learnt
    seen = question.forward(natural_codes(30))
    moved, images = torch.zeros(30, 5), (seen.images * 255).round().to(torch.uint8)  # codes that are not G's
    samples = evidence.network_outputs(question, images, moved, seen.features)
    assert not told(question, images, samples, {})["generator"]["learnt"]


def test_whether_a_start_is_nearest_is_told_where_starts_are_known():
    reference, codes = Natural(), natural_codes(40)
    question = problem(reference=reference)
    nobody = told(*given(question, codes), {})
    assert nobody["added"]["start_nearest"] is None
    own = toys.Painter()(codes + 0.05).clamp(0, 1).mul(255).round().to(torch.uint8)
    assert told(*given(question, codes, own), {})["added"]["start_nearest"] == 1
    others = own.roll(1, dims=0)
    assert told(*given(question, codes, others), {})["added"]["start_nearest"] < 0.5


def test_copies_are_told_on_a_scale_between_a_copy_and_another_image():
    reference = Natural()
    question = problem(reference=reference)
    values = reference.codes[:, 0]
    copies = reference.codes[(values > 0.06) & (values < 0.94)][:40]
    result = measure(question, copies)
    scale = result["added"]["judge"]
    assert scale["telling"]
    assert scale["copy"] < scale["samples"] + 1e-3 < scale["different"] < scale["random"]
    assert (scale["nearer"], scale["by_chance"]) == (1, 0)
    assert result["trust"]["reason"].startswith("100% of the images are copies")
    assert measure(question, natural_codes(40))["added"]["judge"]["nearer"] == 0


class Namer:
    name, labels = "another network", ("tall", "the_first, or so")

    def read(self, images):
        """Images whose first value is above grey are the second class."""
        return (images[:, 0, 0, 0] > 128).long()


def test_another_network_is_asked_for_the_neurons_label():
    question = problem(reference=Natural())
    assert measure(question, natural_codes(40))["agreement"] is None
    named = replace(question.bundle, labels={"neurons": ("the first",)}, labeller=Namer())
    question = replace(question, bundle=named)
    (result,) = measure(question, natural_codes(40))["agreement"]
    assert (result["by"], result["label"]) == ("another network", "the_first, or so")
    assert result["samples"] > 0.9
    assert result["natural"] > 0.9
    low = replace(question, bands=(Band(-3.0, 3.0),))
    (result,) = measure(low, -natural_codes(40).abs())["agreement"]
    assert result["samples"] == 0
    result = measure(low, -natural_codes(40).abs())
    assert any("another network labels 0% of the images" in sentence for sentence in result["verdict"])
