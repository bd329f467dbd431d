"""Browser sessions: after pasting a key once, a browser is known by a random id in a cookie that no script can read.

The session ends at sign-out, with its key, and after ``browser_sessions.SECONDS``. Another site can make a browser send the cookie
along, but change nothing with it: ``inverset.api.hosts.SameOrigin`` refuses what comes from elsewhere.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from inverset.api import places
from inverset.api.auth import cookie
from inverset.api.deps import Services
from inverset.jobs import browser_sessions

Then = Annotated[str, Form(max_length=2000)]  # a page to go on to, as ``local`` reads it
FIRST = "/"  # the page to begin with
_OF_BEFORE = "inverset_key"  # a cookie of earlier versions, which was the key itself


def begin(request: Request, services: Services, key_id: str, then: str) -> Response:
    """Begin a session for a key, and redirect to a page."""
    with services.writing() as session:
        token = browser_sessions.begin(session, key_id)
    answer = RedirectResponse(local(then), 303)
    answer.set_cookie(
        cookie(request),
        token,
        browser_sessions.SECONDS,
        path=places.root(request.scope) or "/",
        httponly=True,
        samesite="lax",
        secure=places.is_secure(request),
    )
    if _OF_BEFORE in request.cookies:
        answer.delete_cookie(_OF_BEFORE)
    return answer


def end(request: Request, services: Services) -> Response:
    """End the session, here and in the browser."""
    if token := request.cookies.get(cookie(request)):
        with services.writing() as session:
            browser_sessions.end(session, token)
        request.app.state.auth_cache.forget()
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(
        cookie(request),
        path=places.root(request.scope) or "/",
        httponly=True,
        samesite="lax",
        secure=places.is_secure(request),
    )
    return answer


def ask(request: Request) -> Response:
    """Redirect to the sign-in page, which redirects back here."""
    query = f"?{request.url.query}" if request.url.query else ""
    path = places.within(request.scope) + query if request.method == "GET" else FIRST
    return RedirectResponse(f"/sign-in?then={quote(path, safe='')}", 303)


def local(path: str) -> str:
    """The path if it is on this server; else the first page. Browsers read a backslash as a slash."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if inside else FIRST
