"""Strangers' image files are decoded in a child process, and end nothing else."""

import signal

import numpy as np
import pytest
import torch

from inverset.contract.image_tries import MOST_PIXELS
from inverset.sampler.zoo.own.decoding import decoded
from inverset.worker import decode_child, image_decoder
from inverset.worker.image_decoder import NOT_AN_IMAGE, decode
from tests.images import SVG, bomb, encoded, picture, truncated

SIZE = (64, 64)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_image_is_decoded_as_reference_images_are(tmp_path, kind):
    content = encoded(picture(), kind)
    (tmp_path / "a").write_bytes(content)
    (answer,) = decode([content], SIZE)
    expected = decoded(tmp_path / "a", SIZE)
    assert torch.equal(torch.from_numpy(answer.copy()).permute(2, 0, 1), expected)


def test_what_cannot_be_decoded_says_why_and_the_others_are():
    files = [
        truncated(),
        bomb(),
        SVG,
        b"GIF89a",
        encoded(picture(), "GIF"),
        b"\xff\xd8\xff",
        encoded(picture()),
    ]
    *wrong, good = decode(files, SIZE)
    assert good.shape == (*SIZE, 3)
    assert wrong[0] == "it cannot be decoded: image file is truncated"
    assert wrong[1] == f"it has 40000 x 40000 pixels; at most {MOST_PIXELS:,} in all are decoded"
    assert wrong[2:5] == [NOT_AN_IMAGE] * 3
    assert wrong[5].startswith("it ")


def test_a_file_that_ends_its_process_ends_no_other(monkeypatch, tmp_path):
    """A decoder that crashes, as one with a hole would."""
    code = (
        "import os, inverset.worker.decode_child as child\n"
        "def answer(content, size, before=child._answer):\n"
        f"    if content == b'crash': os.kill(os.getpid(), {int(signal.SIGSEGV)})\n"
        "    return before(content, size)\n"
        "child._answer = answer\nchild.main()\n"
    )
    (tmp_path / "crashing.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(image_decoder, "CHILD", "crashing")
    good = encoded(picture())
    first, second, third = decode([good, b"crash", good], SIZE)
    assert np.array_equal(first, third)
    assert second.startswith("it ended the process that was to decode it")


def test_the_child_has_limits_and_knows_no_secret(monkeypatch, tmp_path):
    code = (
        "import os, resource, sys, inverset.worker.decode_child as child\n"
        "child._limit()\n"
        "names = 'CPU', 'DATA', 'FSIZE', 'CORE', 'NOFILE'\n"
        "told = [resource.getrlimit(getattr(resource, f'RLIMIT_{name}'))[0] for name in names]\n"
        'text = f\'it {told} {os.environ.get("INVERSET_KEY")} {"torch" in sys.modules}\'.encode()\n'
        "sys.stdout.buffer.write(child.HEAD.pack(False, len(text)) + text)\n"
    )
    (tmp_path / "telling.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("INVERSET_KEY", "inv_secret")
    monkeypatch.setattr(image_decoder, "CHILD", "telling")
    (told,) = decode([b"x"], SIZE)
    limits = [decode_child.CPU_SECONDS, decode_child.MEMORY, 0, 0, 64]
    assert told == f"it {limits} None False"


def test_a_child_that_says_too_much_is_cut_off(monkeypatch, tmp_path):
    (tmp_path / "endless.py").write_text("import sys\nwhile True: sys.stdout.buffer.write(bytes(100_000))\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(image_decoder, "CHILD", "endless")
    assert all(isinstance(each, str) for each in decode([b"x", b"y"], SIZE))
