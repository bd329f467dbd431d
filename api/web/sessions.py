"""Who looks at the pages: the API key that was pasted once, in a cookie that no script can read.

The cookie is the key itself: to revoke the key ends every session of it, and a server keeps no list of sessions. Another site can
make a browser send it along, but change nothing with it: ``api.gates.SameOrigin`` refuses what comes from elsewhere.
"""

from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.admission import COOKIE

SECONDS = 90 * 24 * 3600  # then the key is to be pasted again
FIRST = "/jobs"  # the page to begin with


def begin(request: Request, key: str, then: str) -> Response:
    """Keep the key and go to a page."""
    answer = RedirectResponse(local(then), 303)
    answer.set_cookie(
        COOKIE, key, SECONDS, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return answer


def end() -> Response:
    """Forget the key."""
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def ask(request: Request) -> Response:
    """To the page that asks for a key, and back here afterwards."""
    query = f"?{request.url.query}" if request.url.query else ""
    wanted = request.url.path + query if request.method == "GET" else FIRST
    return RedirectResponse(f"/sign-in?then={quote(wanted, safe='')}", 303)


def local(path: str) -> str:
    """The path, if it is one of this server's; else the first page. Browsers read a backslash as a slash."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if inside else FIRST
