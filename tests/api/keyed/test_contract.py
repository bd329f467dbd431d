"""The service does what its OpenAPI document says, whatever it is sent: schemathesis tries."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.keyring import bearing
from tests.api.test_sweeps import sweep
from tests.jobs.catalogue_of_scenes import body

# A body that fits the schema may still name a neuron that is not there: 422 is right, and this check takes it amiss.
NOISE = "positive_data_acceptance"
STREAMS = "/events$"  # end when their jobs have ended
CONFIG = """
[parameters]
"path.job_id" = "{job_id}"
"path.sweep_id" = "{sweep_id}"
"header.prefer" = "respond-async"

[[operations]]
include-name = ["DELETE /v1/jobs/{{job_id}}", "DELETE /v1/sweeps/{{sweep_id}}"]
parameters = {{ "path.job_id" = "job_none", "path.sweep_id" = "sweep_none" }}
"""


@pytest.fixture
def limits():
    return {"max_body_bytes": 200_000}  # room for a list that is one too long


@pytest.fixture
def key(prepared):
    return bearing(prepared[1]["root"])


@pytest.fixture
def config(client, key, deliver, succeed, tmp_path):
    """A file that names a job and a sweep which are there, and have ended."""
    job = client.post("/v1/jobs", json=body(n=1), headers=key).json()["id"]
    succeed(deliver(1.5), {"verdict": ["good"]})
    its_sweep = client.post("/v1/sweeps", json=sweep(n=1), headers=key).json()["links"]
    client.post(its_sweep["cancel"], headers=key).raise_for_status()
    file = tmp_path / "schemathesis.toml"
    file.write_text(CONFIG.format(job_id=job, sweep_id=its_sweep["self"].rsplit("/", 1)[1]))
    return file


@pytest.mark.slow
def test_the_service_does_what_its_document_says(client, key, config, tmp_path):
    program = Path(sys.executable).with_name("schemathesis")
    document = f"{client.base_url}/openapi.json"
    checks = ["--checks", "all", "--exclude-checks", NOISE, "--exclude-path-regex", STREAMS]
    bounds = ["--max-examples", "5", "--seed", "1", "--workers", "1", "--no-color"]
    header = ["--header", f"Authorization: {key['Authorization']}"]
    result = subprocess.run(
        [program, "--config-file", config, "run", document, *checks, *bounds, *header],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr
    assert "Operations:" in result.stdout
