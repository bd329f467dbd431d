"""Names, notes, tags and stars of jobs, and lists that are filtered by them, over HTTP."""

import pytest

TRUSTED = {"trust": {"word": "good", "reason": "fine"}, "verdict": []}


@pytest.fixture
def change(client):
    """Change a job; gives the answer."""
    return lambda job, **changes: client.patch(job["links"]["self"], json=changes)


@pytest.fixture
def found(client):
    """The ids that a list has with this query."""
    return lambda query="": [job["id"] for job in client.get(f"/v1/jobs{query}").json()["items"]]


def test_a_new_job_has_no_labels(post):
    job = post()
    assert (job["name"], job["notes"], job["tags"], job["starred"], job["trust"]) == ("", "", [], False, None)


def test_what_is_given_is_changed_and_all_else_stays(client, post, change):
    job = post()
    assert change(job, name="  Volcanoes ", tags=["fire", " fire", "night"]).status_code == 200
    assert change(job, notes="at dusk\nmostly", starred=True).status_code == 200
    now = client.get(job["links"]["self"]).json()
    assert (now["name"], now["tags"]) == ("Volcanoes", ["fire", "night"])
    assert (now["notes"], now["starred"], now["visibility"]) == ("at dusk\nmostly", True, "private")
    assert change(job, name="", tags=[]).json()["name"] == ""


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": "x" * 201},
        {"name": "two\nlines"},
        {"tags": ["a,b"]},
        {"tags": [" "]},
        {"tags": [f"{number}" for number in range(21)]},
        {"starred": "yes"},
        {"state": "failed"},
    ],
)
def test_what_cannot_be_a_label_is_refused(post, change, changes):
    job = post()
    assert change(job, **changes).status_code == 422


def test_lists_are_filtered_by_labels(post, change, found):
    first, second = post(), post(neurons=[{"neuron": "fc8:1", "range": [1, 2]}])
    change(first, name="The first", tags=["Fire"], starred=True)
    change(second, notes="50% of\nnights")
    neuron = second["ranges"][0]["neuron"]
    for query in ("?tag=fire", "?starred=true", "?search=FIRST", "?search=first+fire", "?neuron=fc8:volcano"):
        assert found(query) == [first["id"]], query
    for query in (f"?neuron={neuron}", "?search=of+nights", "?starred=false", "?search=50%25"):
        assert found(query) == [second["id"]], query
    for query in (
        "?tag=fir",
        "?neuron=fc8",
        "?search=first+nights",
        "?search=50_",
        "?trust=good",
        "?tag=first",
    ):
        assert found(query) == [], query
    assert found("?whose=mine") == [second["id"], first["id"]]
    assert found("?whose=team") == []


def test_a_list_is_filtered_by_the_word_of_the_verdict(post, deliver, succeed, found):
    good = post(n=1)
    succeed(deliver(1.5), TRUSTED)
    post(n=1)
    assert found("?trust=good") == [good["id"]]
    assert found("?trust=careful") == []


def test_a_preview_is_in_no_list(post, found, client):
    shown, preview = post(), post(preview=True)
    assert found() == [shown["id"]]
    assert found("?preview=true") == [preview["id"]]
    assert client.get("/v1/queue").json()["waiting"] == 2


def test_a_deleted_job_is_found_no_more(post, found, client):
    job = post()
    assert client.delete(job["links"]["self"]).status_code == 204
    assert found("?search=volcano") == []
