"""A key that is pasted once lets a browser in, and nobody else's site make use of it."""

import pytest
from sqlalchemy import func, select, update

from inverset.api.auth import COOKIE
from inverset.api.web.sessions import FIRST, local
from inverset.jobs import clock, database
from inverset.jobs.tables import BrowserSession
from tests.api.conftest import serving

PAGES = {"Accept": "text/html"}


@pytest.fixture
def key(prepared):
    return prepared[1]["ann"]


def test_whoever_has_no_key_is_asked_for_one_and_comes_back(client, key):
    request = client.get("/jobs?state=running", headers=PAGES)
    assert (request.status_code, request.headers["Location"]) == (
        303,
        "/sign-in?then=%2Fjobs%3Fstate%3Drunning",
    )
    form = client.get(request.headers["Location"], headers=PAGES)
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


def test_signing_out_ends_the_session_here_too(client, key):
    client.post("/sign-in", data={"key": key})
    kept = client.cookies[COOKIE]
    client.post("/sign-out")
    assert client.get("/v1/me").status_code == 401
    assert client.get("/v1/me", headers={"Cookie": f"{COOKIE}={kept}"}).status_code == 401


def test_a_session_is_not_the_key(client, key, settings):
    client.post("/sign-in", data={"key": key})
    first = client.cookies[COOKIE]
    client.post("/sign-in", data={"key": key})
    assert len({first, client.cookies[COOKIE], key}) == 3
    _, name, secret = key.split("_", 2)
    assert name not in first
    assert secret not in first
    assert client.get("/v1/me", headers={"Cookie": f"{COOKIE}={key}"}).status_code == 401
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {first}", "Cookie": ""}).status_code == 401
    stored = (settings.data_dir / "inverset.db").read_bytes()
    assert first.encode() not in stored


def test_a_session_ends_with_its_time(client, key, settings):
    client.post("/sign-in", data={"key": key})
    sessions = database.connect(settings.database)
    with database.writing(sessions) as session:
        session.execute(update(BrowserSession).values(expires_at=clock.now(session)))
    assert "sign in again" in client.get("/v1/me").json()["detail"]
    client.cookies.clear()
    client.post("/sign-in", data={"key": key})
    with sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(BrowserSession)) == 1
    sessions.kw["bind"].dispose()


def test_the_cookie_of_before_which_was_the_key_goes(client, key):
    headers = {"Cookie": f"inverset_key={key}"}
    assert client.get("/v1/me", headers=headers).status_code == 401
    answer = client.post("/sign-in", data={"key": key}, headers=headers).headers.get_list("Set-Cookie")
    assert any(cookie.startswith('inverset_key=""; ') and "Max-Age=0" in cookie for cookie in answer)


SECURE = {"X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("changes", "headers", "name"),
    [
        ({}, {}, COOKIE),
        ({}, SECURE, f"__Host-{COOKIE}"),
        ({"trusted_proxies": "192.0.2.1"}, SECURE, COOKIE),
        ({"trusted_proxies": "192.0.2.1, 127.0.0.0/8"}, SECURE, f"__Host-{COOKIE}"),
        ({"public_url": "https://inverset.example"}, {"Host": "inverset.example"}, f"__Host-{COOKIE}"),
        ({"public_url": "https://inverset.example"}, {}, f"__Host-{COOKIE}"),  # the proxy changed the host
        ({"public_url": "http://inverset.example"}, {"Host": "inverset.example"}, COOKIE),
        ({"root_path": "/lab", "public_url": "https://inverset.example"}, {}, f"__Secure-{COOKIE}"),
    ],
)
def test_over_https_the_cookie_is_secure(prepared, key, changes, headers, name):
    settings, _ = prepared
    with serving(settings.model_copy(update=changes)) as client:
        cookie = client.post("/sign-in", data={"key": key}, headers=headers).headers["Set-Cookie"]
        assert cookie.startswith(f"{name}=")
        assert ("; Secure" in cookie) == name.startswith("__")
        assert ("; Path=/lab;" if "root_path" in changes else "; Path=/;") in cookie
        kept = {**headers, "Cookie": cookie.partition(";")[0]}
        assert client.get("/v1/me", headers=kept).status_code == 200
        out = client.post("/sign-out", headers=kept).headers["Set-Cookie"]
        assert out.startswith(f'{name}=""; ')
        assert "Max-Age=0" in out


def test_over_https_no_other_cookie_is_taken(client, key):
    token = client.post("/sign-in", data={"key": key}).cookies[COOKIE]
    planted = {**SECURE, "Cookie": f"{COOKIE}={token}"}
    assert client.get("/v1/me", headers=planted).status_code == 401


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
