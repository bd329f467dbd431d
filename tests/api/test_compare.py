"""Jobs side by side, over HTTP."""

import pytest

ROW = {"name": "precision", "meaning": "How many.", "natural": 0.95, "rejection": None}
TRUST = {"word": "good", "reason": "It is."}


@pytest.fixture
def jobs(post, deliver, succeed):
    """Two that have ended, one that has not."""
    made = []
    for method, value in (("calibrated", 0.9), ("paper", 0.2)):
        made.append(post(n=1, method=method)["id"])
        succeed(deliver(1.5), {"trust": TRUST, "verdict": ["good"], "metrics": [{**ROW, "samples": value}]})
    return [*made, post(n=2)["id"]]


def test_side_by_side_in_the_order_given(client, jobs):
    answer = client.get("/v1/compare", params={"jobs": ",".join(jobs[::-1])})
    assert answer.status_code == 200, answer.text
    data = answer.json()
    assert [item["name"] for item in data["items"]] == jobs[::-1]
    assert [item["trust"] for item in data["items"]] == [None, TRUST, TRUST]
    assert data["differ"] == ["method", "k", "samples"]
    assert data["metrics"] == [
        {
            **ROW,
            "samples": [None, 0.2, 0.9],
            "natural": [None, 0.95, 0.95],
            **{key: [None, None, None] for key in ("ceiling", "jittered", "prior", "chance", "rejection")},
        }
    ]


@pytest.mark.parametrize("text", ["", "a", "a,a", "a,b,c,d,e,f,g"])
def test_two_to_six_different_ones(client, text):
    answer = client.get("/v1/compare", params={"jobs": text})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"loc": ["jobs"], "msg": "name 2 to 6 different jobs, separated by commas"}
    ]


def test_one_that_is_not_there(client, jobs):
    answer = client.get(f"/v1/compare?jobs={jobs[0]},job_none")
    assert answer.status_code == 404
    assert "job_none" in answer.json()["detail"]
