"""JSON becomes frozen values, and what is wrong with it is told with its place."""

import pytest

from inverset.contract.decoding import Malformed, decode
from inverset.contract.evidence import Evidence, Facets
from inverset.contract.manifest import Manifest

MODEL = {"name": "toy", "sha256": "0" * 64}
RANGES = [{"neuron": "fc8:0", "range": [1, 2]}]
SAMPLE = {
    "index": 0,
    "file": "images/000000.png",
    "sha256": "1" * 64,
    "activations": {"fc8:0": 1.5},
    "step": 4,
    "parent": None,
    "start": {"file": "starts/000000.png", "sha256": "2" * 64, "activations": {"fc8:0": 0.5}},
    "nearest_reference": {"number": 7, "distance": 1.25},
}
WHOLE = {
    "inverset": "1.0",
    "kind": "inverse set",
    "model": MODEL,
    "spec": {"n": 1},
    "ranges": RANGES,
    "outcome": {"reason": "reached n"},
    "samples": [SAMPLE],
    "evidence": None,
}


def test_a_manifest_is_json_and_back():
    assert Manifest.of(WHOLE).to_json() == WHOLE
    chosen = {**WHOLE, "chosen": {"of": 3}}
    assert Manifest.of(chosen).to_json() == chosen


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        ({"samples": 7}, "samples: it should be a list"),
        ({"model": "toy"}, "model: it should be an object"),
        ({"model": {"name": "toy"}}, "model.sha256: it is missing"),
        ({"ranges": []}, "ranges: it names no neuron"),
        ({"ranges": [{"neuron": "fc8:0", "range": [1]}]}, "ranges.0.range: it must be two numbers"),
        ({"samples": [{**SAMPLE, "file": "../../secret.png"}]}, "samples.0.file: it should be images/"),
        (
            {"samples": [{**SAMPLE, "activations": {"fc8:0": "high"}}]},
            "samples.0.activations.fc8:0: it should be a number",
        ),
        ({"samples": [{**SAMPLE, "index": True}]}, "samples.0.index: it should be a whole number"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(damage, place):
    with pytest.raises(Malformed) as wrong:
        Manifest.of({**WHOLE, **damage})
    assert str(wrong.value).startswith(place)


def test_what_an_earlier_version_did_not_measure_is_none():
    result = Evidence.of({"samples": {"count": 3}, "something": "of a later version"})
    assert (result.samples.count, result.samples.in_band_rate, result.judge) == (3, None, None)
    assert Evidence.of(None) is None
    assert decode(Facets, {"facets": []}).silhouette is None
