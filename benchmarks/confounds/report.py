"""What was found, as Markdown and as a picture."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmarks.confounds.model import Truth
from benchmarks.confounds.neurons import ALONE, NEEDED, Planted
from benchmarks.confounds.trials import COUNTERFACTUAL, FACTORS, JUDGE, Alarm, Row

NEAR = 0.15  # within which a counterfactual share counts as that of all known images
_SIDE, _LEFT, _GAP, _EACH = 72, 190, 3, 5  # pixels; images of each column


def shares_table(found: Sequence[Row], truths: Mapping[str, Truth], need: str) -> str:
    """Share of images that show the confound, by neuron and method."""
    rows = [row for row in found if row.need == need]
    methods = list(dict.fromkeys(row.method for row in rows))
    head = ["neuron", "confound", "with cause", "all known images", "truth in band", *methods]
    lines = []
    for name in dict.fromkeys(row.neuron for row in rows):
        here = [row for row in rows if row.neuron == name]
        true = truths[name]
        cells = [
            f"{name.rsplit('-', 1)[0]} ({here[0].how})", here[0].kind, f"{here[0].share:g}",
            f"{true.known_confound:.2f}", f"{true.confound:.2f} ({true.in_band})",
        ]  # fmt: skip
        lines.append([*cells, *(_cell([row for row in here if row.method == method]) for method in methods)])
    return table(head, lines)


def _cell(rows: Sequence[Row]) -> str:
    counted = sum(row.moved for row in rows)
    if not counted:
        return "none"
    return f"{mean(rows, 'confound'):.2f} ({counted})"


def mean(rows: Sequence[Row], name: str) -> float:
    """Of all counted samples; not a number where there are none."""
    values = [(float(getattr(row, name)), row.moved) for row in rows if row.moved]
    counted = sum(count for value, count in values if not math.isnan(value))
    total = sum(value * count for value, count in values if not math.isnan(value))
    return total / counted if counted else math.nan


def methods_table(found: Sequence[Row], truths: Mapping[str, Truth]) -> str:
    """By method: how far the share of the confound is from truth and from all known images, and what a sample cost."""
    lines = []
    for method in dict.fromkeys(row.method for row in found):
        alone = [row for row in found if row.method == method and row.need == ALONE and row.moved]
        needed = [row for row in found if row.method == method and row.need == NEEDED and row.moved]
        if not alone:
            continue
        off = [abs(row.confound - truths[row.neuron].confound) for row in alone]
        lines.append(
            [
                method,
                str(len({row.neuron for row in alone})),
                f"{sum(off) / len(off):.2f}",
                f"{mean(alone, 'confound'):.2f}",
                f"{mean(needed, 'confound'):.2f}",
                f"{mean(alone, 'cause'):.2f}",
                f"{_cost(alone):.1f} / {_cost(needed):.1f}",
            ]
        )
    head = [
        "method", "neurons answered, of 12", "off truth in band, mean", "confound shown, not needed",
        "confound shown, needed", "cause shown, confound not needed", "evaluations a sample, not needed / needed",
    ]  # fmt: skip
    return table(head, lines)


def _cost(rows: Sequence[Row]) -> float:
    return sum(row.evaluations * row.found for row in rows) / max(1, sum(row.found for row in rows))


def broken(
    found: Sequence[Row], truths: Mapping[str, Truth], against: str = "known_confound"
) -> list[tuple[str, float, float]]:
    """Neuron that does not need its confound, its share in the counterfactuals that moved, and in all known images."""
    rows = [row for row in found if row.method == COUNTERFACTUAL and row.need == ALONE]
    return [
        (name, mean([row for row in rows if row.neuron == name], "confound"), getattr(truths[name], against))
        for name in dict.fromkeys(row.neuron for row in rows)
    ]


def near(found: Sequence[tuple[str, float, float]]) -> int:
    """How many of ``broken`` lie within NEAR."""
    return sum(abs(share - known) <= NEAR for _, share, known in found)


def counterfactual_table(found: Sequence[Row], truths: Mapping[str, Truth]) -> str:
    """What becomes of the confound when an image is changed by as little as the neuron asks."""
    head = [
        "neuron",
        "needs it",
        "moved",
        "confound before",
        "after",
        "all known images",
        "these as read through G",
        "off by",
        "cause after",
    ]
    lines = []
    rows = [row for row in found if row.method == COUNTERFACTUAL]
    for name in dict.fromkeys(row.neuron for row in rows):
        here = [row for row in rows if row.neuron == name]
        after, known = mean(here, "confound"), truths[name].known_confound
        lines.append(
            [
                name.rsplit("-", 1)[0], "yes" if here[0].need == NEEDED else "no", str(sum(row.moved for row in here)),
                f"{mean(here, 'start_confound'):.2f}", f"{after:.2f}", f"{known:.2f}", f"{truths[name].known_read:.2f}",
                f"{after - known:+.2f}",
                f"{mean(here, 'cause'):.2f}",
            ]
        )  # fmt: skip
    return table(head, lines)


def alarms_table(found: Sequence[Alarm]) -> str:
    """Whether the alarm is right, by neuron."""
    head = ["neuron", "needs it", "eyes", "said", "right", "word"]
    return table(
        head,
        [
            [each.neuron.rsplit("-", 1)[0], "yes" if each.need == NEEDED else "no", each.eyes,
             "; ".join(each.names) or "nothing", "yes" if each.right else "no", each.word]
            for each in found
        ],
    )  # fmt: skip


def alarms_summary(found: Sequence[Alarm]) -> str:
    """Hits and false alarms by what it could look with."""
    lines = []
    for eyes in (FACTORS, JUDGE):
        here = [each for each in found if each.eyes == eyes]
        if not here:
            continue
        alone, needed = ([each for each in here if each.need == need] for need in (ALONE, NEEDED))
        lines.append(
            [
                eyes,
                f"{sum(each.right for each in here)} of {len(here)}",
                f"{sum(each.right for each in alone)} of {len(alone)}",
                f"{sum(bool(each.names) for each in alone)} of {len(alone)}",
                f"{sum(not each.right for each in needed)} of {len(needed)}",
                f"{sum(bool(each.names) for each in needed)} of {len(needed)}",
            ]
        )
    head = ["eyes", "right", "confound named where it is not needed", "anything said there",
            "confound named where it is needed", "anything said there"]  # fmt: skip
    return table(head, lines)


def keep_pictures(planted: Planted, conditional: Tensor, after: Tensor, before: Tensor, folder: Path) -> None:
    """The images of one row of ``picture``, in a file of ``folder``."""
    shown = {"conditional": conditional[: 2 * _EACH], "after": after[:_EACH], "before": before[:_EACH]}
    path = folder / f"shown-{planted.name}.safetensors"
    save_file({name: images.contiguous() for name, images in shown.items()}, path)


def kept_pictures(planted: Sequence[Planted], folder: Path) -> list[tuple[Planted, Tensor, Tensor, Tensor]]:
    """What was kept of these neurons, as ``picture`` takes it."""
    results = []
    for each in planted:
        path = folder / f"shown-{each.name}.safetensors"
        if path.exists():
            held = load_file(path)
            results.append((each, held["conditional"], held["after"], held["before"]))
    return results


def picture(found: Sequence[tuple[Planted, Tensor, Tensor, Tensor]]) -> Image.Image:
    """A row a neuron: conditional samples; then pairs, what was and below it what it became."""
    row, wide = 2 * _SIDE + 3 * _GAP, _SIDE + _GAP
    sheet = Image.new("RGB", (_LEFT + 2 * _EACH * wide + 30, 24 + len(found) * (row + 4)), "white")
    pen = ImageDraw.Draw(sheet)
    small = ImageFont.load_default(12)
    pen.text((_LEFT, 5), "conditional", "black", small)
    pen.text((_LEFT + _EACH * wide + 20, 5), "counterfactual: before, and below it after", "black", small)
    for number, (planted, conditional, after, before) in enumerate(found):
        y = 24 + number * (row + 4)
        pen.text((6, y + 30), f"reads {planted.pair.cause}", "black", ImageFont.load_default(14))
        pen.text((6, y + 52), f"known: with {planted.pair.confound}", "gray", small)
        pen.text((6, y + 70), f"in {planted.pair.share:g} ({planted.pair.how})", "gray", small)
        for place, pixels in enumerate(conditional[: 2 * _EACH]):
            _paste(sheet, pixels, _LEFT + place % _EACH * wide, y + place // _EACH * wide)
        for place, pair in enumerate(zip(before[:_EACH], after[:_EACH], strict=True)):
            for below, pixels in enumerate(pair):
                _paste(sheet, pixels, _LEFT + (_EACH + place) * wide + 20, y + below * wide)
    return sheet


def _paste(sheet: Image.Image, pixels: Tensor, x: int, y: int) -> None:
    tile = Image.fromarray(pixels.to(torch.uint8).permute(1, 2, 0).numpy())
    sheet.paste(tile.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS), (x, y))


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """As Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *lines])
