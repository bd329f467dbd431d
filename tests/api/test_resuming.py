"""A download of a gallery that broke off goes on; HEAD tells how long it is."""

import io
import shutil
import subprocess
import time
import zipfile

import pytest

from inverset.api.app import create_app
from inverset.api.web import pages
from inverset.config.settings import Settings


@pytest.fixture
def gallery(post, deliver, succeed):
    """The path of an archive of a job that has ended."""
    job = post(n=2)["id"]
    succeed(deliver(1.25, 1.5), {"verdict": ["good"]})
    return f"/v1/jobs/{job}/gallery.zip"


def test_an_archive_is_the_same_each_time(client, gallery):
    first = client.get(gallery)
    time.sleep(2.1)  # zips count in steps of two seconds
    second = client.get(gallery)
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.content == second.content
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time[0] for entry in archive.infolist()} == {time.gmtime().tm_year}


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("100-", slice(100, None)), ("0-0", slice(0, 1)), ("50-149", slice(50, 150)), ("-30", slice(-30, None))],
)
def test_a_part_of_it(client, gallery, wanted, part):
    whole = client.get(gallery)
    assert whole.headers["Accept-Ranges"] == "bytes"
    headers = {"Range": f"bytes={wanted}", "If-Range": whole.headers["ETag"]}
    rest = client.get(gallery, headers=headers)
    assert rest.status_code == 206
    assert rest.content == whole.content[part]
    first, end, _ = part.indices(len(whole.content))
    assert rest.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(whole.content)}"
    assert rest.headers["Content-Length"] == str(len(rest.content))


@pytest.mark.parametrize(
    "headers",
    [{"Range": "bytes=5-", "If-Range": '"other"'}, {"Range": "lines=1-"}, {"Range": "bytes=0-1,5-6"}],
)
def test_what_cannot_be_a_part_is_all_of_it(client, gallery, headers):
    answer = client.get(gallery, headers=headers)
    assert (answer.status_code, answer.content) == (200, client.get(gallery).content)


def test_beyond_its_end(client, gallery):
    answer = client.get(gallery, headers={"Range": "bytes=100000000-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(client.get(gallery).content)}"


def test_who_has_it_is_told_so(client, gallery):
    tag = client.get(gallery).headers["ETag"]
    assert client.get(gallery, headers={"If-None-Match": tag}).status_code == 304


def test_of_a_job_that_went_on_it_is_another(client, post, deliver):
    path = f"/v1/jobs/{post(n=3)['id']}/gallery.zip"
    deliver(1.25)
    tag = client.get(path).headers["ETag"]
    client.post(path.replace("gallery.zip", "cancel"))
    assert client.get(path).headers["ETag"] != tag


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_goes_on(client, gallery, tmp_path):
    whole = client.get(gallery).content
    (tmp_path / "gallery.zip").write_bytes(whole[:2000])
    command = ["curl", "-sf", "-C", "-", "-o", "gallery.zip", f"{client.base_url}{gallery}"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    assert (tmp_path / "gallery.zip").read_bytes() == whole


def test_an_archive_that_is_deleted_while_it_is_sent(client, gallery, settings, caplog):
    """Its client sees that it is short; the log has a line and no traceback."""
    client.get(gallery)  # what is made of the pictures is kept from now on
    for image in (settings.data_dir / "blobs").rglob("images/*.png"):
        image.unlink()
    answer = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", f"{client.base_url}{gallery}"], capture_output=True, check=False
    )
    assert answer.returncode in (18, 52)
    assert any("a download was interrupted" in record.message for record in caplog.records)
    assert not any(record.exc_info for record in caplog.records)


def getable():
    """Every path that GET is answered on, but for streams: for these see below."""
    result = create_app(Settings(auth="off")).openapi()["paths"]
    shown = [
        route.path
        for router in (*pages.OPEN, *pages.KEYED)
        for route in router.routes
        if "GET" in route.methods
    ]
    return [
        *(path for path, methods in result.items() if "get" in methods and "/events" not in path),
        *shown,
        "/docs",
        "/openapi.json",
        "/metrics",
        "/static/style.css",
    ]


def test_head_is_answered_where_get_is(client, gallery):
    job = gallery.split("/")[3]
    names = {
        "job_id": job,
        "index": "0",
        "index:int": "0",
        "name": "toy",
        "neuron": "fc8:0",
        "neuron:path": "fc8:0",
        "number": "0",
        "sweep_id": "sweep_x",
    }
    for template in getable():
        path = template
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", value)
        answer, request = client.head(path), client.get(path)
        assert answer.status_code == request.status_code != 405, path
        assert answer.content == b""
        changing = {"date", "x-request-id", "content-length"}
        assert {name for name in answer.headers if name not in changing} == {
            name for name in request.headers if name not in changing
        }, path
        if path.startswith("/v1/jobs/") and path.endswith(".zip"):
            assert answer.headers["content-length"] == str(len(request.content))


def test_head_begins_no_stream(client, post):
    answer = client.head(f"/v1/jobs/{post()['id']}/events")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.head("/v1/jobs/job_x/events").status_code == 404
    assert client.head("/nowhere").status_code == 404
    assert client.head("/v1/jobs/job_x/cancel").status_code == 405
