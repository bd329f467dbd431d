"""A lab's data folder: photographs of waves, and a toy model written down for them."""

from pathlib import Path

import numpy as np
from PIL import Image

NETWORK = "factory:tests.sampler.zoo.own.toy_network:make"
TABLE = f"""
# of our lab
[toy]
network = "{NETWORK}"
preprocessing = {{ size = 16, mean = [0.5, 0.5, 0.5], std = [0.25, 0.25, 0.25] }}
labels = {{ fc2 = ["a", "b", "c", "d", "e"] }}
encoder = "relu3"
images = "photos"   # taken by hand
"""


def photograph(folder: Path, count: int) -> None:
    """Waves of many sizes, in all the formats; the same each time."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for number in range(count):
        height, width = random.integers(16, 60, 2)
        y, x = np.mgrid[0:height, 0:width]
        waves = [
            np.sin(x / random.uniform(2, 9)),
            np.cos(y / random.uniform(2, 9)),
            np.sin((x + y) / random.uniform(3, 9)),
        ]
        pixels = (127 + 120 * np.stack(waves, -1)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03}.{('jpg', 'png', 'webp')[number % 3]}")


def furnish(folder: Path, count: int = 60, table: str = TABLE) -> Path:
    """Make the folder; gives it."""
    photograph(folder / "photos", count)
    (folder / "models.toml").write_text(table)
    return folder
