"""The pictures of a confound alarm."""

import io
from types import SimpleNamespace

import numpy as np
import torch
from PIL import Image

from inverset.contract.evidence import NO_EVIDENCE, Confound
from inverset.gallery import confounds as shown
from inverset.worker import confounds

FOUND = (Confound("night", "factor", sentence="It is at night."),)


def alarm(pairs, findings=FOUND):
    starts = torch.full((pairs, 3, 16, 16), 40, dtype=torch.uint8)
    return SimpleNamespace(findings=findings, starts=starts, ends=starts + 160)


def test_pairs_stand_under_one_another():
    measured, made = confounds.drawn(alarm(4), NO_EVIDENCE)
    with Image.open(io.BytesIO(made["confounds.webp"])) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    assert pixels.shape == (32, 64, 3)
    assert abs(pixels[:16] - 40).mean() < 4
    assert abs(pixels[16:] - 200).mean() < 4
    assert shown.has_sheet(measured)
    assert [pair[1] for pair in shown.pairs(measured)] == [(0, 1, 4), (1, 1, 4), (2, 1, 4)]


def test_nothing_is_made_where_there_is_nothing_to_be_alarmed_at():
    for quiet in (alarm(4, ()), alarm(0)):
        measured, made = confounds.drawn(quiet, NO_EVIDENCE)
        assert made == {}
        assert not shown.has_sheet(measured)
        assert shown.pairs(measured) == []
