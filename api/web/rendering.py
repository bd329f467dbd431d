"""Templates into pages. Everything that is put into one is escaped."""

import hashlib
from functools import cache
from importlib import resources
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from api.web import words
from jobs.gallery import script

STATIC = resources.files("api.web") / "static"
# Scripts, styles and pictures of this server alone, and nothing written into a page is run or obeyed.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-cache"}


def page(request: Request, name: str, status: int = 200, **told: Any) -> HTMLResponse:
    """The page that a template makes of what it is told.

    Args:
        request: whose page it is.
        name: of the template, without its endings.
        status: of the answer.
        **told: every name that the template uses; it fails on one that is missing.
    """
    caller = getattr(request.state, "caller", None)
    template = _templates().get_template(f"{name}.html.j2")
    return HTMLResponse(template.render(**told, caller=caller, here=request.url.path), status, _HEADERS)


def static(name: str) -> str:
    """Where a file of this folder is found; another content has another address, so that browsers may keep it."""
    return f"/static/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    if name.startswith("gallery."):
        return script.version()
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


@cache
def _templates() -> Environment:
    made = Environment(
        loader=ChoiceLoader([PackageLoader("api.web"), PackageLoader("jobs.gallery")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(static=static)
    made.filters.update(words.FILTERS)
    return made
