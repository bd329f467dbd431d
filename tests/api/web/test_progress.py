"""A job's progress in a sentence: words for people, not the states of the queue."""

import pytest

from inverset.jobs import database, leases

PAGES = {"Accept": "text/html"}


@pytest.fixture
def summary(client):
    """The sentence on a job's page."""

    def summary(job):
        page = client.get(f"/jobs/{job['id']}/live", headers=PAGES).text
        return page.split('role="status">')[1].split("</p>")[0]

    return summary


@pytest.fixture
def end(sessions):
    """End a claimed job for a reason."""

    def end(claimed, reason):
        with database.writing(sessions) as session:
            outcome = {"reason": reason, "detail": "", "best": {}, "blocked_by": {}}
            leases.finish_part(session, claimed, outcome)
            leases.finish_job(session, claimed, None)

    return end


def test_a_job_that_waits_and_one_that_runs(post, deliver, summary):
    job = post(n=4)
    assert summary(job).startswith("<b>Waiting</b>: Place 1 in the queue")
    deliver(1.25, 1.5)
    assert summary(job) == "<b>Sampling</b>: 2 of 4 images, about 2 s left."


def test_a_job_that_has_all_its_images_needs_no_words(post, deliver, end, summary):
    job = post(n=2)
    end(deliver(1.25, 1.5), "reached n")
    assert summary(job) == ""


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("budget spent", "<b>Stopped early</b>: 1 of 4 images. The limit of this gallery was reached after"),
        ("unreachable", "<b>Stopped early</b>: 1 of 4 images. Attempts to reach the band kept failing."),
    ],
)
def test_a_job_with_fewer_images_says_why(post, deliver, end, summary, reason, words):
    job = post(n=4)
    end(deliver(1.25), reason)
    assert summary(job).startswith(words)


def test_a_job_without_images_says_so(post, deliver, end, summary):
    job = post(n=4)
    end(deliver(), "unreachable")
    assert summary(job) == "<b>No images</b>: Attempts to reach the band kept failing."


def test_a_canceled_job_keeps_its_images(client, post, summary):
    job = post(n=4)
    client.post(f"/v1/jobs/{job['id']}/cancel")
    assert summary(job) == "<b>Stopped early</b>: 0 of 4 images were made. They are kept."
