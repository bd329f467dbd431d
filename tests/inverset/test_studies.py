"""The studies: the table of them, what is made of figures, and one from question to page."""

import csv
import json
from dataclasses import dataclass, field

import pytest
import typer

from inverset.commands import studying
from inverset.contract.answers import OutcomeAnswer
from inverset.sampler import methods, zoo
from inverset.studies import claims, papers
from inverset.studies.catalogue import STUDIES
from inverset.studies.names import AS_ITS_CLASS, label
from inverset.studies.study import Condition, Numbers
from tests.inverset.command import run

QUICK = ("study", "figure-3", "-n", "2", "--method", "reference")


@dataclass
class Row:
    """Figures of a row that nobody sampled."""

    figures: dict
    method: str = "paper"
    neurons: tuple = ("fc8:volcano",)
    ranges: tuple = ((1.0, 2.0),)
    outcome: OutcomeAnswer = field(default_factory=lambda: OutcomeAnswer("reached n"))
    natural: dict = field(default_factory=dict)
    scales: dict = field(default_factory=dict)
    doubt: str | None = None
    ceiling: dict = field(default_factory=dict)

    @property
    def condition(self):
        return Condition(((0, (0.5, 0.7)),), self.method)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A study of natural images themselves, by command."""
    place = tmp_path_factory.mktemp("studies")
    return run(*QUICK, "--out", place), place / "study-figure-3"


def test_every_figure_and_table_of_the_paper_is_there():
    named = {*(f"figure-{number}" for number in range(1, 10)), "table-1", "table-2"}
    assert set(papers.ORIGINALS) == named
    assert named <= set(STUDIES)


def test_a_study_of_our_own_has_no_rows_of_the_papers(monkeypatch):
    monkeypatch.setitem(STUDIES, "ours", STUDIES["figure-1"])
    with pytest.raises(
        typer.BadParameter, match="ours is not a figure or table of the paper; run it with --quant"
    ):
        studying.study(which=["ours"], own=True)


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES.keys())
def test_a_study_asks_for_what_there_is(study):
    assert len(study.neurons) == study.places
    assert {place for condition in study.conditions for place, _ in condition.bands} == set(
        range(study.places)
    )
    for condition in study.conditions:
        methods.options(condition.method or "calibrated", condition.options)
        assert all(low < high for _, (low, high) in condition.bands)


@pytest.mark.parametrize("name", papers.ORIGINALS)
def test_the_papers_own_rows(name):
    study = papers.original(name, STUDIES[name])

    assert len(study.neurons) == study.places
    assert {place for condition in study.conditions for place, _ in condition.bands} == set(
        range(study.places)
    )
    bands = [band for condition in study.conditions for _, band in condition.bands]
    assert all(isinstance(band, Numbers) and band.low < band.high for band in bands)


def test_the_papers_figure_5():
    study = papers.original("figure-5", STUDIES["figure-5"])

    rows = [
        [(study.neurons[place], *band) for place, band in condition.bands] for condition in study.conditions
    ]
    assert rows == [
        [("conv5:196", 260, 300), ("fc8:999", 20, 50)],
        [("conv5:196", 260, 300), ("fc8:861", 40, 50)],
    ]


def test_the_papers_bands_are_asked_as_they_are(tmp_path):
    """On `scenes`, whose fc8 has no unit 980: the neuron is another one, the numbers are the paper's."""
    result = run(
        "study", "figure-1", "--papers", "--neuron", "fc8:volcano", "-n", "2", "--method", "reference", "--seconds", "1",
        "--out", tmp_path,
    )  # fmt: skip

    assert result.code == 0, result.err
    written = tmp_path / "study-figure-1"
    answer = [
        json.loads((written / f"row-{number}" / "manifest.json").read_bytes())["ranges"][0]["range"]
        for number in range(1, 7)
    ]
    assert answer == [[50, 60], [40, 50], [30, 40], [20, 30], [10, 20], [1, 11]]
    assert (
        "Bands are the paper's, in the numbers of its network: 50 to 60; 40 to 50"
        in (written / "README.md").read_text()
    )


def test_a_study_writes_a_picture_numbers_words_and_galleries(written):
    output, folder = written
    assert output.code == 0, output.err
    assert {path.name for path in folder.iterdir()} == {
        "figure.png", "numbers.csv", "numbers.md", "README.md", "manifest.json", "index.html", "row-1", "row-2",
    }  # fmt: skip
    page = (folder / "README.md").read_text()
    assert "2 samples a row" in page
    assert "agree" in page
    assert "UTC" in page
    assert run("verify", folder).code == 0


def test_the_numbers_are_those_of_the_galleries(written):
    with (written[1] / "numbers.csv").open() as file:
        answer = {(line["row"], line["figure"]): line["samples"] for line in csv.DictReader(file)}
    for number in "12":
        manifest = json.loads((written[1] / f"row-{number}" / "manifest.json").read_bytes())
        assert float(answer[number, "samples"]) == len(manifest["samples"]) == 2
        for metric in manifest["evidence"]["metrics"]:
            value = answer[number, metric["name"]]
            assert (float(value) if value else None) == metric["samples"]


def test_wrong_names_are_answered_with_the_list():
    result = run("study", "figure-10")
    assert result.code == 2
    assert all(name in result.err for name in STUDIES)


def test_a_study_that_compares_methods_takes_none():
    assert run("study", "figure-8", "--method", "ppgn").code == 2


def test_a_study_asks_its_own_model_beside_another(tmp_path):
    places = zoo.load("scenes-places")
    _ = places.reference.centres  # seconds, if nobody asked it on this machine before
    result = run("study", "figure-6", "figure-3", "-n", "2", "--method", "reference", "--out", tmp_path)
    assert result.code == 0, result.err
    figure = tmp_path / "study-figure-6"
    manifests = [json.loads((figure / f"row-{number}" / "manifest.json").read_bytes()) for number in (1, 2)]
    assert [each["model"] for each in manifests] == 2 * [{"name": places.name, "sha256": places.sha256}]
    assert [each["ranges"][0]["neuron"] for each in manifests] == list(STUDIES["figure-6"].neurons)
    assert "of `scenes-places`" in (figure / "README.md").read_text()
    assert run("verify", figure).code == 0
    other = json.loads((tmp_path / "study-figure-3" / "row-1" / "manifest.json").read_bytes())
    assert other["model"]["name"] == "scenes"


def test_another_model_takes_the_place_of_the_studys_own(tmp_path):
    result = run(
        "study", "figure-6", "--model", "scenes", "-n", "2", "--method", "reference", "--out", tmp_path
    )
    assert result.code == 1
    assert "fc8 has no unit 'night-water'" in result.err
    told = " ".join(result.err.split())
    assert "for figure-6 of scenes, add --neuron LAYER:UNIT --neuron LAYER:UNIT" in told


def test_a_folder_in_use_is_left_alone(written):
    result = run(*QUICK, "--out", written[1].parent)
    assert result.code == 1
    assert "not empty" in result.err


def test_the_word_follows_the_figures():
    def asked(quick, slow):
        rows = [Row({"samples": 9, "gradient steps": steps, claims.MPD: 10.0}) for steps in (slow, 50, quick)]
        return claims.approximates(rows).word

    assert asked(20, 1000) == "agrees"
    assert asked(60, 1000) == "agrees in part"


def test_more_diverse_counts_neurons():
    def asked(*pairs):
        rows = [
            Row({"samples": 9, claims.MPD: value, "in band": 0.1}, method, (f"fc8:{number}",))
            for number, pair in enumerate(pairs)
            for method, value in zip(("paper", "ppgn"), pair, strict=True)
        ]
        return claims.more_diverse("paper", "ppgn")(rows).word

    assert asked((6, 5), (6, 5)) == "agrees"
    assert asked((6, 5), (5, 6)) == "agrees in part"
    assert asked((4, 5), (5, 6)) == "does not agree"
    assert asked((6, 5), (None, 6)) == "cannot be told"


def test_another_network_works_where_every_row_is_filled():
    full, empty, outside = (
        Row({"samples": 3, "in band": 1.0}),
        Row({"samples": 0}),
        Row({"samples": 3, "in band": 0.5}),
    )

    assert claims.filled([full, full]).word == "agrees"
    assert claims.filled([full, empty]).word == "agrees in part"
    assert claims.filled([outside, empty]).word == "does not agree"


def test_rows_without_samples_are_told():
    rows = [Row({"samples": 3, "in band": 1.0}, neurons=("a:1", "b:2"), ranges=((0, 1), (0, 1)))]
    assert claims.meet(rows).word == "agrees"
    empty = Row(
        {"samples": 0}, neurons=("a:1", "b:2"), ranges=((0, 1), (0, 1)), outcome=OutcomeAnswer("unreachable")
    )
    result = claims.meet([*rows, empty])
    assert result.word == "agrees in part"
    assert "unreachable" in result.reasons[1]


def test_factors_rise_from_the_lowest_band_to_the_highest():
    rows = [Row({"samples": 2, "factor lava": value}) for value in (0.9, 0.5, 0.6, 0.1)]
    assert claims.rises(["lava"])(rows).word == "agrees"
    assert claims.rises(["lava"])(rows[::-1]).word == "does not agree"
    assert claims.rises(["smoke"])(rows).word == "cannot be told"


def test_without_factors_another_networks_label_rises():
    rows = [Row({"samples": 2, AS_ITS_CLASS: value}) for value in (0.9, 0.5, 0.6, 0.1)]
    rows[0].natural[AS_ITS_CLASS], rows[-1].natural[AS_ITS_CLASS] = 0.8, 0.2
    told = claims.rises(["lava"])(rows)
    assert told.word == "agrees"
    assert told.reasons[0].endswith("in natural images, from 0.2 to 0.8")
    assert claims.rises(["lava"])(rows[::-1]).word == "does not agree"


def test_labels_that_natural_images_lose_through_the_generator_show_nothing():
    rows = [
        Row({"samples": 50, AS_ITS_CLASS: 0.0, label("church"): 0.0, label("alp"): 1.0}) for _ in range(2)
    ]
    assert claims.rises(["lava"])(rows).word == claims.other_images(rows).word == "does not agree"
    for row in rows:
        row.natural |= {AS_ITS_CLASS: 0.2, label("church"): 0.2}
        row.ceiling |= {AS_ITS_CLASS: 0.02, label("church"): 0.02}
    for told in (claims.rises(["lava"])(rows), claims.other_images(rows)):
        assert told.word == "cannot be told"
        assert "20% of natural images" in told.reasons[-1]


def test_without_factors_other_images_have_other_labels():
    def asked(before, after):
        rows = [Row({"samples": 100, label("church"): share, label("alp"): 0.1}) for share in (before, after)]
        return claims.other_images(rows)

    assert asked(0.02, 0.4).word == "agrees"
    assert "church 2% to 40%" in asked(0.02, 0.4).reasons[0]
    assert asked(0.1, 0.15).word == "does not agree"
    assert claims.other_images([Row({"samples": 100})] * 2).word == "cannot be told"


def test_images_that_do_not_look_natural_show_no_claim():
    good, bad = Row({"samples": 3, "in band": 1.0}), Row({"samples": 3, "in band": 1.0}, doubt="Only blobs.")
    assert claims.filled([good, bad]).word == "agrees in part"
    assert claims.filled([bad, bad]).word == "cannot be told"
    assert claims.filled([bad]).reasons[-1].endswith("Only blobs.")


def test_a_page_tells_of_each_row_how_far_its_images_can_be_trusted(written):
    page = (written[1] / "README.md").read_text()
    assert "| asked | method | ended | verdict |" in page
    assert "- Row 1: careful. " in page


def test_what_is_said_of_a_studys_own_neurons_is_not_said_of_others(written, tmp_path):
    assert "lit windows come up" in (written[1] / "README.md").read_text()
    other = run(*QUICK, "--neuron", "conv5:60", "--out", tmp_path)
    assert other.code == 0, other.err
    assert "lit windows come up" not in (tmp_path / "study-figure-3" / "README.md").read_text()
