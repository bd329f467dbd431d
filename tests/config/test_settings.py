"""Where things lie when nothing is said, and when something is."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from inverset import migrations, storage
from inverset.config.settings import Settings


def test_all_lies_in_the_data_folder(tmp_path):
    settings = Settings(data_dir=tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/inverset.db"
    assert settings.blobs == f"file://{tmp_path}/blobs"
    assert Settings().data_dir == Path("inverset-data")


@pytest.mark.parametrize("name", ["what?", "per%cent%41", "two words", "Jürgen", "a#b;c&d=e", "100%"])
def test_a_folder_may_be_called_as_it_likes(tmp_path, name):
    settings = Settings(data_dir=tmp_path / name)
    migrations.upgrade(settings.database)
    assert (tmp_path / name / "inverset.db").stat().st_size > 0
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert Settings(database_url=settings.database).database == settings.database
    assert storage.open_store(settings.blobs).put("a/b", b"c") is None
    assert (tmp_path / name / "blobs" / "a" / "b").read_bytes() == b"c"


def test_the_environment_says_otherwise(monkeypatch):
    monkeypatch.setenv("INVERSET_DATABASE_URL", "postgresql+psycopg://x/y")
    monkeypatch.setenv("INVERSET_SLICE_SECONDS", "2.5")
    assert Settings().database == "postgresql+psycopg://x/y"
    assert Settings().slice_seconds == 2.5


def test_nonsense_is_refused(monkeypatch):
    monkeypatch.setenv("INVERSET_LEASE_SECONDS", "-1")
    with pytest.raises(ValidationError, match="lease_seconds"):
        Settings()


def test_a_secret_comes_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "password").write_text("s/e:c@ret\n")
    monkeypatch.setenv("INVERSET_DATABASE_URL", "postgresql+psycopg://me@here/name")
    monkeypatch.setenv("INVERSET_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    assert Settings().database == "postgresql+psycopg://me:s%2Fe%3Ac%40ret@here/name"
    assert "s/e" not in repr(Settings())


def test_the_environment_goes_before_files(monkeypatch, tmp_path):
    (tmp_path / "url").write_text("redis://file")
    monkeypatch.setenv("INVERSET_REDIS_URL_FILE", str(tmp_path / "url"))
    assert Settings().redis_url == "redis://file"
    monkeypatch.setenv("INVERSET_REDIS_URL", "redis://environment")
    assert Settings().redis_url == "redis://environment"


def test_a_missing_file_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("INVERSET_REDIS_URL_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Settings()
