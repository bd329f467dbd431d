"""Read-only links of galleries: made and withdrawn by their owner, read by anybody who has them, and the key to nothing else."""

import re
from hashlib import sha256

import pytest
from sqlalchemy import select, text

from inverset import storage
from inverset.contract import paths
from inverset.gallery import nearest_references
from inverset.jobs import share_links
from inverset.jobs.tables import ShareLink
from tests.api.conftest import serving
from tests.api.keyring import bearing
from tests.gallery.test_gallery import EVIDENCE, NEAREST
from tests.jobs.catalogue_of_scenes import body

PAGES = {"Accept": "text/html"}
FILES = ("manifest.json", "contact-sheet.png", "animation.webp", "codes.safetensors", "references.webp")


@pytest.fixture
def keys(prepared):
    return prepared[1]


@pytest.fixture
def jobs(client, keys, deliver, succeed, settings):
    """Two private galleries of ann's; the second has more images, and counterfactuals."""
    made = []
    near = {**NEAREST, "sheet": nearest_references.described([9, 7, 5])}
    for values, began in (((1.1, 1.2, 1.3, 1.4, 1.5), None), ((1.1,) * 7, -0.5)):
        answer = client.post("/v1/jobs", json=body(n=len(values)), headers=bearing(keys["ann"]))
        job = answer.json()["id"]
        storage.open_store(settings.blobs).put(paths.nearest_references(job), b"a sheet of " + job.encode())
        succeed(
            deliver(*values, began=began),
            {**EVIDENCE, "nearest_reference": near} if began is None else EVIDENCE,
        )
        made.append(job)
    return made


@pytest.fixture
def share(client, keys):
    def share(job, name="ann"):
        return client.post(f"/v1/jobs/{job}/share-links", headers=bearing(keys[name]))

    return share


@pytest.fixture
def link(share, jobs):
    """The path of a link to the first gallery."""
    url = share(jobs[0]).json()["url"]
    return re.sub(r"^https?://[^/]+", "", url)


def test_anybody_with_the_link_reads_the_page_and_its_files(client, link):
    page = client.get(link)
    assert page.status_code == 200
    assert "<h1>volcano, activation 1 to 2</h1>" in page.text
    for file in {*re.findall(r'(?:src|href)="([^"#:]+)"', page.text), *FILES} - {"confounds.webp"}:
        answer = client.get(link + file)
        assert answer.status_code == 200, file
        assert answer.headers["Cache-Control"] == "private, no-cache"
    assert client.get(link.rstrip("/"), follow_redirects=True).text == page.text


def test_its_page_runs_its_own_script_and_style_and_no_other(client, link):
    answer = client.get(link)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_a_withdrawn_link_is_404_at_once(client, keys, jobs, link):
    here = f"/v1/jobs/{jobs[0]}/share-links"
    (listed,) = client.get(here, headers=bearing(keys["ann"])).json()
    assert client.get(link).status_code == 200
    assert client.delete(f"{here}/{listed['id']}", headers=bearing(keys["ann"])).status_code == 204
    for path in ("", "images/000000.png", *FILES):
        assert client.get(link + path).status_code == 404, path
    assert client.get(here, headers=bearing(keys["ann"])).json() == []
    assert client.delete(f"{here}/{listed['id']}", headers=bearing(keys["ann"])).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "images/000006.png",  # the other gallery has seven images
        "starts/000000.png",  # and what they began as
        "images/../../{other}/images/000000.png",
        "..%2f..%2f{other}%2freferences.webp",
        "%2e%2e/{other}/references.webp",
        "jobs/{other}/references.webp",
        "/v1/jobs/{other}",
        "confounds.webp",
        "index.html",
        "portraits.safetensors",
        "images/0.png",
        "images/000000-0.png",
        "images/99999999999999999999.png",
        "images/000000.webp",
        "samples.json",
    ],
)
def test_no_other_file_is_had_through_it(client, jobs, link, name):
    answer = client.get(link + name.format(other=jobs[1]))
    assert answer.status_code in {401, 404}
    assert b"a sheet of" not in answer.content


def test_the_link_is_no_key(client, jobs, link):
    token = link.split("/")[2]
    for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"inverset_session={token}"}):
        for path in (
            "/v1/jobs",
            f"/v1/jobs/{jobs[0]}",
            f"/v1/jobs/{jobs[0]}/samples",
            "/v1/models",
            "/v1/me",
        ):
            assert client.get(path, headers=headers).status_code == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "images/000000.png", "manifest.json", "cancel", "share-links"])
def test_nothing_is_written_through_it(client, keys, jobs, link, method, path):
    for content in (None, b"{}"):
        assert client.request(method, link + path, content=content).status_code in {401, 404, 405}
    answer = client.get(f"/v1/jobs/{jobs[0]}", headers=bearing(keys["ann"])).json()
    assert (answer["state"], answer["progress"]["accepted"]) == ("succeeded", 5)
    assert len(client.get(f"/v1/jobs/{jobs[0]}/share-links", headers=bearing(keys["ann"])).json()) == 1


def test_only_a_digest_is_stored(sessions, link):
    token = link.split("/")[2]
    assert len(token) == 43  # 256 random bits
    with sessions() as session:
        row = session.scalars(select(ShareLink)).one()
        assert row.digest == sha256(token.encode()).hexdigest()
        stored = session.execute(text("select * from share_links")).one()
    assert token not in str(stored)


def test_its_address_is_told_once(client, keys, jobs, share):
    made = share(jobs[0])
    assert made.headers["Cache-Control"] == "no-store"
    assert share(jobs[0]).json()["url"] != made.json()["url"]
    listed = client.get(f"/v1/jobs/{jobs[0]}/share-links", headers=bearing(keys["ann"])).json()
    assert [set(each) for each in listed] == [{"id", "created"}] * 2


def test_others_neither_make_nor_list_nor_withdraw_links(client, keys, jobs, share, link):
    here = f"/v1/jobs/{jobs[0]}"
    (listed,) = client.get(f"{here}/share-links", headers=bearing(keys["ann"])).json()
    for visibility, status in (("private", 404), ("team", 403)):
        client.patch(here, json={"visibility": visibility}, headers=bearing(keys["ann"]))
        assert share(jobs[0], "bob").status_code == status
        for method, path in (("GET", ""), ("DELETE", f"/{listed['id']}")):
            answer = client.request(method, f"{here}/share-links{path}", headers=bearing(keys["bob"]))
            assert answer.status_code == status
    assert client.get(link).status_code == 200


def test_a_link_of_another_job_is_not_withdrawn_by_its_id(client, keys, jobs, link):
    (listed,) = client.get(f"/v1/jobs/{jobs[0]}/share-links", headers=bearing(keys["ann"])).json()
    answer = client.delete(f"/v1/jobs/{jobs[1]}/share-links/{listed['id']}", headers=bearing(keys["ann"]))
    assert answer.status_code == 404
    assert client.get(link).status_code == 200


def test_a_gallery_is_shared_once_it_has_ended(client, keys, share):
    job = client.post("/v1/jobs", json=body(), headers=bearing(keys["ann"])).json()["id"]
    assert share(job).status_code == 409


def test_a_deleted_gallery_takes_its_links_along(client, keys, jobs, link, sessions):
    assert client.delete(f"/v1/jobs/{jobs[0]}", headers=bearing(keys["ann"])).status_code == 204
    assert client.get(link).status_code == 404
    with sessions() as session:
        assert session.scalars(select(ShareLink)).all() == []


def test_a_job_has_so_many_links_and_no_more(monkeypatch, jobs, share):
    monkeypatch.setattr(share_links, "MOST", 1)
    assert [share(jobs[0]).status_code for _ in range(2)] == [201, 409]


def test_the_setting_switches_links_off(settings, keys, jobs, link):
    with serving(settings.model_copy(update={"share_links": False})) as other:
        for path in ("", "images/000000.png", "manifest.json"):
            assert other.get(link + path).status_code == 404
        here = f"/v1/jobs/{jobs[0]}/share-links"
        assert other.post(here, headers=bearing(keys["ann"])).status_code == 403
        (listed,) = other.get(here, headers=bearing(keys["ann"])).json()
        assert other.delete(f"{here}/{listed['id']}", headers=bearing(keys["ann"])).status_code == 204


def test_links_are_made_listed_and_withdrawn_on_the_page(client, keys, jobs):
    here, headers = f"/jobs/{jobs[0]}", bearing(keys["ann"]) | PAGES
    made = client.post(f"{here}/share-links", headers=headers)
    assert made.headers["Cache-Control"] == "no-store"
    url = re.search(r'<pre id="link"[^>]*>([^<]+)</pre>', made.text)[1]
    assert client.get(url).status_code == 200
    page = client.get(here, headers=headers).text
    assert url not in page
    (link_id,) = re.findall(r"/share-links/(\w+)/withdraw", page)
    answer = client.post(f"{here}/share-links/{link_id}/withdraw", headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{here}#share")
    assert client.get(url).status_code == 404
