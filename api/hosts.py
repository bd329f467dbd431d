"""Checks of the Host and Origin headers.

A page of another site can make a browser send requests here: under that site's own name, once its name server says that it
is this machine (DNS rebinding), or across sites. The first is refused by ``Host``, the second by ``Origin``.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inverset.api import errors
from inverset.api.auth import LOOKING
from inverset.config.addresses import public_urls
from inverset.config.settings import Settings
from inverset.contract.errors import Forbidden

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def accepted_hosts(settings: Settings) -> list[str]:
    """Host names under which the service answers; ``*`` matches any.

    With accounts any name does where no URL is set: a browser sends no session to a host that did not set it.
    """
    public = public_urls(settings.public_url)
    if settings.auth == "required" and not public:
        return ["*"]
    return [*LOOPBACK, *(each.host for each in public)]


class KnownHost:
    """Refuses a request whose ``Host`` is not one of ``accepted_hosts``."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        # Its own refusal is a line of plain text; so it only checks, and the refusal is a problem like all others.
        self._look = TrustedHostMiddleware(_mark, accepted_hosts(settings), www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self._look(scope, receive, _unsent)
        if scope["state"].get(_KNOWN):
            await self.app(scope, receive, send)
        else:
            unknown = HTTPException(421, _UNKNOWN_HOST)
            await errors.refuse(Request(_without_host(scope)), unknown)(scope, receive, send)


_KNOWN = "host_is_known"
_UNKNOWN_HOST = (
    "this server does not answer under that host name; use http://localhost or http://127.0.0.1, "
    "or ask the operator to add its URL to INVERSET_PUBLIC_URL"
)


async def _mark(scope: Scope, _receive: Receive, _send: Send) -> None:
    scope["state"][_KNOWN] = True


async def _unsent(_: Message) -> None:
    """A ``send`` that discards the answer."""


def _without_host(scope: Scope) -> Scope:
    return {**scope, "headers": [each for each in scope["headers"] if each[0] != b"host"]}


class SameOrigin:
    """Refuses changes that a browser requests on behalf of another site, because the user's cookie comes with them.

    As Go's ``CrossOriginProtection`` does: browsers say where a request comes from, or at least its origin; what says neither is no
    browser, and is let through. Answers are not to be taken for another type than they say.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._public = public_urls(settings.public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] not in LOOKING and self._from_elsewhere(Headers(scope=scope)):
            elsewhere = Forbidden("another site sent this request; make changes from this server's own pages")
            await errors.refuse(Request(scope), elsewhere)(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self.app(scope, receive, answer)

    def _from_elsewhere(self, headers: Headers) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site not in ("same-origin", "none")
        return origin is not None and origin.lower() not in self._origins(headers.get("host", "").lower())

    def _origins(self, host: str) -> set[str]:
        """The origins of this server for a request with this host. They are compared as text: the client sends both."""
        public = {each.origin for each in self._public}
        if any(host == each.netloc for each in self._public):
            return public
        return public | {f"{scheme}://{host}" for scheme in ("http", "https")}
