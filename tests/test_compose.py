"""What the compose files and Dockerfiles say, as far as it can be wrong without a container engine."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from inverset.config.settings import Settings
from tests.end_to_end.compose import FILE, ROOT, at_home, in_order, read

FILES = sorted(ROOT.glob("docker-compose*.yml"))
SERVICES = read()["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("inverset-")}


def pins(name):
    return set(re.findall(r"^([\w.-]+(?:\[\w+\])?==[^ \\;]+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_watched_and_in_no_hurry_to_die(name):
    service = SERVICES[name]
    image = at_home(service["image"], {})
    assert re.search(r":\d+\.\d+", image)
    assert name in OURS or re.search(r"@sha256:[0-9a-f]{64}$", image)
    assert name == "migrate" or {"test", "interval", "retries"} <= service["healthcheck"].keys()
    assert service["stop_grace_period"] == "60s"
    assert "no-new-privileges:true" in service["security_opt"]
    assert name == "seaweedfs" or (service["read_only"] and service["cap_drop"] == ["ALL"])


@pytest.mark.parametrize("name", OURS)
def test_our_settings_are_settings(name):
    output = OURS[name]["environment"]
    names = {key.removeprefix("INVERSET_").removesuffix("_FILE").lower() for key in output}
    assert names - {"host", "port"} <= Settings.model_fields.keys()
    assert output["INVERSET_AUTH"] == "required"


def test_secrets_are_files():
    assert not re.search(r"(PASSWORD|SECRET\w*KEY)\s*:", FILE.read_text())
    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= read()["secrets"].keys()


def test_what_differs_from_place_to_place_is_listed():
    listed = set(re.findall(r"^#(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    used = {name for file in FILES for name in re.findall(r"(?<!\$)\$\{(\w+)", file.read_text())}
    args = OURS["api"]["build"]["args"]
    unnamed = {name for name, value in args.items() if value is None}
    written = used | unnamed | {"COMPOSE_FILE", "GPU0"}
    assert written <= listed
    assert {
        name.removeprefix("INVERSET_").lower() for name in listed - written
    } <= Settings.model_fields.keys()


def test_redis_differs_by_a_password_where_others_reach_it():
    other = read(ROOT / "docker-compose.engines.yml")["services"]["redis"]["command"]
    assert other == [*SERVICES["redis"]["command"], "--requirepass", "${INVERSET_REDIS_PASSWORD:?}"]


def test_dependencies_come_first():
    order = list(in_order(SERVICES))
    assert order.index("postgres") < order.index("migrate") < order.index("api")


@pytest.mark.parametrize("kind", ["api", "worker"])
def test_an_image_gets_what_the_lock_file_says(kind):
    result = pins(f".ci/{kind}.lock")
    assert {pin.split("[")[0].split("==")[0] for pin in result} >= {
        "celery",
        "fastapi",
        "psycopg",
        "setuptools",
    }
    assert result - pins("requirements.lock") == set(), "run `make lock`"
    assert any(pin.startswith("torch==") for pin in result) == (kind == "worker")


def test_a_worker_can_load_what_models_of_ones_own_may_name():
    names = {pin.split("==")[0] for pin in pins(".ci/worker.lock")}
    assert {"diffusers", "huggingface-hub", "timm", "torchvision"} <= names
    place = SERVICES["worker"]["environment"]["INVERSET_DATA_DIR"]
    assert [each for each in SERVICES["worker"]["volumes"] if each.endswith(f":{place}")]
    assert re.search(rf"^RUN useradd .* {place}$", (ROOT / "Dockerfile.gpu").read_text(), re.MULTILINE)


def copied(name):
    """What an image takes from here."""
    lines = re.findall(r"^COPY (?!--)(.+)$", (ROOT / name).read_text(), re.MULTILINE)
    return {source for line in lines for source in line.split()[:-1]}


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.gpu"])
def test_dependencies_have_a_layer_that_a_change_of_ours_leaves_alone(name):
    first, application, last = re.split(r"^FROM .+$", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]
    assert re.findall(r"^COPY (\S+)", first, re.MULTILINE) == [
        f".ci/{'worker' if 'gpu' in name else 'api'}.lock"
    ]
    assert "COPY jobs " in application
    assert re.findall(r"^COPY (\S+)", last, re.MULTILINE) == ["--from=dependencies", "--from=application"]
    assert last.index("COPY --from=dependencies") < last.index("COPY --from=application") < last.index("ARG ")


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.gpu"])
def test_an_image_finds_what_it_copies(name):
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    result = copied(name)
    assert [source for source in result if not {source, source.partition("/")[0]} & let_in] == []
    assert all((ROOT / source).exists() for source in result)
    assert "\nUSER 10001:10001\n" in (ROOT / name).read_text()


def test_the_front_end_runs_on_what_its_image_copies(tmp_path):
    """Without torch, and without the sampler."""
    for source in copied("Dockerfile"):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, symlinks=True)
        elif source.endswith(".py"):
            (tmp_path / source).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / source, tmp_path / source)
    begun = (
        'import sys; sys.modules["torch"] = None; import inverset.api.app, inverset.cli, inverset.worker.beat'
    )
    told = f"{begun}; from inverset.jobs import store; print(store.__file__, store.judge_anew.__module__)"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-P", "-c", told],
        check=False,
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.stdout.split() == [
        str(tmp_path / "inverset" / "jobs" / "store.py"),
        "inverset.contract.verdict",
    ], result.stderr
