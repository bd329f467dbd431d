"""Jobs over HTTP: posted, listed, watched, stopped, removed."""


def test_a_job_is_posted_and_found(client, post):
    job = post(n=20)
    assert job["state"] == "queued"
    assert client.get(job["links"]["self"]).json() == job
