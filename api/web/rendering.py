"""Templates rendered to pages. Every value is escaped."""

import hashlib
from functools import cache, partial
from importlib import resources
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError

from inverset.api import places, views
from inverset.api.auth import cookie
from inverset.api.web import words
from inverset.contract import glossary
from inverset.gallery import script
from inverset.jobs import switches
from inverset.jobs.access import Caller

STATIC = resources.files("inverset.api.web") / "static"
# Scripts, styles and pictures of this server alone, and nothing written into a page is run or obeyed.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-cache"}


def page(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:
    """The page that a template makes of a context.

    Args:
        request: whose page it is.
        name: of the template, without its endings.
        status: of the answer.
        **context: every name that the template uses; it fails on one that is missing.
    """
    caller = getattr(request.state, "caller", None)
    template = _templates().get_template(f"{name}.html.j2")
    here, notices = places.within(request.scope), partial(_notices, request, caller)
    # On the page of an error it may not be known who asks; a browser with a session is shown the way on all the same.
    known = {"caller": caller, "signed_in": cookie(request) in request.cookies}
    known |= {"here": here, "notices": notices, "root": places.root(request.scope)}
    return HTMLResponse(places.relinked(template.render(**context, **known)), status, _HEADERS)


def prepare() -> None:
    """Compile all templates at start, so that the first page is not slow."""
    templates = _templates()
    for name in templates.list_templates(extensions=["j2"]):
        templates.get_template(name)


class Notice(NamedTuple):
    """A switch that is on: what it is, who turned it on, and when."""

    name: str
    by: str
    since: str


def _notices(request: Request, caller: Caller | None) -> list[Notice]:
    """The notices for signed-in users: the switches that are on. On a database error the page is shown without them."""
    if caller is None:
        return []
    try:
        with request.app.state.services.reading() as session:
            on = switches.turned_on(session)
            return [Notice(each.name, each.by, views.moment(each.since)) for each in on]
    except SQLAlchemyError:
        return []


def static(name: str) -> str:
    """The address of a static file; new content gets a new address, so that browsers may cache it."""
    return f"/static/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    if name.startswith("gallery."):
        return script.version()
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


@cache
def _templates() -> Environment:
    made = Environment(
        loader=ChoiceLoader([PackageLoader("inverset.api.web"), PackageLoader("inverset.gallery")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(static=static, glossary=glossary.term)
    made.filters.update(words.FILTERS)
    return made
