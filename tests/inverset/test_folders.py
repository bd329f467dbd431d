"""Folders that galleries are put into."""

import zipfile

import pytest

from inverset.folders import DamagedArchive, FolderTaken, check_free, check_replaceable, filling, unpack


def fill(folder, replace=False):
    with filling(folder, replace=replace) as draft:
        (draft / "new").write_text("new")


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_is_filled_whole(tmp_path, exists):
    folder = tmp_path / "deep" / "gallery"
    if exists:
        folder.mkdir(parents=True)
    fill(folder)
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert [path.name for path in folder.parent.iterdir()] == ["gallery"]


def test_after_an_error_nothing_is_left(tmp_path):
    with pytest.raises(ZeroDivisionError), filling(tmp_path / "gallery") as draft:  # noqa: PT012
        (draft / "half").write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_kept(tmp_path):
    folder, file = tmp_path / "mine", tmp_path / "file"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years")
    file.write_text("years")
    for taken in (folder, file):
        for replace in (False, True):
            with pytest.raises(FolderTaken):
                fill(taken, replace)
    assert (folder / "thesis.txt").read_text() == "years"
    assert file.read_text() == "years"


@pytest.mark.parametrize("manifest", ["{", "[]", '{"name": "another program\'s"}'])
def test_a_manifest_of_others_makes_no_gallery(tmp_path, manifest):
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(FolderTaken):
        check_replaceable(tmp_path)


def test_an_older_gallery_is_replaced_if_that_is_wanted(tmp_path):
    folder = tmp_path / "gallery"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"inverset": "0.1.0"}')
    with pytest.raises(FolderTaken):
        check_free(folder)
    fill(folder, replace=True)
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_a_zip_file_is_unpacked_within_its_folder(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    archive = inside / "gallery.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("images/000000.png", b"1")
        file.writestr("../outside", b"2")
    unpack(archive, inside)
    assert (inside / "images/000000.png").read_bytes() == b"1"
    assert not (tmp_path / "outside").exists()
    assert not archive.exists()


def test_half_a_zip_file_is_told(tmp_path):
    archive = tmp_path / "gallery.zip"
    archive.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DamagedArchive, match="not send a complete zip file"):
        unpack(archive, tmp_path)
