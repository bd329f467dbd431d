"""Renews a lease while the networks compute."""

import logging
import threading
from contextvars import copy_context
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from inverset.config import liveness
from inverset.contract.errors import LeaseLost
from inverset.jobs import leases
from inverset.jobs.claims import Claim
from inverset.jobs.database import writing
from inverset.worker.services import Services

log = logging.getLogger(__name__)
LONGEST_PAUSE = 15.0  # seconds


class Heartbeat:
    """A thread that renews a claim's lease until the block ends; ``halt`` is set when the work is in vain."""

    def __init__(self, services: Services, claim: Claim, worker: str) -> None:
        self.halt = threading.Event()
        self._services, self._claim, self._worker = services, claim, worker
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._beat,), name="heartbeat", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        lease = self._services.settings.lease_seconds
        while not self._ended.wait(min(lease / 4, LONGEST_PAUSE)):
            try:
                with writing(self._services.sessions) as session:
                    canceled = leases.beat(session, self._claim, lease)
                    leases.note_alive(session, self._worker, self._services.pace.speeds())
                self._services.database.reached()
                liveness.renew(liveness.of_worker(self._worker), lease)
            except LeaseLost:
                canceled = True
            except SQLAlchemyError as error:  # the lease outlasts a few missed beats
                self._services.database.missed(error)
                log.warning("missed a beat: %s", error)
                continue
            if canceled:
                self.halt.set()
