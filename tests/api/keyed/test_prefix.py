"""Below a path that a proxy puts before all others: pages, links of answers and scripts stay below it."""

import re
import threading
from html import unescape
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from inverset.client import Client
from tests.api.conftest import TLS, serving
from tests.api.test_sweeps import sweep
from tests.jobs.catalogue_of_scenes import body

PREFIX = "/user/ann%40lab/proxy/8765"
KEPT_BACK = {"connection", "transfer-encoding", "keep-alive"}
PAGES = {"Accept": "text/html"}


class Proxy(BaseHTTPRequestHandler):
    """Passes on what is below its prefix, as jupyter-server-proxy (which takes the prefix off) and others (which do not) do."""

    def pass_on(self):
        if not self.path.startswith(PREFIX + "/"):
            self.send_response(404, "not below the prefix")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = dict(self.headers) | self.server.told
        path = self.path.removeprefix(PREFIX) if self.server.takes_off else self.path
        server = HTTPConnection("127.0.0.1", self.server.behind, timeout=30)
        server.request(self.command, path, content or None, headers)
        answer = server.getresponse()
        result = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in KEPT_BACK | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(result)))
        self.end_headers()
        self.wfile.write(result)
        server.close()

    do_GET = do_POST = do_DELETE = do_PATCH = pass_on  # noqa: N815 - as the standard library calls them

    def log_message(self, *_):
        pass


@pytest.fixture(params=["forwarded", "set", "set and left on"])
def way(request):
    """How the service learns of the prefix."""
    return request.param


@pytest.fixture
def settings(prepared, way):
    return prepared[0].model_copy(update={} if way == "forwarded" else {"root_path": PREFIX})


@pytest.fixture
def proxied(client, prepared, way):
    """A browser of ann's that reaches the service through a proxy, signed in."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        proxy.behind, proxy.takes_off = client.base_url.port, way != "set and left on"
        proxy.told = {"X-Forwarded-Prefix": PREFIX} if way == "forwarded" else {}
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        origin = f"http://127.0.0.1:{proxy.server_port}"
        with httpx.Client(base_url=origin, timeout=30, verify=TLS) as browser:
            signed = browser.post(
                f"{PREFIX}/sign-in", data={"key": prepared[1]["ann"]}, headers={"Origin": origin}
            )
            assert (signed.status_code, signed.headers["Location"]) == (303, f"{PREFIX}/")
            yield browser
        proxy.shutdown()
        thread.join()


@pytest.fixture
def job(proxied, deliver, succeed):
    """The answer on a job of ann's that has ended, and the links of its sweep beside."""
    made = proxied.post(f"{PREFIX}/v1/jobs", json=body(n=2)).json()
    succeed(deliver(1.25, 1.5), {"verdict": ["good"]})
    return made


def links(page):
    result = re.findall(r"""\s(?:href|src|action|data-hx-get)=["']([^"']*)["']""", page)
    return {unescape(each) for each in result if not each.startswith(("#", "data:", "http"))}


def test_pages_lead_nowhere_else(proxied, job):
    """All that can be reached from the first page by links is walked."""
    left, seen = [f"{PREFIX}/"], set()
    while left:
        path = left.pop()
        answer = proxied.get(path, headers=PAGES)
        assert answer.status_code in (200, 303, 404, 405, 422), path  # what is only posted to is there, too
        assert answer.status_code != 404 or answer.reason_phrase == "Not Found", path
        if "Location" in answer.headers:
            result = {answer.headers["Location"]}
        elif answer.headers.get("content-type", "").startswith("text/html") and "/docs" not in path:
            result = links(answer.text)
        else:
            result = set()
        for link in result:
            there = urlsplit(urljoin(path, link))._replace(fragment="").geturl()
            assert there.startswith(f"{PREFIX}/"), (path, link)
            if there.partition("?")[0] not in seen and len(seen) < 80:
                seen.add(there.partition("?")[0])
                left.append(there)
    assert len(seen) > 15


def test_links_of_answers_lead_below_it(proxied, job):
    assert job["links"]["self"] == f"{PREFIX}/v1/jobs/{job['id']}"
    assert all(link.startswith(f"{PREFIX}/v1/") for link in job["links"].values())
    (first, *_) = proxied.get(job["links"]["samples"]).json()["items"]
    assert proxied.get(first["links"]["image"]).headers["content-type"] == "image/png"
    following = proxied.get(f"{PREFIX}/v1/jobs/{job['id']}/samples?limit=1").json()["next"]
    assert proxied.get(following).json()["items"][0]["index"] == 1
    posted = proxied.post(f"{PREFIX}/v1/sweeps", json=sweep(n=1))
    assert (
        posted.headers["Location"]
        == posted.json()["links"]["self"]
        == f"{PREFIX}/v1/sweeps/{posted.json()['id']}"
    )
    assert proxied.get(f"{PREFIX}/openapi.json").json()["servers"][0]["url"] == "/user/ann@lab/proxy/8765"
    events = proxied.get(f"{PREFIX}/v1/jobs/{job['id']}/events").text
    assert f'"self":"{PREFIX}/v1/jobs/{job["id"]}"' in events


def test_scripts_and_forms_find_their_way(proxied, job):
    shown = proxied.get(f"{PREFIX}/jobs/{job['id']}", headers=PAGES).text
    assert f'<html lang="en" data-root="{PREFIX}">' in shown
    source = unescape(re.search(r'data-source="([^"]*)"', shown)[1])
    assert f'"{PREFIX}/jobs/{job["id"]}/samples.json"' in source
    fields = {"model": "toy", "neuron": "fc8:0", "low": "1", "high": "2", "by": "numbers", "n": "1"}
    made = proxied.post(f"{PREFIX}/new", data=fields)
    assert made.headers["Location"].startswith(f"{PREFIX}/jobs/job_")
    code = proxied.get(f"{PREFIX}/new/code", params=fields, headers=PAGES).text
    assert f"http://127.0.0.1:{proxied.base_url.port}{PREFIX}" in code or "8765/v1/jobs" in code


def test_who_has_no_session_comes_back_to_the_page(proxied):
    proxied.post(f"{PREFIX}/sign-out")
    request = proxied.get(f"{PREFIX}/queue", headers=PAGES)
    assert request.headers["Location"] == f"{PREFIX}/sign-in?then=%2Fqueue"


def test_the_cookie_is_kept_to_it(proxied):
    assert {cookie.path for cookie in proxied.cookies.jar} == {PREFIX}


def test_the_client_follows_links_below_it(proxied, prepared, job):
    with Client(f"http://127.0.0.1:{proxied.base_url.port}{PREFIX}", prepared[1]["ann"]) as client:
        assert client.job(job["id"])["links"]["self"].startswith(PREFIX)
        assert [client.image(sample)[:4] for sample in client.samples(job["id"])] == [b"\x89PNG"] * 2


@pytest.mark.parametrize(
    "told", ["//evil.example", "/a b", "javascript:", "/../x", "/" + "x" * 300, '/a"b', "/\u00e9"]
)
def test_a_prefix_that_is_none_is_no_prefix(prepared, told):
    with serving(prepared[0]) as client:
        answer = client.get("/jobs", headers=PAGES | {"X-Forwarded-Prefix": told.encode()})
        assert answer.headers["Location"] == "/sign-in?then=%2Fjobs"


def test_a_proxy_that_is_not_trusted_is_not_believed(prepared):
    with serving(prepared[0].model_copy(update={"trusted_proxies": "192.0.2.1"})) as client:
        answer = client.get("/jobs", headers=PAGES | {"X-Forwarded-Prefix": "/lab"})
        assert answer.headers["Location"] == "/sign-in?then=%2Fjobs"
