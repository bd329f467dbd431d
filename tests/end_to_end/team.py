"""Users of a stack who do not mind its faults: they ask again until they are answered, and lose count of nothing."""

import contextlib
import itertools
import time
import uuid
from collections.abc import Callable, Mapping, Sequence

import httpx
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from inverset import Client
from inverset.jobs.lifecycle import ENDED
from inverset.jobs.tables import Job
from inverset.transport import Answer
from tests.end_to_end import ledger
from tests.end_to_end.stack import Stack

NEURON = {"neuron": "fc8:volcano", "range": {"quantiles": [0.9, 0.99]}}
NOTHING: Mapping[str, str] = {}
PAUSE = 0.1  # seconds
END_SECONDS = 240  # for jobs of a few seconds, on a machine that is busy


def wait_for(condition: Callable[[], object], seconds: float = 60, what: str = "it") -> None:
    """Raises AssertionError where that did not come in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {seconds:g} s"
        time.sleep(0.02)


class Team:
    """Some users, who ask in turn; ``jobs`` are the ids of all that they asked for."""

    def __init__(self, stack: Stack, users: Sequence[str] = ("ada", "ben", "cleo")) -> None:
        self.jobs = list[str]()
        self._stack = stack
        self._keys = itertools.cycle([stack.key(user) for user in users])
        self._settled = 0  # jobs
        self._keys_of = dict[str, str]()  # jobs

    def ask(self, seed: int, n: int, k: int = 4) -> str:
        """Queue a job, whatever happens meanwhile; gives its id."""
        body = {"model": "scenes", "neurons": [NEURON], "n": n, "k": k, "seed": seed}
        key, mark = next(self._keys), uuid.uuid4().hex
        self.jobs.append(self._answered("/v1/jobs", key, json=body, headers={"Idempotency-Key": mark}))
        self._keys_of[self.jobs[-1]] = key
        return self.jobs[-1]

    def retry(self, job_id: str) -> None:
        """Have a job that failed tried again."""
        self._answered(f"/v1/jobs/{job_id}/retry", self._keys_of[job_id])

    def forget(self, job_id: str) -> None:
        """A job, settled and deleted."""
        self.jobs.remove(job_id)
        self._settled -= 1

    def ended(self) -> bool:
        """Whether all jobs have; no, as far as the database can be asked."""
        return self.unended() == 0

    def unended(self) -> int | None:
        """How many have not; None: the database does not answer."""
        try:
            with self._stack.sessions.begin() as session:
                going = select(func.count()).where(Job.id.in_(self.jobs), Job.state.not_in(ENDED))
                return session.scalar(going)
        except SQLAlchemyError:
            return None

    def settle(self, seconds: float = END_SECONDS) -> int:
        """See all jobs end, and hold those since the last time against the ledger. Gives what that swept."""
        wait_for(self.ended, seconds, "the end of all jobs")
        wait_for(self._stack["api"].ready, 60, "that the API is ready")
        fresh, self._settled = self.jobs[self._settled :], len(self.jobs)
        assert {self._told(job_id)["state"] for job_id in fresh} <= {"succeeded"}
        return ledger.check(self._stack, fresh)

    def settle_all(self) -> None:
        """Hold all jobs against the ledger once more; nobody asked for others."""
        with self._stack.sessions.begin() as session:
            assert set(session.scalars(select(Job.id))) == set(self.jobs)
        ledger.check(self._stack, self.jobs)

    def _told(self, job_id: str) -> Answer:
        """A job as its events end: who waits for them is told, whatever happened to the API meanwhile."""
        with Client(self._stack.url, self._keys_of[job_id]) as client:
            return list(client.events(job_id))[-1]

    def _answered(self, path: str, key: str, headers: Mapping[str, str] = NOTHING, **sent: object) -> str:
        """Post until there is an answer; gives the id in it."""
        deadline = time.monotonic() + END_SECONDS
        headers = {"Authorization": f"Bearer {key}", **headers}
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.post(
                    self._stack.url + path, headers=headers, timeout=30, trust_env=False, **sent
                )
                if answer.status_code < 500:
                    assert answer.is_success, answer.text
                    return str(answer.json()["id"])
            time.sleep(PAUSE)
        raise AssertionError("nobody answered")
