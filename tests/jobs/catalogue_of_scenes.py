"""A small catalogue and specs for it."""

from inverset.contract.spec import JobSpec

QUANTILES = {"0": -10.0, "0.5": 0.0, "0.9": 8.0, "1": 12.0}
MEASURED = {"mean": 1.0, "sd": 4.0, "quantiles": QUANTILES}
CATALOGUE = {
    "name": "toy",
    "sha256": "a" * 64,
    "description": "A toy.",
    "image": [64, 64],
    "code": 8,
    "layers": [
        {"name": "conv5", "kind": "map", "units": 64, "labels": [], "size": [8, 6]},
        {"name": "fc8", "kind": "vector", "units": 3, "labels": ["volcano", "mountain"]},
    ],
    "neurons": {
        "fc8:volcano": MEASURED,
        "fc8:mountain": MEASURED,
        "conv5:3": MEASURED,
        "conv5:3@max": MEASURED,
    },
    "methods": {
        "calibrated": {
            "summary": "natural",
            "default_k": 7,
            "needs_band": True,
            "options": {
                "margin": {"type": "float", "default": 0.1, "minimum": 0, "maximum": 1, "doc": ""},
                "rounds": {"type": "int", "default": 3, "minimum": 1, "maximum": 9, "doc": ""},
                "literal": {"type": "bool", "default": False, "doc": ""},
                "starts": {"type": "str", "default": "any", "choices": ["prior", "any", "band"], "doc": ""},
            },
        },
        "paper": {"summary": "as published", "default_k": 10, "needs_band": True, "options": {}},
        "climb": {"summary": "as high as can be", "default_k": 10, "needs_band": False, "options": {}},
    },
}


def body(**changes):
    return {"model": "toy", "neurons": [{"neuron": "fc8:volcano", "range": [1, 2]}], **changes}


def spec(**changes):
    return JobSpec.model_validate(body(**changes))
