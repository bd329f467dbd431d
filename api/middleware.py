"""Middleware of every request: a request id, an access log line, and checks that apply to all routes."""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inverset.api import errors, places
from inverset.config import logs

access = logging.getLogger("api.access")
PROBES = {"/healthz", "/readyz", "/metrics"}  # asked all the time by machines
_REQUEST_ID = re.compile(r"[\w.:+/=-]{1,128}", re.ASCII)


class RequestId:
    """Gives each request the id that the client chose, or a new one, and returns it in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = Headers(scope=scope).get("x-request-id", "")
        number = sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = number
        logs.begin(request_id=number)  # a request has a task of its own

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        await self.app(scope, receive, answer)


class AccessLog:
    """Writes one log line per request: route, status, duration and caller.

    The path itself is left out: what is in it is not ours, and a route says enough.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.monotonic(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            _write_down(scope, status, round(1000 * (time.monotonic() - begun), 1))


def _write_down(scope: Scope, status: int, ms: float) -> None:
    route = _route(scope)
    level = logging.DEBUG if route in PROBES and status < 400 else logging.INFO
    line = {"method": scope["method"], "route": route, "status": status, "ms": ms}
    access.log(level, "%s %s", scope["method"], route, extra=line | {"user": scope["state"].get("user")})


def _route(scope: Scope) -> str:
    """The route's template, such as ``/v1/jobs/{job_id}``; FastAPI does not expose a router's prefix."""
    if "route" not in scope:
        return "(no route)"
    return ("/v1" if places.within(scope).startswith("/v1/") else "") + str(scope["route"].path)


class Readable:
    """Refuses a NUL character in path or query with one message: each database would refuse it differently."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            refusal = errors.refuse(Request(scope), HTTPException(422, "there is a NUL character in the URL"))
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


class Headed:
    """Answers HEAD like GET without the body: no archive is read and no stream is begun."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        headers = [each for each in scope["headers"] if each[0] != b"range"]  # it is of GET alone
        asked = {**scope, "method": "GET", "headers": headers}

        answered = False

        async def answering(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.body":
                answered = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise _HeadSent
            await send(message)

        try:
            await self.app(asked, receive, answering)
        except Exception:  # it may come wrapped in others
            if not answered:
                raise
        scope.update({name: asked[name] for name in ("route", "endpoint") if name in asked})  # for the log


class _HeadSent(OSError):
    """The headers are sent; the framework treats this as a client that has disconnected."""
