"""The service's address as its users see it: proxies in front, public URL, path prefix."""

import re
from contextvars import ContextVar
from typing import Annotated
from urllib.parse import quote, unquote

from pydantic import PlainSerializer
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from inverset.config.addresses import PublicUrl, prefix, public_urls
from inverset.config.settings import Settings

_LOCAL = re.compile(r"/(?![/\\])")  # the beginning of a path of this server
# Attributes of pages that hold such a path. What users wrote bears no quotes there, as they are escaped.
_LINK = re.compile(r"""(\s(?:href|src|action|formaction|data-hx-get)=")(?=/(?!/))""")
_root: ContextVar[str] = ContextVar("root", default="")  # of the request that is being answered


class Placed(ProxyHeadersMiddleware):
    """Applies the forwarded headers of a trusted proxy: scheme, client address and path prefix.

    That path is before the request's own path or was left out by the proxy; routes see none of it in either case. Answers
    that lead elsewhere lead below it.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(app, settings.trusted_proxies)  # type: ignore[arg-type]
        self._root = settings.root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)  # type: ignore[arg-type]
            return
        root = self._prefix(scope)
        if root:
            scope = _moved(scope, root)
        _root.set(root)  # a request has a task of its own

        async def answering(message: Message) -> None:
            if root and message["type"] == "http.response.start":
                _lead_below(MutableHeaders(scope=message), root)
            await send(message)

        await super().__call__(scope, receive, answering)  # type: ignore[arg-type]

    def _prefix(self, scope: Scope) -> str:
        header = Headers(scope=scope).get("x-forwarded-prefix")
        if header and (scope.get("client") or ("",))[0] in self.trusted_hosts:
            try:
                return prefix(header.strip())
            except ValueError:
                return self._root
        return self._root


def root(scope: Scope) -> str:
    """The path prefix as links contain it; empty: there is none."""
    return str(scope.get("state", {}).get("root", ""))


def linked(path: str) -> str:
    """A path of this server, with the prefix that the current client uses."""
    return _root.get() + path if _LOCAL.match(path) else path


Link = Annotated[str, PlainSerializer(linked, return_type=str)]  # a path in an answer


def relinked(page: str) -> str:
    """A page of results whose links have the prefix that the current client uses."""
    return _LINK.sub(rf"\1{_root.get()}", page) if _root.get() else page


def within(scope: Scope) -> str:
    """A request's path without the prefix."""
    path: str = scope["path"]
    return path.removeprefix(unquote(root(scope)))


def is_secure(request: Request) -> bool:
    """Whether the browser of this request speaks https, as far as settings and proxies say."""
    public = _public(request)
    return request.url.scheme == "https" or (public is not None and public.scheme == "https")


def base_url(request: Request) -> str:
    """The URL in front of every API path, ready to be copied."""
    public = _public(request)
    origin = public.origin if public else f"{request.url.scheme}://{request.headers.get('host', '')}"
    return origin + root(request.scope)


def _public(request: Request) -> PublicUrl | None:
    """The configured public URL that the request came through; the first one if that is unknown."""
    urls = public_urls(request.app.state.services.settings.public_url)
    host = request.headers.get("host", "").lower()
    return next((each for each in urls if each.netloc == host), urls[0] if urls else None)


def _moved(scope: Scope, root: str) -> Scope:
    """A request's scope with the path prefix set, as ASGI expects it."""
    path, below = str(scope["path"]), unquote(root)
    whole = path if path == below or path.startswith(f"{below}/") else below + path
    raw = None if scope.get("raw_path") is None else quote(whole).encode()
    state = {**scope.get("state", {}), "root": root}
    return {**scope, "root_path": below, "path": whole, "raw_path": raw, "state": state}


def _lead_below(headers: MutableHeaders, root: str) -> None:
    location = headers.get("location", "")
    if _LOCAL.match(location):
        headers["location"] = root + location
