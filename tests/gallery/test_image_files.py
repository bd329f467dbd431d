"""Pictures and chunks come back as they were written."""

import numpy as np
import pytest

from inverset.gallery import chunks, image_codec


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (64, 48, 3), dtype=np.uint8)


def test_a_picture_keeps_every_pixel(pixels):
    content = image_codec.encode(pixels)
    assert content == image_codec.encode(pixels.copy())
    assert (image_codec.decode(content) == pixels).all()


def test_pixels_in_another_order_of_axes(pixels):
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    assert image_codec.encode(planes.transpose(1, 2, 0)) == image_codec.encode(pixels)


def test_a_damaged_picture_is_told(pixels):
    content = image_codec.encode(pixels)
    for damaged in (content[:200], b"GIF89a", b""):
        with pytest.raises(OSError, match=r"(?i)truncated|cannot identify"):
            image_codec.decode(damaged)


def test_chunks_are_joined_in_order():
    first = {"codes": np.ones((2, 3), np.float32), "activations": np.zeros((2, 1), np.float32)}
    second = {"codes": np.full((1, 3), 2, np.float32), "activations": np.ones((1, 1), np.float32)}
    result = chunks.joined([chunks.dump(first), chunks.dump(second)])
    assert result["codes"].tolist() == [[1, 1, 1], [1, 1, 1], [2, 2, 2]]
    assert result["activations"].shape == (3, 1)
    assert chunks.joined([]) == {}
