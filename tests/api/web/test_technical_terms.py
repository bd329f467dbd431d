"""Technical terms on pages: they stand in sections of details."""

from inverset.contract.metrics import METRICS
from tests.gallery.test_gallery import EVIDENCE
from tests.words import templates
from tests.words.banned import IN_DETAILS, faults

PAGES = {"Accept": "text/html"}
SEEN = {**EVIDENCE, "verdict": ["All 3 images are in their bands."]}
ROWS = [
    {"name": each.name, "meaning": each.meaning, "samples": 1.0, "natural": 0.5, "rejection": None}
    for each in METRICS
]


def test_they_are_not_in_the_open(client, post, deliver, succeed):
    made = [post(n=3, method=method)["id"] for method in ("calibrated", "paper")]
    for _ in made:
        succeed(deliver(1.5, 1.25, 2.0), {**SEEN, "metrics": ROWS})
    for path in (
        f"/jobs/{made[0]}",
        f"/compare?jobs={','.join(made)}",
        f"/jobs/{made[0]}/samples/1",
        "/models/toy",
        "/models/toy/neurons/fc8:volcano",
        "/new?model=toy",
        "/queue",
    ):
        shown = templates.of_page(path, client.get(path, headers=PAGES).text)
        assert shown
        assert not list(faults([each for each in shown if not each.hidden], IN_DETAILS))


def test_they_are_in_the_details(client, post, deliver, succeed):
    job = post(n=3)["id"]
    succeed(deliver(1.5, 1.25, 2.0), {**SEEN, "metrics": ROWS})
    page = templates.of_page("a job", client.get(f"/jobs/{job}", headers=PAGES).text)
    hidden = {each.text for each in page if each.hidden}
    assert any("evaluations" in text for text in hidden)
    assert any("codes given up" in text for text in hidden)
    assert "images at once (K)" in hidden
