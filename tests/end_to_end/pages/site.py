"""The embedded server as a small team has it: accounts, a worker, the model that comes along."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inverset import Client
from tests.end_to_end.process import Process
from tests.inverset.command import environment, run

MEMBER, ADMIN = "ann", "root"
URL = re.compile(r"http://[\d.]+:\d+")
BODY = {
    "model": "scenes",
    "neurons": [{"neuron": "fc8:volcano", "range": {"quantiles": [0.9, 0.99]}}],
    "n": 16,
    "seed": 3,
    "k": 8,
}


@dataclass(frozen=True)
class Site:
    """A server that runs, and keys by the name of their users."""

    url: str
    folder: Path
    keys: dict[str, str]

    @property
    def database(self) -> str:
        """SQLAlchemy's URL."""
        return f"sqlite:///{self.folder / 'inverset.db'}"

    def client(self, name: str = MEMBER) -> Client:
        """Of a user."""
        return Client(self.url, self.keys[name])

    def let_in(self, name: str) -> str:
        """A new user's key."""
        return _key(name, self.folder)

    def gallery(self, name: str = MEMBER, **changes: object) -> str:
        """Ask a question and wait for its answer: gives the id of the job."""
        with self.client(name) as client:
            job_id = client.submit({**BODY, **changes})["id"]
            assert client.wait(job_id)["state"] == "succeeded"
        return str(job_id)


@contextmanager
def embedded(folder: Path) -> Iterator[Site]:
    """From the moment at which a worker offers its models to the end of the block. Raises where the server erred."""
    command = [sys.executable, "-m", "inverset", "up", "--port", "0"]
    log = folder.with_suffix(".log")
    process = Process(
        "up", command, _environment(folder), log, lambda: URL.search(log.read_text()) is not None
    )
    process.start()
    try:
        keys = {name: _key(name, folder) for name in (MEMBER, ADMIN)}
        yield Site(URL.findall(log.read_text())[0], folder, keys)
    finally:
        process.terminate(20)
    assert "Traceback" not in process.said(), process.said()


def _environment(folder: Path) -> dict[str, str]:
    answer = {"INVERSET_AUTH": "required", "INVERSET_DATA_DIR": str(folder), "OMP_NUM_THREADS": "1"}
    return environment(**answer)


def _key(name: str, folder: Path) -> str:
    role = ["--admin"] if name == ADMIN else []
    assert run("users", "add", name, *role, **_environment(folder)).code == 0
    made = run("keys", "create", name, **_environment(folder))
    assert made.code == 0, made.err
    return made.out.split()[-1]
