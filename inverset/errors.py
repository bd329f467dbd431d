"""Errors of the client and the command line: UserError > ProblemResponse (HTTP problem), ServerUnreachable."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx


class UserError(Exception):
    """An error to show to the user; the message says why the command failed."""


class ProblemResponse(UserError):
    """An error response of the server; the text is for people, the attributes are for programs."""

    def __init__(
        self, status: int, title: str, detail: str, errors: Sequence[Any] = (), request_id: str | None = None
    ) -> None:
        self.status, self.title, self.detail = status, title, detail
        self.errors, self.request_id = list(errors), request_id  # errors: [{"loc": [...], "msg": ...}]
        super().__init__(f"{title}: {detail}" if detail else title)


class ServerUnreachable(UserError):
    """No server answers at the address, or it stopped answering."""

    def __init__(self, url: str, reason: Exception) -> None:
        super().__init__(f"no server answers at {url} ({str(reason) or type(reason).__name__})")


def refusal(answer: httpx.Response) -> ProblemResponse:
    """An error response in words; it need not come from an Inverset."""
    try:
        problem = answer.json()
        detail, title = str(problem["detail"]), str(problem["title"])
    except (ValueError, KeyError, TypeError):
        text = f"{answer.request.method} {answer.url} answered {answer.status_code}"
        return ProblemResponse(answer.status_code, answer.reason_phrase or "Refused", text)
    return ProblemResponse(
        answer.status_code, title, detail, problem.get("errors", ()), problem.get("request_id")
    )


def of_system(error: OSError) -> str:
    """An OSError in words: the file, then the reason."""
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}"


@contextmanager
def sampler_needed() -> Iterator[None]:
    """A context for imports that need torch; if it is not installed, the error says so."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise UserError(
            f"this needs {missing.name}; install it with: pip install 'inverset[sampler]'"
        ) from None
