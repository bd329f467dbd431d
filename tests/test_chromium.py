"""Which browser walks the pages, and what is said where there is none."""

import pytest

from tests import chromium
from tests.services import ServiceMissing


@pytest.fixture
def path(monkeypatch, tmp_path):
    """The only folder on the PATH; nothing is named."""
    monkeypatch.delenv("INVERSET_TEST_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(file):
    file.touch(0o755)
    return str(file)


def test_playwrights_own_is_the_last_resort(path):
    own = install(path / "its-own")
    assert chromium.program(path / "its-own") == own
    for name in reversed(chromium.NAMES):
        on_the_path = install(path / name)
        assert chromium.program(path / "its-own") == on_the_path


def test_what_is_named_goes_first(path, monkeypatch):
    install(path / "chromium")
    monkeypatch.setenv("INVERSET_TEST_CHROMIUM", "/opt/chromium")
    assert chromium.program(path / "none") == "/opt/chromium"


def test_where_there_is_none_it_says_what_to_install(path):
    with pytest.raises(ServiceMissing, match=r"apt-get install chromium.*playwright install"):
        chromium.program(path / "none")
