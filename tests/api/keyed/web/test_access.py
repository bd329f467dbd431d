"""Every page, asked by everybody: what is somebody's own is nobody else's, and a page that is added is asked too."""

import pytest

from inverset.api.web.pages import KEYED
from inverset.jobs import store
from inverset.jobs.filters import Filter
from tests.api.keyring import bearing
from tests.api.test_sweeps import sweep
from tests.jobs.catalogue_of_scenes import body

BROWSER = {"Accept": "text/html"}
ROUTES = sorted(
    {
        (method, route.path)
        for router in KEYED
        for route in router.routes
        for method in route.methods - {"HEAD"}
    }
)
OWNED = [(method, path) for method, path in ROUTES if "{job_id}" in path or "{sweep_id}" in path]
ADMINS = [(method, path) for method, path in ROUTES if path.startswith("/admin")]


@pytest.fixture
def ask(client, prepared):
    """Ask a page as somebody; what its address names is a private job or sweep of ann's, or one that the team sees."""

    def posted(what, asked):
        return client.post(f"/v1/{what}", json=asked, headers=bearing(prepared[1]["ann"])).json()["id"]

    made = {
        seen: {
            "job_id": posted("jobs", body(visibility=seen)),
            "sweep_id": posted("sweeps", sweep(visibility=seen)),
        }
        for seen in ("private", "team")
    }

    def ask(who, method, path, seen="private"):
        address = path.replace(":path", "").format(
            **made[seen], name="toy", neuron="fc8:0", index=0, turn="pause", key_id="none", link_id="none"
        )
        return client.request(method, address, headers=bearing(prepared[1].get(who)) | BROWSER)

    return ask


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_stranger_is_sent_to_the_key(ask, method, path):
    for who in ("none", "bad", "expired", "revoked"):
        answer = ask(who, method, path)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize(("method", "path"), OWNED)
def test_what_is_private_is_not_there_for_others(ask, method, path):
    assert ask("bob", method, path).status_code == 404


@pytest.mark.parametrize(("method", "path"), [each for each in OWNED if each[0] == "POST"])
def test_what_the_team_sees_only_its_owner_changes(ask, sessions, method, path):
    assert ask("bob", method, path, "team").status_code == 403
    with sessions() as session:
        assert not any(job.cancel_requested for job in store.jobs(session, Filter(), None, 50)[0])


@pytest.mark.parametrize(
    ("method", "path"), [each for each in OWNED if each[1] in ("/jobs/{job_id}", "/sweeps/{sweep_id}")]
)
def test_what_the_team_sees_it_may_look_at(ask, method, path):
    assert ask("bob", method, path, "team").status_code == 200


@pytest.mark.parametrize(("method", "path"), ADMINS)
def test_members_are_no_admins(ask, method, path):
    assert ask("ann", method, path).status_code == 403


def test_there_are_such_pages():
    assert len(OWNED) > 10
    assert len(ADMINS) > 4
