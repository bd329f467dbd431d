"""Sign in with a key, and sign out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from inverset.api.deps import InServices
from inverset.api.web import sessions
from inverset.api.web.rendering import page
from inverset.contract.errors import Unauthenticated
from inverset.jobs import accounts

router = APIRouter()
Key = Annotated[str, Form(max_length=200)]


@router.get("/sign-in")
def get_sign_in(request: Request, then: str = sessions.FIRST) -> Response:
    """The page with the field for a key."""
    return page(request, "sign_in", then=then, wrong=None)


@router.post("/sign-in")
def sign_in(
    request: Request, services: InServices, key: Key = "", then: sessions.Then = sessions.FIRST
) -> Response:
    """Begin a session if the key is valid."""
    try:
        with services.asking() as connection:
            known = accounts.authenticate(connection, key.strip())
    except Unauthenticated as error:
        return page(request, "sign_in", 401, then=then, wrong=str(error))
    return sessions.begin(request, services, known.key_id, then)


@router.post("/sign-out")
def sign_out(request: Request, services: InServices) -> Response:
    """End the session."""
    return sessions.end(request, services)
