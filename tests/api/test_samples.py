"""Samples over HTTP: pages of them, their images, what was measured on them."""

from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from inverset.gallery import image_codec

ACTIVATIONS = [1.75, 1.25, 1.5, 1.0, 2.0]


@pytest.fixture
def job(post, deliver):
    """A running job with five samples."""
    made = post(n=9)["id"]
    deliver(*ACTIVATIONS)
    return made


def test_samples_appear_while_the_job_runs(client, job):
    page = client.get(f"/v1/jobs/{job}/samples").json()
    assert page["next"] is None
    assert [sample["activations"]["fc8:volcano"] for sample in page["items"]] == ACTIVATIONS
    assert page["items"][3]["file"] == "images/000003.png"
    assert client.get(f"/v1/jobs/{job}").json()["progress"]["accepted"] == 5


@pytest.mark.parametrize(("order", "wanted"), [("index", [0, 1, 2, 3, 4]), ("activation", [3, 1, 2, 0, 4])])
def test_pages_go_through_all_samples(client, job, order, wanted):
    seen, url = [], f"/v1/jobs/{job}/samples?limit=2&order={order}"
    while url:
        page = client.get(url).json()
        seen, url = [*seen, *(sample["index"] for sample in page["items"])], page["next"]
    assert seen == wanted


def test_samples_are_filtered_by_activation(client, job):
    result = client.get(f"/v1/jobs/{job}/samples", params={"low": 1.25, "high": 1.75, "limit": 2}).json()
    rest = client.get(result["next"]).json()
    assert [sample["index"] for sample in result["items"] + rest["items"]] == [0, 1, 2]
    assert client.get(f"/v1/jobs/{job}/samples?low=9").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    "query", ["low=nan", "low=x", "order=size", "cursor=what", "order=activation&cursor=1"]
)
def test_a_wish_that_makes_no_sense(client, job, query):
    answer = client.get(f"/v1/jobs/{job}/samples?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_an_image_is_what_its_sample_says(client, job):
    sample = client.get(f"/v1/jobs/{job}/samples").json()["items"][2]
    answer = client.get(sample["links"]["image"])
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["etag"] == f'"{sample["sha256"]}"' == f'"{sha256(answer.content).hexdigest()}"'
    assert len(answer.content) == sample["size"]
    assert (image_codec.decode(answer.content) == 2).all()


def test_an_image_is_not_sent_twice(client, job, settings):
    path = f"/v1/jobs/{job}/samples/1.png"
    tag = client.get(path).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_thumbnail_is_made_once_where_the_worker_made_none(client, job, settings):
    folder = settings.data_dir / "blobs" / "jobs" / job / "images"
    sample = client.get(f"/v1/jobs/{job}/samples").json()["items"][2]
    assert list(folder.glob("*.webp")) == []
    answer = client.get(sample["links"]["thumbnail"])
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]
    with Image.open(BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("WEBP", (8, 8))
    assert [path.name for path in folder.glob("*.webp")] == ["000002.webp"]
    (folder / "000002.webp").write_bytes(b"kept")  # and not made again
    assert client.get(sample["links"]["thumbnail"]).content == b"kept"
    known = client.get(sample["links"]["thumbnail"], headers={"If-None-Match": answer.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_there_is_no_such_sample_yet(client, job):
    for kind in ("png", "webp"):
        assert client.get(f"/v1/jobs/{job}/samples/5.{kind}").status_code == 404


def test_a_lost_file_is_told(client, job, settings):
    (settings.data_dir / "blobs" / "jobs" / job / "images" / "000001.png").unlink()
    for kind in ("png", "webp"):
        answer = client.get(f"/v1/jobs/{job}/samples/1.{kind}")
        assert answer.status_code == 404
        assert "000001.png" in answer.json()["detail"]


def test_evidence_comes_with_the_end(client, post, deliver, succeed):
    job = post(n=1)["id"]
    claimed = deliver(1.5)
    early = client.get(f"/v1/jobs/{job}/evidence")
    assert early.status_code == 404
    assert "running" in early.json()["detail"]
    succeed(claimed, {"verdict": ["good"]})
    assert client.get(f"/v1/jobs/{job}/evidence").json() == {"verdict": ["good"]}
    assert client.get(f"/v1/jobs/{job}").json()["state"] == "succeeded"


def test_a_folder_has_no_other_place_to_send_to(client, job):
    answer = client.get(f"/v1/jobs/{job}/samples/1.png?redirect=true")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_a_counterfactual_tells_what_it_began_as(client, post, deliver):
    job = post(n=2)["id"]
    deliver(1.5, 1.75, began=-0.5)
    sample = client.get(f"/v1/jobs/{job}/samples").json()["items"][1]
    url = f"/v1/jobs/{job}/samples/1/start.png"
    assert sample["start"] == {"url": url, "activations": {"fc8:volcano": -0.5}}
    assert client.get(f"/v1/jobs/{job}/samples/1").json()["start"] == sample["start"]
    answer = client.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["etag"] == f'"{sha256(answer.content).hexdigest()}"'
    assert (image_codec.decode(answer.content) == 200).all()
    assert client.get(url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    with Image.open(BytesIO(client.get(url.replace(".png", ".webp")).content)) as image:
        assert (image.format, image.size) == ("WEBP", (8, 8))


def test_other_samples_have_no_start(client, job):
    assert client.get(f"/v1/jobs/{job}/samples").json()["items"][0]["start"] is None
    for kind in ("png", "webp"):
        answer = client.get(f"/v1/jobs/{job}/samples/0/start.{kind}")
        assert answer.status_code == 404
        assert "only counterfactuals have one" in answer.json()["detail"]
