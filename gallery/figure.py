"""A gallery as a figure for a paper: the band on its axis, natural images around it, samples from low to high, and a caption."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from textwrap import wrap

from PIL import Image

from inverset.contract import titles
from inverset.contract.evidence import BandHistogram, Evidence
from inverset.contract.manifest import SampleRecord
from inverset.gallery import image_codec, nearest_references
from inverset.gallery.contents import VERSION, Gallery
from inverset.gallery.drawing import ACCENT, FAINT, INK, Drawing, Picture, Text
from inverset.gallery.sheets import evenly
from inverset.gallery.summary import NaturalRow, natural_rows

WIDTH, AXIS = 720, 46  # units; the height of the histogram
SIDE, GAP, LABEL = 44, 4, 72  # of a picture; between pictures; of the names of rows
ROWS, PICTURE = 3, 128  # of samples; pixels of a picture's side, at most
_LINE, _CHARACTERS = 12, 165  # of the caption
_BAR, _BAND = "#aaa69e", "#e9c9c1"


def figure(gallery: Gallery) -> Drawing:
    """The figure; ``svg()`` and ``png()`` of it have the same content."""
    evidence = Evidence.of(gallery.manifest.evidence)
    drawing = Drawing(WIDTH)
    title = titles.title(gallery.manifest.targets, gallery.manifest.spec)
    drawing.parts.append(Text(0, 14, title, 13))
    y = _axis(drawing, evidence.bands[0], 24) if evidence and evidence.bands else 28
    naturals = natural_rows(evidence) if nearest_references.FILE in gallery.sheets else []
    left = _naturals(drawing, gallery, naturals, y) if naturals else 0
    shown, y = _samples(drawing, gallery, left, y)
    for line in wrap(caption(gallery, evidence, shown), _CHARACTERS):
        y += _LINE
        drawing.parts.append(Text(0, y, line, 9, FAINT))
    drawing.height = y + 8
    return drawing


def caption(gallery: Gallery, evidence: Evidence | None, shown: int) -> str:
    """The caption of a figure with so many samples."""
    manifest = gallery.manifest
    neurons = " and ".join(f"{each.neuron} ({each.band})" for each in manifest.targets)
    parts = [
        f"{shown} of {len(gallery.samples)} images sampled for {neurons} of {manifest.model.name}, from low to high."
    ]
    if evidence and evidence.bands:
        parts.append(
            f"Top: activations of {evidence.bands[0].references:,} natural images, with the band in red."
        )
    if evidence and evidence.surroundings:
        parts.append(
            "Left of the line: natural images just below the band, in it, and just above it; right: the samples."
        )
    if evidence and evidence.trust:
        parts.append(f"Trust: {evidence.trust.word}.")
    method = (manifest.spec or {}).get("method")
    return " ".join([*parts, f"Inverset {VERSION}" + (f", method {method}." if method else ".")])


def _axis(drawing: Drawing, band: BandHistogram, top: float) -> float:
    """Draw the histogram with its band and the ends of both; gives the place below it."""
    most, width, bottom = max(band.counts) or 1, WIDTH / len(band.counts), top + AXIS
    for place, count in enumerate(band.counts):
        height = AXIS * count / most
        drawing.rectangle(place * width, bottom - height, width, height, _BAR)
    first, last = band.edges
    ends = [(0.0, first, "start"), (float(WIDTH), last, "end")]
    if band.range is not None:
        low, high = (WIDTH * (each - first) / (last - first) for each in band.range)
        drawing.rectangle(low, top, max(1.5, high - low), AXIS, _BAND)
        drawing.rectangle(low, bottom, max(1.5, high - low), 4, ACCENT)
        for left, right, count in _bars_within(band, low, high):
            height = AXIS * count / most
            drawing.rectangle(left, bottom - height, right - left, height, ACCENT)
    drawing.rectangle(0, bottom, WIDTH, 0.6, INK)
    drawing.parts += [Text(x, bottom + 14, f"{value:.4g}", 8, FAINT, anchor) for x, value, anchor in ends]
    return bottom + 26


def _bars_within(band: BandHistogram, low: float, high: float) -> Iterator[tuple[float, float, float]]:
    """The parts of the bars that lie between two places: their ends, and the count."""
    width = WIDTH / len(band.counts)
    for place, count in enumerate(band.counts):
        left, right = max(low, place * width), min(high, (place + 1) * width)
        if left < right:
            yield left, right, count


def _naturals(drawing: Drawing, gallery: Gallery, rows: Sequence[NaturalRow], top: float) -> float:
    """Draw the rows of natural images off their sheet; gives the place right of them."""
    sheet = Image.open(BytesIO(gallery.sheets[nearest_references.FILE]())).convert("RGB")
    for at, row in enumerate(rows):
        y = top + at * (SIDE + GAP)
        drawing.parts.append(
            Text(0, y + SIDE / 2 - 1, row.name, 9, ACCENT if row.name == "this band" else INK)
        )
        drawing.parts.append(Text(0, y + SIDE / 2 + 10, "natural", 8, FAINT))
        for column, image in enumerate(row.images):
            if image.cell is None:
                continue
            side = sheet.width / image.cell.columns
            corner = round(image.cell.column * side), round(image.cell.row * side)
            cut = sheet.crop((*corner, corner[0] + round(side), corner[1] + round(side)))
            drawing.parts.append(Picture(LABEL + column * (SIDE + GAP), y, SIDE, cut))
    most = max(len(row.images) for row in rows)
    return LABEL + most * (SIDE + GAP) + 3 * GAP


def _samples(drawing: Drawing, gallery: Gallery, left: float, top: float) -> tuple[int, float]:
    """Draw samples from low to high; gives how many, and the place below them."""
    columns = int((WIDTH - left + GAP) // (SIDE + GAP))
    chosen: Sequence[SampleRecord] = evenly(gallery.rising(), columns * ROWS)
    if left:
        drawing.rectangle(left - 2 * GAP, top, 1.5, ROWS * (SIDE + GAP) - GAP, ACCENT)
    for place, content in enumerate(gallery.pictures(each.index for each in chosen)):
        row, column = divmod(place, columns)
        image = Image.fromarray(image_codec.decode(content))
        image.thumbnail((PICTURE, PICTURE), Image.Resampling.LANCZOS)
        drawing.parts.append(Picture(left + column * (SIDE + GAP), top + row * (SIDE + GAP), SIDE, image))
    rows = ROWS if left else -(-len(chosen) // columns)
    return len(chosen), top + rows * (SIDE + GAP) + 4
