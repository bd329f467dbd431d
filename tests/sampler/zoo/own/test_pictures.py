"""A folder of images of any kind, brought to one size, a few at a time."""

import json
import logging

import numpy as np
import pytest
from PIL import Image

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.own.pictures import Noted, Pictures
from tests.sampler.zoo.own.lab import photograph


def silently(*_):
    pass


def test_images_of_all_kinds_below_a_folder(tmp_path):
    photograph(tmp_path / "photos" / "below", 6)
    (tmp_path / "photos" / "notes.txt").write_text("none")
    result = Pictures.of(tmp_path / "photos", (16, 20))
    assert len(result) == 6
    assert result.read([5, 0]).shape == (2, 3, 16, 20)
    assert [len(batch) for batch in result.batches(1, 3)] == [3, 2]


def test_the_middle_is_kept_upright_and_without_transparency(tmp_path):
    pixels = np.zeros((10, 30, 4), np.uint8)
    pixels[:, 10:20] = (255, 0, 0, 255)
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = 6  # turned by a quarter
    image.save(tmp_path / "turned.png", exif=exif)
    read = Pictures.of(tmp_path, (10, 10)).read([0])[0]
    assert read[0].min() > 250  # red from edge to edge
    assert read[1].max() < 5


def test_broken_files_are_left_out_with_a_line_each(tmp_path, caplog):
    photograph(tmp_path / "photos", 4)
    (tmp_path / "photos" / "000.jpg").write_bytes(b"no image")
    whole = (tmp_path / "photos" / "001.png").read_bytes()
    (tmp_path / "photos" / "001.png").write_bytes(whole[: len(whole) // 2])
    with caplog.at_level(logging.WARNING):
        result = Pictures.of(tmp_path / "photos", (16, 16)).readable(tmp_path / "noted.json", silently)
    assert [path.name for path in result.files] == ["002.webp", "003.jpg"]
    assert [record.message.split(" is left out")[0].rsplit("/", 1)[1] for record in caplog.records] == [
        "000.jpg",
        "001.png",
    ]


def test_a_folder_without_images_is_told(tmp_path):
    with pytest.raises(BadEntry, match="there is no folder"):
        Pictures.of(tmp_path / "none", (8, 8))
    with pytest.raises(BadEntry, match="holds no jpg"):
        Pictures.of(tmp_path, (8, 8))
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(BadEntry, match="none of the 1 files can be read"):
        Pictures.of(tmp_path, (8, 8)).readable(tmp_path / "noted.json", silently)


def test_content_counts_not_names(tmp_path):
    photograph(tmp_path / "a", 3)
    photograph(tmp_path / "b", 3)
    for path in (tmp_path / "b").iterdir():
        path.rename(path.with_name("z" + path.name))
    keep = tmp_path / "noted.json"
    before = Pictures.of(tmp_path / "a", (8, 8)).sha256(keep)
    assert Pictures.of(tmp_path / "b", (8, 8)).sha256(keep) == before
    assert Pictures.of(tmp_path / "a", (8, 9)).sha256(keep) != before
    Image.new("RGB", (20, 20)).save(tmp_path / "a" / "001.png")
    assert Pictures.of(tmp_path / "a", (8, 8)).sha256(keep) != before


def test_what_was_looked_at_once_is_not_opened_again(tmp_path, monkeypatch):
    photograph(tmp_path / "a", 3)
    keep = tmp_path / "noted.json"
    before = Pictures.of(tmp_path / "a", (8, 8)).sha256(keep)
    monkeypatch.setattr(Image, "open", None)
    assert Pictures.of(tmp_path / "a", (8, 8)).sha256(keep) == before
    keep.write_text("[")  # half written by somebody who died
    assert Noted(keep).sha256(tmp_path / "a" / "000.jpg") is None, "it was opened"


def test_some_are_spread_evenly(tmp_path):
    photograph(tmp_path / "a", 9)
    result = Pictures.of(tmp_path / "a", (8, 8)).some(3)
    assert [path.stem for path in result.files] == ["000", "003", "006"]


def named(folder):
    return [path.relative_to(folder).as_posix() for path in Pictures.of(folder, (8, 8)).files]


def test_links_to_folders_are_followed_and_loops_end(tmp_path):
    photograph(tmp_path / "elsewhere", 3)
    (tmp_path / "tree" / "own").mkdir(parents=True)
    photograph(tmp_path / "tree" / "own", 2)
    (tmp_path / "tree" / "cats").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "tree" / "own" / "up").symlink_to("..")
    (tmp_path / "tree" / "itself").symlink_to("itself")
    (tmp_path / "tree" / "gone").symlink_to("nowhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "tree")
    (tmp_path / "tree" / "file.png").symlink_to(tmp_path / "elsewhere" / "001.png")
    assert named(tmp_path / "tree") == [
        *(f"cats/{each}" for each in ("000.jpg", "001.png", "002.webp")), "file.png", "own/000.jpg", "own/001.png"
    ]  # fmt: skip
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert len(named(tmp_path / "link")) == 6, "a folder that is a link; `back` leads to three more"


def test_many_links_between_folders_end_and_each_image_counts_once(tmp_path):
    for number in range(12):
        photograph(tmp_path / f"{number:02}", 1)
    for folder in sorted(tmp_path.iterdir()):
        for other in range(12):
            (folder / f"to{other}").symlink_to(tmp_path / f"{other:02}")
    assert named(tmp_path) == [f"{number:02}/000.jpg" for number in range(12)]


def test_hidden_and_thumbnail_folders_are_not_meant(tmp_path):
    for name in ("own", ".ipynb_checkpoints", "own/@eaDir", "__MACOSX/own", "$RECYCLE.BIN"):
        photograph(tmp_path / "photos" / name, 1)
    (tmp_path / "photos" / "own" / "._000.jpg").write_bytes(b"a fork of a resource")
    assert named(tmp_path / "photos") == ["own/000.jpg"]
    (tmp_path / ".hidden").symlink_to("photos")
    assert named(tmp_path / ".hidden") == ["own/000.jpg"], "a hidden folder that is asked for is meant"


def test_what_is_left_out_is_counted_with_names_and_reasons(tmp_path):
    photograph(tmp_path / "photos", 4)
    assert Pictures.of(tmp_path / "photos", (8, 8)).readable(tmp_path / "noted.json", silently).missing == ""
    for number in range(4):
        (tmp_path / "photos" / f"bad{number}.png").write_bytes(b"no image")
    Image.new("F", (9, 9)).save(tmp_path / "photos" / "float.png", "TIFF")
    for _ in range(2):  # found out, then remembered
        result = Pictures.of(tmp_path / "photos", (8, 8)).readable(tmp_path / "noted.json", silently)
        assert len(result) == 4
        assert result.missing.startswith(
            f"5 files are left out: {tmp_path}/photos/bad0.png (it is not an image in"
        )
        assert result.missing.endswith(" and 2 more")
    assert "of mode F" in result.left_out[tmp_path / "photos" / "float.png"]


def test_what_was_noted_of_a_file_by_an_earlier_version_is_looked_at_again(tmp_path):
    photograph(tmp_path / "photos", 1)
    (path,) = (tmp_path / "photos").iterdir()
    stat = path.stat()
    (tmp_path / "noted.json").write_text(json.dumps({str(path): [stat.st_size, stat.st_mtime_ns, None]}))
    assert len(Pictures.of(tmp_path / "photos", (8, 8)).readable(tmp_path / "noted.json", silently)) == 1
