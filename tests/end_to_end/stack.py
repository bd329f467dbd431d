"""What docker-compose.yml describes, as processes on this machine: no container engine, the same commands and settings.

``python -m tests.end_to_end.stack`` runs it until Ctrl-C. What differs from containers: hosts are loopback, secrets and
files lie in a folder, S3 is rclone's.
"""

import contextlib
import functools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psycopg

from inverset.jobs import database
from tests import services
from tests.end_to_end import compose
from tests.end_to_end.process import Process

BIN = compose.ROOT / ".venv" / "bin"
KEPT = ("INVERSET_", "AWS_")  # of the environment: none of the developer's own


class Stack:
    """All services, from the beginning of the block to its end; keywords are settings that differ from compose's.

    ``stack["worker-1"].kill()``; the names are compose's, with a number for workers.
    """

    def __init__(self, folder: Path, workers: int = 1, **settings: object) -> None:
        self.folder, self.file = folder, compose.read()
        self.settings = {f"INVERSET_{name.upper()}": str(value) for name, value in settings.items()}
        self.ports = {name: services.free_port() for name in ("postgres", "redis", "seaweedfs", "api")}
        self.ways: dict[str, int] = {}  # ports of proxies, through which others reach a server
        self.url = f"http://127.0.0.1:{self.ports['api']}"
        self.redis_url = f"redis://127.0.0.1:{self.ports['redis']}/0"
        self.processes: dict[str, Process] = {}
        self._clones = {"worker": [f"worker-{number + 1}" for number in range(workers)]}
        self._exit = contextlib.ExitStack()

    def __getitem__(self, name: str) -> Process:
        return self.processes[name]

    def __enter__(self) -> Self:
        for folder in ("secrets", "logs", "s3/inverset"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        (self.folder / "s3/inverset/keep").touch()  # a bucket that is empty again would go
        for name in self.file["secrets"]:
            (self.folder / "secrets" / name).write_text(f"{secrets.token_hex(16)}\n")
        try:
            for service in compose.in_order(self.file["services"]):
                self._begin(service)
            for process in self.processes.values():
                process.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes.values()):
            with contextlib.suppress(ProcessLookupError, AssertionError):
                process.cont()
            process.terminate(15)
        self.sessions.kw["bind"].dispose()
        self._exit.close()

    @functools.cached_property
    def sessions(self) -> database.Sessions:
        """Of its database."""
        return database.connect(self.database_url)

    @property
    def database_url(self) -> str:
        """SQLAlchemy's URL, with its password."""
        password = (self.folder / "secrets/postgres_password").read_text().strip()
        return f"postgresql+psycopg://inverset:{password}@127.0.0.1:{self.ports['postgres']}/inverset"

    @property
    def blob_url(self) -> str:
        """Of its store of files."""
        return self._environment("api", "api")["INVERSET_BLOB_URL"]

    @property
    def workers(self) -> list[Process]:
        return [self.processes[name] for name in self._clones["worker"]]

    def command(self, *words: str) -> str:
        """Run ``inverset`` as an admin does in the API's container; gives what it prints."""
        environment = self._environment("api", "command")
        done = subprocess.run(
            [BIN / "inverset", *words], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def key(self, user: str, *options: str) -> str:
        """A new user's key."""
        self.command("users", "add", user, *options)
        return self.command("keys", "create", user).strip().splitlines()[-1].split()[-1]

    def _begin(self, service: str) -> None:
        """Start a service once those before it are ready, as far as it depends on them."""
        for other in self.file["services"][service].get("depends_on", {}):
            if other in self.processes:
                self.processes[other].wait_ready()
        if service == "migrate":
            self.command(*self.file["services"]["migrate"]["command"][1:])
            return
        for name in self._clones.get(service, [service]):
            makers = {"postgres": self._postgres, "redis": self._redis, "seaweedfs": self._s3}
            self.processes[name] = makers[service]() if service in makers else self._ours(service, name)
            self.processes[name].spawn()
        if service == "postgres":
            self._create_database()

    def _ours(self, service: str, name: str) -> Process:
        output = self.file["services"][service]
        environment = self._environment(service, name)
        made = Process(name, self._words(output["command"]), environment, self._log(name))
        made.check = self._words(output["healthcheck"]["test"][1:])
        if service == "api":
            made.ready = made.healthy
        if service == "worker":
            made.ready = lambda: made.says(" is ready on ")
        return made

    def _words(self, words: list[str]) -> list[str]:
        return [str(BIN / words[0]), *words[1:]]

    def _environment(self, service: str, name: str) -> dict[str, str]:
        rest = {key: value for key, value in os.environ.items() if not key.startswith(KEPT)}
        output = self.file["services"][service]["environment"]
        ours = {key: compose.at_home(value, self._places()) for key, value in output.items()} | self.settings
        ours |= {"INVERSET_HOST": "127.0.0.1", "INVERSET_PORT": str(self.ports["api"])}
        if service == "worker":
            ours["INVERSET_WORKER"] = name
        own = self.folder / "tmp" / name  # each container has its own
        own.mkdir(parents=True, exist_ok=True)
        return rest | ours | {"TMPDIR": str(own), "OMP_NUM_THREADS": "1"}

    def _places(self) -> dict[str, str]:
        ports = {"postgres": 5432, "redis": 6379, "seaweedfs": 8333}
        ways = self.ports | self.ways
        hosts = {f"{name}:{port}": f"127.0.0.1:{ways[name]}" for name, port in ports.items()}
        return hosts | {"/run/secrets/": f"{self.folder}/secrets/", "/lab": f"{self.folder}/lab"}

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    # The servers that containers bring along

    def _postgres(self) -> Process:
        account, port = services.unprivileged(), self.ports["postgres"]
        initdb, server = services.program("initdb", "postgresql"), services.program("postgres", "postgresql")
        home = self._exit.enter_context(services.folder(account))
        word = home / "password"
        shutil.copy(self.folder / "secrets/postgres_password", word)
        word.chmod(0o644)
        made = [
            initdb,
            "-D",
            str(home / "data"),
            "-U",
            "inverset",
            "-A",
            "scram-sha-256",
            f"--pwfile={word}",
            "-E",
            "UTF8",
        ]
        subprocess.run([*made, "--no-sync"], check=True, capture_output=True, user=account, cwd=home)
        words = [server, "-D", str(home / "data"), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
        return Process(
            "postgres", words, os.environ, self._log("postgres"), self._answers, account, signal.SIGINT
        )

    def _answers(self) -> bool:
        with (
            contextlib.suppress(psycopg.OperationalError),
            psycopg.connect(self._maintenance(), connect_timeout=3),
        ):
            return True
        return False

    def _maintenance(self) -> str:
        return self.database_url.replace("+psycopg", "").removesuffix("inverset") + "postgres"

    def _create_database(self) -> None:
        self.processes["postgres"].wait_ready()
        with psycopg.connect(self._maintenance(), autocommit=True) as connection:
            connection.execute("create database inverset")

    def _redis(self) -> Process:
        server, *options = self.file["services"]["redis"]["command"]
        home = self.folder / "redis"
        home.mkdir(exist_ok=True)
        here = ["--port", str(self.ports["redis"]), "--bind", "127.0.0.1", "--dir", str(home)]
        words = [services.program(server, "redis-server"), *options, *here]
        return Process(
            "redis", words, os.environ, self._log("redis"), lambda: services.answers_ping(self.ports["redis"])
        )

    def _s3(self) -> Process:
        keys = [
            (self.folder / "secrets" / f"s3_{kind}_key").read_text().strip() for kind in ("access", "secret")
        ]
        where = f"127.0.0.1:{self.ports['seaweedfs']}"
        messages = ["--auth-key", ",".join(keys), "--addr", where, "--config", "", str(self.folder / "s3")]
        words = [services.rclone(), "serve", "s3", *messages]
        return Process(
            "seaweedfs", words, os.environ, self._log("seaweedfs"),
            lambda: services.listens(self.ports["seaweedfs"]),
        )  # fmt: skip


@contextlib.contextmanager
def running(**settings: Any) -> Iterator[Stack]:
    """A stack in a folder that goes when it goes."""
    with (
        tempfile.TemporaryDirectory(prefix="inverset-stack-") as folder,
        Stack(Path(folder), **settings) as stack,
    ):
        yield stack


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with running(workers=int(sys.argv[1]) if len(sys.argv) > 1 else 1) as stack:
        told = [
            f"export INVERSET_URL={stack.url} INVERSET_KEY={stack.key('me')}",
            f"logs: {stack.folder}/logs; Ctrl-C ends it",
        ]
        sys.stdout.write("\n".join([*told, ""]))
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            signal.pause()
