"""The embedded server as a small team has it: accounts, a worker, the model that comes along."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inverset import Client
from tests.inverset.command import finish, run, start

MEMBER, ADMIN = "ann", "root"
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
    keys: dict[str, str]

    def client(self, name: str = MEMBER) -> Client:
        """Of a user."""
        return Client(self.url, self.keys[name])

    def gallery(self, name: str = MEMBER, **changes: object) -> str:
        """Ask a question and wait for its answer: gives the id of the job."""
        with self.client(name) as client:
            job_id = client.submit({**BODY, **changes})["id"]
            assert client.wait(job_id)["state"] == "succeeded"
        return str(job_id)


@contextmanager
def embedded(folder: Path) -> Iterator[Site]:
    """From the moment at which a worker offers its models to the end of the block."""
    told = {"INVERSET_AUTH": "required", "INVERSET_DATA_DIR": str(folder), "OMP_NUM_THREADS": "1"}
    process = start("up", "--data", folder, "--port", 0, **told)
    try:
        url = _url(process)
        yield Site(url, {name: _key(name, told) for name in (MEMBER, ADMIN)})
    finally:
        process.terminate()
        finish(process, 20)


def _url(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    said = ""
    while not (found := re.search(r"http://\S+:\d+", said)):
        line = process.stderr.readline()
        assert line, f"it ended: {said}"
        said += line
    return found[0]


def _key(name: str, environment: dict[str, str]) -> str:
    role = ["--admin"] if name == ADMIN else []
    assert run("users", "add", name, *role, **environment).code == 0
    made = run("keys", "create", name, **environment)
    assert made.code == 0, made.err
    return made.out.split()[-1]
