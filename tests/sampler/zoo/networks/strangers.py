"""Small files as a stranger might send them, sound and otherwise."""

import io
import json
import zipfile

import torch
from torch import nn

CHANNELS, SIDE = 3, 8


class Small(nn.Module):
    """A network with what is awkward: a layer used twice, one that works in place, one that gives two things."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(CHANNELS, 4, 3, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.pair = Pair()
        self.head = nn.Linear(4, 5)

    def forward(self, images):
        maps = self.act(self.conv(images))
        first, _ = self.pair(maps.mean(dim=(2, 3)))
        return self.head(self.act(first))


class Pair(nn.Module):
    """Gives its input doubled, and as it was."""

    def forward(self, values):
        return values * 2, values


def exported(net=None, size=SIDE, channels=CHANNELS, batch=True):
    """What torch.export.save writes of a network."""
    shapes = ({0: torch.export.Dim("batch")},) if batch else None
    images = torch.zeros(2, channels, size, size)
    program = torch.export.export((net or Small()).eval(), (images,), dynamic_shapes=shapes)
    whole = io.BytesIO()
    torch.export.save(program, whole)
    return whole.getvalue()


def changed(content, records=None, graph=None, compress=zipfile.ZIP_STORED):
    """The same archive with some records replaced or added, and its graph altered."""
    whole = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(whole, "w", compress) as new:
        folder = old.namelist()[0].partition("/")[0]
        inside = {each.partition("/")[2]: old.read(each) for each in old.namelist()}
        if graph is not None:
            program = json.loads(inside["models/model.json"])
            graph(program)
            inside["models/model.json"] = json.dumps(program).encode()
        for name, value in {**inside, **(records or {})}.items():
            new.writestr(f"{folder}/{name}", value)
    return whole.getvalue()


class Bomb:
    """Says to unpicklers that they should make a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        import os

        return os.mkdir, (self.path,)
