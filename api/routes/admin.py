"""The whole service: pause it, drain it."""

from fastapi import APIRouter

from api.auth import AsAdmin
from api.deps import House, InHouse
from api.team import SwitchAnswer, Switches
from jobs import switches
from jobs.switches import DRAINING, PAUSED, Name

router = APIRouter(prefix="/admin", tags=["admin"])


@router.get("/switches")
def get_switches(house: InHouse, _: AsAdmin) -> Switches:
    """Which switches are on, who turned them on, and when. For admins."""
    with house.reading() as session:
        return Switches(on=[SwitchAnswer.model_validate(each) for each in switches.turned_on(session)])


@router.post("/pause")
def pause(house: InHouse, admin: AsAdmin) -> Switches:
    """Let nothing new be computed; what runs is saved and given back after its slice. For admins."""
    return _turned(house, PAUSED, on=True, by=admin.name)


@router.post("/resume")
def resume(house: InHouse, admin: AsAdmin) -> Switches:
    """Let the workers go on. For admins."""
    switches = _turned(house, PAUSED, on=False, by=admin.name)
    house.announce()
    return switches


@router.post("/drain")
def drain(house: InHouse, admin: AsAdmin) -> Switches:
    """Take no new jobs; those in the queue go on. For admins."""
    return _turned(house, DRAINING, on=True, by=admin.name)


@router.post("/undrain")
def undrain(house: InHouse, admin: AsAdmin) -> Switches:
    """Take new jobs again. For admins."""
    return _turned(house, DRAINING, on=False, by=admin.name)


def _turned(house: House, name: Name, *, on: bool, by: str) -> Switches:
    with house.writing() as session:
        switches.turn(session, name, on=on, by=by)
        answer = Switches(on=[SwitchAnswer.model_validate(each) for each in switches.turned_on(session)])
    house.lines.forget()
    return answer
