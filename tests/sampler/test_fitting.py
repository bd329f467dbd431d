"""Training of `scenes`, in miniature: taken up where it was left, and only what may learn learns."""

import torch

from inverset.sampler.zoo import inversion
from inverset.sampler.zoo.scenes import fitting, losses, weights
from inverset.sampler.zoo.scenes.networks import Networks, witness
from inverset.sampler.zoo.scenes.world import render_set


def test_training_goes_on_where_it_was_left(tmp_path, monkeypatch):
    monkeypatch.setattr(inversion.fitting, "_SAVE_EVERY", 1)
    whole, halves = (tmp_path / "whole", tmp_path / "halves")
    once = _fitted(whole, 0, 2)
    _fitted(halves, 0, 1)
    twice = _fitted(halves, 1, 2)
    for name, value in once.state_dict().items():
        torch.testing.assert_close(twice.state_dict()[name], value)


def test_what_is_frozen_stays(tmp_path):
    nets, shipped = _fitted(tmp_path, 0, 1), weights.networks()
    assert (nets.classifier.conv1.weight == shipped.classifier.conv1.weight).all()
    assert (nets.classifier.fc6.weight != shipped.classifier.fc6.weight).any()
    assert not nets.classifier.conv1.weight.requires_grad


def _fitted(folder, begun, steps) -> Networks:
    """Stops after so many steps of three; noise on images is drawn from the global generator."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    nets = weights.networks()
    nets.witness = witness(2)
    nets.requires_grad_()
    nets.classifier.conv1.requires_grad_(requires_grad=False)
    known = render_set(7, 8)
    classes, factors = torch.from_numpy(known.classes), torch.from_numpy(known.factors)
    training_images = fitting.TrainingImages(
        known.pixels, losses.soft_labels(classes, factors), factors[:, :2], turned=(1,)
    )
    run = fitting.TrainingRun(3, 4, 1e-3, "cpu", folder, half=False)
    torch.manual_seed(begun)
    for done, _ in fitting.fit(nets, training_images, run):
        torch.manual_seed(done)
        if done == steps:
            break
    return nets
