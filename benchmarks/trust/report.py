"""What was found, as Markdown, and contact sheets of the galleries."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from benchmarks.trust.judging import Judged, figures
from benchmarks.trust.labels import GOOD

_SIDE, _LEFT, _GAP = 64, 330, 2  # pixels
_EACH = 12  # images of a gallery


def summary(found: Sequence[Judged]) -> str:
    """The figures that the targets are about, by model and together."""
    head = ["model", "galleries", "as a person says", "bad called good", "good not called good"]
    lines = []
    for model in (*dict.fromkeys(each.model for each in found), "all"):
        counts = figures([each for each in found if model in {each.model, "all"}])
        share = counts["agree"] / max(1, counts["galleries"])
        lines.append(
            [
                model,
                str(counts["galleries"]),
                f"{counts['agree']} ({share:.2f})",
                str(counts["bad called good"]),
                str(counts["good not called good"]),
            ]
        )
    return _table(head, lines)


def kinds(found: Sequence[Judged]) -> str:
    """The words that each kind got."""
    head = ["model", "kind", "a person", "galleries", "good", "careful", "do not trust"]
    lines = []
    for model, kind in dict.fromkeys((each.model, each.kind) for each in found):
        here = [each for each in found if (each.model, each.kind) == (model, kind)]
        output = "good" if all(each.person == GOOD for each in here) else "not good"
        mixed = len({each.person for each in here}) > 1
        words = [sum(each.word == word for each in here) for word in ("good", "careful", "do not trust")]
        lines.append([model, kind, "differs" if mixed else output, str(len(here)), *map(str, words)])
    return _table(head, lines)


def misses(found: Sequence[Judged]) -> str:
    """Every gallery that a person would have called otherwise."""
    lines = [
        [each.gallery, each.person, each.word, each.reason.replace("|", "/")]
        for each in found
        if not each.agrees
    ]
    return _table(["gallery", "a person", "the verdict", "its reason"], lines) if lines else "none"


def sheet(galleries: Sequence[tuple[str, Tensor]], each: int = _EACH) -> Image.Image:
    """A row a gallery: its name and its first images."""
    row = _SIDE + _GAP
    page = Image.new("RGB", (_LEFT + each * row, len(galleries) * row + _GAP), "white")
    pen = ImageDraw.Draw(page)
    for number, (name, images) in enumerate(galleries):
        pen.text((4, number * row + 24), name, "black", ImageFont.load_default(12))
        for column, pixels in enumerate(images[:each]):
            tile = Image.fromarray(pixels.permute(1, 2, 0).numpy())
            page.paste(tile.resize((_SIDE, _SIDE)), (_LEFT + column * row, number * row + _GAP))
    return page


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *lines])
