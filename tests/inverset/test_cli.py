"""The command line against a server with a toy model; the test is the worker."""

import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from io import StringIO

import httpx
import pytest
from rich.console import Console

from inverset import tables
from inverset.contract.answers import ModelAnswer
from inverset.jobs import database, leases
from tests.inverset.command import COLUMNS, environment, finish, run, start
from tests.jobs.catalogue_of_scenes import body


@pytest.fixture
def conclude(sessions):
    """End a claimed job, as a worker does."""

    def conclude(claimed, reason, detail, evidence):
        with database.writing(sessions) as session:
            ended = {"reason": reason, "detail": detail, "best": {}, "blocked_by": {}}
            leases.finish_part(session, claimed, ended)
            leases.finish_job(session, claimed, evidence)

    return conclude


HINT = "layers and methods of one of them: inverset models show NAME"
LOADED = """
import sys
from inverset.cli import main
try:
    main()
finally:
    print({"torch", "fastapi", "sqlalchemy"} & sys.modules.keys(), file=sys.stderr)
"""


def loaded(*args):
    """Which heavy packages a command loads."""
    return subprocess.run(
        [sys.executable, "-c", LOADED, *args], capture_output=True, text=True, env=environment(), check=True
    ).stderr.strip()


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)
    return result


def test_help_does_not_wait_for_torch():
    assert loaded("--help") == "set()"
    before = _processor_seconds()
    assert "sample" in run("--help").out
    assert _processor_seconds() - before < 1  # not the clock's: the machine may be busy with other tests


def _processor_seconds():
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_asking_a_server_does_not_wait_for_torch(url):
    assert loaded("models", "--server", url) == f"{HINT}\nset()"
    assert loaded("jobs", "--server", url).endswith("set()")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["sample", "toy", "fc8:0", "1"], "give both ends"),
        (["sample", "toy", "fc8:0", "1", "high"], "not an end of a range"),
        (["sample", "toy", "fc8:0", "1", "q.5"], "different kinds"),
        (["sample", "toy", "fc8:0", "1", "2", "--and", "fc8:1", "3"], "NEURON LOW HIGH"),
        (["sample", "toy", "fc8:0", "1", "2", "--and"], "requires an argument"),
        (["sample", "toy", "fc8:0", "1", "2", "-n", "many"], "valid integer"),
        (["sample", "toy", "fc8:0", "1", "2", "--option", "literal"], "NAME=VALUE"),
        (["sample", "toy", "fc8:0", "1", "2", "--server", "localhost"], "not the address"),
        (["sweep", "toy", "fc8:0", "1", "2", "3"], "one neuron with LOW HIGH for each band"),
        (["sweep", "toy", "fc8:0", "fc8:1", "1", "2", "3", "4"], "many neurons with one LOW HIGH"),
        (["sweep", "toy", "1", "2"], "one neuron with LOW HIGH"),
        (["sampel"], "No such command"),
        (["jobs", "--what"], "No such option"),
    ],
)
def test_what_is_not_understood_ends_with_2(args, why):
    result = run(*args)
    assert result.code == 2
    assert why in " ".join(result.err.replace("│", " ").split())


def test_no_server_is_told_in_a_line():
    result = run("jobs", INVERSET_URL="http://127.0.0.1:9")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "no server answers at http://127.0.0.1:9" in result.err
    assert "inverset up" in result.err


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["sample", "toy", "fc8:volcanoe", "1", "2"], "did you mean volcano"),
        (["sample", "toi", "fc8:volcano", "1", "2"], "did you mean toy"),
        (["sample", "toy", "fc8:volcano", "2", "1"], "reversed"),
        (["sample", "toy", "fc8:volcano", "1", "2", "-n", "0"], "must be at least 1"),
        (["sample", "toy", "fc8:volcano", "1", "2", "-n", "-5"], "must be at least 1"),
        (["sample", "toy", "fc8:volcano", "1", "2", "--option", "margin=9"], "option margin lies in 0 to 1"),
        (["sweep", "toy", "fc8:0", "1", "2", "3", "2"], "reversed"),
        (["neurons", "toy", "fc9"], "did you mean fc8"),
        (["show", "job_x"], "no job 'job_x'"),
        (["download", "job_x"], "no job 'job_x'"),
    ],
)
def test_what_the_server_refuses_ends_with_1(url, args, why):
    result = run(*args, "--server", url)
    assert result.code == 1
    assert why in result.err
    assert result.out == ""


def test_tables_fit_eighty_columns(url, client):
    client.submit(body(neurons=[{"neuron": f"conv5:{unit}", "range": [1, 2]} for unit in range(5)]))
    for args in (["models"], ["models", "show", "toy"], ["neurons", "toy", "fc8"], ["jobs"]):
        result = run(*args, INVERSET_URL=url)
        assert result.code == 0, result.err
        assert max(map(len, result.out.splitlines())) <= COLUMNS


def test_eight_models_fit_a_screen(client):
    one = ModelAnswer.of(client.model("toy"))
    many = [replace(one, name=f"network-{number}", description="What it is. " * 40) for number in range(8)]
    console = Console(width=COLUMNS, file=StringIO())
    console.print(tables.models(many))
    lines = console.file.getvalue().splitlines()
    assert len(lines) <= 24
    assert all(any(each.name in line for line in lines) for each in many)


def test_one_model_is_shown_with_its_layers_and_methods(url):
    listed = run("models", "--server", url)
    assert listed.err.strip() == HINT
    assert "calibrated" not in listed.out
    shown = run("models", "show", "toy", "--server", url).out
    assert ("fc8" in shown, "calibrated" in shown) == (True, True)
    unknown = run("models", "show", "toi", "--server", url)
    assert (unknown.code, "did you mean toy" in unknown.err) == (1, True)


def test_models_that_cannot_be_offered_are_listed_with_the_reason(url, sessions):
    with database.writing(sessions) as session:
        leases.enroll(session, "one", "cpu")
        leases.note_broken(session, "one", {"mine": "there is no file net.pt2"})
    result = run("models", "--server", url)
    assert (result.code, result.err.strip()) == (
        0,
        f"{HINT}\ninverset: mine is not offered: there is no file net.pt2",
    )


def test_a_job_is_shown_stopped_begun_again_and_removed(url, client):
    job = client.submit(body())["id"]
    assert job in run("jobs", "--server", url).out
    assert "fc8:volcano in 1 to 2" in run("show", job, "--server", url).out
    assert "is canceled" in run("cancel", job, "--server", url).err
    assert job not in run("jobs", "--state", "queued", "--server", url).out
    watched = run("watch", job, "--server", url)
    assert (watched.code, "canceled" in watched.err) == (1, True)
    assert "is queued" in run("retry", job, "--server", url).err
    assert run("delete", job, "--server", url).code == 0
    assert list(client.jobs()) == []


def test_a_gallery_is_shared_and_cited(url, client, deliver, conclude):
    job = client.submit(body(n=1))["id"]
    refused = run("share", "create", job, "--server", url)
    assert (refused.code, "once it has ended" in refused.err) == (1, True)
    conclude(deliver(1.5), "reached n", "", {"verdict": []})
    made = run("share", "create", job, "--server", url)
    link = made.out.strip()
    assert httpx.get(link).status_code == 200
    link_id = run("share", "list", job, "--server", url).out.split()[0]
    assert f"inverset share withdraw {job} {link_id}" in " ".join(made.err.split())
    assert run("share", "withdraw", job, link_id, "--server", url).code == 0
    assert httpx.get(link).status_code == 404
    assert "has no links" in run("share", "list", job, "--server", url).err
    cited = run("cite", job, "--server", url).out
    assert "Images that drive volcano, activation 1 to 2." in " ".join(cited.split())
    assert "@misc{inverset-" in cited


def test_sample_waits_for_the_outcome_which_need_not_be_good(url, client, deliver, conclude):
    command = start(
        "sample", "toy", "fc8:volcano", "-3.5", "-2", "-n", 2, "--and", "conv5:3", "-1sd", "2sd", "--seed", 4,
        "--option", "literal=true", "--option", "rounds=2", "--option", "starts=band", "--server", url,
    )  # fmt: skip
    job = until(lambda: next(client.jobs(), None))
    conclude(
        deliver(-3.25),
        "unreachable",
        "given up after 80 steps",
        {
            "trust": {"word": "careful", "reason": "There is only one."},
            "verdict": ["Every sample is in its band."],
        },
    )
    result = finish(command)
    assert result.code == 0
    assert "careful: There is only one." in result.err
    shown = run("show", job["id"], "--server", url)
    assert "careful: There is only one." in shown.out
    assert "unreachable: given up after 80 steps" in result.err
    assert "Every sample is in its band." in result.err
    assert f"inverset download {job['id']}" in result.err
    assert job["ranges"] == [
        {"neuron": "fc8:volcano", "range": [-3.5, -2]},
        {"neuron": "conv5:3", "range": [-3, 9]},
    ]
    assert (job["spec"]["seed"], job["spec"]["options"]) == (
        4,
        {"literal": True, "rounds": 2, "starts": "band"},
    )


def test_a_folder_in_use_is_told_before_any_work(url, client, tmp_path):
    (tmp_path / "thesis.txt").write_text("years")
    result = run("sample", "toy", "fc8:volcano", "1", "2", "--out", tmp_path, "--server", url)
    assert result.code == 1
    assert "is not empty" in result.err
    assert list(client.jobs()) == []


def test_ctrl_c_leaves_the_job_to_the_server(url, client):
    command = start("sample", "toy", "fc8:volcano", "1", "2", "--server", url)
    job = until(lambda: next(client.jobs(), None))["id"]
    time.sleep(1)
    command.send_signal(signal.SIGINT)
    result = finish(command, 10)
    assert result.code == 130
    assert f"inverset watch {job}" in result.err
    assert client.job(job)["state"] == "queued"


def test_a_sweep_of_bands_ends_in_one_gallery(url, client, deliver, succeed, tmp_path):
    folder = tmp_path / "sweep"
    command = start(
        "sweep", "toy", "fc8:volcano", "-3.5", "-2", "q.5", "q.9", "-n", 1, "--seed", 4, "--out", folder,
        "--and", "conv5:3", "-1sd", "2sd", "--server", url,
    )  # fmt: skip
    made = until(lambda: next(client.sweeps(), None))
    jobs = client.sweep(made["id"])["jobs"]
    for _ in jobs:
        succeed(deliver(-3), {"verdict": ["good"]})
    result = finish(command)
    assert (result.code, result.out.strip()) == (0, str(folder / "index.html")), result.err
    assert [[each["range"] for each in job["ranges"]] for job in jobs] == [
        [[-3.5, -2], [-3, 9]], [[0, 8], [-3, 9]]
    ]  # fmt: skip
    assert {job["spec"]["seed"] for job in jobs} == {4}
    assert (folder / "band-1" / "index.html").is_file()
    assert run("download", made["id"], "--out", tmp_path / "again", "--server", url).code == 0


def test_a_sweep_of_neurons_of_which_one_is_canceled(url, client):
    command = start("sweep", "toy", "fc8:volcano", "conv5:3", "1sd", "2sd", "--server", url)
    made = until(lambda: next(client.sweeps(), None))["id"]
    jobs = client.cancel_sweep(made)["jobs"]
    assert [job["ranges"] for job in jobs] == [
        [{"neuron": "fc8:volcano", "range": [5, 9]}], [{"neuron": "conv5:3", "range": [5, 9]}]
    ]  # fmt: skip
    result = finish(command)
    assert result.code == 1
    assert all(f"{job['id']} is canceled" in result.err for job in jobs)


def test_a_gallery_is_labelled_listed_and_put_first(url, client):
    first, second = (client.submit(body())["id"] for _ in range(2))
    at = ("--server", url)
    assert run(
        "label", first, "--name", "At [night]", "--tag", "fire", "--tag", "dark", "--star", *at
    ).out == ("★ At [night] #fire #dark\n")
    assert run("label", first, "--untag", "fire", *at).out == "★ At [night] #dark\n"
    for which in (["--tag", "dark"], ["--search", "night"], ["--starred"], ["--mine", "--tag", "dark"]):
        listed = run("jobs", *which, *at).out
        assert first in listed, which
        assert second not in listed, which
    assert run("jobs", "--trust", "good", *at).err == "no jobs match\n"
    assert "At [night]" in run("show", first, *at).out
    assert run("label", first, *at).code == 1
    assert run("front", second, *at).code == 0
    assert client.job(second)["queue"]["position"] == 1
