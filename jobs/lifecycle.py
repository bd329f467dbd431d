"""The states of a job and the errors of the domain; standard library only.

DomainError
├── NotFound            no such job, model, sample ...; or not for this user
├── Forbidden           this user may see it and not do it
├── Unauthenticated     a request without a key that is good
├── Draining            no new jobs are taken just now
├── Conflict            the request does not fit the state of things
│   ├── MoveRefused         not from this state
│   └── IdempotencyMismatch the key was used for another request
├── LimitExceeded       too much is asked at once
│   └── StorageFull         or stored
├── InvalidSpec         what is asked makes no sense; says where
│   ├── UnknownModel
│   ├── UnknownNeuron
│   ├── BadRange
│   └── BadOption
└── LeaseLost           this worker no longer holds the part
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypedDict


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
ENDED = (Status.SUCCEEDED, Status.FAILED, Status.CANCELED)


class Complaint(TypedDict):
    """One fault in a request."""

    loc: list[str | int]  # the way to it, as in ["neurons", 0, "range"]
    msg: str


class DomainError(Exception):
    """Base of all errors that the service answers with; the message is for users."""


class NotFound(DomainError):
    """The thing does not exist, or this user may not see it."""


class Forbidden(DomainError):
    """The user may see the thing but may not do this to it."""


class Unauthenticated(DomainError):
    """A request bears no API key, or one that is unknown, expired or revoked."""


class Draining(DomainError):
    """No new jobs are taken at the moment; those in the queue go on."""


class Conflict(DomainError):
    """The request conflicts with the current state."""


class MoveRefused(Conflict):
    """A job cannot change from its state to the requested one."""

    def __init__(self, job_id: str, state: Status, wish: str) -> None:
        super().__init__(f"job {job_id} is {state} and cannot be {wish}")


class IdempotencyMismatch(Conflict):
    """An Idempotency-Key came again with another body."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the Idempotency-Key {key!r} was used before with another body; use a new key")


class LimitExceeded(DomainError):
    """The request exceeds a limit at the moment; it may succeed later."""


class StorageFull(LimitExceeded):
    """The user's samples fill their storage limit; deleting some helps."""


class InvalidSpec(DomainError):
    """The spec makes no sense; ``errors`` says where and why."""

    def __init__(self, errors: Sequence[Complaint]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(error["msg"] for error in self.errors))


class BadCursor(InvalidSpec):
    """A cursor that is not one of ours."""

    def __init__(self, text: str) -> None:
        message = f"{text!r} is not a cursor of this list; take it from the page before, with the same order"
        super().__init__([Complaint(loc=["cursor"], msg=message)])


class UnknownModel(InvalidSpec):
    """No model of that name; the message gives the nearest ones."""


class UnknownNeuron(InvalidSpec):
    """No such layer, unit, label or position; the message gives the nearest ones."""


class BadRange(InvalidSpec):
    """A range that is empty or cannot be worked out."""


class BadOption(InvalidSpec):
    """There is no such method or option, or the option cannot have this value."""


class LeaseLost(DomainError):
    """Another attempt holds the part, or the job is gone: the worker must write nothing more."""


def check_move(job_id: str, state: Status, to: Status) -> None:
    """Check whether a job may change from one state to another.

    Raises:
        MoveRefused: MOVES does not have it.
    """
    if to not in MOVES[state]:
        raise MoveRefused(job_id, state, to)
