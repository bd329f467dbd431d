"""The servers that tests rely on are really there, whichever way they were found."""

import socket
from urllib.parse import urlsplit

import psycopg
import pytest

from inverset.storage import open_store
from tests import services


def test_a_database_is_fresh_and_answers(postgres_database):
    address = postgres_database.replace("postgresql+psycopg:", "postgresql:", 1)
    with psycopg.connect(address) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_redis_answers(redis_server):
    assert services.answers_ping(urlsplit(redis_server).port)


@pytest.mark.parametrize("start", [services.private_postgres, services.private_redis, services.private_s3])
@pytest.mark.skipif(services.SKIPPED, reason="INVERSET_TEST_SERVICES=skip")
def test_a_private_server_is_gone_afterwards(start):
    with start() as url:
        address = services.address(url)
        socket.create_connection(address).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def test_a_bucket_keeps_what_is_put(s3_store):
    store = open_store(s3_store)
    store.put("x", b"y")
    assert store.get("x") == b"y"


def test_a_missing_program_names_the_package():
    with pytest.raises(services.ServiceMissing, match="install the package 'postgresql'"):
        services.program("no-such-program", "postgresql")
