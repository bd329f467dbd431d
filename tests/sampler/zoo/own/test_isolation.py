"""Models are tried in a child process: what crashes, takes too much or never ends is one sentence about that model."""

import json
import multiprocessing
import os
import signal
import time

import pytest
import torch

from inverset.sampler.zoo import own
from inverset.sampler.zoo.errors import BadEntry, BadFile, ZooError
from inverset.sampler.zoo.own import isolation
from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.own.isolation import Check, Limits
from inverset.sampler.zoo.own.isolation.trial import tried
from tests.sampler.zoo.networks.strangers import exported
from tests.sampler.zoo.own import odd_networks
from tests.sampler.zoo.own.lab import furnish

ODD = "factory:tests.sampler.zoo.own.odd_networks"
SMALL = Limits(cpu_seconds=30, seconds=120, memory=2**30)


def entry(name="plain", **more):
    network = {"source": f"{ODD}:{name}", "preprocessing": {"size": 16}}
    return Entry.of("odd", {"network": network, "encoder": "conv1"} | more)


@pytest.mark.parametrize(
    ("name", "limits", "why"),
    [
        ("crashing", SMALL, r"ended a process that was made to try it \(SIGSEGV\): .* made to crash PyTorch"),
        ("leaving", SMALL, "ended the process that tested it, without an error message"),
        ("hungry", SMALL, "takes more than the 1.0 GiB of memory"),
        ("endless", Limits(cpu_seconds=1, seconds=120), r"\(SIGXCPU\): it takes more than 1 s of CPU time"),
        ("sleeping", Limits(cpu_seconds=30, seconds=1), r"\(SIGALRM\): it takes more than 1 s"),
    ],
)
def test_what_ends_a_process_is_one_sentence_about_that_model(tmp_path, name, limits, why):
    with pytest.raises(ZooError, match=why) as caught:
        isolation.approve(entry(name), tmp_path, limits)
    assert str(caught.value).startswith("odd: ")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "models").exists()


def test_what_was_found_good_is_not_tried_again_until_it_changes(tmp_path, monkeypatch):
    torch.save(odd_networks.plain().state_dict(), tmp_path / "net.pt")
    request = entry(weights="net.pt")
    assert isolation.approve(request, tmp_path, SMALL).notes == ()
    monkeypatch.setattr(isolation, "Check", None)  # no process can be started
    began = time.process_time()
    assert isolation.approve(request, tmp_path, SMALL).error is None
    assert time.process_time() - began < 0.1
    state = odd_networks.plain().state_dict()
    torch.save({name: value + 1 for name, value in state.items()}, tmp_path / "net.pt")
    with pytest.raises(TypeError):
        isolation.approve(request, tmp_path, SMALL)


def test_names_and_images_do_not_matter_and_all_else_does(tmp_path):
    (tmp_path / "names.txt").write_text("a\nb\n")
    first = isolation.key(entry(), tmp_path)
    assert isolation.key(entry(images="elsewhere", description="ours"), tmp_path) == first
    labelled = isolation.key(entry(labels={"fc": "names.txt"}), tmp_path)
    (tmp_path / "names.txt").write_text("a\nc\n")
    results = [first, labelled, isolation.key(entry(labels={"fc": "names.txt"}), tmp_path)]
    results += [isolation.key(entry("half"), tmp_path), isolation.key(entry(encoder="fc"), tmp_path)]
    assert len(set(results)) == 5


def test_a_folder_of_a_generator_counts_as_what_is_in_it(tmp_path):
    (tmp_path / "painter").mkdir()
    request = entry(generator="diffusers:painter")
    (tmp_path / "painter" / "weights.safetensors").write_bytes(b"1")
    one = isolation.key(request, tmp_path)
    (tmp_path / "painter" / "weights.safetensors").write_bytes(b"2")
    assert isolation.key(request, tmp_path) != one


def test_a_factory_counts_as_the_file_that_it_is_in(tmp_path, monkeypatch):
    (tmp_path / "lab" / "inner").mkdir(parents=True)
    (tmp_path / "lab" / "__init__.py").write_text(
        "raise SystemError('this is imported by the child process alone')"
    )
    (tmp_path / "lab" / "inner" / "nets.py").write_text("x = 1")
    monkeypatch.syspath_prepend(tmp_path)
    request = Entry.of("odd", {"network": "factory:lab.inner.nets:make"})
    one = isolation.key(request, tmp_path)
    (tmp_path / "lab" / "inner" / "nets.py").write_text("x = 2")
    assert isolation.key(request, tmp_path) != one


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("dropping", "the network gives different activations for the same image each time"),
        (
            "of_the_batch",
            "the network gives different activations for an image if other images are in its batch",
        ),
        ("without_numbers", "the network gives values that are not finite"),
        ("of_numpy", "makes a network with different weights each time"),
    ],
)
def test_what_is_no_function_of_the_image_is_refused(tmp_path, name, why):
    with pytest.raises(BadEntry, match=why):
        tried(entry(name), tmp_path)


def test_layers_that_are_left_out_may_be_odd(tmp_path):
    assert tried(entry("without_numbers", layers=["conv1"]), tmp_path) == []
    with pytest.raises(BadEntry, match="the encoder gives values that are not finite in fc"):
        tried(entry("without_numbers", layers=["conv1"], encoder="fc"), tmp_path)


def test_a_network_without_trained_weights_is_told(tmp_path):
    assert tried(entry("at_random", encoder="1"), tmp_path) == [
        "Some or all weights of the network are random: it was not trained."
    ]


def test_a_check_is_ended_with_the_block(tmp_path):
    with Check(entry("sleeping"), tmp_path, SMALL) as check:
        assert check.poll() is None
        pid = check._process.pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_memory_that_is_free_is_known():
    assert 2**26 < isolation.limits.free_memory() < 2**45


def attempted(folder, deadly):
    with isolation.attempt(folder, "odd", "key"):
        if deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def die(folder):
    dying = multiprocessing.get_context("fork").Process(target=attempted, args=(folder, True))
    dying.start()
    dying.join()
    assert dying.exitcode == -signal.SIGKILL


def test_a_model_that_workers_die_of_is_refused_until_it_changes(tmp_path):
    for _ in range(3):
        die(tmp_path)
    with pytest.raises(
        BadFile, match=r"3 workers ended while they loaded or measured it; .*models check odd"
    ):
        attempted(tmp_path, deadly=False)
    with isolation.attempt(tmp_path, "odd", "another key"):
        pass
    attempted(tmp_path, deadly=False)
    for _ in range(3):
        die(tmp_path)
    isolation.forget(tmp_path, "odd")
    attempted(tmp_path, deadly=False)
    assert not list((tmp_path / "models" / "attempts").iterdir())


def test_errors_are_no_deaths_and_old_deaths_do_not_count(tmp_path):
    for _ in range(5):
        with pytest.raises(ValueError, match="no"), isolation.attempt(tmp_path, "odd", "key"):
            raise ValueError("no")
    path = tmp_path / "models" / "attempts" / "odd.json"
    path.write_text(json.dumps({"of": "key", "deaths": [time.time() - 5000] * 9}))
    attempted(tmp_path, deadly=False)
    path.write_text("damaged")
    attempted(tmp_path, deadly=False)


def test_a_measurement_that_meets_no_number_is_a_sentence(tmp_path):
    lab = furnish(tmp_path, 12)
    text = (lab / "models.toml").read_text().replace("size = 16,", "size = 16, scale = 1e38,")
    (lab / "models.toml").write_text(text)
    with pytest.raises(
        BadEntry, match=r"conv1 gives values that are not finite, for .*photos.*jpg; leave the layer"
    ):
        own.load("toy", lab)


def test_an_exported_program_is_tried_too(tmp_path):
    (tmp_path / "net.pt2").write_bytes(exported())
    assert tried(Entry.of("x", {"network": "export:net.pt2", "encoder": "conv"}), tmp_path) == []
