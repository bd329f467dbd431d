"""A stack with all that faults need: its users, whoever starts what ends, the way to its files and the disk they lie on."""

import contextlib
import itertools
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Part
from tests.end_to_end.stack import Stack
from tests.end_to_end.supervisor import Supervisor, kept_alive
from tests.end_to_end.team import Team, wait_for
from tests.proxy import Proxy, proxy

SETTINGS = {
    "part_size": 12,  # so jobs have several
    "save_seconds": 0.2,
    "slice_seconds": 2,
    "lease_seconds": 6,
    "max_losses": 20,  # deaths at random are not the parts' doing
}
DISK_MEGABYTES = 64


@dataclass(frozen=True)
class Site:
    """The names of files, processes and jobs are the stack's."""

    stack: Stack
    supervisor: Supervisor
    team: Team
    way: Proxy
    disk: Path | None  # of the files; None: it is as large as any

    def parts(self, job_id: str) -> list[Part]:
        with self.stack.sessions.begin() as session:
            return list(session.scalars(select(Part).where(Part.job_id == job_id).order_by(Part.number)))

    def held(self, job_id: str) -> list[Part]:
        """Its parts that somebody computes."""
        return [part for part in self.parts(job_id) if part.state == Status.RUNNING]

    def accepted(self, job_id: str) -> int:
        return sum(part.accepted for part in self.parts(job_id))

    def under_way(self, n: int, seed: int = 0) -> str:
        """A new job of which some samples are there, and not all; its id."""
        job_id = self.team.ask(seed, n)
        wait_for(lambda: self.accepted(job_id), 120, "a first sample")
        assert self.accepted(job_id) < n, "too quick a job to be disturbed"
        return job_id

    def hire(self, *own: Mapping[str, str]) -> None:
        """Start the workers anew, each with what is its own in its environment; nothing is for those left over."""
        with self.supervisor.without(*self.stack.workers):
            for worker, more in itertools.zip_longest(self.stack.workers, own, fillvalue={}):
                worker.terminate()
                usual = {name: value for name, value in worker.environment.items() if name not in OWN}
                worker.environment = {**usual, **more}


OWN = ("PYTHONPATH", "CLOCK_OFF_SECONDS", "POISON_SEED", "INVERSET_MAX_LOSSES")


def odd(name: str, **environment: str) -> dict[str, str]:
    """An environment in which Python first reads what a folder of ``odd/`` holds."""
    return {"PYTHONPATH": str(Path(__file__).parent / "odd" / name), **environment}


@contextlib.contextmanager
def site(folder: Path, **settings: object) -> Iterator[Site]:
    """Two workers and three users, until the end of the block."""
    stack = Stack(folder, workers=2, **{**SETTINGS, **settings})
    with (
        small_disk(folder / "s3") as disk,
        proxy("127.0.0.1", stack.ports["seaweedfs"]) as way,
    ):
        stack.ways["seaweedfs"] = way.port
        with stack, kept_alive(stack) as supervisor:
            yield Site(stack, supervisor, Team(stack), way, disk)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A file system of its own in a folder; None: that is not allowed here."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
