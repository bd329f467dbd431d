"""Galleries of samples that were never on a server; those of jobs are tried over HTTP in tests/api."""

import json
import re
import zipfile
from dataclasses import replace
from hashlib import sha256
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load
from zipstream import ZipStream

from inverset import gallery
from inverset.contract.manifest import Manifest, NamedModel
from inverset.contract.question import Band, Target
from inverset.gallery import image_codec
from inverset.gallery.files import File, stored
from inverset.gallery.sheets import evenly

EVIDENCE = {
    "trust": {"word": "do not trust", "reason": "There is a <reason>."},
    "verdict": ["Every one of the samples is in its band."],
    "metrics": [
        {"name": "Vendi score", "meaning": "How many.", "samples": 2.5, "natural": 3.125, "rejection": None}
    ],
    "baseline": {"count": 60},
    "rejection": {"count": 0, "evaluations": 500},
}
BAND = {
    "references": 4,
    "edges": [-1.0, 1.0],
    "counts": [3, 0, 0, 1],
    "neuron": "fc8:volcano",
    "range": [0.0, 1.0],
}
PLACED = {"below": 0.75, "inside": 0.25, "above": 0.0, "quantiles": [0.75, 1.0]}
FACTOR = {"name": "night", "mean": 0.9, "elsewhere": 0.1, "apart": 1.5}
FACETS = [
    {"size": 3, "share": 0.6, "typical": 4, "members": [4, 0], "factors": [FACTOR]},
    {"size": 2, "share": 0.4, "typical": 1, "members": [1, 2], "factors": [{**FACTOR, "apart": -1.5}]},
]
NEAREST = {"mean": 2.0, "min": 1.0, "numbers": [9, 7, 9, 5, 7], "distances": [1.0, 2.0, 2.0, 3.0, 2.0]}


def make(count=5, neuron="fc8:volcano", low=0.0, evidence=EVIDENCE, sheets=None, band=None):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    values = random.permutation(count).astype(np.float32)[:, None] / max(1, count) + np.float32(low)
    rows = np.arange(3 * count, dtype=np.float32).reshape(-1, 3)
    manifest = Manifest(
        NamedModel("toy", "0" * 64),
        (Target(neuron, band or Band(low, low + 1)),),
        (),
        {"model": "toy", "n": count},
        {"reason": "reached n"},
        evidence if count else None,
    )
    arrays = {"codes": rows, "features": rows, "activations": values}
    return (
        gallery.of_arrays(
            manifest, images, arrays, [(step, step - 1) for step in range(count)], sheets or {}
        ),
        images,
        arrays,
    )


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("count", [0, 1, 5])
def test_the_zip_is_the_folder(tmp_path, count):
    made, _, _ = make(count)
    gallery.write(made, tmp_path)
    archive = zipfile.ZipFile(BytesIO(zipped(gallery.files(made))))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == contents(tmp_path)
    assert len(list((tmp_path / "images").iterdir())) == count


@pytest.mark.parametrize(
    "sizes", [[2**30, 2**30 - 411], [2**30, 2**30], [2**32, 5], [0] * 65_534, [0] * 65_536]
)
def test_the_size_of_a_large_zip_is_as_the_archive_has_it(sizes):
    archive = ZipStream(sized=True)
    for number, size in enumerate(sizes):
        archive.add((), f"\u00e9/{number}", size=size)
    messages = [File(f"\u00e9/{number}", size, bytes) for number, size in enumerate(sizes)]
    assert gallery.zipped(messages).size == len(archive)


def test_a_file_of_another_size_than_it_said_is_no_part_of_a_zip():
    with pytest.raises(RuntimeError, match="did not match"):
        list(gallery.zipped([File("a", 2, lambda: b"abc")]).pieces)


def test_images_are_read_while_the_zip_is_sent_not_before():
    made, _, _ = make()
    read = []
    watched = replace(
        made, pictures=lambda indices: made.pictures(read.append(index) or index for index in indices)
    )
    pieces = gallery.zipped([*stored(watched)]).pieces
    assert read == []
    next(pieces), next(pieces)  # the first one's header, the first one
    assert read == [0]
    assert b"".join(pieces)
    assert read == [0, 1, 2, 3, 4]


def test_the_manifest_is_true(tmp_path):
    made, images, arrays = make()
    gallery.write(made, tmp_path)
    answer = json.loads((tmp_path / "manifest.json").read_text())
    assert (answer["kind"], answer["evidence"], len(answer["samples"])) == ("inverse set", EVIDENCE, 5)
    for index, sample in enumerate(answer["samples"]):
        content = (tmp_path / sample["file"]).read_bytes()
        assert sha256(content).hexdigest() == sample["sha256"]
        assert (image_codec.decode(content) == images[index]).all()
        assert sample["activations"] == {"fc8:volcano": arrays["activations"][index, 0]}
    saved = load((tmp_path / "codes.safetensors").read_bytes())
    assert {name: values.tolist() for name, values in saved.items()} == {
        name: values.tolist() for name, values in arrays.items()
    }


def test_sheet_and_animation_show_the_samples():
    made, _, _ = make()
    with Image.open(BytesIO(gallery.contact_sheet(made))) as sheet:
        assert (sheet.format, sheet.width > 4 * 96) == ("PNG", True)
    with Image.open(BytesIO(gallery.animation(made))) as moving:
        assert (moving.format, moving.n_frames) == ("WEBP", 5)


def test_many_samples_are_thinned_out_evenly():
    assert evenly(list(range(10_000)), 5) == [0, 2500, 5000, 7499, 9999]
    assert evenly([1, 2], 5) == [1, 2]


def data(page):
    """What the page's script is given."""
    return json.loads(re.search(r'id="gallery-data">(.*?)</script>', page, re.DOTALL)[1])


def test_without_a_script_the_page_shows_samples_by_rising_activation():
    page = gallery.page(make(130)[0])
    shown = [float(text) for text in re.findall(r'<span class="caption">([^<]+)<', page)]
    assert (len(shown), shown) == (100, sorted(shown))
    assert "These are 100 of 130 images" in page
    assert EVIDENCE["verdict"][0] in page


def test_the_page_bears_its_script_and_all_samples_and_asks_no_host():
    made, _, arrays = make(300)
    page = gallery.page(made)
    answer = data(page)
    assert answer["columns"]["runs"] == [[0, 300]]
    assert answer["columns"]["activations"][0] == pytest.approx(
        arrays["activations"][:, 0].tolist(), rel=1e-4
    )
    assert re.findall(r"https?:", page) == []
    assert (
        re.findall(r'<script [^>]*src=|<link (?!rel="icon" href="data:,">)|@import|url\(["\']?http', page)
        == []
    )


def test_the_page_of_many_samples_is_small():
    few, many = (len(gallery.page(make(count)[0])) for count in (100, 2100))
    assert (many - few) / 2000 < 30  # bytes a sample


def with_references():
    """Evidence that tells the nearest references, and the sheet of them."""
    numbers = gallery.nearest_references.shown(NEAREST["numbers"])
    assert numbers == [9, 7, 5]
    images = [np.full((8, 8, 3), number, dtype=np.uint8) for number in numbers]
    evidence = {
        **EVIDENCE,
        "nearest_reference": {**NEAREST, "sheet": gallery.nearest_references.described(numbers)},
    }
    return evidence, gallery.nearest_references.sheet(images)


def test_the_word_and_every_metric_with_its_meaning_are_shown():
    page = gallery.page(make()[0])
    assert '<span class="do-not-trust">do not trust</span>' in page
    assert "There is a &lt;reason&gt;." in page
    row = page.split("<b>Vendi score</b><br>How many.</th>")[1].split("</tr>")[0]
    assert re.findall(r'<td class="measure">([^<]+)<', row) == ["2.5", "3.12", "-"]
    assert re.findall(r'<rect width="([^"]+)"', row) == ["80.0", "100.0"]
    assert "60 natural images in the band" in page
    assert "0 of 500 random images" in page


def test_the_nearest_references_come_along(tmp_path):
    evidence, sheet = with_references()
    made, _, _ = make(evidence=evidence, sheets={"references.webp": sheet})
    gallery.write(made, tmp_path)
    answer = json.loads((tmp_path / "manifest.json").read_text())
    assert answer["samples"][3]["nearest_reference"] == {"number": 5, "distance": 3.0}
    assert set(answer["evidence"]["nearest_reference"]) == {"mean", "min", "sheet"}
    with Image.open(tmp_path / "references.webp") as image:
        assert image.size == (32 * 8, 8)
    page = (tmp_path / "index.html").read_text()
    assert data(page)["near"] == {
        "numbers": [9, 7, 9, 5, 7],
        "distances": [1.0, 2.0, 2.0, 3.0, 2.0],
        "activations": None,
        "columns": 32,
        "on_sheet": [9, 7, 5],
        "sheet": "references.webp",
    }


def test_a_sheet_has_so_many_thumbnails_and_no_more():
    numbers = list(range(1500))
    shown = gallery.nearest_references.shown(numbers)
    assert shown == numbers[: gallery.nearest_references.MOST]
    with Image.open(
        BytesIO(gallery.nearest_references.sheet([np.zeros((227, 227, 3), dtype=np.uint8)] * 33))
    ) as image:
        assert image.size == (32 * 96, 2 * 96)


def test_facets_are_rows_of_pictures():
    page = gallery.page(make(evidence={**EVIDENCE, "facets": {"silhouette": 0.3, "facets": FACETS}})[0])
    assert "2 kinds of image" in page
    assert "2 separate groups (silhouette 0.30)" in page
    assert 'title="3 images; night 0.90, elsewhere 0.10"><b>60%</b> more night</h3>' in page
    assert "<b>40%</b> less night</h3>" in page
    rows = re.findall(r'<div class="row">(.*?)</div>', page, re.DOTALL)
    assert [re.findall(r'src="images/0*(\d).png"', row) for row in rows] == [["4", "0"], ["1", "2"]]


def test_one_kind_is_said_to_be_one():
    one = [{"size": 5, "share": 1.0, "typical": 0, "members": [0], "factors": []}]
    page = gallery.page(make(evidence={**EVIDENCE, "facets": {"silhouette": None, "facets": one}})[0])
    assert "The images are of one kind" in page


def test_the_band_is_drawn_among_the_references():
    page = gallery.page(make(evidence={**EVIDENCE, "bands": [{**BAND, **PLACED}]})[0])
    assert "4 natural images: 25% in the band, 0% higher" in page
    outline = re.search(r'<path class="bars" d="([^"]+)"', page)[1]
    assert f'viewBox="50.0 0 50.0 60" preserveAspectRatio="none"><path d="{outline}"' in page
    assert '<rect class="asked" x="50.0" y="0" width="50.0"' in page


def test_no_band_is_said_to_be_none():
    open_band = {**BAND, "range": None, **dict.fromkeys(PLACED)}
    made, _, _ = make(evidence={**EVIDENCE, "bands": [open_band]}, band=Band.of(None))
    page = gallery.page(made)
    assert "<span>4 natural images</span>" in page
    assert 'class="asked"' not in page
    assert "<title>volcano, any activation</title>" in page


def test_names_are_escaped():
    page = gallery.page(make(neuron="fc8:<script>alert(1)</script>")[0])
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert data(page)["neurons"][0]["neuron"] == "fc8:<script>alert(1)</script>"


def test_a_page_without_samples_or_evidence_says_so():
    assert "There are no images, so there is nothing to measure." in gallery.page(make(0)[0])


def zipped(listed):
    """All of a zip; its size is as it was foretold."""
    size, pieces, _ = gallery.zipped(listed)
    content = b"".join(pieces)
    assert len(content) == size
    return content


def unpacked(listed, folder):
    with zipfile.ZipFile(BytesIO(zipped(listed))) as archive:
        archive.extractall(folder)
    return folder


def made_at(low):
    return [*gallery.files(make(30, low=low)[0])]


def test_galleries_lie_together_in_the_order_given(tmp_path):
    bands = [(name, made_at(low)) for name, low in (("b", -1.0), ("a", 1.0), ("c", 3.0))]
    unpacked(gallery.together("Three <b>bands</b>", bands), tmp_path)
    assert [path.name for path in gallery.find(tmp_path)] == ["b", "a", "c"]
    page = (tmp_path / "index.html").read_text()
    assert re.findall(r'href="(.)/index.html"', page) == ["b", "a", "c"]
    assert "Three &lt;b&gt;" in page
    for file in re.findall(r'src="([^"]+)"', page):
        assert (tmp_path / file).is_file()


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{",
        "[]",
        "{}",
        '{"samples": 3, "ranges": []}',
        '{"galleries": ["../other"]}',
        '{"galleries": []}',
    ],
)
def test_a_damaged_gallery_is_told(tmp_path, content):
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(gallery.DamagedGallery, match=re.escape(str(tmp_path))):
        gallery.find(tmp_path)
