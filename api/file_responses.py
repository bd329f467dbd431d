"""Responses that are files, with an ETag, so that clients do not fetch unchanged files again."""

import hashlib
from collections.abc import Callable, Mapping

from fastapi import Response
from fastapi.responses import RedirectResponse

from inverset.api.schemas import Responses

FOREVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
UNCHANGED = {"description": "You have it"}  # of status 304, in the OpenAPI document
SMALL_IMAGE: Responses = {200: {"content": {"image/webp": {}}}, 304: UNCHANGED}
URL_SECONDS = 300  # for which a URL of the store's is good


def cached(
    if_none_match: str | None, tag: str, read: Callable[[], bytes], headers: Mapping[str, str], kind: str
) -> Response:
    """A response with a file that ``tag`` identifies, as its SHA-256 does; 304 if the client has it. Read only if sent."""
    tagged = {**headers, "ETag": f'"{tag}"'}
    if matches(if_none_match, tag):
        return Response(status_code=304, headers=tagged)
    return Response(read(), headers=tagged, media_type=kind)


def elsewhere(url: str) -> Response:
    """A redirect to a file's URL, which is valid for a while; clients must not cache it, though they may cache the file."""
    return RedirectResponse(url, 302, headers={"Cache-Control": "private, no-store"})


def made(if_none_match: str | None, content: bytes, name: str, kind: str) -> Response:
    """A response with a file that was just made and may differ the next time."""
    headers = {"Cache-Control": ASK_AGAIN, "Content-Disposition": f'inline; filename="{name}"'}
    return cached(if_none_match, hashlib.sha256(content).hexdigest(), lambda: content, headers, kind)


def matches(if_none_match: str | None, sha256: str) -> bool:
    """Whether the client already has the file: RFC 9110 compares weakly here, and ``*`` matches any file."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in tags or f'"{sha256}"' in tags
