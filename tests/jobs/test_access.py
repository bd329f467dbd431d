"""Who may see and change a job."""

import pytest
from sqlalchemy import select

from inverset.contract.errors import Forbidden, NotFound
from inverset.jobs import access, accounts, database, store
from inverset.jobs.access import Caller
from inverset.jobs.filters import Filter
from inverset.jobs.tables import Job

OWNER, OTHER, ADMIN = Caller("ann"), Caller("bob"), Caller("root", "admin")


@pytest.fixture
def job(sessions, post):
    """Ann's."""
    job_id = post()
    with database.writing(sessions) as session:
        accounts.add_user(session, "ann")
        store.job(session, job_id).owner = "ann"
    return job_id


def answer(sessions, caller, job_id, *, changes):
    with sessions.begin() as session:
        try:
            access.check(session, caller, Job, job_id, changes=changes)
        except (NotFound, Forbidden) as no:
            return type(no)
        return None


@pytest.mark.parametrize("changes", [False, True])
def test_a_private_job_is_its_owners_and_admins(sessions, job, changes):
    assert answer(sessions, OWNER, job, changes=changes) is None
    assert answer(sessions, ADMIN, job, changes=changes) is None
    assert answer(sessions, OTHER, job, changes=changes) is NotFound
    assert answer(sessions, ADMIN, "job_none", changes=changes) is NotFound


def test_the_team_looks_at_a_teams_job_and_leaves_it_as_it_is(sessions, job):
    with database.writing(sessions) as session:
        store.change(session, job, {"visibility": "team"})
    assert answer(sessions, OTHER, job, changes=False) is None
    assert answer(sessions, OTHER, job, changes=True) is Forbidden


def test_what_is_hidden_is_refused_as_what_is_not_there(sessions, job):
    messages = []
    for request in (job, "job_none"):
        with sessions.begin() as session, pytest.raises(NotFound) as no:
            access.check(session, OTHER, Job, request, changes=False)
        messages.append(str(no.value).replace(request, "X"))
    assert messages[0] == messages[1]


def test_lists_hold_what_one_may_see(sessions, job, post):
    locals_own = post(visibility="team")
    with sessions.begin() as session:
        seen = {
            who.name: [each.id for each in store.jobs(session, Filter(seen_by=who))[0]]
            for who in (OWNER, OTHER, ADMIN)
        }
    assert seen == {"ann": [locals_own, job], "bob": [locals_own], "root": [locals_own, job]}
    with sessions.begin() as session:
        rows = session.scalars(select(Job)).all()
    assert seen == {
        who.name: sorted((row.id for row in rows if who.sees(row.owner, row.visibility)), reverse=True)
        for who in (OWNER, OTHER, ADMIN)
    }
