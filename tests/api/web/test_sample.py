"""The page of one image."""

import re

import pytest

from inverset.contract import paths
from tests.gallery.test_gallery import EVIDENCE, NEAREST

PAGES = {"Accept": "text/html"}
ACTIVATIONS = (1.5, 1.25, 1.75, 1.25)


@pytest.fixture
def see(client, post, deliver, succeed):
    """The page of a sample of a job with four."""
    from inverset.gallery import nearest_references

    job = post(n=4)
    nearest = {name: NEAREST[name][:4] for name in ("numbers", "distances")}
    sheet = nearest_references.described([9, 7, 5])
    evidence = {**EVIDENCE, "nearest_reference": {**nearest, "mean": 2.0, "min": 1.0, "sheet": sheet}}
    succeed(deliver(*ACTIVATIONS), evidence)

    def see(index, status=200):
        answer = client.get(f"/jobs/{job['id']}/samples/{index}", headers=PAGES)
        assert answer.status_code == status
        return answer.text

    return see


def ways(page):
    """Keys, and the samples that they lead to."""
    return {
        key: int(index)
        for key, index in re.findall(r'data-key="(Arrow\w+)" href="[^"]+/samples/(\d+)"', page)
    }


def test_it_shows_the_image_and_where_it_lies_in_its_band(see):
    page = see(0)
    assert re.search(r'<img class="large" src="/v1/jobs/\w+/samples/0.png"', page)
    assert '<path class="here" d="M250.0 0V8"/>' in page
    assert '<b class="number">1.5</b>' in page


@pytest.mark.parametrize(
    ("index", "found"),
    [
        (0, {"ArrowRight": 1, "ArrowDown": 3, "ArrowUp": 2}),
        (1, {"ArrowLeft": 0, "ArrowRight": 2, "ArrowUp": 3}),
        (2, {"ArrowLeft": 1, "ArrowRight": 3, "ArrowDown": 0}),
        (3, {"ArrowLeft": 2, "ArrowDown": 1, "ArrowUp": 0}),
    ],
)
def test_keys_lead_to_the_samples_beside_it_in_their_order_and_by_activation(see, index, found):
    assert ways(see(index)) == found


def test_links_keep_how_the_gallery_was_shown_and_nothing_else(see):
    page = see("0?sort=-0&band0=1..2&view=map&size=256&evil=%22%3E")
    kept = "?sort=-0&amp;band0=1..2&amp;view=map&amp;size=256"
    assert f'{kept}#gallery" data-key="Escape"' in page
    assert f'/samples/1{kept}"' in page
    assert "evil" not in page
    assert '#gallery" data-key="Escape"' in see(0)


def test_what_is_told_of_it_alone_is_shown(see, settings):
    import numpy as np

    from inverset import storage
    from inverset.gallery import sample_details

    page = see(3)
    assert "Natural image" not in page
    (job,) = re.findall(r"/v1/jobs/(\w+)/samples/3.png", page)[:1]
    arrays = {
        "indices": np.arange(4),
        "places": np.zeros((4, 2), np.float32),
        "neurons": np.array([[0], [0], [0], [1]]),
        "activations": np.full((4, 1), 1.25, np.float32),
        "deviations": np.full((4, 1), 2.5, np.float32),
        "references": np.array([9, 7, 9, 5]),
        "distances": np.full(4, 3.0, np.float32),
    }
    answer = {"method": "pca", "explained": 1.0, "neurons": ["fc8:volcano", "fc8:<b>"]}
    storage.open_store(settings.blobs).put(paths.sample_details(job), sample_details.dump(answer, arrays))
    page = see(3)
    assert "Natural image 5" in page
    assert '<svg class="large" viewBox="2 0 1 1"' in page  # of the sheet, as the model shows no such image
    assert page.count("<figcaption>") == 2  # beside the image, at its size
    assert ">fc8:&lt;b&gt;</a>" in page
    assert "2.5 sd" in page


def test_there_is_no_page_for_what_is_not_there(see):
    assert "Not found" in see(4, 404)
    see("x", 422)


def test_a_walk_can_be_followed_both_ways(see, sessions):
    from sqlalchemy import update

    from inverset.jobs import database
    from inverset.jobs.tables import Sample

    with database.writing(sessions) as session:
        session.execute(update(Sample).where(Sample.index == 2).values(parent=1))
    before, after = see(1), see(2)
    assert re.findall(r'Used to make</h2>.*?samples/(\d)"', before) == ["2"]
    assert re.findall(r'Made from</h2>.*?samples/(\d)"', after) == ["1"]
    assert "Made from" not in see(0)


def test_a_counterfactual_is_shown_beside_its_start_with_what_was_changed(
    client, post, deliver, succeed, settings
):
    import numpy as np

    from inverset import storage
    from inverset.gallery import sample_details

    job = post(n=1)["id"]
    succeed(deliver(1.5, began=-0.25), EVIDENCE)
    one = np.zeros((1, 1), np.float32)
    arrays = {
        "indices": np.arange(1),
        "places": np.zeros((1, 2), np.float32),
        **{
            name: one.astype(np.int32) if name == "neurons" else one
            for name in ("neurons", "activations", "deviations")
        },
        "references": np.array([-1]),
        "distances": np.zeros(1, np.float32),
        "changed.distances": np.array([0.5], np.float32),
        **{f"changed.factors.{name}": one + at for at, name in enumerate(("rows", "before", "after", "sd"))},
    }
    arrays["changed.factors.rows"] = np.array([[1]])
    changed = {"units": [], "factors": ["day", "night"]}
    output = {"method": "pca", "explained": 1.0, "neurons": ["fc8:volcano"], "changed": changed}
    storage.open_store(settings.blobs).put(paths.sample_details(job), sample_details.dump(output, arrays))
    page = client.get(f"/jobs/{job}/samples/0", headers=PAGES).text
    assert f'<img class="large" src="/v1/jobs/{job}/samples/0/start.png"' in page
    assert "-0.25 → 1.5" in page
    assert "Size of the change: 0.50, on a scale" in page
    assert re.search(r"night</td><td[^>]*>1.00</td><td[^>]*>2.00</td><td[^>]*>\+3.0 sd", page)
    answer = client.get(f"/v1/jobs/{job}/samples/0").json()["changes"]
    assert answer["factors"] == [{"name": "night", "before": 1, "after": 2, "sd": 3}]
    assert answer["units"] == []
