"""A neuron page on a server with accounts."""

from tests.api.web.test_neurons import NEURON, PAGES
from tests.jobs.catalogue_of_scenes import body


def test_others_sweeps_and_galleries_are_theirs(client, prepared):
    keys = {name: {"Authorization": f"Bearer {key}"} for name, key in prepared[1].items()}
    question = body(neurons=[{"neuron": "fc8:0"}], vary={"range": [[1, 2], [2, 3]]})
    sweep = client.post("/v1/sweeps", json=question, headers=keys["ann"]).json()["id"]
    for who, status, rows in (("ann", 200, 2), ("bob", 404, 0)):
        answer = client.get(f"/sweeps/{sweep}", headers={**PAGES, **keys[who]})
        assert answer.status_code == status
        text = client.get(NEURON, headers={**PAGES, **keys[who]}).text
        assert text.count('<li class="gallery">') == rows
    assert client.post(f"/sweeps/{sweep}/cancel", headers=keys["bob"]).status_code == 404
