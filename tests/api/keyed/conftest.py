"""A server with accounts."""

import pytest

from tests.api.keyring import prepare


@pytest.fixture
def accounts_url(sqlite_tables):
    """The database; a module that runs on every kind overrides this by ``tables_url``."""
    return sqlite_tables


@pytest.fixture
def limits():
    """Settings that differ from the defaults."""
    return {}


@pytest.fixture
def prepared(accounts_url, tmp_path, limits):
    """Settings with accounts, and keys by name."""
    return prepare(accounts_url, tmp_path, **limits)


@pytest.fixture
def settings(prepared):
    return prepared[0]
