"""Files by name, in a folder and in a bucket alike."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from inverset import storage
from inverset.contract.errors import NotFound


@pytest.fixture
def store(store_url):
    return storage.open_store(store_url)


@pytest.fixture
def folder(folder_store):
    return storage.open_store(folder_store)


def test_what_is_put_is_there(store):
    store.put("jobs/1/images/0.png", b"x" * 600_000)
    assert store.get("jobs/1/images/0.png") == b"x" * 600_000
    assert [len(piece) for piece in store.stream("jobs/1/images/0.png")] == [262_144, 262_144, 75_712]
    assert store.size("jobs/1/images/0.png") == 600_000
    assert store.exists("jobs/1/images/0.png")
    store.put("jobs/1/images/0.png", b"y")
    assert store.get("jobs/1/images/0.png") == b"y"


def test_what_is_missing_says_so(store):
    for ask in (store.get, store.stream, store.size):
        with pytest.raises(NotFound, match="the file jobs/1 is missing"):
            ask("jobs/1")
    assert not store.exists("jobs/1")
    store.delete("jobs/1")
    store.delete_prefix("jobs/1/")


def test_delete(store):
    for name in ("jobs/1/a", "jobs/1/b/c", "jobs/12/a"):
        store.put(name, b"")
    store.delete("jobs/1/a")
    assert not store.exists("jobs/1/a")
    store.delete_prefix("jobs/1/")
    assert not store.exists("jobs/1/b/c")
    assert store.exists("jobs/12/a")


@pytest.mark.parametrize("name", ["../x", "jobs/../../x", "/etc/passwd", "", "jobs//x", "."])
def test_names_do_not_leave_the_store(store, name):
    for act in (lambda: store.put(name, b""), lambda: store.delete_prefix(name)):
        with pytest.raises(ValueError, match="is not a valid file name"):
            act()


def test_nobody_reads_half_a_file(folder):
    contents = [bytes([number]) * 300_000 for number in range(2)]
    folder.put("x", contents[0])
    writer = threading.Thread(target=lambda: [folder.put("x", contents[i % 2]) for i in range(100)])
    writer.start()
    while writer.is_alive():
        assert folder.get("x") in contents
    writer.join()


def test_what_cannot_be_written_leaves_nothing(folder):
    folder.put("jobs/x/y", b"")
    with pytest.raises(IsADirectoryError):
        folder.put("jobs/x", b"z")
    assert [path.name for path in (folder.folder / "jobs").iterdir()] == ["x"]


@pytest.mark.parametrize("url", ["http://bucket", "file://host/folder", "folder"])
def test_a_store_nobody_knows(url):
    with pytest.raises(ValueError, match="it should look like file:///"):
        storage.open_store(url)


def test_files_are_listed_by_folder(store):
    before = datetime.now(UTC) - timedelta(seconds=2)
    for name in ("jobs/1/a", "jobs/1/b/c", "jobs/12/a", "other"):
        store.put(name, name.encode())
    result = {blob.name: blob for blob in store.names("jobs/1/")}
    assert set(result) == {"jobs/1/a", "jobs/1/b/c"} == {blob.name for blob in store.names("jobs/1")}
    assert {blob.name for blob in store.names()} == {*result, "jobs/12/a", "other"}
    assert all(blob.size == len(blob.name) and before < blob.modified for blob in result.values())
    assert list(store.names("nowhere")) == []


def test_a_folder_gives_no_urls(folder):
    folder.put("x", b"")
    assert folder.presigned("x", 60, "image/png", "x.png") is None


def test_a_range_of_a_file(store):
    content = bytes(range(256)) * 2000
    store.put("jobs/1/packs/0.zip", content)
    for start, size in ((0, 1), (255, 3), (400_000, 112_000), (0, len(content))):
        assert store.get_range("jobs/1/packs/0.zip", start, size) == content[start : start + size]


@pytest.mark.parametrize(("start", "size"), [(4, 2), (5, 1), (500, 1)])
def test_a_range_that_the_file_does_not_have_is_missing(store, start, size):
    store.put("x", b"12345")
    with pytest.raises(NotFound, match="the file"):
        store.get_range("x", start, size)
    with pytest.raises(NotFound, match="the file y is missing"):
        store.get_range("y", 0, 1)
