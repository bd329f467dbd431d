"""Names of units as people's files have them: each name stays with its unit, or the file is refused."""

import pytest
import torch
from torch import nn

from inverset.sampler.zoo.errors import BadEntry, BadFile
from inverset.sampler.zoo.networks import labels
from inverset.sampler.zoo.networks.layers import readable
from inverset.sampler.zoo.parts import Network

NAMES = ("cat", "dog", "bird", "fish", "frog")


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 5))


def read(folder, content):
    (folder / "names.txt").write_bytes(content)
    return labels.labels_of({"1": "names.txt"}, net(), folder)["1"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfcat\ndog\nbird\nfish\nfrog\n",
        b"cat\r\ndog\r\nbird\r\nfish\r\nfrog\r\n",
        b"cat\ndog\nbird\nfish\nfrog",
        b" cat \ndog\t\nbird\n\x0cfish\nfrog\n",
    ],
)
def test_marks_of_an_editor_are_no_part_of_a_name(tmp_path, content):
    assert read(tmp_path, content) == NAMES


@pytest.mark.parametrize("mark", ["\u0085", "\u2028", "\v", "\f", "\x1c"])
def test_only_a_line_feed_ends_a_name(tmp_path, mark):
    assert read(tmp_path, f"cat\ndog{mark}hound\nbird\nfish\nfrog\n".encode()) == (
        "cat",
        "dog hound",
        *NAMES[2:],
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"0,cat\n1,dog\n2,bird\n3,fish\n4,frog\n", "numbers its lines"),
        (b"1: cat\n2: dog\n3: bird\n4: fish\n5: frog\n", "numbers its lines"),
        (b'{"0": "cat", "1": "dog"}', "looks like JSON"),
        (b'[\n"cat",\n"dog",\n"bird"\n]\n', "looks like JSON"),
        ("r\u00eane\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_file_that_is_no_list_of_names_is_refused(tmp_path, content, why):
    with pytest.raises(BadFile, match=why):
        read(tmp_path, content)


@pytest.mark.parametrize(
    "names",
    [("background", *NAMES), ("class", *NAMES), ("cat", "dog", "", "bird", "fish", "frog"), ("cat", "dog")],
)
def test_as_many_names_as_units_are_wanted(names):
    network = Network(net(), nn.Identity(), (2, 2), "", labels={"1": names})
    with pytest.raises(BadEntry, match=f"there are {len(names)} names for the 5 units of 1"):
        readable(network)


def test_names_for_the_input_of_a_layer_are_allowed_and_for_what_cannot_be_read_refused(tmp_path):
    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.head, self.idle = nn.Linear(3, 2), nn.Linear(3, 2)

        def forward(self, images):
            return self.head(images.mean(dim=(2, 3)))

    (tmp_path / "names.txt").write_text("red\ngreen\nblue\n")
    result = labels.labels_of({"head<": "names.txt"}, Pooled(), tmp_path)
    made = readable(Network(Pooled(), nn.Identity(), (2, 2), "", labels=result))
    assert {each.name: each.labels for each in made} == {"head<": ("red", "green", "blue"), "head": ()}
    with pytest.raises(BadEntry, match="labels for 'idle', which cannot be read"):
        readable(Network(Pooled(), nn.Identity(), (2, 2), "", labels={"idle": ("a", "b")}))


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (("crane", "crane", "", "1"), ("crane", "crane (1)", "(2)", "1 (3)")),
        (("crane (2)", "crane", "crane"), ("crane (2)", "crane", "crane (2) (2)")),
    ],
)
def test_names_that_occur_twice_stay_with_their_units(names, made):
    assert labels.distinct(names) == made


def test_a_name_stays_with_its_unit_however_many_are_alike():
    random = torch.Generator().manual_seed(0)
    words = ("a", "a (1)", "a (2)", "1", "", "@")
    for _ in range(200):
        names = [words[each] for each in torch.randint(len(words), (6,), generator=random)]
        result = labels.distinct(names)
        assert len(set(result)) == len(names)
