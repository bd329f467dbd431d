"""Pages of a server with accounts."""

import pytest

from tests.api.keyring import prepare


@pytest.fixture
def prepared(sqlite_tables, tmp_path):
    """Settings, and keys by name."""
    return prepare(sqlite_tables, tmp_path)


@pytest.fixture
def settings(prepared):
    return prepared[0]
