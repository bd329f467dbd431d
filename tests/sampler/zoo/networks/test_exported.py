"""Exported programs: read as they were, and never run."""

import copy
import io
import json
import pickle
import resource
import warnings
import zipfile
from contextlib import suppress

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torchvision import models

from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.networks import NetworkEntry
from inverset.sampler.zoo.parts import Network
from tests.sampler.zoo.networks.strangers import Bomb, Small, changed, exported


@pytest.fixture(scope="module")
def sound():
    return exported()


def read(folder, content):
    (folder / "net.pt2").write_bytes(content)
    return networks.load(NetworkEntry("export:net.pt2"), folder)


def test_an_exported_network_says_what_it_said_before(tmp_path):
    torch.manual_seed(0)
    net = Small().eval()
    network = read(tmp_path, exported(net))
    images = torch.rand(5, 3, 8, 8)
    assert network.size == (8, 8)
    torch.testing.assert_close(network.module(network.preprocess(images)), net(images))


def test_its_layers_have_their_own_names_and_its_rectifiers_work_out_of_place(tmp_path, sound):
    layers = dict(read(tmp_path, sound).module.named_modules())
    assert {"conv", "act", "pair", "head"} <= set(layers)
    assert type(layers["act"]) is nn.ReLU
    assert not layers["act"].inplace


def test_a_grey_network_is_fed_grey(tmp_path):
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten())
    network = read(tmp_path, exported(net, channels=1))
    assert network.preprocess(torch.rand(2, 3, 8, 8)).shape == (2, 1, 8, 8)


def test_one_for_a_fixed_batch_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(BadFile, match="dynamic_shapes"):
        read(tmp_path, exported(batch=False))


def test_one_that_takes_no_images_is_refused(tmp_path):
    class Flat(nn.Module):
        def forward(self, values):
            return values * 2

    program = torch.export.export(Flat(), (torch.zeros(2, 3),))
    whole = io.BytesIO()
    torch.export.save(program, whole)
    with pytest.raises(BadFile, match="something else than images"):
        read(tmp_path, whole.getvalue())


def operator(name):
    def change(program):
        program["graph_module"]["graph"]["nodes"][0]["target"] = name

    return change


def size(text):
    def change(program):
        values = program["graph_module"]["graph"]["tensor_values"]
        values["conv2d"]["sizes"][0] = {"as_expr": {"expr_str": text, "hint": None}}

    return change


def spec(program):
    signature = program["graph_module"]["module_call_graph"][0]["signature"]
    enum = json.dumps({"__enum__": True, "fqn": "antigravity:x", "name": "x"})
    signature["in_spec"] = json.dumps([1, {"type": "builtins.tuple", "context": enum, "children_spec": []}])


def renamed(name):
    def change(program):
        graph = program["graph_module"]["graph"]
        (old,) = (each["as_tensor"]["name"] for each in graph["nodes"][0]["outputs"])
        text = json.dumps(graph).replace(f'"{old}"', json.dumps(name))
        program["graph_module"]["graph"] = json.loads(text)

    return change


def opened(program):
    program["more"] = [[]] * 2_100_000


@pytest.mark.parametrize(
    "graph",
    [
        operator("torch.os.system"),
        operator("torch.ops.aten.from_file.default"),
        operator("torch.ops.aten.__init__.__globals__"),
        operator("_operator.methodcaller"),
        operator("torch.load"),
        operator("torch.ops.aten.no_such_operation.default"),
        size("__import__('os').abort()"),
        size("9**9**9"),
        size("().__class__"),
        size("1" + "-1" * 5000),
        spec,
        renamed("x = __import__('os').abort()\n"),
        renamed("torch.load"),
        renamed("import"),
        renamed("__class__"),
        opened,
    ],
)
def test_a_graph_that_would_do_more_than_compute_is_refused(tmp_path, sound, graph):
    with pytest.raises(BadFile, match="is not read"):
        read(tmp_path, changed(sound, graph=graph))


def test_a_node_may_have_another_harmless_name(tmp_path, sound):
    assert read(
        tmp_path, changed(sound, graph=renamed("torch_load"))
    )  # the tests above refuse the name, not the change


def test_guards_are_not_run(tmp_path, sound):
    def guarded(program):
        program["guards_code"] = [f"__import__('os').mkdir({str(tmp_path / 'ran')!r})"]

    read(tmp_path, changed(sound, graph=guarded))
    assert not (tmp_path / "ran").exists()


def pickled_weight(content, path):
    config = "data/weights/model_weights_config.json"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        table = json.loads(archive.read(next(each for each in archive.namelist() if each.endswith(config))))
    next(iter(table["config"].values()))["use_pickle"] = True
    return {config: json.dumps(table), "data/weights/weight_0": pickle.dumps(Bomb(path))}


def constant(name):
    def records(_content, path):
        about = {"path_name": name, "is_param": False, "use_pickle": True, "tensor_meta": None}
        return {
            "data/constants/model_constants_config.json": json.dumps({"config": {"c": about}}),
            f"data/constants/{name}": pickle.dumps(Bomb(path)),
        }

    return records


@pytest.mark.parametrize(
    "records",
    [
        pickled_weight,
        constant("opaque_obj_0"),
        constant("custom_obj_0"),
        constant("tensor_0"),
        lambda _, path: {"data/aotinductor/model/model.so": b"\x7fELF"},
    ],
)
def test_what_would_be_unpickled_or_linked_is_refused(tmp_path, sound, records):
    with pytest.raises(BadFile, match="is not read"):
        read(tmp_path, changed(sound, records(sound, tmp_path / "ran")))
    assert not (tmp_path / "ran").exists()


def test_sample_inputs_and_old_forms_are_left_alone(tmp_path, sound):
    bomb = pickle.dumps(Bomb(tmp_path / "ran"))
    assert read(
        tmp_path, changed(sound, {"data/sample_inputs/model.pt": bomb, "data/weights/model.pt": bomb})
    )
    old = io.BytesIO()
    with zipfile.ZipFile(old, "w") as archive:
        archive.writestr("version", "8.20")
        archive.writestr("serialized_state_dict.pt", bomb)
    with pytest.raises(BadFile, match="not a program that this version of PyTorch can read"):
        read(tmp_path, old.getvalue())
    assert not (tmp_path / "ran").exists()


def resized(content, **meta):
    config = "data/weights/model_weights_config.json"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        table = json.loads(archive.read(next(each for each in archive.namelist() if each.endswith(config))))
    next(iter(table["config"].values()))["tensor_meta"].update(meta)
    return table, config


def test_more_than_the_file_holds_is_not_allocated(tmp_path, sound):
    huge = [{"as_int": 2**20}] * 2
    table, config = resized(sound, sizes=huge, strides=[{"as_int": 1}] * 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for strides, record in (([1, 1], b""), ([0, 0], b""), ([2**20, 1], b"\0" * 64)):
        about = next(iter(table["config"].values()))["tensor_meta"]
        about["strides"] = [{"as_int": each} for each in strides]
        records = {config: json.dumps(table), "data/weights/weight_0": record}
        with pytest.raises(BadFile, match="is shorter than its shape"):
            read(tmp_path, changed(sound, records))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000, "kB"


def test_one_number_is_no_large_tensor(tmp_path, sound):
    table, config = resized(sound, sizes=[{"as_int": 2**20}] * 2, strides=[{"as_int": 0}] * 2)
    records = {config: json.dumps(table), "data/weights/weight_0": b"\0" * 64}
    with pytest.raises(BadFile, match="is shorter than its shape"):
        read(tmp_path, changed(sound, records))


class Reaching(nn.Module):
    """Calls an operator of PyTorch with arguments that make it read beyond its tensors, or crash, where nobody looks."""

    def __init__(self, call):
        super().__init__()
        self.call = call
        self.register_buffer("lengths", torch.tensor([2**40]))
        self.register_buffer("short", torch.ones(1))
        self.register_buffer("state", torch.zeros(2, 1, 4))

    def forward(self, images):
        return self.call(self, images)


def norm(operator, *more):
    return lambda net, images: operator(images, net.short, net.short, *more)[0].mean((2, 3))


def decomposed(net, images):
    operator = torch.ops.aten._native_batch_norm_legit_no_training.default
    return operator(images, net.short, net.short, net.short, net.short, 0.1, 1e-5)[0].mean((2, 3))


REACHING = {
    "segment_reduce, unsafe": lambda net, images: torch.segment_reduce(
        images.flatten(), "sum", lengths=net.lengths, unsafe=True
    ),
    "native_batch_norm": norm(torch.ops.aten.native_batch_norm.default, None, None, True, 0.1, 1e-5),
    "no_stats": norm(torch.ops.aten._native_batch_norm_legit.no_stats, True, 0.1, 1e-5),
    "no_training": decomposed,
    "empty": lambda _, images: images.mean((2, 3)) + torch.empty(3),
}


@pytest.mark.parametrize("name", REACHING)
def test_what_would_read_beyond_its_tensors_is_refused(tmp_path, name):
    """The first of them read 2**40 numbers, or as many as it liked of this process's memory."""
    content = exported(Reaching(REACHING[name]))
    with pytest.raises(
        BadFile, match=r"not an operation of plain networks|batch_norm is given \(1,\) for 3 channels"
    ):
        read(tmp_path, content)


def with_argument(node, name, value):
    def change(program):
        nodes = program["graph_module"]["graph"]["nodes"]
        (inputs,) = (each["inputs"] for each in nodes if each["target"].startswith(f"torch.ops.aten.{node}."))
        inputs[:] = [each for each in inputs if each["name"] != name]
        inputs.append({"name": name, "arg": value, "kind": 2})

    return change


@pytest.mark.parametrize("value", [{"as_int": -1}, {"as_int": 77}, {"as_float": 1.0}, {"as_string": "x"}])
def test_no_number_stands_for_a_type(tmp_path, sound, value):
    """PyTorch takes -1 for a type, and dies of it."""
    with pytest.raises(BadFile, match=r"as its dtype|cannot be read"):
        read(tmp_path, changed(sound, graph=with_argument("mean", "dtype", value)))


def test_a_recurrent_network_is_given_its_weights(tmp_path):
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.steps = nn.LSTM(24, 4, batch_first=True, bidirectional=True)

        def forward(self, images):
            return self.steps(images.flatten(2).unflatten(2, (8, 8)).permute(0, 2, 1, 3).flatten(2))[0][:, -1]

    torch.manual_seed(0)
    net, images = Steps().eval(), torch.rand(3, 3, 8, 8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of attributes of its own that an LSTM sets
        content = exported(net)
    torch.testing.assert_close(read(tmp_path, content).module(images), net(images))

    def without(program):
        (node,) = (each for each in program["graph_module"]["graph"]["nodes"] if "lstm" in each["target"])
        next(each for each in node["inputs"] if each["name"] == "params")["arg"]["as_tensors"].clear()

    with pytest.raises(BadFile, match="2 layers are given 0 weights"):
        read(tmp_path, changed(content, graph=without))


def tiny_resnet():
    return models.ResNet(models.resnet.BasicBlock, [1, 1, 1, 1], num_classes=5)


def tiny_transformer():
    return models.VisionTransformer(16, 8, 1, 2, 8, 16, num_classes=5)


@pytest.mark.parametrize("make", [tiny_resnet, tiny_transformer])
@pytest.mark.parametrize("core", [False, True])
def test_networks_of_torchvision_are_read_as_they_are_and_decomposed(tmp_path, make, core):
    """The large ones are listed in exported_operators.json; a small one of the same code is read here."""
    torch.manual_seed(0)
    net, images = make().eval(), torch.rand(3, 3, 16, 16)
    shapes = ({0: torch.export.Dim("batch")},)
    program = torch.export.export(net, (torch.zeros(2, 3, 16, 16),), dynamic_shapes=shapes)
    if core:
        program = program.run_decompositions(torch.export.default_decompositions())
    torch.export.save(program, tmp_path / "net.pt2")
    network = networks.load(NetworkEntry("export:net.pt2"), tmp_path)
    torch.testing.assert_close(network.module(images), net(images), rtol=1e-4, atol=1e-5)


class Hungry(nn.Module):
    def forward(self, images):
        return images.mean(dim=(2, 3)) + torch.ones(2**38).mean()


def test_a_graph_that_wants_more_memory_than_there_is_is_refused_before_it_is_given_any(tmp_path):
    content = exported(Hungry())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadFile, match="computes more than 16 GiB of a batch of 3"):
        read(tmp_path, content)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000, "kB"


def test_images_of_a_huge_size_are_refused(tmp_path):
    def wide(program):
        (name,) = (each["arg"]["as_tensor"]["name"] for each in user_inputs(program))
        program["graph_module"]["graph"]["tensor_values"][name]["sizes"][3] = {"as_int": 2**30}

    with pytest.raises(BadFile, match=r"something else than images|cannot be read"):
        read(tmp_path, changed(exported(), graph=wide))


def user_inputs(program):
    specs = program["graph_module"]["signature"]["input_specs"]
    return [each["user_input"] for each in specs if "user_input" in each]


def test_what_is_larger_inside_than_outside_is_refused(tmp_path, sound):
    with pytest.raises(BadFile, match="this is compressed"):
        read(tmp_path, changed(sound, {"extra": b"\0" * 50_000_000}, compress=zipfile.ZIP_DEFLATED))
    whole = io.BytesIO(changed(sound, {"extra": b"\0" * 50_000}))
    with zipfile.ZipFile(whole, "a") as archive:  # many names for one record
        for number in range(100):
            info = copy.copy(archive.infolist()[-1])
            info.filename = f"tiny/extra{number}"
            archive.filelist.append(info)
        archive.writestr("last", b"")
    with pytest.raises(BadFile, match="its contents are larger than the file"):
        read(tmp_path, whole.getvalue())


def test_values_that_are_no_numbers_are_refused(tmp_path):
    net = Small()
    nn.init.constant_(net.head.weight, torch.nan)
    with pytest.raises(BadFile, match="weight has values that are not finite"):
        read(tmp_path, exported(net))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_an_error_that_says_so(tmp_path, sound, data):
    """Cut off anywhere, or some bytes altered anywhere: it is read as it is, or refused as a bad file; nothing else."""
    if data.draw(st.booleans(), "cut"):
        content = sound[: data.draw(st.integers(0, len(sound) - 1), "length")]
    else:
        draft = bytearray(sound)
        for place in data.draw(st.lists(st.integers(0, len(sound) - 1), min_size=1, max_size=8), "places"):
            draft[place] ^= data.draw(st.integers(1, 255), "bits")
        content = bytes(draft)
    with suppress(BadFile):
        assert read(tmp_path, content).size == (8, 8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_the_graph_is_an_error_that_says_so(tmp_path, sound, data):
    """One value somewhere in the graph is another: it is computed as it stands, or refused as a bad file."""

    def change(program):
        places = []
        pending = [program]
        while pending:
            inner = pending.pop()
            for key in inner if isinstance(inner, dict) else range(len(inner)):
                places.append((inner, key))
                if isinstance(inner[key], dict | list):
                    pending.append(inner[key])
        inner, key = data.draw(st.sampled_from(places), "place")
        other = st.none() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({}) | st.floats()
        inner[key] = data.draw(other, "value")

    with suppress(BadFile):
        assert isinstance(read(tmp_path, changed(sound, graph=change)), Network)
