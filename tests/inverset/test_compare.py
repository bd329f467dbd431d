"""``inverset compare``: jobs of a server and galleries in folders."""

import json
import re

import pytest

from tests.inverset.command import COLUMNS, run
from tests.jobs.catalogue_of_scenes import body

TRUST = {"word": "do not trust", "reason": "Only 20%."}
ROW = {"name": "precision", "meaning": "How many.", "samples": 0.25, "natural": 0.95, "rejection": None}
EVIDENCE = {"trust": TRUST, "verdict": ["So."], "metrics": [ROW], "baseline": None, "rejection": None}


@pytest.fixture
def jobs(client, deliver, succeed):
    made = []
    for method in ("calibrated", "paper"):
        made.append(client.submit(body(n=3, k=5, method=method))["id"])
        succeed(deliver(1.75, 1.25, 1.5), EVIDENCE)
    return made


def test_jobs_side_by_side(url, client, jobs):
    result = run("compare", *jobs, "--server", url)
    assert result.code == 0, result.err
    assert max(map(len, result.out.splitlines())) <= COLUMNS
    assert re.search(r"A +calibrated +fc8:volcano in 1 to 2 +3 +do not trust", result.out)
    assert "they differ in method" in result.out
    assert re.search(r"precision +0.25 +0.25 +0.95", result.out)
    assert client.compare(*jobs)["differ"] == ["method"]


def test_a_job_and_a_gallery_become_a_page_with_pictures(url, client, jobs, tmp_path):
    client.download(jobs[0], tmp_path / "gallery")
    result = run("compare", jobs[1], tmp_path / "gallery", "--out", tmp_path / "page", "--server", url)
    assert result.code == 0, result.err
    assert result.out.strip().endswith(str(tmp_path / "page" / "index.html"))
    page = (tmp_path / "page" / "index.html").read_text()
    files = re.findall(r'src="([^"]+)"', page)
    assert files == [f"{side}/00000{index}.png" for side in (1, 2) for index in (1, 2, 0)]  # by activation
    for at, index in enumerate((1, 2, 0), 3):
        content = (tmp_path / "gallery" / "images" / f"00000{index}.png").read_bytes()
        assert (tmp_path / "page" / files[at]).read_bytes() == content
    assert page.count('<span class="do-not-trust">do not trust</span>') == 2
    assert "0.25 <span" in page
    answer = json.loads((tmp_path / "page" / "comparison.json").read_text())
    assert [item["name"] for item in answer["items"]] == [jobs[1], str(tmp_path / "gallery")]


def test_a_job_that_has_not_ended_has_no_figures(url, client, jobs):
    result = run("compare", jobs[0], client.submit(body())["id"], "--server", url)
    assert result.code == 0, result.err
    assert re.search(r"precision +0.25 +-", result.out)


@pytest.mark.parametrize("which", [["a"], ["a", "a"], list("abcdefg")])
def test_two_to_six_different_ones(which):
    result = run("compare", *which)
    assert (result.code, "2 to 6 different ones" in result.err) == (2, True)


def test_what_cannot_be_compared_is_told(url, jobs, tmp_path):
    for other, why in (("job_none", "no job 'job_none'"), (tmp_path, "is not a gallery")):
        result = run("compare", jobs[0], other, "--server", url)
        assert (result.code, why in result.err.replace("\n", "")) == (1, True), result.err
    (tmp_path / "manifest.json").write_text('{"samples": [], "ranges": [{"neuron": "fc8:0"}]}')
    result = run("compare", jobs[0], tmp_path, "--server", url)
    assert (result.code, "is damaged" in result.err) == (1, True)
