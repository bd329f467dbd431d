"""What must change in an image to make it a volcano: starts, and the counterfactuals that came of them."""

from typing import NamedTuple

from PIL import Image
from torch import Tensor

from benchmarks.volcano import NEURON, SHOWN, Row, sheet
from inverset.sampler import sample
from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import Neuron

QUANTILES = (0.95, 0.99)
_TOLD, _APART = 14, 0.3  # factors in the table, and by how many standard deviations they move at least


class Pairs(NamedTuple):
    """Counterfactuals beside their starts."""

    starts: Tensor  # (n, 3, h, w) uint8
    ends: Tensor  # (n, 3, h, w) uint8
    activations: tuple[float, float]  # means before and after
    moved: dict[
        str, tuple[float, float, float]
    ]  # factor -> mean before, after, and the change in standard deviations


def pairs(bundle: Bundle, n: int) -> Pairs:
    """Sample counterfactuals of the volcano neuron in a high band."""
    assert bundle.reference is not None
    assert bundle.factors is not None
    values = bundle.reference.read([Neuron.parse(NEURON, bundle)])[:, 0]
    band = [float(values.quantile(share)) for share in QUANTILES]
    result = sample(
        bundle, {"neurons": [{"neuron": NEURON, "range": band}], "n": n, "method": "counterfactual"}
    )
    before, after = (bundle.factors.read(images).mean(dim=0) for images in (result.starts, result.images))
    changed = (after - before) / bundle.factors.scales
    moved = {
        name: (float(before[at]), float(after[at]), float(changed[at]))
        for at, name in enumerate(bundle.factors.names)
        if abs(changed[at]) >= _APART
    }
    ends = (float(result.start_activations.mean()), float(result.activations.mean()))
    return Pairs(result.starts, result.images, ends, moved)


def picture(found: Pairs) -> Image.Image:
    """Starts above, what became of them below."""
    before, after = found.activations
    return sheet(
        [
            Row("an image", f"f {before:.1f} on average", found.starts[:SHOWN]),
            Row("changed least", f"f {after:.1f}", found.ends[:SHOWN]),
        ]
    )


def table(found: Pairs) -> str:
    """What moved, as Markdown."""
    lines = ["| factor | before | after | change in standard deviations |", "|---|---|---|---|"]
    strongest = sorted(found.moved.items(), key=lambda each: -abs(each[1][2]))[:_TOLD]
    lines += [f"| {name} | {old:.2f} | {new:.2f} | {change:+.1f} |" for name, (old, new, change) in strongest]
    return "\n".join(lines)
