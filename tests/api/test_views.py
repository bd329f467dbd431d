"""The JSON that users see."""

from inverset.api import views
from inverset.config.settings import Settings
from inverset.jobs import claims, database, leases, queue_forecast, samples, store
from inverset.jobs.leases import Progress, SavedSample


def test_a_job_as_the_contract_says(sessions, post):
    job_id = post(n=10)["id"]
    with sessions.begin() as session:
        job = store.job(session, job_id)
        shown = views.describe(job, queue_forecast.look(session, Settings()).places()[job_id])
    shown = shown.model_dump(mode="json")
    assert set(shown) >= {"id", "kind", "state", "outcome", "spec", "ranges", "progress", "queue", "owner"}
    assert (shown["state"], shown["spec"]["k"], shown["finished"]) == ("queued", 7, None)
    place = {"position": 1, "ahead": 0, "about": False, "starts_in_seconds": None, "reason": "no worker"}
    assert shown["queue"] == place
    assert shown["created"].endswith("Z")
    assert shown["links"]["gallery"] == f"/v1/jobs/{job_id}/gallery.zip"


def test_progress_and_a_sample(sessions, post):
    job_id = post(n=10)["id"]
    with database.writing(sessions) as session:
        mine = claims.claim(session, claims.Bidder("w"), Settings())
        made = [SavedSample(i, "jobs/x/y", "0" * 64, 9, {"fc8:volcano": 1.5}, 8) for i in range(4)]
        counts = {"gradient_evaluations": 80, "forward_passes": 50.004, "evaluations": 103.0}
        tally = {"seconds": 2.0, "given_up": 1, **counts}
        leases.save(session, mine, Progress(made, "chunk", "checkpoint", tally, closest={"fc8:volcano": 1.5}))
    with sessions.begin() as session:
        progress = views.describe(store.job(session, job_id)).progress
        sample = views.describe_sample(samples.one(session, job_id, 3))
    assert progress.model_dump() == {
        "accepted": 4,
        "n": 10,
        "gradient_evaluations": 80,
        "forward_passes": 50.0,
        "evaluations": 103.0,
        "given_up": 1,
        "seconds": 2.0,
        "eta_seconds": 3.0,
        "closest": {"fc8:volcano": 1.5},
    }
    assert (sample.file, sample.step) == ("images/000003.png", 8)


def test_an_outcome_of_an_earlier_version_is_shown(sessions, post):
    job_id = post(n=10)["id"]
    with database.writing(sessions) as session:
        store.job(session, job_id).outcome = {"reason": "reached n", "detail": ""}
    with sessions.begin() as session:
        outcome = views.describe(store.job(session, job_id)).outcome
    assert outcome is not None
    assert (outcome.reason, outcome.best, outcome.blocked_by) == ("reached n", {}, {})
