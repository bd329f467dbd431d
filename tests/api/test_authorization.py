"""Every route, asked by everybody: one table says what each is answered."""

import shutil

import pytest
from sqlalchemy import delete

from inverset import storage
from inverset.api.app import create_app
from inverset.jobs import accounts, database
from inverset.jobs.tables import Job, Key, Sweep, Switch
from tests.api.keyring import bearing, prepare
from tests.api.test_sweeps import sweep
from tests.gallery.reference_images_of_toy import fill, publish
from tests.gallery.test_sample_details import fill as portray
from tests.jobs.catalogue_of_scenes import body

OK = "ok"  # neither 401 nor 403 nor 404
STRANGERS = ("none", "bad", "expired", "revoked")
# Who asks -> what they are answered. The job is ann's; bob is another member, root an admin. On a route without a job
# `private` and `team` are the same.
ALL = dict.fromkeys((*STRANGERS, "bob private", "bob team", "ann", "root"), OK)
KEYED = ALL | dict.fromkeys(STRANGERS, 401)
LOOK = KEYED | {"bob private": 404}
CHANGE = LOOK | {"bob team": 403}
ADMIN = KEYED | {"bob private": 403, "bob team": 403, "ann": 403}
SELF = KEYED | {"bob private": 403, "bob team": 403}  # ann's
OWN_KEY = KEYED | {"bob private": 404, "bob team": 404}  # ann's
OWN_TRY = OWN_KEY | {"root": 404}  # not even an admin sees what others try

JOB, SWEEP = "/v1/jobs/{job_id}", "/v1/sweeps/{sweep_id}"
RULES = {
    "GET /healthz": ALL,
    "GET /readyz": ALL,
    "GET /v1/models": KEYED,
    "GET /v1/models/{name}": KEYED,
    "GET /v1/models/{name}/neurons": KEYED,
    "GET /v1/models/{name}/neurons/{neuron}": KEYED,
    "GET /v1/models/{name}/neurons/{neuron}/reference": KEYED,
    "POST /v1/models/{name}/neurons/{neuron}/images": KEYED,
    "GET /v1/image-tries/{try_id}": OWN_TRY,
    "DELETE /v1/image-tries/{try_id}": OWN_TRY,
    "GET /v1/models/{name}/references/{number}.webp": KEYED,
    "GET /v1/queue": KEYED,
    "GET /v1/me": KEYED,
    "GET /v1/me/webhook-secret": KEYED,
    "POST /v1/me/webhook-secret": KEYED,
    "GET /v1/jobs": KEYED,
    "POST /v1/jobs": KEYED,
    f"GET {JOB}": LOOK,
    f"PATCH {JOB}": CHANGE,
    f"DELETE {JOB}": CHANGE,
    f"POST {JOB}/cancel": CHANGE,
    f"POST {JOB}/front": CHANGE,
    f"POST {JOB}/retry": CHANGE,
    f"GET {JOB}/webhooks": CHANGE,  # an address may be a secret
    f"POST {JOB}/webhooks/{{message_id}}/retry": CHANGE,
    f"GET {JOB}/samples": LOOK,
    f"GET {JOB}/samples/{{index}}.png": LOOK,
    f"GET {JOB}/samples/{{index}}.webp": LOOK,
    f"GET {JOB}/samples/{{index}}/start.png": LOOK,
    f"GET {JOB}/samples/{{index}}/start.webp": LOOK,
    f"GET {JOB}/samples/{{index}}": LOOK,
    f"GET {JOB}/map": LOOK,
    f"GET {JOB}/evidence": LOOK,
    f"GET {JOB}/events": LOOK,
    f"GET {JOB}/gallery.zip": LOOK,
    f"GET {JOB}/contact-sheet.png": LOOK,
    f"GET {JOB}/animation.webp": LOOK,
    f"GET {JOB}/codes.safetensors": LOOK,
    f"GET {JOB}/figure.png": LOOK,
    f"GET {JOB}/figure.svg": LOOK,
    f"GET {JOB}/citation": LOOK,
    f"POST {JOB}/share-links": CHANGE,
    f"GET {JOB}/share-links": CHANGE,
    f"DELETE {JOB}/share-links/{{link_id}}": CHANGE,
    "GET /v1/compare": LOOK,
    "GET /v1/sweeps": KEYED,
    "POST /v1/sweeps": KEYED,
    f"GET {SWEEP}": LOOK,
    f"DELETE {SWEEP}": CHANGE,
    f"POST {SWEEP}/cancel": CHANGE,
    f"POST {SWEEP}/retry": CHANGE,
    f"GET {SWEEP}/gallery.zip": LOOK,
    "GET /v1/users": ADMIN,
    "POST /v1/users": ADMIN,
    "PATCH /v1/users/{name}": ADMIN,
    "GET /v1/users/{name}/keys": SELF,
    "POST /v1/users/{name}/keys": ADMIN,
    "DELETE /v1/keys/{key_id}": OWN_KEY,
    "GET /v1/admin/switches": ADMIN,
    "POST /v1/admin/pause": ADMIN,
    "POST /v1/admin/resume": ADMIN,
    "POST /v1/admin/drain": ADMIN,
    "POST /v1/admin/undrain": ADMIN,
}
TOLD = "https://1.1.1.1/"
# What the document does not show.
HIDDEN = {
    "GET /docs": ALL,
    "GET /docs.js": ALL,
    "GET /openapi.json": ALL,
    "GET /metrics": ADMIN,
}
BODIES = {
    "POST /v1/jobs": body(),
    "POST /v1/sweeps": sweep(),
    f"PATCH {JOB}": {"visibility": "team"},
    "POST /v1/users": {"name": "cat"},
    "PATCH /v1/users/{name}": {"weight": 2},
    "POST /v1/users/{name}/keys": {},
}
PUBLIC = {"GET /healthz", "GET /readyz", "GET /metrics"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, migrated_file):
    folder = tmp_path_factory.mktemp("authorization")
    shutil.copy(migrated_file, folder)
    made = prepare(f"sqlite:///{folder / 'inverset.db'}", folder)
    fill(storage.open_store(made[0].blobs))
    return made


@pytest.fixture(scope="module")
def settings(prepared):
    return prepared[0]


@pytest.fixture
def keys(prepared):
    return prepared[1] | {"none": None}


def posted(client, key, what, **asked):
    answer = client.post(f"/v1/{what}", json=asked, headers=bearing(key))
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


@pytest.fixture
def jobs(client, keys, deliver, succeed, sessions, settings):
    """Ann's jobs with a counterfactual and its portrait, by who may see them; of a model whose reference images are chosen."""
    made, folder = {}, storage.open_store(settings.blobs)
    publish(sessions)
    for visibility in ("private", "team"):
        made[visibility] = posted(
            client, keys["ann"], "jobs", **body(n=1, visibility=visibility, webhook=TOLD)
        )
        portray(folder, made[visibility])
        succeed(deliver(1.5, began=-0.5), {"verdict": ["good"]})
    yield made
    with database.writing(sessions) as session:
        session.execute(delete(Job))
        session.execute(delete(Sweep))
        session.execute(delete(Switch))


@pytest.fixture
def sweeps(client, keys, jobs):
    """Ann's sweeps, by who may see them."""
    return {
        visibility: posted(client, keys["ann"], "sweeps", **sweep(visibility=visibility))
        for visibility in jobs
    }


@pytest.fixture
def spare_keys(sessions):
    """Make a key of ann's that may be revoked."""

    def make():
        with database.writing(sessions) as session:
            return accounts.make_key(session, "ann").row.id

    return make


def documented(settings):
    app = create_app(settings)
    app.state.services.close()
    return {
        f"{method.upper()} {path}": operation
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }


def path_of(route, **owned):
    if route == "GET /v1/compare":
        return f"/v1/compare?jobs={owned['job_id']},{owned['another']}"
    name = "toy" if "models" in route else "ann"
    return route.split(" ")[1].format(name=name, neuron="fc8:0", index=0, number=5, **owned)


def message_of(client, keys, job):
    """The id of the message that the job's end brought about."""
    return client.get(f"/v1/jobs/{job}/webhooks", headers=bearing(keys["ann"])).json()[0]["id"]


def link_of(client, keys, job):
    """The id of a link to the gallery of ann's job."""
    return client.post(f"/v1/jobs/{job}/share-links", headers=bearing(keys["ann"])).json()["id"]


def tried(client, keys):
    """The id of images that ann tries."""
    path = "/v1/models/toy/neurons/fc8:0/images"
    answer = client.post(path, files={"image": ("a.png", b"x")}, headers=bearing(keys["ann"]))
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def fits(answer, expected):
    if expected == OK:
        return answer.status_code not in {401, 403, 404} and answer.status_code < 500
    problem = answer.headers["content-type"] == "application/problem+json"
    return problem and answer.status_code == expected


@pytest.mark.parametrize("route", RULES | HIDDEN)
def test_everybody_is_answered_as_the_table_says(route, client, keys, jobs, sweeps, spare_keys):
    method, another = route.split(" ")[0], posted(client, keys["root"], "jobs", **body(visibility="team"))
    for who, expected in (RULES | HIDDEN)[route].items():
        name, _, visibility = who.partition(" ")
        job, its_sweep = (owned[visibility or "private"] for owned in (jobs, sweeps))
        link = link_of(client, keys, job) if "link_id" in route else None
        message = message_of(client, keys, job) if "message_id" in route else None
        its_try = tried(client, keys) if "try_id" in route else None
        owned = {
            "job_id": job,
            "sweep_id": its_sweep,
            "key_id": spare_keys(),
            "message_id": message,
            "link_id": link,
            "try_id": its_try,
        }
        path = path_of(route, another=another, **owned)
        answer = client.request(method, path, json=BODIES.get(route), headers=bearing(keys[name]))
        assert fits(answer, expected), (who, answer.status_code, answer.text)
        if its_try is not None:
            client.delete(f"/v1/image-tries/{its_try}", headers=bearing(keys["ann"]))
        if answer.status_code == 204 and link is None and its_try is None:  # for the next one to delete
            jobs["private"] = posted(client, keys["ann"], "jobs", **body())
            sweeps["private"] = posted(client, keys["ann"], "sweeps", **sweep())
        if expected == 401:
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_no_route_is_missing_from_the_table(settings):
    assert set(documented(settings)) == set(RULES)


def test_every_route_that_wants_a_key_says_so(settings):
    for route, operation in documented(settings).items():
        assert ("security" in operation) == (route not in PUBLIC), route


def test_refusals_are_documented_as_problems(settings):
    for route, operation in documented(settings).items():
        output = {who for who in RULES[route].values() if who != OK}
        assert {int(status) for status in operation["responses"] if status != "default"} >= output, route
        for status, answer in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (route, status)


@pytest.mark.parametrize("scheme", ["Basic {}", "Bearer", "bearer {}", "{}", "Bearer  {}", "Bearer {} x"])
def test_ways_of_sending_a_key(client, keys, scheme):
    answer = client.get("/v1/me", headers={"Authorization": scheme.format(keys["ann"])})
    assert answer.status_code == (200 if scheme in {"bearer {}", "Bearer  {}"} else 401)


def test_a_job_that_is_hidden_looks_as_one_that_is_not_there(client, keys, jobs):
    messages = []
    for job_id in (jobs["private"], "job_none"):
        answer = client.get(f"/v1/jobs/{job_id}", headers=bearing(keys["bob"]) | {"X-Request-ID": "same"})
        messages.append(answer.text.replace(job_id, "X"))
    assert messages[0] == messages[1]


def test_lists_hold_ones_own_and_the_teams(client, keys, jobs):
    def listed(name, **wanted):
        answer = client.get("/v1/jobs", params=wanted, headers=bearing(keys[name]))
        return {job["id"] for job in answer.json()["items"]}

    assert listed("bob") == listed("bob", owner="ann") == {jobs["team"]}
    assert listed("ann") == listed("root") == set(jobs.values())


def test_the_team_sees_a_job_once_its_owner_says_so(client, keys, jobs):
    path = f"/v1/jobs/{jobs['private']}"
    for visibility, status in (("team", 200), ("private", 404)):
        changed = client.patch(path, json={"visibility": visibility}, headers=bearing(keys["ann"]))
        assert changed.json()["visibility"] == changed.json()["spec"]["visibility"] == visibility
        assert client.get(path, headers=bearing(keys["bob"])).status_code == status


def test_one_key_for_one_request_of_one_user(client, keys, jobs):
    """The same Idempotency-Key of two users is two keys."""
    made = {
        client.post("/v1/jobs", json=body(), headers=bearing(keys[name]) | {"Idempotency-Key": "one"}).json()[
            "id"
        ]
        for name in ("ann", "bob", "ann")
    }
    assert len(made) == 2


def test_the_use_of_a_key_is_noted(client, keys, sessions):
    client.get("/v1/me", headers=bearing(keys["root"]))
    with sessions.begin() as session:
        assert session.get(Key, keys["root"][4:12]).last_used_at is not None
