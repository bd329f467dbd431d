"""Weights as people save them: loaded where one reading fits, else told what was found."""

import argparse
from collections import OrderedDict

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.networks.checkpoints import Checkpoint, fill


class Net(nn.Module):
    """With a batch norm, whose buffers are not all in every file."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 5)


def weights(seed=1):
    torch.manual_seed(seed)
    net = Net()
    nn.init.normal_(net.norm.running_mean)
    return net.state_dict()


STATE, OTHER = weights(), weights(2)


def behind(prefix, state=STATE):
    return OrderedDict((prefix + name, value) for name, value in state.items())


SAVED = {
    "plain": STATE,
    "DataParallel": behind("module."),
    "torch.compile": behind("_orig_mod."),
    "both": behind("module._orig_mod."),
    "net": behind("net."),
    "Lightning": {"state_dict": behind("model."), "epoch": 1, "pytorch-lightning_version": "2.4.0"},
    "Lightning with a loss": {"state_dict": {**behind("model."), "criterion.weight": torch.ones(5)}},
    "AveragedModel": {"n_averaged": torch.tensor(3), **behind("module.")},
    "the tutorial": {
        "epoch": 3, "model_state_dict": STATE, "loss": torch.tensor(0.3),
        "optimizer_state_dict": torch.optim.SGD(Net().parameters(), 0.1, momentum=0.9).state_dict(),
    },
    "a script": {"net": STATE, "acc": 93.0, "epoch": 9},
    "timm": {"state_dict": STATE, "args": argparse.Namespace(lr=0.1)},
    "nested": {"model": {"state_dict": STATE}},
    "nested behind a prefix": {"model": {"state_dict": behind("module.")}},
    "an average alone": {"state_dict_ema": STATE},
    "the same twice": {"model": STATE, "model_ema": dict(STATE)},
    "without counts": {name: value for name, value in STATE.items() if "num_batches" not in name},
    "halves": {name: value.half() if value.is_floating_point() else value for name, value in STATE.items()},
}  # fmt: skip


@pytest.mark.parametrize("saved", SAVED.values(), ids=SAVED)
def test_a_checkpoint_is_loaded_however_it_was_saved(tmp_path, saved):
    torch.save(saved, tmp_path / "w.pth")
    result = fill(Net(), tmp_path, "w.pth").state_dict()
    rough = {"rtol": 1e-3, "atol": 1e-3}
    for name in ("conv.weight", "norm.running_mean", "head.bias"):
        torch.testing.assert_close(result[name], STATE[name], **rough)


def test_safetensors_too(tmp_path):
    save_file(dict(behind("module.")), tmp_path / "w.safetensors")
    assert torch.equal(fill(Net(), tmp_path, "w.safetensors").head.weight, STATE["head.weight"])


def test_a_network_that_is_still_wrapped_takes_plain_weights(tmp_path):
    torch.save(STATE, tmp_path / "w.pth")
    wrapped = fill(nn.DataParallel(Net()), tmp_path, "w.pth")
    assert torch.equal(wrapped.module.head.weight, STATE["head.weight"])


def test_of_two_sets_that_differ_one_is_named(tmp_path):
    torch.save({"model": STATE, "model_ema": OTHER}, tmp_path / "w.pth")
    with pytest.raises(
        BadFile, match=r"2 sets of weights that fit and differ: model, model_ema; say which.*w\.pth#model"
    ):
        fill(Net(), tmp_path, "w.pth")
    for key, state in (("model", STATE), ("model_ema", OTHER)):
        assert torch.equal(fill(Net(), tmp_path, f"w.pth#{key}").head.weight, state["head.weight"])
    with pytest.raises(
        BadFile, match=r"holds no weights under 'ema': model \(7|holds no weights under 'ema'"
    ):
        fill(Net(), tmp_path, "w.pth#ema")
    (tmp_path / "w.pth").rename(tmp_path / "w#1.pth")
    assert Checkpoint.of(tmp_path, "w#1.pth").key == "", "a file may be called so"


LESS = {name: value for name, value in STATE.items() if name != "head.bias"}


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (LESS, "The nearest reading is the file as it is: missing head.bias$"),
        ({**STATE, "more": torch.ones(1)}, "the file as it is: unused more$"),
        ({**STATE, "head.bias": torch.ones(7)}, r"of another shape head.bias \(7, here 5\)$"),
        ({"model": {"state_dict": behind("module.", LESS)}, "epoch": 1},
         r"it holds model \(no tensors\), epoch \(int\). The nearest reading is model.state_dict without the prefix module.: missing"),
        ({"epoch": 1, "best": [0.5]}, r"holds no weights: epoch \(int\), best \(list\)"),
        ([1, 2], "holds no weights: a list"),
        ({"a": {"b": {"c": STATE}}}, r"holds no weights: a \(no tensors\)"),
        ({**STATE, "head.bias": torch.full((5,), torch.nan)}, "head.bias has values that are not finite"),
        ({**STATE, "head.bias": torch.ones(1).expand(5)}, "head.bias is larger than its stored data"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_what_was_found(tmp_path, saved, message):
    torch.save(saved, tmp_path / "w.pth")
    with pytest.raises(BadFile, match=message):
        fill(Net(), tmp_path, "w.pth")


@pytest.mark.parametrize(
    "saved",
    [Net(), {"model": Net()}, {"\x1b[31mred": torch.ones(1)}, {"\x1b]0;title\x07": 1}, {"a": b"\x1b[0m" * 9}],
    ids=["whole", "inside", "colour", "title", "bytes"],
)
def test_a_message_is_one_line_without_what_a_terminal_obeys(tmp_path, saved):
    torch.save(saved, tmp_path / "w.pth")
    with pytest.raises(BadFile) as caught:
        fill(Net(), tmp_path, "w.pth")
    assert str(caught.value).isprintable(), repr(str(caught.value))


def test_a_pickled_network_is_named(tmp_path):
    torch.save({"model": Net()}, tmp_path / "w.pth")
    with pytest.raises(
        BadFile, match=r"a tests\S+\.Net, which is code and is not run; .*save its state_dict\(\)"
    ):
        fill(Net(), tmp_path, "w.pth")


def test_what_looks_at_its_version_gets_one(tmp_path):
    from torchvision import models

    net = models.mnasnet0_5(weights=None, num_classes=2)
    for saved in (net.state_dict(), dict(net.state_dict()), behind("module.", net.state_dict())):
        torch.save(saved, tmp_path / "w.pth")
        result = fill(models.mnasnet0_5(weights=None, num_classes=2), tmp_path, "w.pth")
        assert torch.equal(result.classifier[1].weight, net.classifier[1].weight)
