"""Middleware for request bodies: a size limit, the encoding, and authentication before the body is read."""

import asyncio
import codecs
from contextlib import suppress

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inverset.api import auth, errors, image_uploads, places
from inverset.contract.errors import DomainError

OPEN = ("/sign-in", "/sign-out")  # what may be posted without a key
OPEN_BYTES = 4_000  # of a body there
_HEAD = 4  # bytes; in UTF-16 and UTF-32 these begin with a mark or hold a NUL, which JSON does not
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DRAINED_BYTES, DRAINED_SECONDS = 64_000_000, 10.0  # of a body that the route does not read


class Drained:
    """Reads the rest of a body that the route did not read, before the answer begins.

    Plain clients send all of a body before they read. If the connection were closed on them, they would see that it was, and
    never the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_sent_unasked(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        left = True

        async def reading() -> Message:
            nonlocal left
            message = await receive()
            left = bool(message.get("more_body"))
            return message

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start" and left:
                with suppress(TimeoutError):
                    await asyncio.wait_for(_drain(reading), DRAINED_SECONDS)
            await send(message)

        await self.app(scope, reading, answering)


async def _drain(reading: Receive) -> None:
    drained, more = 0, True
    while more and drained < DRAINED_BYTES:
        message = await reading()
        more = bool(message.get("more_body"))
        drained += len(message.get("body", b""))


class BodyLimit:
    """Refuses bodies of more than ``most`` bytes: by their Content-Length, or else once they exceed it.

    Where images are sent, ``most_of_images`` holds.
    """

    def __init__(self, app: ASGIApp, most: int, most_of_images: int) -> None:
        self.app, self._most, self._most_of_images = app, most, most_of_images

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self._limit(scope)
        if _announced(Headers(scope=scope)) > most:
            await errors.refuse(Request(scope), _too_large(most))(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            scope["state"]["received"] = min(taken, self._most)  # how long an answer may be depends on it
            if taken > most:
                raise _too_large(most)
            return message

        await self.app(scope, counted, send)

    def _limit(self, scope: Scope) -> int:
        path = places.within(scope)
        if scope["method"] == "POST" and image_uploads.PATH.fullmatch(path):
            return max(self._most, self._most_of_images)
        return min(self._most, OPEN_BYTES) if path in OPEN else self._most


class Utf8:
    """Refuses JSON that is not UTF-8: the framework would guess the encoding from the first bytes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "json" not in Headers(scope=scope).get("content-type", ""):
            await self.app(scope, receive, send)
            return
        head = b""

        async def looked_at() -> Message:
            nonlocal head
            message = await receive()
            head = (head + message.get("body", b"")[:_HEAD])[:_HEAD]
            if head.startswith(_MARKS) or b"\0" in head:
                raise HTTPException(400, errors.NOT_UTF_8)
            return message

        await self.app(scope, looked_at, send)


class KeyFirst:
    """Authenticates a request that has a body before the body is read; ``auth.admitted`` does not look it up again."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _has_body(Headers(scope=scope)) and places.within(scope) not in OPEN:
            try:
                await auth.look_ahead(Request(scope))
            except (DomainError, SQLAlchemyError) as error:
                refusal = await run_in_threadpool(errors.refuse, Request(scope), error)
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"the body is larger than the {most} bytes that this server accepts")


def _is_sent_unasked(headers: Headers) -> bool:
    """Whether the client sends the body without waiting for ``100 Continue``."""
    return _has_body(headers) and "expect" not in headers


def _has_body(headers: Headers) -> bool:
    return _announced(headers) > 0 or "transfer-encoding" in headers


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0
