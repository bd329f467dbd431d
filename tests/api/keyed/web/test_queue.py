"""The queue as a page: one's own jobs by name, others' by size alone."""

import pytest

from inverset.jobs import database, leases, switches
from tests.api.keyring import bearing
from tests.jobs.catalogue_of_scenes import body

PAGES = {"Accept": "text/html"}


@pytest.fixture
def ask(client, prepared):
    """Post a job as somebody; gives its id."""

    def ask(name, **changes):
        answer = client.post("/v1/jobs", json=body(**changes), headers=bearing(prepared[1][name]))
        return answer.json()["id"]

    return ask


@pytest.fixture
def look(client, prepared):
    """The page as somebody sees it."""

    def look(name):
        answer = client.get("/queue", headers={**PAGES, **bearing(prepared[1][name])})
        assert answer.status_code == 200, answer.text
        return answer.text

    return look


def test_an_empty_one_invites(look):
    shown = look("ann")
    assert "Nothing is running and nothing is waiting." in " ".join(shown.split())
    assert "No worker is running" in shown
    assert 'href="/new"' in shown


def test_of_others_jobs_only_the_size_is_told(ask, look, deliver, sessions):
    with database.writing(sessions) as session:
        leases.enroll(session, "tester", "cpu")
    others = ask("bob", n=77)
    deliver(1.5)
    mine = ask("ann", n=33)
    shown = look("ann")
    assert f'href="/jobs/{mine}"' in shown
    assert others not in shown
    assert "1 of 77" in shown
    assert "works on another user's job" in shown
    assert "Your next job has place 1" in shown
    assert f'works on <a href="/jobs/{others}"' in look("bob")
    assert {f"/jobs/{each}" in look("root") for each in (others, mine)} == {True}


def test_what_the_team_may_see_is_named(ask, look):
    shown_to_all = ask("bob", visibility="team")
    assert f'href="/jobs/{shown_to_all}"' in look("ann")


def test_a_block_a_job_and_a_bar_a_user(ask, look):
    for name in ("ann", "bob", "bob"):
        ask(name)
    shown = look("ann")
    assert shown.count('<rect class="mine') == 1
    assert shown.count('<rect class="other') == 2
    assert shown.count('<td class="balance">') == 2


@pytest.mark.parametrize(("switch", "word"), [("paused", "Paused"), ("draining", "Closed to new jobs")])
def test_switches_are_told(look, sessions, switch, word):
    assert word not in look("ann")
    with database.writing(sessions) as session:
        switches.turn(session, switch, on=True, by="root")
    assert f"<b>{word}</b>" in look("ann")
    assert "right away" not in look("ann")


def test_rows_have_actions_for_those_who_may(ask, look, client, prepared):
    others, first, second = ask("bob", visibility="team"), ask("ann"), ask("ann")
    shown = look("ann")
    for job_id in (first, second):
        assert f'action="/jobs/{job_id}/cancel"' in shown
    assert f'action="/jobs/{second}/front"' in shown
    assert f"/jobs/{others}/cancel" not in shown
    answer = client.post(
        f"/jobs/{second}/front", data={"then": "/queue"}, headers=bearing(prepared[1]["ann"])
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/queue")
    shown = look("ann")
    assert shown.index(f'href="/jobs/{second}"') < shown.index(f'href="/jobs/{first}"')


def test_what_was_stopped_can_be_tried_again_from_there(ask, look, client, prepared):
    job_id, mine = ask("ann", n=5), bearing(prepared[1]["ann"])
    client.post(f"/jobs/{job_id}/cancel", data={"then": "/queue"}, headers=mine)
    shown = look("ann")
    assert "Failed or stopped" in shown
    assert f'action="/jobs/{job_id}/retry"' in shown
    assert "Failed or stopped" not in look("bob")
    client.post(f"/jobs/{job_id}/retry", data={"then": "/queue"}, headers=mine)
    assert "Failed or stopped" not in look("ann")
    assert "0 of 5" in look("ann")


def test_a_job_between_its_slices_waits_for_its_turn(ask, look, deliver, sessions):
    ask("ann", n=10)
    claimed = deliver(*[1.5] * 7)
    with database.writing(sessions) as session:
        leases.enroll(session, "tester", "cpu")
        leases.release(session, claimed)
    shown = " ".join(look("ann").split())
    assert "waiting for its turn (7 of 10), continues in about 0 s" in shown
