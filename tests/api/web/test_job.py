"""The page of a job: how far it is, what can be done, and its gallery where no script runs."""

import json
import re
import zipfile
from html import unescape
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest

from inverset import storage
from inverset.contract import paths
from inverset.jobs import database, leases
from tests.gallery.reference_images_of_toy import fill, publish
from tests.gallery.test_gallery import EVIDENCE, FACETS, NEAREST

PAGES = {"Accept": "text/html"}
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def show(client):
    """The page of a job, as text."""

    def show(job, query=""):
        answer = client.get(f"/jobs/{job['id']}{query}", headers=PAGES)
        assert answer.status_code == 200, answer.text
        return answer.text

    return show


def shown(page):
    """The samples' numbers in the list that is there without a script."""
    listed = page.split("data-cells")[1].split("</ul>")[0]
    return [int(number) for number in re.findall(r'href="/jobs/\w+/samples/(\d+)"', listed)]


def test_a_job_that_waits_says_where_it_stands(post, show):
    post()
    page = show(post(n=30))
    assert "Place 2 in the queue" in page
    assert f'action="/jobs/{post()["id"]}/cancel"' not in page
    assert "/cancel" in page
    assert "/retry" not in page


def test_a_job_that_runs_says_how_far_it_is_and_is_looked_at_again_without_a_script(post, deliver, show):
    job = post(n=4)
    deliver(1.25, 1.5)
    page = show(job)
    assert '<progress max="4" value="2"' in page
    assert "about 2 s" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert f'data-live="/jobs/{job["id"]}"' in page


def test_the_part_that_changes_can_be_had_alone(client, post, deliver):
    job = post(n=4)
    deliver(1.25)
    part = client.get(f"/jobs/{job['id']}/live", headers=PAGES).text
    assert '<progress max="4" value="1"' in part
    assert "<html" not in part
    assert part.count("<img") == 1


def test_a_job_that_ended_shows_its_evidence(post, deliver, succeed, show):
    job = post(n=5)
    succeed(deliver(1.1, 1.2, 1.3, 1.4, 1.5), {**EVIDENCE, "facets": {"silhouette": 0.3, "facets": FACETS}})
    page = show(job)
    assert '<span class="do-not-trust">do not trust</span>' in page
    assert "There is a &lt;reason&gt;." in page
    assert re.search(r"2 <a [^>]*>kinds of image</a>", page)
    assert page.count('<div class="kind">') == 2
    assert "http-equiv" not in page
    assert f'href="/v1/jobs/{job["id"]}/gallery.zip"' in page
    assert "/cancel" not in page


def test_without_a_script_samples_are_sorted_filtered_and_paged_by_the_form(post, deliver, show):
    job = post(n=200)
    deliver(*(1 + (index * 37 % 150) / 150 for index in range(150)))
    page = show(job)
    assert [index * 37 % 150 for index in shown(page)] == list(range(100))
    following = unescape(re.search(r'href="(\?[^"]+cursor=[^"]+)#gallery"', page)[1])
    assert [index * 37 % 150 for index in shown(show(job, following))] == list(range(100, 150))
    assert shown(show(job, "?order=index")) == list(range(100))
    some = shown(show(job, "?order=activation&low=1.5&high=1.52"))
    assert [index * 37 % 150 for index in some] == [75, 76, 77, 78]


AROUND = {
    "below": {"numbers": [3], "activations": [0.5], "quantiles": [0.5, 0.6]},
    "inside": {"numbers": [9], "activations": [1.5], "quantiles": [0.6, 0.9]},
    "above": {"numbers": [], "activations": [], "quantiles": None},
}


def test_the_first_screen_names_the_band_as_it_was_requested_with_links_to_the_neuron(post, show):
    page = show(post(neurons=[{"neuron": "fc8:volcano", "range": {"quantiles": [0.5, 0.99]}}]))
    assert "<h1>volcano, between its 50th and 99th percentile</h1>" in page
    trail = page.split('class="faint trail"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', trail) == [
        "/models/toy",
        "/models/toy?layer=fc8",
        "/models/toy/neurons/fc8%3Avolcano",
    ]


def test_natural_images_below_in_and_above_the_band_stand_before_the_gallery(post, deliver, succeed, show):
    job = post(n=5)
    sheet = {"columns": 32, "numbers": [3, 9]}
    evidence = {**EVIDENCE, "nearest_reference": {**NEAREST, "sheet": sheet}, "surroundings": AROUND}
    succeed(deliver(1.1, 1.2, 1.3, 1.4, 1.5), evidence)
    page = show(job)
    rows = page.split('class="contrast"')[1].split("</section>")[0]
    assert page.index('class="contrast"') < page.index('id="gallery"')
    assert re.findall(r"<b>([^<]+)</b>", rows) == ["just below", "this band", "just above"]
    assert "natural, 50th to 60th percentile" in rows
    assert "no natural image" in rows
    assert re.findall(r'aria-label="(natural image [^"]+)"', rows) == [
        "natural image 3, activation 0.5",
        "natural image 9, activation 1.5",
    ]
    assert len(re.findall(r"/samples/(\d+).webp", rows)) == 5


def test_the_samples_of_a_kind_are_told_where_they_are_known(client, post, deliver, succeed):
    facets = [{**each, "samples": each["members"]} for each in FACETS]
    jobs = [post(n=5), post(n=5)]
    for told in (facets, FACETS):
        succeed(deliver(1.1, 1.2, 1.3, 1.4, 1.5), {**EVIDENCE, "facets": {"silhouette": 0.3, "facets": told}})
    assert client.get(f"/jobs/{jobs[0]['id']}/kinds.json").json() == [[[4, 1], [0, 1]], [[1, 2]]]
    assert client.get(f"/jobs/{jobs[1]['id']}/kinds.json").status_code == 404


def test_every_sample_is_a_dot_of_a_strip_for_each_neuron(post, deliver, show):
    job = post(
        neurons=[{"neuron": "fc8:volcano", "range": [1, 2]}, {"neuron": "conv5:3@max", "range": [1, 3]}], n=3
    )
    deliver(1, 1.5, 2)
    paths = re.findall(r'<path class="dot" d="([^"]*)"', show(job))
    assert [re.findall(r"M(\d+)", path) for path in paths] == [["0", "250", "500"], ["0", "125", "250"]]


def test_a_job_can_be_stopped_tried_again_and_removed(client, post, show):
    job = post()
    here = f"/jobs/{job['id']}"
    answer = client.post(f"{here}/cancel")
    assert (answer.status_code, answer.headers["Location"]) == (303, here)
    assert 'data-state="canceled"' in show(job)
    assert client.post(f"{here}/retry").status_code == 303
    assert 'data-state="queued"' in show(job)
    gone = client.post(f"{here}/delete")
    assert (gone.status_code, gone.headers["Location"]) == (303, "/jobs")
    assert client.get(here, headers=PAGES).status_code == 404


def test_what_is_not_possible_is_said_on_a_page(client, post):
    answer = client.post(f"/jobs/{post()['id']}/retry", headers=PAGES)
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "text/html; charset=utf-8")


def test_a_job_is_shown_to_the_team_and_hidden_again(client, post):
    job = post()
    client.post(f"/jobs/{job['id']}/show")
    assert client.get(f"/v1/jobs/{job['id']}").json()["visibility"] == "team"
    client.post(f"/jobs/{job['id']}/show")
    assert client.get(f"/v1/jobs/{job['id']}").json()["visibility"] == "private"


def test_the_way_to_a_job_like_this_bears_all_that_was_asked(post, show):
    page = show(post(n=30, method="calibrated", seed=7))
    like = parse_qs(urlsplit(unescape(re.search(r'href="(/new\?[^"]+)"', page)[1])).query)
    assert like["neuron"] == ["fc8:volcano"]
    assert (like["low"], like["high"], like["n"], like["seed"]) == (["1.0"], ["2.0"], ["30"], ["7"])


def test_it_can_be_laid_beside_another_one(post, deliver, succeed, show):
    other = post(n=1)
    succeed(deliver(1.5))
    job = post(n=1)
    succeed(deliver(1.5))
    assert f'<option value="{other["id"]}">' in show(job)


def test_what_went_wrong_is_escaped(sessions, client, post, show):
    from inverset.jobs import database, store
    from inverset.jobs.lifecycle import Status

    job = post()
    with database.writing(sessions) as session:
        result = store.locked(session, job["id"])
        result.error, result.state = f"no {HOSTILE}", Status.FAILED
    page = show(job)
    assert HOSTILE not in page
    assert "no &lt;img" in page


def test_the_script_reads_all_samples_as_columns(client, post, deliver, monkeypatch):
    monkeypatch.setattr("inverset.api.web.pages.gallery.AT_ONCE", 2)
    job = post(n=3)
    deliver(1.25, 1.5, 1.75)
    first = client.get(f"/jobs/{job['id']}/samples.json").json()
    assert first == {"runs": [[0, 2]], "activations": [[1.25, 1.5]], "next": 1}
    rest = client.get(f"/jobs/{job['id']}/samples.json?after=1").json()
    assert client.get(f"/jobs/{job['id']}/samples.json").headers["Content-Encoding"] == "gzip"
    assert rest == {"runs": [[2, 1]], "activations": [[1.75]], "next": None}


def test_the_script_is_told_where_everything_is(client, post, show):
    source = json.loads(unescape(re.search(r'data-source="([^"]+)"', show(post()))[1]))
    assert client.get(source["samples"]).status_code == 200
    assert client.get(source["near"]).status_code == 404
    assert source["neurons"] == [{"neuron": "fc8:volcano", "range": [1.0, 2.0]}]


def test_the_nearest_references_are_told_of_each_sample(client, settings, post, deliver, succeed):
    from inverset import storage
    from inverset.gallery import nearest_references

    job = post(n=5)
    sheet = nearest_references.described([9, 7, 5])
    claimed = deliver(1.1, 1.2, 1.3, 1.4, 1.5)
    storage.open_store(settings.blobs).put(paths.nearest_references(job["id"]), b"a sheet")
    succeed(claimed, {**EVIDENCE, "nearest_reference": {**NEAREST, "sheet": sheet}})
    answer = client.get(f"/jobs/{job['id']}/nearest.json").json()
    assert (answer["numbers"], answer["on_sheet"], answer["columns"]) == ([9, 7, 9, 5, 7], [9, 7, 5], 32)
    assert answer["activations"] is None  # evidence of an earlier version
    sheet = client.get(answer["sheet"])
    assert (sheet.content, sheet.headers["Content-Type"]) == (b"a sheet", "image/webp")


def test_script_and_style_are_kept_by_browsers_until_they_change(client, post, show):
    page = show(post())
    for address, kind in re.findall(r'"(/static/gallery\.(js|css)\?v=\w{12})"', page):
        answer = client.get(address)
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Type"].startswith("text/javascript" if kind == "js" else "text/css")


@pytest.mark.parametrize(("low", "status"), [("", 200), ("1.5", 200), ("inf", 422), ("much", 422)])
def test_the_form_without_scripts_may_leave_ends_empty(client, post, deliver, low, status):
    job_id = post(n=2)["id"]
    deliver(1.25, 1.75)
    question = {"order": "activation", "low": low, "high": ""}
    assert client.get(f"/jobs/{job_id}", params=question, headers=PAGES).status_code == status


def test_a_counterfactual_stands_beside_what_it_began_as(client, post, deliver, succeed, show):
    job = post(n=2)
    changes = {
        "distance": 0.4321,
        "factors": [{"name": "night", "before": 0.02, "after": 0.95, "sd": 2.1}],
        "units": [{"name": "fc8:mountain", "before": 3.0, "after": -1.0, "sd": -1.25}],
    }
    succeed(deliver(1.5, 1.75, began=-0.5), {**EVIDENCE, "changes": changes})
    page = show(job)
    listed = page.split("data-cells")[1].split("</ul>")[0]
    assert listed.count(f'<img class="start" src="/v1/jobs/{job["id"]}/samples/') == 2
    assert "-0.5 → 1.75" in listed
    assert "Average size of the change: 0.43, on a scale" in page
    assert re.search(r"night</td><td[^>]*>0.02</td><td[^>]*>0.95</td><td[^>]*>\+2.1 sd", page)
    assert "-1.2 sd" in page
    columns = client.get(f"/jobs/{job['id']}/samples.json").json()
    assert columns["starts"] == [[-0.5, -0.5]]


def test_other_galleries_show_no_pairs(client, post, deliver, succeed, show):
    job = post(n=1)
    succeed(deliver(1.5), EVIDENCE)
    page = show(job)
    assert "start.webp" not in page.split("data-cells")[1]
    assert "What was changed" not in page
    assert 'class="alarm"' not in page
    assert "natural images lie in this band" not in page
    assert "starts" not in client.get(f"/jobs/{job['id']}/samples.json").json()


CONFOUND = {"name": "night", "kind": "factor", "sentence": f"It is at night {HOSTILE}."}


def test_a_confound_is_told_above_the_gallery_with_pictures(client, post, deliver, succeed, show, settings):
    from inverset import gallery, storage

    job = post(n=5)
    evidence = {**EVIDENCE, "confounds": [CONFOUND], gallery.confounds.SHEET: gallery.confounds.described(4)}
    succeed(deliver(1.0, 1.25, 1.5, 1.75, 2.0), evidence)
    storage.open_store(settings.blobs).put(paths.confounds(job["id"]), b"webp")
    page = show(job)
    alarm = page.split('class="alarm"')[1].split("</aside>")[0]
    assert page.index('class="alarm"') < page.index('id="gallery"')
    assert HOSTILE not in page
    assert "It is at night &lt;img" in alarm
    assert re.findall(r"/samples/(\d+).webp", alarm) == ["0", "2", "4"]
    sheet = f"/jobs/{job['id']}/confounds.webp"
    assert alarm.count(f'<image href="{sheet}" width="4" height="2"') == 6
    assert 'viewBox="2 1 1 1"' in alarm
    assert client.get(sheet).content == b"webp"
    answer = client.get(f"/v1/jobs/{job['id']}").json()
    assert [each["name"] for each in answer["confounds"]] == ["night"]
    with zipfile.ZipFile(BytesIO(client.get(answer["links"]["gallery"]).content)) as archive:
        assert archive.read("confounds.webp") == b"webp"
        assert 'href="confounds.webp"' in archive.read("index.html").decode()


def test_nobody_looked_is_not_nothing_found(client, post, deliver, succeed, show):
    job, other = post(n=1), post(n=1)
    assert client.get(f"/v1/jobs/{job['id']}").json()["confounds"] is None
    succeed(deliver(1.5), {**EVIDENCE, "confounds": []})
    succeed(deliver(1.5), EVIDENCE)
    assert client.get(f"/v1/jobs/{job['id']}").json()["confounds"] == []
    assert client.get(f"/v1/jobs/{other['id']}").json()["confounds"] is None
    assert 'class="alarm"' not in show(job)


def test_the_share_of_nature_is_one_sentence(client, post, sessions, deliver, succeed, show):
    job = post(n=2)
    claimed = deliver(1.5)
    counts = {
        "forward_passes": 12.25,
        "evaluations": 5.635,
        "drawn": 1000,
        "drawn_in_band": 70.0,
        "drawn_in_band_squares": 70.0,
    }
    with database.writing(sessions) as session:
        leases.save(session, claimed, leases.Progress([], "", "state", {"seconds": 2.0, **counts}))
    sentence = (
        "About 7% of natural images lie in this band (5.5 to 8.7%), estimated from randomly generated images."
    )
    assert sentence in show(job)
    answer = client.get(f"/v1/jobs/{job['id']}").json()
    output, progress = answer["share_of_nature"], answer["progress"]
    assert (progress["forward_passes"], progress["evaluations"]) == (12.25, 5.63)
    assert (output["estimate"], output["draws"]) == (0.07, 1000)
    result = {"share_of_nature": output, "references": {"of": 2000, "in_band": 100}}
    succeed(claimed, {**EVIDENCE, **result})
    assert f"{sentence} Of the 2,000 natural images of this model, 5% do." in show(job)


def test_a_job_without_a_sample_says_how_close_it_came_so_far(sessions, client, post, deliver, show):
    job = post(n=9, neurons=[{"neuron": "fc8:volcano", "range": [40, 60]}])
    assert "so far" not in show(job)
    claimed = deliver()
    for seen in (None, 6.22, 3.5):
        with database.writing(sessions) as session:
            leases.save(session, claimed, leases.Progress([], "", "state", {}, closest={"fc8:volcano": seen}))
    assert client.get(f"/v1/jobs/{job['id']}").json()["progress"]["closest"] == {"fc8:volcano": 6.22}
    answer = 'Closest to the band so far: <span class="number">6.22</span>'
    assert answer in show(job)
    first = leases.SavedSample(0, "jobs/x/y", "0" * 64, 9, {"fc8:volcano": 41.0}, 8)
    with database.writing(sessions) as session:
        leases.save(session, claimed, leases.Progress([first], "chunk", "state", {}))
    assert answer not in show(job)


class TestABandThatIsNotReached:
    @pytest.fixture
    def ended(self, sessions, post, deliver):
        """The answer of a job that ended without reaching its band, after so many samples."""

        def ended(best, *values, reason="unreachable", low=40, high=60):
            job = post(n=9, neurons=[{"neuron": "fc8:volcano", "range": [low, high]}])
            claimed = deliver(*values)
            blocked = {"fc8:volcano at least": 1.0, "code norm": 0.76, "fc8:volcano at most": 0.0}
            outcome = {"reason": reason, "detail": "given up", "best": best, "blocked_by": blocked}
            with database.writing(sessions) as session:
                leases.finish_part(session, claimed, outcome)
                leases.finish_job(session, claimed, None)
            return job

        return ended

    def test_how_close_it_came_and_what_kept_images_out_is_said(self, ended, show):
        page = show(ended({"fc8:volcano": 11.5}))
        answer = page.split('unreached">')[1].split("</div>")[0]
        assert "No image reached this band." in answer
        assert 'Closest for fc8:volcano: <span class="number">11.5</span> (you asked for 40 to 60).' in answer
        assert (
            "the activation was too low (100%); the image was outside the range of natural images (76%)."
            in answer
        )
        assert "too high" not in answer

    def test_the_nearest_band_that_natural_images_reach_is_one_click_away(self, client, ended, show):
        page = show(ended({"fc8:volcano": 11.5}))
        href = unescape(re.search(r'<a class="button" href="(/new[^"]+)">Try ([^<]+)<', page)[1])
        assert parse_qs(urlsplit(href).query)["low"] == ["8.0"]
        assert parse_qs(urlsplit(href).query)["high"] == ["12.0"]
        assert "Try fc8:volcano from 8 to 12" in page
        assert "No natural image" not in client.get(href, headers=PAGES).text
        form = client.get("/new?model=toy&neuron=fc8:volcano&low=40&high=60", headers=PAGES).text
        assert "No natural image is this high: their maximum is 12." in form

    def test_a_few_images_are_not_none(self, ended, show):
        page = show(ended({"fc8:volcano": 11.5}, 40.5, 41.5))
        assert "Only 2 of 9 images reached this band." in page

    def test_a_job_that_reached_its_band_says_nothing_of_it(self, ended, show):
        assert "unreached" not in show(
            ended({"fc8:volcano": 1.5}, *[1.5] * 9, reason="reached n", low=1, high=2)
        )


def test_a_job_without_evidence_stands_among_the_images_chosen_for_its_neuron(
    client, sessions, settings, post, show
):
    publish(sessions)
    fill(storage.open_store(settings.blobs))
    page = show(post(neurons=[{"neuron": "fc8:volcano", "range": [-3, -2]}]))
    rows = page.split('class="contrast"')[1].split("</section>")[0]
    assert rows.count("/v1/models/toy/references/") == 2
    above = rows.split("just above")[1]
    assert above.count("/v1/models/toy/references/") == 2
    assert "natural images: " in page.split('class="among"')[1].split("</p>")[0]
