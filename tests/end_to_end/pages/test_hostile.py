"""What users, models and errors say is shown and never run: the watch over each page would tell."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, update

from inverset.jobs import database, leases, store
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Job, Worker
from tests.end_to_end.pages.site import MEMBER
from tests.jobs.catalogue_of_scenes import CATALOGUE, MEASURED

EVIL = "<img src=x onerror=alert(1)></script><script>alert(2)</script>'\"{{7*7}}"
LABEL = "<b>evil</b>'\""
WORKER = "<i>evil</i>"
NEURON = f"fc8:{LABEL}"
METHOD = {**CATALOGUE["methods"]["calibrated"], "summary": EVIL}
HOSTILE = {
    **CATALOGUE,
    "name": "hostile",
    "description": EVIL,
    "layers": [{"name": "fc8", "kind": "vector", "units": 1, "labels": [LABEL]}],
    "neurons": {NEURON: MEASURED},
    "methods": {"calibrated": METHOD},
}


@pytest.fixture(scope="module")
def sessions(site):
    made = database.connect(site.database)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def worker(sessions):
    """One who is heard of now, with a model of its own: what nobody offers is withdrawn."""
    with database.writing(sessions) as session:
        leases.enroll(session, WORKER, EVIL)
        leases.note_alive(session, WORKER, {"hostile": 1.0})
        store.publish_model(session, HOSTILE)
    yield
    with database.writing(sessions) as session:
        store.withdraw_model(session, "hostile")
        session.execute(delete(Worker).where(Worker.id == WORKER))


@pytest.fixture
def failed(site, worker, sessions):
    """A job on the model that means harm, with an error that does."""
    with site.client(MEMBER) as ann:
        expected = {"neuron": NEURON, "range": [0, 1]}
        job_id = ann.submit({"model": "hostile", "neurons": [expected], "n": 2})["id"]
    with database.writing(sessions) as session:
        session.execute(update(Job).where(Job.id == job_id).values(state=Status.FAILED, error=EVIL))
    return job_id


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/jobs", LABEL),
        ("/jobs/{failed}", EVIL),
        ("/compare?job={failed}&job=<script>alert(1)</script>", "there is no job"),
        ("/new?model=hostile", EVIL),
        ("/new?model=hostile&neuron=<script>alert(1)</script>&low=<b>evil</b>", "'<b>evil</b>'"),
        ("/models", EVIL),
        ("/models/hostile", EVIL),
        (f"/models/hostile/neurons/{quote(NEURON)}", LABEL),
        (f"/models/hostile/neurons/{quote('fc8:<script>alert(1)</script>')}", "alert(1)"),
        ("/queue", WORKER),
    ],
)
def test_it_is_words(page, failed, path, says):
    page.watch.allow("status of 422.*/compare|status of 404.*alert")
    page.on("dialog", lambda dialog: pytest.fail(f"it was run: {dialog.message}"))
    page.goto(path.replace("{failed}", failed))
    expect(page.get_by_text(says).first).to_be_attached()
    page.wait_for_timeout(300)
    assert page.locator("img[src=x], main b:text-is('evil')").count() == 0
