"""Image files in a multipart body: read into memory and never decoded here; a worker does that, in a process of its own."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from inverset.contract.errors import Complaint, InvalidSpec
from inverset.contract.image_tries import MOST_BYTES, MOST_IMAGES
from inverset.jobs.image_tries import LONGEST_NAME, Sent

PATH = re.compile(r"(/v1)?/models/[^/]+/neurons/.+/images")  # where larger bodies are taken
FILE, REFERENCE = "image", "reference"  # the fields of the form
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        FILE: {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": f"Files in PNG, JPEG or WebP of up to {MOST_BYTES:,} bytes each.",
                        },
                        REFERENCE: {
                            "type": "array",
                            "items": {"type": "integer", "minimum": 0},
                            "description": f"Numbers of natural images of the model. Together there are up to {MOST_IMAGES}.",
                        },
                    },
                }
            }
        },
    }
}
_FIELDS = 100  # that are read before their number is complained about
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


class _InMemory(MultiPartParser):
    """Keeps all files in memory: those of a user are written to no disk."""

    spool_max_size = 1 << 30


async def _sent(request: Request) -> Sequence[Sent]:
    """The images in a request's body, files first.

    Raises:
        HTTPException: the body is not in multipart/form-data, or cannot be read.
        InvalidSpec: a field is neither a file nor a number.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise HTTPException(415, f"send the images in multipart/form-data, each in a field {FILE!r}")
    parser = _InMemory(request.headers, request.stream(), max_files=_FIELDS, max_fields=_FIELDS)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None
    try:
        files = [each for each in form.getlist(FILE) if isinstance(each, UploadFile)]
        # A form in which no file was chosen sends one without name and content.
        chosen = [each for each in files if each.filename or each.size]
        read = [Sent(_name(each.filename, at), await each.read()) for at, each in enumerate(chosen)]
    finally:
        await form.close()
    texts = [each for each in form.getlist(REFERENCE) if isinstance(each, str)]
    return [*read, *(_reference(word) for text in texts for word in re.split(r"[\s,]+", text) if word)]


def _name(given: str | None, at: int) -> str:
    """The name of a file without folders and unprintable characters, so that every database takes it."""
    last = re.split(r"[/\\]", given or "")[-1]
    return "".join(each for each in last if each.isprintable())[:LONGEST_NAME] or f"image {at}"


def _reference(word: str) -> Sent:
    if not _NUMBER.fullmatch(word):
        message = f"{word[:30]!r} is not the number of a natural image"
        raise InvalidSpec([Complaint(loc=[REFERENCE], msg=message)])
    return Sent(f"natural image {int(word)}", reference=int(word))


Images = Annotated[Sequence[Sent], Depends(_sent)]
