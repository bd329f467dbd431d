"""Authentication and authorization of every route under /v1, in one dependency that no route can forget."""

import hashlib
import time
from collections.abc import Hashable, Mapping
from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection

from inverset.api import places
from inverset.api.deps import InServices, Services
from inverset.contract.errors import Forbidden, Unauthenticated
from inverset.jobs import access, accounts, browser_sessions
from inverset.jobs.access import LOCAL, Caller, Owned
from inverset.jobs.accounts import Known
from inverset.jobs.tables import Job, Sweep

# A path's parameter that names something with an owner.
OWNED: Mapping[str, Owned] = {"job_id": Job, "sweep_id": Sweep}
LOOKING = ("GET", "HEAD")
COOKIE = (
    "inverset_session"  # what a browser brings in place of the header; ``inverset.api.web.sessions`` sets it
)
LATELY_SECONDS = 1.0
MOST = 10_000  # that are remembered
_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="An API key: `inv_..._...`.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


class Credential(NamedTuple):
    """The credential of a request: an API key, or a browser's session."""

    text: str
    of_browser: bool

    @property
    def digest(self) -> bytes:
        """A digest that identifies the credential without revealing it."""
        return hashlib.sha256(f"{self.of_browser} {self.text}".encode()).digest()

    def authenticate(self, connection: Connection) -> Known:
        """The caller that the credential belongs to. Raises Unauthenticated if it is not valid."""
        if self.of_browser:
            return browser_sessions.authenticate(connection, self.text)
        return accounts.authenticate(connection, self.text)


class AuthCache:
    """Callers admitted within the last second, so that frequent requests skip the look-up.

    So a key that was revoked, or a job that was hidden, may be had for a second more. A change that passes through this
    process makes it forget at once.
    """

    def __init__(self) -> None:
        self._admitted: dict[Hashable, tuple[Known, float]] = {}

    def find(self, ask: Hashable) -> Known | None:
        """The user admitted to ``ask`` less than LATELY_SECONDS ago; None: look it up."""
        known, until = self._admitted.get(ask, (None, 0.0))
        return known if time.monotonic() < until else None

    def note(self, ask: Hashable, known: Known) -> None:
        """Remember for LATELY_SECONDS that ``known`` was admitted to ``ask`` (digest of the credential, and ids in the path)."""
        if len(self._admitted) >= MOST:
            self.forget()
        self._admitted[ask] = known, time.monotonic() + LATELY_SECONDS

    def forget(self) -> None:
        """Forget all: the next requests are looked up."""
        self._admitted.clear()


def cookie(request: Request) -> str:
    """The name of the cookie that holds a browser's session id.

    Browsers keep what ``__Host-`` names to this host and to https: no other host, and no one on the wire, can set it. Below a
    path that is before all others ``__Secure-`` does so for https, and the cookie is kept to that path.
    """
    if not places.is_secure(request):
        return COOKIE
    return f"__Secure-{COOKIE}" if places.root(request.scope) else f"__Host-{COOKIE}"


async def admitted(request: Request, services: InServices, bearer: Bearer) -> Caller:
    """The caller of a request, once authenticated and authorized for the ids in its path.

    Raises:
        Unauthenticated: there is no key, or no good one.
        NotFound: what the path names is not there, or not for them.
        Forbidden: they may look at it, and want to change it.
    """
    caller = await _caller(request, services, bearer)
    request.state.caller = caller  # for pages
    return caller


async def look_ahead(request: Request) -> None:
    """Authenticate a request after reading only its headers. Raises Unauthenticated as ``admitted`` does."""
    services: Services = request.app.state.services
    if services.settings.auth != "off":
        shown = _shown(request, await _bearer(request))
        request.state.known = await run_in_threadpool(_authenticated, services, shown)


async def shown(request: Request, services: InServices) -> Credential | None:
    """The credential on a route that needs none; None: the request has none, or the server has no accounts."""
    if services.settings.auth == "off":
        return None
    try:
        return _shown(request, await _bearer(request))
    except Unauthenticated:
        return None


def is_trusted(services: Services, credential: Credential | None) -> bool:
    """Whether a credential belongs to a user; always true on a server without accounts."""
    if services.settings.auth == "off" or credential is None:
        return services.settings.auth == "off"
    try:
        _authenticated(services, credential)
    except Unauthenticated:
        return False
    return True


async def look_again(request: Request) -> None:
    """Check again that a request that has waited may still be answered. Raises as ``admitted`` does."""
    services: Services = request.app.state.services
    if services.settings.auth != "off":
        shown = _shown(request, await _bearer(request))
        await run_in_threadpool(_look_up, services, shown, None, request.path_params, changes=False)


async def _caller(
    request: Request, services: Services, bearer: HTTPAuthorizationCredentials | None
) -> Caller:
    if services.settings.auth == "off":
        return LOCAL
    known = await _known(request, services, _shown(request, bearer))
    request.state.known = known
    request.state.user = known.caller.name  # for the log
    return known.caller


def _shown(request: Request, bearer: HTTPAuthorizationCredentials | None) -> Credential:
    if bearer is not None:
        return Credential(bearer.credentials, of_browser=False)
    token = request.cookies.get(cookie(request))
    if token is None:
        raise Unauthenticated(
            "this server needs an API key: send Authorization: Bearer inv_..., or set INVERSET_KEY for the command line"
        )
    return Credential(token, of_browser=True)


async def _known(request: Request, services: Services, shown: Credential) -> Known:
    auth_cache: AuthCache = request.app.state.auth_cache
    looking = request.method in LOOKING
    # Not the credential itself: it is a secret.
    ask = shown.digest, *map(request.path_params.get, OWNED)
    if not looking:
        auth_cache.forget()
    elif known := auth_cache.find(ask):
        return known
    before: Known | None = getattr(request.state, "known", None)
    known = await run_in_threadpool(
        _look_up, services, shown, before, request.path_params, changes=not looking
    )
    if looking:
        auth_cache.note(ask, known)
    return known


def _look_up(
    services: Services, shown: Credential, before: Known | None, path: Mapping[str, str], *, changes: bool
) -> Known:
    with services.asking() as connection:
        known = before or shown.authenticate(connection)
        for name, table in OWNED.items():
            if name in path:
                access.check(connection, known.caller, table, path[name], changes=changes)
    if before is None:
        _note_use(services, known)
    return known


def _authenticated(services: Services, shown: Credential) -> Known:
    with services.asking() as connection:
        known = shown.authenticate(connection)
    _note_use(services, known)
    return known


def _note_use(services: Services, known: Known) -> None:
    if known.stale:
        with services.writing() as session:
            accounts.note_use(session, known.key_id)


Shown = Annotated[Credential | None, Depends(shown)]
AsCaller = Annotated[Caller, Depends(admitted)]


def _admin(caller: AsCaller) -> Caller:
    if not caller.admin:
        raise Forbidden("only an admin can do this")
    return caller


AsAdmin = Annotated[Caller, Depends(_admin)]
