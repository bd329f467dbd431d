"""Users and their keys."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from inverset.api.auth import AsAdmin, AsCaller
from inverset.api.bodies import body
from inverset.api.deps import InServices
from inverset.api.team import (
    KeyAnswer,
    KeyId,
    Keys,
    Limits,
    MeAnswer,
    Name,
    NewKeyAnswer,
    NewKeySettings,
    NewUser,
    Share,
    UserAnswer,
    UserChange,
    Users,
)
from inverset.config.settings import Settings
from inverset.contract.errors import Forbidden
from inverset.jobs import accounts, clock, fairshare, quotas
from inverset.jobs.access import Caller
from inverset.jobs.tables import Key

router = APIRouter(tags=["team"])
New = Annotated[NewUser, body(NewUser)]
Change = Annotated[UserChange, body(UserChange)]
NewKey = Annotated[NewKeySettings, body(NewKeySettings)]
NEVER_KEPT = {"Cache-Control": "no-store"}  # an answer that holds a key


@router.get("/me")
def get_me(services: InServices, caller: AsCaller) -> MeAnswer:
    """Show who you are, and how much of your limits you have used."""
    with services.reading() as session:
        user = accounts.user(session, caller.name)
        limits = _limits(session, services.settings, caller.name)
        usage = fairshare.usage(user, services.settings.half_life, clock.now(session))
    known = UserAnswer.model_validate(user)
    return MeAnswer.model_construct(**dict(known), usage=round(usage, 3), limits=limits)


def _limits(session: Session, settings: Settings, name: str) -> Limits:
    return Limits(
        queued=Share(used=quotas.queued(session, name), most=settings.max_queued),
        running=Share(used=quotas.running_parts(session, name), most=settings.max_running),
        stored_bytes=Share(used=quotas.stored_bytes(session, name), most=settings.max_stored_bytes),
    )


@router.get("/users")
def get_users(services: InServices, _: AsAdmin) -> Users:
    """List all users, by name. For admins."""
    with services.reading() as session:
        return Users(items=[UserAnswer.model_validate(user) for user in accounts.users(session)])


@router.post("/users", status_code=201)
def post_user(new: New, services: InServices, _: AsAdmin) -> UserAnswer:
    """Add a user. They need a key before they can do anything. For admins."""
    with services.writing() as session:
        return UserAnswer.model_validate(accounts.add_user(session, new.name, new.weight, new.role))


@router.patch("/users/{name}")
def change_user(name: Name, change: Change, services: InServices, _: AsAdmin) -> UserAnswer:
    """Change a user's weight or role. For admins."""
    with services.writing() as session:
        return UserAnswer.model_validate(accounts.change_user(session, name, change.weight, change.role))


@router.get("/users/{name}/keys")
def get_keys(name: Name, services: InServices, caller: AsCaller) -> Keys:
    """List a user's keys without their secrets: your own, or any user's if you are an admin."""
    _check_self(caller, name)
    with services.reading() as session:
        return Keys(items=_key_answers(accounts.keys(session, name)))


@router.post("/users/{name}/keys", status_code=201)
def post_key(
    name: Name, settings: NewKey, services: InServices, _: AsAdmin, response: Response
) -> NewKeyAnswer:
    """Make a key. Only this answer shows it. For admins."""
    response.headers.update(NEVER_KEPT)
    with services.writing() as session:
        made = accounts.make_key(session, name, settings.days)
        return NewKeyAnswer.model_construct(**dict(KeyAnswer.model_validate(made.row)), key=made.text)


@router.delete("/keys/{key_id}", status_code=204)
def delete_key(key_id: KeyId, services: InServices, caller: AsCaller) -> None:
    """Revoke a key: your own, or any user's if you are an admin. It stays in the list."""
    with services.writing() as session:
        accounts.revoke(session, key_id, caller)


def _check_self(caller: Caller, name: str) -> None:
    if not (caller.admin or caller.name == name):
        raise Forbidden("only an admin can see the keys of others")


def _key_answers(keys: Sequence[Key]) -> list[KeyAnswer]:
    return [KeyAnswer.model_validate(key) for key in keys]
