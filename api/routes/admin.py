"""The whole service: pause it, drain it."""

from fastapi import APIRouter

from inverset.api.auth import AsAdmin
from inverset.api.deps import InServices, Services
from inverset.api.team import SwitchAnswer, Switches
from inverset.jobs import switches
from inverset.jobs.switches import DRAINING, PAUSED, Name

router = APIRouter(prefix="/admin", tags=["admin"])


@router.get("/switches")
def get_switches(services: InServices, _: AsAdmin) -> Switches:
    """List the switches that are on, who turned them on, and when. For admins."""
    with services.reading() as session:
        return Switches(on=[SwitchAnswer.model_validate(each) for each in switches.turned_on(session)])


@router.post("/pause")
def pause(services: InServices, admin: AsAdmin) -> Switches:
    """Pause the service: no new sampling starts, and running jobs are saved and continue after Resume. For admins."""
    return _turned(services, PAUSED, on=True, by=admin.name)


@router.post("/resume")
def resume(services: InServices, admin: AsAdmin) -> Switches:
    """Resume a paused service. For admins."""
    switches = _turned(services, PAUSED, on=False, by=admin.name)
    services.announce()
    return switches


@router.post("/drain")
def drain(services: InServices, admin: AsAdmin) -> Switches:
    """Accept no new jobs; jobs in the queue continue. For admins."""
    return _turned(services, DRAINING, on=True, by=admin.name)


@router.post("/undrain")
def undrain(services: InServices, admin: AsAdmin) -> Switches:
    """Accept new jobs again. For admins."""
    return _turned(services, DRAINING, on=False, by=admin.name)


def _turned(services: Services, name: Name, *, on: bool, by: str) -> Switches:
    with services.writing() as session:
        switches.turn(session, name, on=on, by=by)
        answer = Switches(on=[SwitchAnswer.model_validate(each) for each in switches.turned_on(session)])
    services.queue.forget()
    return answer
