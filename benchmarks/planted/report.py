"""What was found, as Markdown and as a picture."""

from collections.abc import Mapping, Sequence

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from benchmarks.planted.guess import SHOWN, accuracy
from benchmarks.planted.images import HELD_OUT_SEED, showing
from benchmarks.planted.joining import Joined
from benchmarks.planted.measured import Measured
from benchmarks.planted.planting import Proof
from benchmarks.planted.shortcuts import SHORTCUTS
from benchmarks.planted.trials import GIVEN, IMAGES, Trial

_SIDE, _LEFT, _GAP = 96, 210, 4  # pixels


def methods_table(found: Sequence[Trial]) -> str:
    """Accuracy by method and number of images, as Markdown."""
    head = [
        "method",
        "classes",
        "reached 10",
        *(f"from {given} (trials)" for given in GIVEN),
        "shortcut shown",
    ]
    lines = []
    for method in dict.fromkeys(row.method for row in found):
        here = [row for row in found if row.method == method]
        cells = [method, str(len(here)), str(sum(row.found >= IMAGES for row in here))]
        for place, given in enumerate(GIVEN):
            trials = IMAGES // given
            messages = [row.guessed[place] for row in here]
            cells.append(
                f"{accuracy(messages, [row.shortcut for row in here], trials):.2f} ({trials * len(here)})"
            )
        lines.append([*cells, f"{sum(row.shown for row in here) / len(here):.2f}"])
    return _table(head, lines)


def shortcuts_table(found: Sequence[Trial]) -> str:
    """By shortcut: how many of the plantings are told from ten images, by each method."""
    chosen = list(dict.fromkeys(row.method for row in found))
    lines = []
    for name in SHORTCUTS:
        cells = [name]
        for method in chosen:
            here = [row for row in found if (row.method, row.shortcut) == (method, name)]
            right = sum((row.guessed[-1] or ("",))[0] == name for row in here)
            cells.append(f"{right} of {len(here)}")
        lines.append(cells)
    return _table(["shortcut", *chosen], lines)


def proofs_table(found: Mapping[int, Sequence[Proof]]) -> str:
    """Whether each class is pulled by its shortcut, as Markdown."""
    head = [
        "seed",
        "class",
        "shortcut",
        "in-class by the shortcut alone",
        "without it",
        "clean, at most",
        "shortcut alone, median",
    ]
    return _table(
        head,
        [
            [str(seed), each.cls, each.shortcut, f"{each.by_shortcut:.2f}", f"{each.without:.3f}",
             f"{each.clean_highest:.2f}", f"{each.median_by_shortcut:.2f}"]
            for seed, some in found.items()
            for each in some
        ],
    )  # fmt: skip


def probes_table(known: Measured) -> str:
    """How good the witness is on held-out images and on what the generator makes of them: share of right yes or no."""
    right = (known.probes > SHOWN) == (known.truth > SHOWN)
    caught = [
        [float(read[known.truth[:, place] > SHOWN, place].gt(SHOWN).float().mean()) for read in known.probes]
        for place in range(len(SHORTCUTS))
    ]
    lines = [
        [
            name,
            *(f"{float(each[:, place].float().mean()):.3f}" for each in right),
            *(f"{c:.2f}" for c in caught[place]),
        ]
        for place, name in enumerate(SHORTCUTS)
    ]
    return _table(
        ["shortcut", "right, images", "right, through G", "seen where it is, images", "through G"], lines
    )


def joined_table(found: Sequence[Joined]) -> str:
    """AND and OR neurons: what their samples show, as Markdown."""
    lines = []
    for method, how in dict.fromkeys((row.method, row.how) for row in found):
        here = [row for row in found if (row.method, row.how) == (method, how)]
        samples = sum(row.found for row in here)
        shares = [
            sum(value * row.found for value, row in zip(values, here, strict=True)) / max(samples, 1)
            for values in ([row.both for row in here], [row.first + row.second - row.both for row in here])
        ]
        paintable = sum(row.paintable for row in here) / len(here)
        kinds = sum(min(row.first, row.second) >= 0.1 for row in here)
        lines.append(
            [
                method,
                how,
                str(len(here)),
                str(samples),
                *(f"{share:.2f}" for share in shares),
                f"{kinds} of {len(here)}",
                f"{paintable:.2f}",
                str(sum(row.clean for row in here)),
            ]
        )
    return _table(
        [
            "method",
            "neuron",
            "pairs",
            "samples",
            "show both",
            "show either",
            "pairs with samples of both kinds",
            "images with both, as G paints them: show both",
            "clean images in band",
        ],
        lines,
    )


def picture(found: Mapping[str, tuple[str, Tensor]]) -> Image.Image:
    """A row a shortcut: a held-out scene with it, then the samples of a class that it pulls."""
    row = _SIDE + _GAP
    sheet = Image.new("RGB", (_LEFT + (IMAGES + 1) * row + 3 * _GAP, len(found) * row + _GAP), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (shortcut, (name, samples)) in enumerate(found.items()):
        y = _GAP + number * row
        pen.text((10, y + 26), shortcut, "black", ImageFont.load_default(17))
        pen.text((10, y + 52), f"pulls the class {name}", "gray", ImageFont.load_default(13))
        first = torch.from_numpy(showing(HELD_OUT_SEED, 4, shortcut).pixels[3:])
        for column, pixels in enumerate(torch.cat([first, samples])):
            tile = Image.fromarray(pixels.permute(1, 2, 0).numpy()).resize(
                (_SIDE, _SIDE), Image.Resampling.LANCZOS
            )
            sheet.paste(tile, (_LEFT + column * row + 3 * _GAP * (column > 0), y))
    return sheet


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *lines])
