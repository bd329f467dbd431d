"""Files of one store in another, and back."""

import pytest

from inverset import storage


@pytest.fixture
def backup(tmp_path):
    return storage.open_store((tmp_path / "backup").as_uri())


def test_there_and_back(store_url, backup, tmp_path):
    store = storage.open_store(store_url)
    for number in range(20):
        store.put(f"jobs/{number % 3}/images/{number}.png", b"x" * number)
    assert sorted(storage.copy(store, backup)) == list(range(20))
    assert list(storage.copy(store, backup)) == []
    store.delete_prefix("jobs/1")
    store.put("jobs/0/images/0.png", b"of another length")
    assert len(list(storage.copy(backup, store))) == 8  # the seven of jobs/1, and the one that differs
    assert {blob.name for blob in store.names()} == {blob.name for blob in backup.names()}
    assert all(store.get(blob.name) == backup.get(blob.name) for blob in backup.names())
