"""A key that is pasted once lets a browser in, and nobody else's site make use of it."""

import pytest

from api.admission import COOKIE
from api.web.sessions import FIRST, local

PAGES = {"Accept": "text/html"}


@pytest.fixture
def key(prepared):
    return prepared[1]["ann"]


def test_whoever_has_no_key_is_asked_for_one_and_comes_back(client, key):
    asked = client.get("/jobs?state=running", headers=PAGES)
    assert (asked.status_code, asked.headers["Location"]) == (303, "/sign-in?then=%2Fjobs%3Fstate%3Drunning")
    form = client.get(asked.headers["Location"], headers=PAGES)
    assert form.status_code == 200
    assert 'value="/jobs?state=running"' in form.text
    answer = client.post("/sign-in", data={"key": f" {key}\n", "then": "/jobs?state=running"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/jobs?state=running")
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in (COOKIE, "HttpOnly", "SameSite=lax", "Path=/"))
    shown = client.get("/jobs", headers=PAGES)
    assert shown.status_code == 200
    assert "ann" in shown.text


def test_the_api_takes_the_same_cookie(client, key):
    client.post("/sign-in", data={"key": key})
    assert client.get("/v1/me").json()["name"] == "ann"


def test_signing_out_forgets_the_key(client, key):
    client.post("/sign-in", data={"key": key})
    client.post("/sign-out")
    assert client.get("/v1/me").status_code == 401


def test_a_wrong_key_is_told_and_not_kept(client):
    answer = client.post("/sign-in", data={"key": "<script>inv_no_no"})
    assert answer.status_code == 401
    assert "there is no such key" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_revoked_key_is_asked_for_again(client, key, prepared):
    client.post("/sign-in", data={"key": key})
    mine = client.get("/v1/users/ann/keys").json()["items"][0]["id"]
    assert client.delete(f"/v1/keys/{mine}").status_code == 204
    assert client.get("/jobs", headers=PAGES).headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "jobs", "/a\nb", ""]
)
def test_nobody_is_sent_to_another_site(path):
    assert local(path) == FIRST


@pytest.mark.parametrize("path", ["/jobs", "/compare?jobs=a,b", "/models/scenes/neurons/fc8:volcano"])
def test_pages_of_this_server_are_gone_back_to(path):
    assert local(path) == path


def test_a_page_that_is_not_there_has_the_menu_for_whoever_is_signed_in(client, prepared):
    assert 'href="/queue"' not in client.get("/nosuch", headers={"Accept": "text/html"}).text
    client.post("/sign-in", data={"key": prepared[1]["ann"]})
    page = client.get("/nosuch", headers={"Accept": "text/html"}).text
    assert 'href="/queue"' in page
    assert 'href="/admin"' not in page
