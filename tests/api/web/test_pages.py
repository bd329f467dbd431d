"""What all pages have in common."""

from urllib.parse import quote

import pytest

from inverset.api.web.pages import KEYED, OPEN
from tests.jobs.catalogue_of_scenes import body

PAGES = {"Accept": "text/html"}
HOSTILE = "<img src=x onerror=alert(1)>"


def test_a_page_runs_no_script_but_this_servers(client):
    headers = client.get("/jobs", headers=PAGES).headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_errors_are_pages_to_whoever_looks_at_pages(client):
    page = client.get("/jobs?state=what", headers=PAGES)
    assert (page.status_code, page.headers["Content-Type"]) == (422, "text/html; charset=utf-8")
    answer = client.get("/v1/jobs?state=what", headers=PAGES)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_what_users_wrote_is_shown_and_not_run(client):
    for page in (f"/jobs?cursor=x&model={quote(HOSTILE)}", f"/{quote(HOSTILE)}", f"/jobs/{quote(HOSTILE)}"):
        shown = client.get(page, headers=PAGES).text
        assert "<img src=x" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;" in client.get(f"/{quote(HOSTILE)}", headers=PAGES).text


def test_jobs_are_cards_with_their_first_pictures(client, post, deliver):
    job_id = post(n=3)["id"]
    deliver(1.5, 1.6)
    shown = client.get("/jobs", headers=PAGES).text
    assert shown.count("<img class") == 2
    assert f'href="/jobs/{job_id}"' in shown
    assert "2 of 3" in shown


def test_a_card_says_how_far_to_trust_a_gallery(client, post, deliver, succeed):
    post(n=1)
    succeed(deliver(1.5), {"trust": {"word": "do not trust", "reason": "few"}, "verdict": []})
    post(n=1)
    assert (
        client.get("/jobs", headers=PAGES).text.count('<span class="word do-not-trust">do not trust</span>')
        == 1
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({}, 202),
    ],
)
def test_only_this_servers_pages_and_programs_change_anything(client, headers, status):
    assert client.post("/v1/jobs", json=body(), headers=headers).status_code == status


def test_this_servers_own_origin_may(client):
    mine = str(client.base_url).rstrip("/")
    assert client.post("/sign-out", headers={"Origin": mine}).status_code == 303


def test_everybody_may_look_from_anywhere(client):
    assert client.get("/jobs", headers={**PAGES, "Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_static_files_are_there_and_say_what_they_are(client):
    page = client.get("/jobs", headers=PAGES).text
    links = [part.split('"')[0] for part in page.split('"/static/')[1:]]
    assert {link.split("?")[0] for link in links} >= {"style.css", "htmx.min.js", "icon.svg"}
    for link in links:
        answer = client.get(f"/static/{link}")
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_page_but_the_sign_in_wants_a_key():
    assert {route.path for router in OPEN for route in router.routes} == {"/sign-in", "/sign-out"}
    assert KEYED


@pytest.mark.parametrize("path", ["/nosuch", "/jobs/job_none", "/models/none"])
def test_what_is_not_there_is_said_on_a_page_with_the_menu(client, path):
    page = client.get(path, headers=PAGES)
    assert page.status_code == 404
    assert 'href="/queue"' in page.text
    assert "Error 404, request " in page.text


def test_a_page_that_is_not_there_is_said_to_be_none(client):
    page = client.get("/nosuch", headers=PAGES).text
    assert "There is no page at /nosuch." in page
    assert "GET" not in page


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({"n": "2.5"}, "n", "must be a whole number"),
        ({"n": "0"}, "n", "must be at least 1"),
        ({"priority": "1000"}, "priority", "must be at most 100"),
        ({"seconds": "-1"}, "budget seconds", "must be more than 0"),
        ({"by": "quantiles", "low": "0.5", "high": "1.5"}, "neuron 1, range", "must be at most 1"),
    ],
)
def test_forms_say_what_is_wrong_in_plain_words(client, fields, place, words):
    form = {"model": "toy", "neuron": "fc8:volcano", "low": "1", "high": "2", "by": "numbers", **fields}
    page = client.post("/new", data=form, headers=PAGES)
    assert page.status_code == 422
    assert f">{words}" in page.text
    assert f"{place} {words}" in page.text
    assert "Input should be" not in page.text
