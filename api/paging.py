"""Pagination: a cursor for the next page, and the link that carries it."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request

from inverset.api import places

Cursor = Annotated[
    str | None, Query(max_length=200, description="The cursor in the `next` link of the previous page.")
]
Limit = Annotated[int, Query(ge=1, le=1000, description="Items on a page.")]


def page(request: Request, items: Sequence[dict[str, Any]], cursor: str | None) -> dict[str, Any]:
    """One page of a list, with the link to the next one."""
    url = request.url.include_query_params(cursor=cursor)
    here = quote(places.within(request.scope))
    return {"items": items, "next": None if cursor is None else f"{here}?{url.query}"}
