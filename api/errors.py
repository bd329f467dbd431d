"""Errors as ``application/problem+json`` (RFC 9457), or as a page for browsers; one table maps each error to its answer."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match

from inverset.api import complaints, places
from inverset.api.schemas import ProblemAnswer
from inverset.api.web import rendering, sessions
from inverset.contract import errors, plain_words
from inverset.contract.errors import Complaint
from inverset.jobs import lifecycle
from inverset.jobs.access import LOCAL
from inverset.storage import StoreRefuses, StoreUnavailable

log = logging.getLogger(__name__)
RETRY_SECONDS = 10  # what Retry-After says


class Problem(NamedTuple):
    """Status and title of one kind of error."""

    status: int
    title: str
    detail: str | None = None  # in place of the error's own message, which is not for users
    headers: Mapping[str, str] = {}


NOT_UTF_8 = (
    "the body is not UTF-8 text; if it is compressed, send it uncompressed and without Content-Encoding"
)
_LATER = {"Retry-After": str(RETRY_SECONDS)}
_NOT_STORED = "a value cannot be stored; does it have a NUL character?"
PROBLEMS: dict[type[Exception], Problem] = {
    errors.NotFound: Problem(404, "Not found"),
    errors.Forbidden: Problem(403, "Forbidden"),
    errors.Unauthenticated: Problem(
        401, "No valid key", headers={"WWW-Authenticate": 'Bearer realm="inverset"'}
    ),
    errors.Draining: Problem(503, "Draining", headers=_LATER),
    errors.Conflict: Problem(409, "Conflict"),
    lifecycle.MoveRefused: Problem(409, "Not possible in this state"),
    # As draft-ietf-httpapi-idempotency-key-header has it.
    errors.IdempotencyMismatch: Problem(422, "Idempotency-Key reused"),
    errors.LimitExceeded: Problem(429, "Too many jobs", headers=_LATER),
    errors.StorageFull: Problem(429, "Storage full", headers=_LATER),
    errors.InvalidSpec: Problem(422, "Invalid request"),
    errors.UnknownModel: Problem(422, "Unknown model"),
    errors.UnknownNeuron: Problem(422, "Unknown neuron"),
    errors.BadRange: Problem(422, "Invalid range"),
    errors.BadOption: Problem(422, "Invalid option"),
    errors.DomainError: Problem(409, "Refused"),
    RequestValidationError: Problem(422, "Invalid request"),
    DataError: Problem(422, "Invalid request", _NOT_STORED),  # PostgreSQL keeps no NUL in a text
    OperationalError: Problem(
        503, "Database unavailable", "the database does not answer; see /readyz", _LATER
    ),
    StoreRefuses: Problem(
        503, "Files unavailable", "the file store refuses access; ask the operator of this server to check it"
    ),
    StoreUnavailable: Problem(503, "Files unavailable", "the file store does not answer", _LATER),
    PoolTimeout: Problem(503, "Too busy", "too many requests at once; try again", _LATER),
    Exception: Problem(
        500, "Unexpected error", "something went wrong on the server; its log has the details"
    ),
}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_TITLES = {404: "No such route", 405: "Method not allowed", 413: "Body too large", 503: "Not ready"}


def install(app: FastAPI) -> None:
    """Register the handlers for all errors with an app."""

    def handle(request: Request, error: Exception) -> Response:  # not async: it runs in a thread
        return refuse(request, error)

    for kind in (*PROBLEMS, HTTPException):
        app.add_exception_handler(kind, handle)


def refuse(request: Request, error: Exception) -> Response:
    """The answer to an error."""
    if isinstance(error, HTTPException):
        return _of_http(request, error)
    if isinstance(error, RequestValidationError):
        return _of_validation(request, error)
    kind = next(kind for kind in type(error).__mro__ if kind in PROBLEMS)
    problem = PROBLEMS[kind]
    if kind is DataError:  # the client's mistake; with it comes a whole statement of SQL
        log.info("request %s: a value that cannot be stored", _request_id(request))
    elif problem.detail and kind is not Exception:  # what is unexpected, uvicorn logs
        log.error("request %s: %s", _request_id(request), error)
    if isinstance(error, errors.InvalidSpec):
        kept, rest = complaints.named(error.errors, _room(request))
        return _answer(request, problem, "; ".join(each.msg for each in kept) + rest, kept)
    return _answer(request, problem, str(error))


def _of_http(request: Request, error: HTTPException) -> Response:
    """The problem for an error of the framework: unknown routes and methods, unreadable bodies."""
    phrase = HTTPStatus(error.status_code).phrase
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request)
    problem = Problem(error.status_code, _TITLES.get(error.status_code, phrase), headers=headers)
    if error.status_code == HTTPStatus.BAD_REQUEST and error.__cause__ is not None:
        return _answer(request, problem, _unreadable(error.__cause__, str(error.detail)))
    if error.detail != phrase:
        return _answer(request, problem, str(error.detail))
    return _answer(request, problem, _missing(request, error.status_code))


def _missing(request: Request, status: int) -> str:
    path = request.scope["path"]
    if _looks_at_pages(request) and status == HTTPStatus.NOT_FOUND:
        return f"There is no page at {path}."
    return f"there is no {request.method} {path}; /docs lists all routes"


def _unreadable(cause: BaseException, otherwise: str) -> str:
    """The reason why a body could not be decoded; the framework only says that it could not."""
    if isinstance(cause, UnicodeDecodeError):
        return NOT_UTF_8
    if isinstance(cause, RecursionError):
        return "the body is nested too deeply"
    if isinstance(cause, ValueError) and "digits" in str(cause):
        return "the body has a number with too many digits"
    return otherwise


def _allowed(request: Request) -> str:
    """All methods of a path; the framework names only those of the first route with that path."""

    def knows(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(dict(scope))[0] is Match.FULL for route in request.app.routes)

    known = [method for method in _METHODS if knows("GET" if method == "HEAD" else method)]
    return ", ".join(known)


def _of_validation(request: Request, error: RequestValidationError) -> Response:
    faults = error.errors()
    first = faults[0]
    if first["type"] == "json_invalid":
        message = f"the body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}"
        return _answer(request, Problem(400, "Not JSON"), message)
    if first["loc"] == ("body",) and isinstance(first.get("input"), bytes):
        message = "the body is not declared as JSON; send Content-Type: application/json"
        return _answer(request, Problem(415, "Not JSON"), message)
    kept, rest = complaints.named([plain_words.complaint(each, skipped=1) for each in faults], _room(request))
    detail = "; ".join(f"{_place(each)}: {each.msg}" for each in kept) + rest
    return _answer(request, PROBLEMS[RequestValidationError], detail, kept)


def _room(request: Request) -> int:
    """The bytes that complaints about a request may take; they are written twice, so they are kept short."""
    scope = request.scope
    asked = len(scope.get("raw_path") or b"") + len(scope.get("query_string", b""))
    return complaints.ROOM + asked + int(scope.get("state", {}).get("received", 0))


def _place(complaint: Complaint) -> str:
    return ".".join(str(step) for step in complaint.loc) or "body"


def _answer(request: Request, problem: Problem, detail: str, errors: Sequence[Complaint] = ()) -> Response:
    number = _request_id(request)
    content = ProblemAnswer.model_construct(  # not checked: a message may hold half a surrogate pair, as it was sent
        type=f"urn:inverset:problem:{problem.title.lower().replace(' ', '-')}",
        title=problem.title,
        status=problem.status,
        detail=problem.detail or complaints.cut(detail, 2 * _room(request)),
        errors=list(errors),
        request_id=number,
    )
    # All answers bear the number; those to unexpected errors are made outside of the middleware that adds it.
    headers = {**problem.headers, "X-Request-ID": number}
    if _looks_at_pages(request):
        return _page(request, content, headers)
    return Response(
        complaints.written(content.model_dump()), problem.status, headers, "application/problem+json"
    )


def _looks_at_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not places.within(request.scope).startswith(
        "/v1/"
    )


def _page(request: Request, problem: ProblemAnswer, headers: Mapping[str, str]) -> Response:
    if problem.status == HTTPStatus.UNAUTHORIZED:
        return sessions.ask(request)
    if not hasattr(request.state, "caller") and request.app.state.services.settings.auth == "off":
        request.state.caller = LOCAL  # no route matched, so no dependency has set the caller
    answer = rendering.page(request, "problem", problem.status, problem=problem)
    answer.headers.update(headers)
    return answer


def _request_id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))
