"""Pagination: a cursor for the next page, and the link that carries it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request

from inverset.api import places

Cursor = Annotated[
    str | None, Query(max_length=200, description="The cursor in the `next` link of the previous page.")
]
Limit = Annotated[int, Query(ge=1, le=1000, description="Items on a page.")]


def following(request: Request, cursor: str | None) -> str | None:
    """The link to the next page of a list; None: this is the last one."""
    if cursor is None:
        return None
    url = request.url.include_query_params(cursor=cursor)
    return f"{quote(places.within(request.scope))}?{url.query}"
