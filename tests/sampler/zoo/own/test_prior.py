"""The prior over codes of a model of one's own: fitted when it is measured, gone on with after a stop, kept, checked."""

import shutil

import pytest
import torch

from inverset.sampler import zoo
from inverset.sampler.priors import choosing
from inverset.sampler.priors.training import Training
from inverset.sampler.zoo import own
from inverset.sampler.zoo.own import calibration, prior
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.checking import check, contact_sheet
from tests.sampler.zoo.own.lab import furnish
from tests.sampler.zoo.own.test_training import trained

COUNT, STEPS = 260, 12


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A lab whose generator inverts a layer: it has no prior of its own."""
    folder = furnish(tmp_path_factory.mktemp("lab"), COUNT)
    trained(folder)
    return folder


@pytest.fixture
def lab(furnished, tmp_path):
    return shutil.copytree(furnished, tmp_path / "lab")


@pytest.fixture
def enough(monkeypatch):
    """So few images are many, and training is short."""
    monkeypatch.setattr(calibration, "QUICK", 100)
    monkeypatch.setattr(choosing, "FLOW_FROM", 200)
    monkeypatch.setattr(choosing, "TRAINING", Training(steps=STEPS, batch=32, width=16, depth=2))
    monkeypatch.setattr(prior, "_SAVE_SECONDS", 0)
    monkeypatch.setattr(prior, "_SHOW_STEPS", 1)


def prepared(folder):
    return calibration.Calibration.of(Assembly.of(own.entry(folder, "toy"), folder), folder, None)


def test_a_stopped_fit_goes_on_and_ends_the_same(lab, tmp_path, enough, monkeypatch):
    tried = []

    def choose(nature, statistics, train, shape):
        result = choosing.Choice(next(iter(candidates(nature, statistics, train))), ())
        tried.append(result.prior)
        return result

    def candidates(nature, statistics, train):
        return choosing.candidates(nature.fitted, statistics, train, choosing.TRAINING)

    monkeypatch.setattr(choosing, "choose", choose)  # the flow, whatever it is worth after twelve steps
    whole = shutil.copytree(lab, tmp_path / "whole")
    prepared(whole).make()

    def interrupt(done, total, what):
        if what.startswith("steps of the prior: flow, loss ") and done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepared(lab).make(interrupt)
    begun = prepared(lab)
    assert not begun.kept.is_whole
    assert begun.kept.training.with_stem("prior-flow").exists()
    steps, others = [], set()

    def tell(done, total, what):
        if what.startswith("steps of the prior"):
            steps.append(done)
        else:
            others.add(what)

    begun.make(tell)
    assert steps == list(range(6, STEPS + 1))
    assert "images" not in others  # nor is anything else done again
    assert "codes through G and E" not in others
    assert not [*begun.kept.folder.glob("prior*.pt")]
    first, second = (each.state() for each in tried)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], value) for name, value in second.items())
    bundle = zoo.load("toy", own=lab)
    assert bundle.prior.name == "flow"
    latents = torch.randn(5, bundle.prior.dimension, generator=torch.Generator().manual_seed(0))
    assert torch.equal(bundle.prior.decode(latents), tried[1].decode(latents))


def test_what_is_chosen_is_told_with_what_it_is_worth(lab, enough):
    about = prepared(lab).make().about.prior
    assert [each.kind for each in about.tried] == ["flow", "mixture", "gaussian"]
    assert about.kind in {"flow", "mixture", "gaussian"}
    assert about.judge == "hog"
    chosen = next(each for each in about.tried if each.kind == about.kind)
    assert chosen.draws == COUNT // choosing.SHARE
    assert 0 < chosen.nearest < 5
    assert chosen.cycle > 0
    output = prior.summary(about)
    assert output.startswith(f"the prior over its codes is a {about.kind}; its draws, by hog,")
    assert f"precision {chosen.through.precision:.2f} ({about.ceiling.through.precision:.2f})" in output


def test_a_model_that_was_looked_at_quickly_gets_a_mixture_at_once(lab):
    messages = []
    bundle = zoo.load("toy", own=lab, on_progress=lambda done, total, what: messages.append(what))
    assert bundle.prior.name == "mixture"
    assert not any("prior" in what or "judged" in what for what in messages)
    lines = {line.what: line for line in check(bundle)}
    assert lines["prior"].result.startswith("mixture; 52 draws, by hog: precision ")
    assert "after a pass" in lines["prior"].result
    assert contact_sheet(bundle).size == (8 * 68 + 4, 9 * 68 + 4)
    assert contact_sheet(bundle).tobytes() == contact_sheet(bundle).tobytes()


def test_a_generator_with_a_prior_of_its_own_keeps_it(tmp_path):
    bundle = zoo.load("toy", own=furnish(tmp_path, 120))  # by pixels
    assert bundle.prior is None
    (line,) = (line for line in check(bundle) if line.what == "prior")
    assert (line.state, line.result.partition(";")[0]) == ("ok", "gaussian")
