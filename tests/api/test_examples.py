"""The examples that /docs shows work when they are sent, to the model that they name."""

import json
from importlib import resources

from inverset.jobs import database, store
from tests.jobs.catalogue_of_scenes import CATALOGUE


def test_examples_work_as_they_are(client, sessions):
    shipped = resources.files("inverset.sampler") / "zoo" / "scenes" / "weights" / "catalogue.json"
    scenes = json.loads(shipped.read_text())
    with database.writing(sessions) as session:
        store.publish_model(session, {**scenes, "methods": CATALOGUE["methods"]})
    body = client.get("/openapi.json").json()["paths"]["/v1/jobs"]["post"]["requestBody"]
    examples = body["content"]["application/json"]["examples"]
    assert len(examples) >= 3
    for name, example in examples.items():
        answer = client.post("/v1/jobs", json=example["value"])
        assert answer.status_code == 202, (name, answer.text)


def test_every_reference_in_the_description_has_its_target(client):
    document = client.get("/openapi.json").json()

    def references(node):
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert {*references(document)} - known == set()
