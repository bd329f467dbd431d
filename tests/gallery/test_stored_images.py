"""Images are read from packs with few requests, in the order in which they are asked for."""

import random

import pytest

from inverset.contract.errors import NotFound
from inverset.gallery import stored_images
from inverset.storage import Place, open_store


class Counting:
    """A store that notes its requests."""

    def __init__(self, store, at_once):
        self.store, self.at_once, self.requests = store, at_once, []

    def get(self, name):
        self.requests.append(name)
        return self.store.get(name)

    def get_range(self, name, start, size):
        self.requests.append((name, start, size))
        return self.store.get_range(name, start, size)


@pytest.fixture(params=[1, 4])
def store(request, folder_store):
    return Counting(open_store(folder_store), request.param)


@pytest.fixture
def place(store):
    """A function: the place of an image, by its number, of 100 in each of ten packs."""
    for pack in range(10):
        store.store.put(f"packs/{pack}", b"".join(b"%04d:" % (100 * pack + row) for row in range(100)))
    return lambda number: Place(f"packs/{number // 100}", 4, number % 100 * 5)


def test_neighbours_come_with_one_request(store, place):
    contents = stored_images.read_all(store, map(place, range(1000)))
    assert [int(content) for content in contents] == list(range(1000))
    assert store.requests == [(f"packs/{pack}", 0, 499) for pack in range(10)]


def test_in_any_order(store, place):
    numbers = random.Random(0).sample(range(1000), 400)
    assert [int(content) for content in stored_images.read_all(store, map(place, numbers))] == numbers
    assert len(store.requests) == 10


def test_windows_bound_what_is_held(store, place, monkeypatch):
    monkeypatch.setattr(stored_images, "WINDOW", 200)  # 50 images
    contents = stored_images.read_all(store, map(place, range(1000)))
    assert int(next(contents)) == 0
    assert len(store.requests) <= store.at_once
    assert [int(content) for content in contents] == list(range(1, 1000))
    assert {size for _, _, size in store.requests} == {249}


def test_what_lies_far_apart_is_asked_for_apart(store):
    store.store.put("pack", b"a" + bytes(stored_images.GAP + 1) + b"b")
    places = [Place("pack", 1, stored_images.GAP + 2), Place("pack", 1, 0)]
    assert list(stored_images.read_all(store, places)) == [b"b", b"a"]
    assert sorted(store.requests) == [("pack", 0, 1), ("pack", stored_images.GAP + 2, 1)]


def test_files_of_their_own_among_packs(store, place):
    store.store.put("images/0.png", b"alone")
    places = [place(0), Place("images/0.png", 5), place(1)]
    assert list(stored_images.read_all(store, places)) == [b"0000", b"alone", b"0001"]
    assert len(store.requests) == 2


def test_nothing_and_what_is_missing(store, place):
    assert list(stored_images.read_all(store, [])) == []
    for wrong in (Place("packs/none", 1, 0), Place("packs/0", 5, 498), Place("images/none.png", 1)):
        with pytest.raises(NotFound):
            list(stored_images.read_all(store, [place(0), wrong]))
        with pytest.raises(NotFound):
            stored_images.read(store, wrong)
