"""What `make gpus` and `make compose` write: .env, docker-compose.gpu.yml and the names of images."""

import json
import os
import runpy
import shutil
import subprocess
from types import SimpleNamespace

import pytest

from tests.end_to_end.compose import ROOT, read

GPU = "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-aaaa-{n})"
PART = "  MIG 1g.10gb     Device  0: (UUID: MIG-bbbb-{n})"
SECOND = """COMPOSE_FILE=docker-compose.worker.yml
INVERSET_DATABASE_URL=postgresql+psycopg://inverset@10.0.0.5:5432/inverset
INVERSET_REDIS_URL=redis://:word@10.0.0.5:6379/0
INVERSET_BLOB_URL=s3://inverset?endpoint=http://10.0.0.5:8333
INVERSET_WORKER_PREFIX=box2-
"""
COMPOSE = ["docker", "compose"]
HAS_COMPOSE = (
    bool(shutil.which("docker"))
    and not subprocess.run([*COMPOSE, "version"], capture_output=True, check=False).returncode
)


@pytest.fixture
def checkout(tmp_path):
    """What a machine has of this checkout, without settings of its own."""
    for file in ROOT.glob("docker-compose*.yml"):
        if file.name != "docker-compose.gpu.yml":
            shutil.copy(file, tmp_path)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(checkout, *command):
    """The command run there, with the checkout's own programs first and none of the developer's settings."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("COMPOSE_", "INVERSET_"))
    }
    return subprocess.run(
        command,
        cwd=checkout,
        env=kept | {"PATH": f"{checkout}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def gpus(checkout, *number):
    done = run(checkout, "deploy/gpus.sh", *number)
    assert done.returncode == 0, done.stderr
    return read(checkout / "docker-compose.gpu.yml")["services"]


def lists(checkout, *lines):
    """A machine whose nvidia-smi prints these lines."""
    program = checkout / "nvidia-smi"
    program.write_text("#!/bin/sh\ncat <<END\n" + "\n".join(lines) + "\nEND\n")
    program.chmod(0o755)


def devices(service):
    (device,) = service["deploy"]["resources"]["reservations"]["devices"]
    return device["device_ids"]


@pytest.mark.parametrize("number", [1, 3, 16])
def test_so_many_gpus_have_a_worker_each_instead_of_the_cpu(checkout, number):
    services = gpus(checkout, str(number))
    assert services.pop("worker") == {"deploy": {"replicas": 0}}
    assert list(services) == [f"worker-gpu{each}" for each in range(number)]
    assert [devices(each) for each in services.values()] == [[f"${{GPU{n}:-{n}}}"] for n in range(number)]
    assert (checkout / ".env").read_text() == "COMPOSE_FILE=docker-compose.yml:docker-compose.gpu.yml\n"
    assert (checkout / ".env").stat().st_mode & 0o777 == 0o600


def test_gpus_are_those_that_nvidia_smi_lists(checkout):
    lists(checkout, GPU.format(n=1), GPU.format(n=2), PART.format(n=3), PART.format(n=4), GPU.format(n=5))
    services = gpus(checkout)
    found = [devices(services[f"worker-gpu{n}"])[0].partition(":-")[2].rstrip("}") for n in range(4)]
    assert found == ["GPU-aaaa-1", "MIG-bbbb-3", "MIG-bbbb-4", "GPU-aaaa-5"]
    assert "worker-gpu4" not in services


def test_files_of_other_purposes_stay(checkout):
    (checkout / ".env").write_text("COMPOSE_FILE=docker-compose.yml:docker-compose.engines.yml\n")
    for number in ("1", "2"):
        services = gpus(checkout, number)
        assert services["worker-gpu0"]["extends"]["file"] == "docker-compose.yml"
    expected = "COMPOSE_FILE=docker-compose.yml:docker-compose.engines.yml:docker-compose.gpu.yml\n"
    assert (checkout / ".env").read_text() == expected


def test_without_a_gpu_nothing_is_written(checkout):
    lists(checkout)
    done = run(checkout, "deploy/gpus.sh")
    assert (done.returncode, "lists no GPU" in done.stderr) == (1, True)
    assert run(checkout, "deploy/gpus.sh", "four").returncode == 2
    assert not (checkout / ".env").exists()


def test_none_brings_the_worker_of_the_cpu_back_and_leaves_other_settings(checkout):
    (checkout / ".env").write_text("INVERSET_LAB=/srv/lab\n")
    gpus(checkout, "2")
    assert run(checkout, "deploy/gpus.sh", "0").returncode == 0
    assert (checkout / ".env").read_text() == "INVERSET_LAB=/srv/lab\nCOMPOSE_FILE=docker-compose.yml\n"
    assert not (checkout / "docker-compose.gpu.yml").exists()


def config(checkout):
    """What compose makes of the files that .env names."""
    done = run(checkout, *COMPOSE, "config", "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["services"]


@pytest.mark.skipif(not HAS_COMPOSE, reason="there is no docker compose here")
@pytest.mark.parametrize("number", [1, 3, 16])
def test_compose_takes_each_gpu_s_worker_for_that_of_the_cpu_on_a_gpu(checkout, number):
    like = config(checkout)["worker"]
    gpus(checkout, str(number))
    services = config(checkout)
    own = {"INVERSET_WORKER", "INVERSET_DEVICE", "COMPOSE_FILE"}
    assert services["worker"]["deploy"]["replicas"] == 0
    for n in range(number):
        worker = services[f"worker-gpu{n}"]
        assert worker["environment"]["INVERSET_WORKER"] == f"gpu{n}"
        assert devices(worker) == [str(n)]
        other = {"build", "deploy", "environment"}
        assert {key: value for key, value in worker.items() if key not in other} == {
            key: value for key, value in like.items() if key not in other
        }
        assert {key: value for key, value in worker["environment"].items() if key not in own} == {
            key: value for key, value in like["environment"].items() if key not in own
        }


@pytest.mark.skipif(not HAS_COMPOSE, reason="there is no docker compose here")
def test_a_second_machine_has_workers_and_no_engines(checkout):
    (checkout / ".env").write_text(SECOND)
    gpus(checkout, "2")
    services = config(checkout)
    assert set(services) == {"worker", "worker-gpu0", "worker-gpu1"}
    worker = services["worker-gpu1"]
    assert "depends_on" not in worker
    assert worker["environment"]["INVERSET_WORKER"] == "box2-gpu1"
    assert worker["environment"]["INVERSET_REDIS_URL"] == "redis://:word@10.0.0.5:6379/0"


@pytest.mark.skipif(not HAS_COMPOSE, reason="there is no docker compose here")
def test_a_second_machine_without_addresses_says_which(checkout):
    (checkout / ".env").write_text("COMPOSE_FILE=docker-compose.worker.yml\n")
    done = run(checkout, *COMPOSE, "config")
    assert done.returncode != 0
    assert "INVERSET_DATABASE_URL" in done.stderr


def test_a_walk_removes_what_both_machines_run():
    """At its end, which is reached on a machine with Docker alone."""
    walk, removed = runpy.run_path(str(ROOT / "deploy" / "walk.py")), []
    recorder = SimpleNamespace(run=lambda _, text, *, second: removed.append((text.split()[2], second)))
    for second in (True, False):
        walk["from_nothing"](recorder, second=second)
    assert removed == [("down", True), ("down", False)]


def test_each_block_that_is_marked_is_walked():
    walk = runpy.run_path(str(ROOT / "deploy" / "walk.py"))
    for document in walk["DOCUMENTS"]:
        found = list(walk["blocks"](ROOT / document))
        assert len(found) == (ROOT / document).read_text().count("<!-- walk"), document
        assert all(text and not text.startswith(" ") for _, _, text in found)


def test_images_are_called_by_version_and_commit(checkout):
    def described():
        return dict(line.split("=") for line in run(checkout, "deploy/version.sh").stdout.split())

    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(checkout)]
    assert described()["IMAGE_COMMIT"] == "", "no commit where no checkout tells one"
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    commit = described()["IMAGE_COMMIT"]
    assert len(commit) == 40
    assert described()["IMAGE_TAG"] == f"0.1.0-{commit[:12]}"
    (checkout / "pyproject.toml").write_text('version = "0.2.0"\n')
    assert described() == {"IMAGE_TAG": f"0.2.0-{commit[:12]}-changed", "IMAGE_COMMIT": f"{commit}+"}
