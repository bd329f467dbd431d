"""Archives that are built while they are sent: size and tag are known beforehand, so that a download can be resumed."""

import logging
from collections.abc import Iterable, Iterator
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, HTTPException, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.responses import MalformedRangeHeader, RangeNotSatisfiable
from starlette.types import Send

from inverset.api.file_responses import ASK_AGAIN, UNCHANGED, matches
from inverset.api.schemas import PROBLEM, Responses
from inverset.contract.errors import DomainError
from inverset.gallery import Zipped
from inverset.storage import PIECE, StoreUnavailable

log = logging.getLogger(__name__)
ANSWERS: Responses = {
    200: {"content": {"application/zip": {}}},
    206: {"description": "The rest of the file", "content": {"application/zip": {}}},
    304: UNCHANGED,
    416: {"description": "The range starts after the end of the file", "content": PROBLEM},
}


class Conditions(NamedTuple):
    """The request headers that say which part of a file a client has and which it wants."""

    if_none_match: str | None
    range: str | None
    if_range: str | None


def _conditions(
    if_none_match: Annotated[str | None, Header()] = None,
    range: Annotated[  # noqa: A002 - the header's name
        str | None, Header(description="`bytes=FIRST-`, or `bytes=FIRST-LAST`, to resume a download.")
    ] = None,
    if_range: Annotated[
        str | None,
        Header(description="The ETag of the file that you have. If the file has changed, you get all of it."),
    ] = None,
) -> Conditions:
    return Conditions(if_none_match, range, if_range)


GivenConditions = Annotated[Conditions, Depends(_conditions)]


def archive(zipped: Zipped, name: str, asked: Conditions) -> Response:
    """A response with a zip to download, or the requested range of it. Raises HTTPException (416) for a range behind the end."""
    tag = zipped.tag
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": ASK_AGAIN,
        "Accept-Ranges": "bytes",
        "ETag": f'"{tag}"',
    }
    if matches(asked.if_none_match, tag):
        return Response(status_code=304, headers=headers)
    try:
        part = _part(asked, zipped.size, tag)
    except RangeNotSatisfiable:
        sentence = f"{name} has {zipped.size} bytes; the range starts after its end"
        raise HTTPException(416, sentence, {"Content-Range": f"bytes */{zipped.size}"}) from None
    first, end = part or (0, zipped.size)
    headers["Content-Length"] = str(end - first)
    if part is not None:
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{zipped.size}"
    pieces = _gathered(_between(zipped.pieces, first, end))
    return Archive(pieces, 200 if part is None else 206, headers, "application/zip")


class Archive(StreamingResponse):
    """A streaming response that breaks off if a file disappears meanwhile: the client sees that the length is short."""

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        except (DomainError, StoreUnavailable) as gone:  # too late to answer so
            log.warning("a download was interrupted: %s", gone)


def _part(asked: Conditions, size: int, tag: str) -> tuple[int, int] | None:
    """The first byte of the requested range and the one after the last; None: the whole file. Raises RangeNotSatisfiable."""
    if asked.range is None or asked.if_range not in (None, f'"{tag}"'):
        return None
    try:
        ranges = FileResponse._parse_range_header(asked.range, size)  # noqa: SLF001 - it has no other name
    except MalformedRangeHeader:  # which is to be ignored
        return None
    return ranges[0] if len(ranges) == 1 else None


def _between(pieces: Iterable[bytes], first: int, end: int) -> Iterator[bytes]:
    """The bytes between two positions; the bytes before are produced as well, because the rest depends on them."""
    position = 0
    for piece in pieces:
        start, stop = max(first - position, 0), min(end - position, len(piece))
        position += len(piece)
        if start < stop:
            yield piece[start:stop]
        if position >= end:
            return


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of PIECE at least, since sending one costs more than its bytes; the first goes at once."""
    waiting, size, least = list[bytes](), 0, 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= least:
            yield b"".join(waiting)
            waiting, size, least = [], 0, PIECE
    if waiting:
        yield b"".join(waiting)
