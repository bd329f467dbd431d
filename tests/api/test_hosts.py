"""Under which names the service answers, and from which sites it lets itself be changed."""

import pytest

from inverset.config.settings import Settings
from tests.api.conftest import serving
from tests.api.keyring import bearing, prepare
from tests.jobs.catalogue_of_scenes import body

EVIL = {
    "Host": "evil.example:18934",
    "Origin": "http://evil.example:18934",
    "Sec-Fetch-Site": "same-origin",
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/users"),
        ("POST", "/v1/jobs"),
        ("GET", "/v1/jobs"),
        ("GET", "/jobs"),
        ("GET", "/static/style.css"),
    ],
)
def test_without_accounts_a_site_that_calls_itself_this_machine_is_refused(client, method, path):
    """DNS rebinding: to the browser both are one origin, and the name is the site's."""
    question = {"name": "evil", "role": "admin"} if path == "/v1/users" else body()
    answer = client.request(method, path, headers=EVIL, json=question if method == "POST" else None)
    assert answer.status_code == 421
    assert "INVERSET_PUBLIC_URL" in answer.json()["detail"]
    assert client.get("/v1/jobs").json()["items"] == []


@pytest.mark.parametrize("host", ["localhost:18934", "127.0.0.1", "[::1]:8765", "LocalHost"])
def test_without_accounts_loopback_names_are_answered(client, host):
    assert client.get("/v1/jobs", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost.evil.example", "127.0.0.1.evil.example", "a b", "[::1", "", "127.0.0.1:x"]
)
def test_without_accounts_no_other_name_is(client, host):
    assert client.get("/v1/jobs", headers={"Host": host}).status_code == 421


@pytest.fixture
def public(sqlite_tables, tmp_path):
    """A client of a server with accounts that is reached as https://inverset.example, and ann's headers."""
    settings, keys = prepare(
        sqlite_tables, tmp_path, public_url="https://inverset.example, https://other.example:444"
    )
    with serving(settings) as client:
        yield client, bearing(keys["ann"])


@pytest.mark.parametrize(
    ("host", "status"),
    [("inverset.example", 200), ("other.example:444", 200), ("127.0.0.1:8000", 200), ("evil.example", 421)],
)
def test_the_public_url_decides_which_host_is_answered(public, host, status):
    client, key = public
    assert client.get("/v1/jobs", headers={**key, "Host": host}).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://inverset.example", 202),
        ("https://other.example:444", 202),
        ("http://inverset.example", 403),
        ("https://inverset.example:8000", 403),
        ("https://evil.example", 403),
    ],
)
def test_the_public_url_decides_which_origin_may_change_anything(public, origin, status):
    client, key = public
    headers = {**key, "Host": "inverset.example", "Origin": origin}
    assert client.post("/v1/jobs", headers=headers, json=body()).status_code == status


@pytest.mark.parametrize("origin", ["http://[", "http://[::g]", "http://]", "//", "http://\u00ff", "null"])
@pytest.mark.parametrize("path", ["/v1/jobs", "/sign-in", "/nowhere"])
def test_an_origin_that_is_none_is_another_site(client, origin, path):
    assert client.post(path, headers={"Origin": origin.encode("latin-1")}).status_code == 403


@pytest.mark.parametrize(
    "text", ["inverset.example", "ftp://a.example", "https://a.example/lab", "https://u:p@a.example"]
)
def test_a_public_url_that_is_none(text):
    with pytest.raises(ValueError, match="is not an address"):
        Settings(public_url=text)
