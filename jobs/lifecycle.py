"""The states of a job, and the moves between them."""

from enum import StrEnum

from inverset.contract.errors import Conflict


class Status(StrEnum):
    """The state of a job, or of a part."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.FAILED, Status.CANCELED}),
    # Back to queued: given back after a slice, or its worker fell silent.
    Status.RUNNING: frozenset({Status.QUEUED, Status.SUCCEEDED, Status.FAILED, Status.CANCELED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.CANCELED: frozenset({Status.QUEUED}),
}

ACTIVE = (Status.QUEUED, Status.RUNNING)
RETRIED = (Status.FAILED, Status.CANCELED)  # may be queued again
ENDED = (Status.SUCCEEDED, Status.FAILED, Status.CANCELED)


class MoveRefused(Conflict):
    """A job cannot change from its state to the requested one."""

    def __init__(self, job_id: str, state: Status, move: str) -> None:
        super().__init__(f"job {job_id} is {state} and cannot be {move}")


def check_move(job_id: str, state: Status, to: Status) -> None:
    """Check whether a job may change from one state to another.

    Raises:
        MoveRefused: MOVES does not have it.
    """
    if to not in MOVES[state]:
        raise MoveRefused(job_id, state, to)
