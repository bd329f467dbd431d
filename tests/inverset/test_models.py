"""Models of one's own on the command line: added, looked at, measured, sampled, verified, removed."""

import re
import time
from pathlib import Path

import pytest

from inverset import Client, migrations
from inverset.commands.models import adding, removing
from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue
from inverset.contract.spec import JobSpec
from inverset.errors import ProblemResponse
from inverset.jobs import database, store
from inverset.jobs.posting import Origin
from inverset.sampler import methods, zoo
from tests.inverset.command import finish, run, start
from tests.sampler.zoo.own.lab import NETWORK, furnish, photograph

ODD = "factory:tests.sampler.zoo.own.odd_networks"
SETTINGS = "preprocessing={size = 16, mean = [0.5, 0.5, 0.5], std = [0.25, 0.25, 0.25]}"


@pytest.fixture
def lab(tmp_path):
    """A data folder with photographs and nothing else."""
    photograph(tmp_path / "data" / "photos", 48)
    return tmp_path / "data"


def ours(lab, *args, **more):
    return run(*args, INVERSET_DATA_DIR=str(lab), **more)


def added(lab):
    return ours(
        lab, "models", "add", "mine", "--network", NETWORK, "--encoder", "relu3",
        "--images", lab / "photos", "--set", SETTINGS,
    )  # fmt: skip


def test_from_adding_to_a_gallery_that_verifies(lab, tmp_path):
    result = added(lab)
    assert result.code == 0, result.err
    assert "inverset models check mine" in result.err
    answer = " ".join(result.err.split())
    assert "the network: images are fed as rgb: 16x16, mean 0.5, std 0.25 (as models.toml gives it)" in answer
    assert "/photos holds 48 images" in answer
    text = (lab / "models.toml").read_text()
    assert 'images = "photos"' in text  # below its own folder, wherever that goes
    again = added(lab)
    assert (again.code, "there is already a model mine" in again.err) == (1, True)
    assert (lab / "models.toml").read_text() == text

    checked = ours(lab, "models", "check", "mine", "--out", tmp_path / "sheet.png")
    assert checked.code == 0, checked
    assert "gradient" in checked.out
    assert (tmp_path / "sheet.png").stat().st_size > 1000

    measured = ours(lab, "models", "calibrate", "mine", "--count", 30)
    assert measured.code == 0, measured.err
    assert "mine is measured on 30 of 48 natural images" in measured.err
    again = ours(lab, "models", "calibrate", "mine", "--count", 30)
    assert "already" in again.err

    gallery = tmp_path / "gallery"
    result = ours(
        lab, "sample", "mine", "fc2:2", "q.50", "q.97", "-n", 6, "-k", 4, "--local", "--out", gallery
    )
    assert result.code == 0, result.err
    assert ours(lab, "verify", gallery).code == 0
    unknown = run("verify", gallery, INVERSET_DATA_DIR=str(tmp_path / "elsewhere"))
    assert (unknown.code, "no model is called 'mine'" in unknown.out) == (1, True)

    command = ["figure-3", "--model", "mine", "--neuron", "fc2:2", "-n", 2, "--method", "reference"]
    studied = ours(lab, "study", *command, "--out", tmp_path)
    assert studied.code == 0, studied.err
    assert ours(lab, "verify", tmp_path / "study-figure-3").code == 0

    gone = ours(lab, "models", "remove", "mine")
    assert gone.code == 0, gone.err
    assert (lab / "models.toml").read_text().strip() == ""
    assert not list((lab / "models").glob("*/about.json"))


def test_what_is_assumed_and_what_is_left_out_is_told(lab):
    (lab / "photos" / "broken.png").write_bytes(b"no image")
    result = ours(lab, "models", "add", "mine", "--network", NETWORK, "--encoder", "relu3", "--images", lab / "photos",
                "--set", "preprocessing.size=16")  # fmt: skip
    assert result.code == 0, result.err
    answer = " ".join(result.err.split())
    assert "16x16 (as models.toml gives it); mean 0, std 1 (assumed: nothing defines it)" in answer
    assert "Say preprocessing.mean and preprocessing.std, as the network was trained" in answer
    assert (
        f"holds 49 images; 1 file is left out: {lab}/photos/broken.png (it is not an image in a known format)"
        in answer
    )
    checked = ours(lab, "models", "check", "mine", "--out", lab / "sheet.png")
    answer = "".join(checked.out.split())
    assert "1fileisleftout" in answer
    assert "preprocessing" in answer
    assert "assumed:nothingdefinesit" in answer


@pytest.mark.parametrize(
    ("args", "code", "why"),
    [
        (["add", "mine", "--network", NETWORK + "x", "--encoder", "fc1"], 1, "did you mean make"),
        (["add", "mine", "--network", NETWORK, "--encoder", "fc8", "--set", SETTINGS], 1, "did you mean fc"),
        (
            ["add", "mine", "--network", NETWORK, "--encoder", "fc1", "--set", "wights=1"],
            1,
            "did you mean weights",
        ),
        (["add", "scenes", "--network", NETWORK, "--encoder", "fc1"], 1, "there is already a model scenes"),
        (["add", "mine", "--network", NETWORK, "--images", "nowhere"], 2, "there is no folder nowhere"),
        (["check", "mnie"], 1, "no model is called 'mnie'"),
        (["calibrate", "scenes"], 1, "no model is called 'scenes'"),
        (["remove", "scenes"], 1, "scenes is built in and cannot be removed"),
        (["remove", "nothing"], 1, "no model is called 'nothing'"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(tmp_path, args, code, why):
    result = ours(tmp_path, "models", *args)
    assert result.code == code, result
    assert why in " ".join(result.err.replace("│", " ").split()), result.err
    assert not (tmp_path / "models.toml").exists()


def test_something_wrong_is_exit_code_1(lab, tmp_path):
    furnish(lab, 48)
    text = (lab / "models.toml").read_text().replace(NETWORK, f"{ODD}:without_gradient")
    (lab / "models.toml").write_text(text.replace("fc2 =", '"inner.fc2" =').replace("relu3", "inner.relu3"))
    result = ours(lab, "models", "check", "toy", "--out", tmp_path / "sheet.png")
    assert result.code == 1
    assert "checks failed" in result.err


@pytest.mark.parametrize("command", [["check", "toy"], ["calibrate", "toy"], ["train-generator", "toy"]])
def test_what_crashes_is_a_sentence_in_every_command(lab, command):
    furnish(lab, 12)
    text = (lab / "models.toml").read_text()
    (lab / "models.toml").write_text(text.replace(NETWORK, f"{ODD}:crashing"))
    result = ours(lab, "models", *command)
    assert result.code == 1, result
    assert (
        "inverset: toy: loading and running it ended a process that was made to try it (SIGSEGV)"
        in result.err
    )


def test_a_network_that_is_no_function_of_the_image_is_not_added(lab):
    result = ours(
        lab, "models", "add", "mine", "--network", f"{ODD}:dropping", "--encoder", "conv1", "--set", SETTINGS
    )
    assert (result.code, "gives different activations for the same image each time" in result.err) == (
        1,
        True,
    )
    assert not (lab / "models.toml").exists()


def test_a_network_that_was_not_trained_is_added_with_that_word(lab):
    result = ours(
        lab, "models", "add", "mine", "--network", f"{ODD}:at_random", "--encoder", "1", "--set", SETTINGS
    )
    assert (result.code, "it was not trained" in result.err) == (0, True), result
    assert "it was not trained" in zoo.load("mine", own=lab).catalogue["description"]
    checked = ours(lab, "models", "check", "mine", "--out", lab / "sheet.png")
    assert "the network was not trained" in " ".join(checked.out.split())


def test_a_model_that_jobs_wait_for_is_not_removed(lab, tmp_path):
    furnish(lab, 30)
    settings = Settings(data_dir=lab)
    migrations.upgrade(settings.database)
    bundle = zoo.load("toy", own=lab)
    offer = {**bundle.catalogue, "methods": methods.offered(bundle)}
    spec = JobSpec.model_validate({"model": "toy", "neurons": [{"neuron": "fc2:c", "range": [0, 1]}], "n": 2})
    sessions = database.connect(settings.database)
    with database.writing(sessions) as session:
        store.publish_model(session, offer)
        store.post_job(
            session, spec, resolution.resolve(Catalogue.of(offer), spec), Origin("local"), settings
        )
    sessions.kw["bind"].dispose()
    result = ours(lab, "models", "remove", "toy")
    assert (result.code, "1 jobs on toy have not ended" in result.err) == (1, True)
    assert zoo.names(lab) == ("scenes", "toy")
    assert ours(lab, "models", "remove", "toy", "--force").code == 0
    assert zoo.names(lab) == ("scenes",)


def gone_while_jobs_run(lab, url):
    """Remove the model while one job runs and one waits: both end, well or with that reason, and a third is refused."""
    with Client(url) as client:
        question = {
            "model": "toy",
            "n": 1000,
            "neurons": [{"neuron": "fc2:c", "range": {"quantiles": [0.5, 0.97]}}],
        }
        jobs = [client.submit(question)["id"] for _ in range(2)]
        for _ in client.events(jobs[0]):
            if client.job(jobs[0])["state"] != "queued":
                break
        removing.remove("toy", force=True, data=lab)  # a process of its own would come too late
        assert {client.job(job)["state"] for job in jobs} & {"queued", "running"}
        for job in jobs:
            ended = client.wait(job)
            assert ended["state"] == "succeeded" or "was removed" in ended["error"], ended
        patience = time.monotonic() + 30
        while "toy" in [model["name"] for model in client.models()]:
            assert time.monotonic() < patience
            time.sleep(0.1)
        with pytest.raises(ProblemResponse, match="no model is called 'toy'"):
            client.submit(question)


@pytest.mark.slow
def test_a_model_written_into_the_file_while_the_server_runs_is_sampled(lab, tmp_path):
    # As a lab has its code installed: the worker looks into no folder that it was started in.
    command = start("up", "--data", lab, "--port", 0, PYTHONPATH=str(Path(__file__).parents[2]))
    messages = []
    while not (result := re.search(r"http://\S+:\d+", "".join(messages))):
        messages.append(command.stderr.readline())
        assert messages[-1], f"it ended: {messages}"
    try:
        furnish(lab, 48)
        patience = time.monotonic() + 30
        while "toy" not in (listed := run("models", "--server", result[0])).out:
            assert time.monotonic() < patience, listed
            time.sleep(0.2)
        gallery = tmp_path / "gallery"
        asked = ["sample", "toy", "fc2:c", "q.50", "q.97", "-n", 6, "-k", 4, "--out", gallery]
        done = run(*asked, INVERSET_URL=result[0])
        assert done.code == 0, done.err
        assert ours(lab, "verify", gallery).code == 0
        gone_while_jobs_run(lab, result[0])
    finally:
        command.terminate()
        finish(command, 15)


def test_files_are_meant_from_the_current_folder_and_names_stay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.pt").write_text("")
    data = tmp_path / "data"
    assert adding._file_or_name("weights.pt#model_ema", data) == f"{tmp_path / 'weights.pt'}#model_ema"
    assert adding._file_or_name("DEFAULT", data) == "DEFAULT"
    data.mkdir()
    (data / "labels.txt").write_text("")
    assert adding._file_or_name("data/labels.txt", data) == "labels.txt"
