"""What is compared: methods, each with the options that serve it best, and what a method is without one of its parts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import torch

from inverset.sampler import methods, priors
from inverset.sampler.bundle import Bundle


class Setting(NamedTuple):
    """A method as it is run."""

    method: str
    options: Mapping[str, Any] = {}
    k: int | None = None  # None: the method's own
    prior: str | None = None  # another than the model's, by name

    @property
    def at_once(self) -> int:
        """How many codes."""
        return self.k or methods.get(self.method).default_k


# Both bounds, starts in band, mu large enough that seeds are found at once, twice as many walks and steps four times as long: the best
# of what was tried by the options that there are.
_TUNED = {"starts": "band", "penalty": 1e6, "longest": 0.052}
METHODS: Mapping[str, Setting] = {
    "conditional": Setting("conditional"),
    "counterfactual": Setting("counterfactual"),
    "calibrated": Setting("calibrated"),
    "jittered-references": Setting("jittered-references"),
    "rejection": Setting("rejection"),
    "paper": Setting("paper"),
    "paper tuned": Setting("paper", _TUNED, 20),
    "paper literal": Setting("paper", {"literal": True}),
    "ppgn": Setting("ppgn", {"in_band": True}),
    "reference": Setting("reference"),
}
ABLATION: Mapping[str, Setting] = {
    "conditional": Setting("conditional"),
    "conditional, prior: mixture": Setting("conditional", prior="mixture"),
    "conditional, prior: gaussian": Setting("conditional", prior="gaussian"),
    "conditional, no surrogate": Setting("conditional", {"leak": 1.0}),
    "conditional, no pass through E and G": Setting("conditional", {"clean": False}),
    "conditional, always guided": Setting("conditional", {"guide_above": 0.0}),
    "counterfactual": Setting("counterfactual"),
    "counterfactual, whitened metric": Setting("counterfactual", {"metric": 1.0}),
    "counterfactual, metric half way": Setting("counterfactual", {"metric": 0.5}),
    "counterfactual, starts: any": Setting("counterfactual", {"starts": "any"}),
    "calibrated": Setting("calibrated"),
    "calibrated, repulsion 0": Setting("calibrated", {"repulsion": 0.0}),
    "calibrated, starts: any": Setting("calibrated", {"starts": "any"}),
    "calibrated, starts: prior": Setting("calibrated", {"starts": "prior"}),
    "jittered-references": Setting("jittered-references"),
    "paper tuned": METHODS["paper tuned"],
    "paper tuned, starts: any": Setting("paper", {**_TUNED, "starts": "any"}, 20),
    "paper tuned, penalty 10": Setting("paper", {**_TUNED, "penalty": 10.0}, 20),
}


def known(settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """Those whose method there is."""
    return {name: setting for name, setting in settings.items() if setting.method in methods.names()}


def with_prior(bundle: Bundle, name: str) -> Bundle:
    """The model with another prior: "mixture" or "gaussian". Raises ValueError where it has none of that name."""
    if name == "gaussian":
        return replace(bundle, prior=priors.Gaussian(bundle.statistics))
    if name == "mixture" and bundle.reference is not None:
        codes = bundle.reference.invert(torch.arange(len(bundle.reference.codes)))
        return replace(bundle, prior=priors.Mixture.fit(codes, bundle.statistics))
    raise ValueError(f"{bundle.name} has no prior {name!r}")
