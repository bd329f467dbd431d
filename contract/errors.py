"""The errors of the domain, and the sampler's.

ProblemError        a question that makes no sense for a model; base of the sampler's own errors
DomainError         the service's; the message is for users
├── NotFound            no such job, model, sample ...; or not for this user
├── Forbidden           this user may see it and not do it
├── Unauthenticated     a request without a key that is good
├── Draining            no new jobs are taken just now
├── Conflict            the request does not fit the state of things
│   ├── MoveRefused         not from this state (``jobs.lifecycle``)
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
from dataclasses import dataclass


class ProblemError(ValueError):
    """The question makes no sense for this model."""


@dataclass(frozen=True)
class Complaint:
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
        super().__init__("; ".join(error.msg for error in self.errors))


class BadCursor(InvalidSpec):
    """A cursor that is not one of ours."""

    def __init__(self, text: str) -> None:
        message = (
            f"{text!r} is not a cursor of this list; use the one from the previous page, with the same order"
        )
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


def first_line(error: BaseException, longest: int = 300) -> str:
    """The beginning of an error's message; its type, where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:longest] if lines else type(error).__name__
