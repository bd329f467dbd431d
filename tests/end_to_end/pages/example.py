"""The pictures of the example on the home page, made anew: ``python -m tests.end_to_end.pages.example api/web/static``."""

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image

from inverset import Client
from inverset.api.web.example import MODEL, NEURON, ROWS, Row
from tests.end_to_end.pages.site import MEMBER, Site, embedded

SAMPLES = 60  # of each gallery
SHOWN, SIDE = 6, 64  # of them, evenly spread by rising activation; pixels
QUALITY = 90  # of WebP


def picture(client: Client, row: Row) -> Image.Image:
    """Images of the row's band side by side, the lowest first."""
    asked = {"neuron": NEURON, "range": {"quantiles": row.quantiles}}
    job_id = client.submit({"model": MODEL, "neurons": [asked], "n": SAMPLES, "seed": 1})["id"]
    client.wait(job_id)
    samples = list(client.samples(job_id, order="activation"))
    strip = Image.new("RGB", (SIDE * SHOWN, SIDE))
    for place in range(SHOWN):
        sample = samples[place * (len(samples) - 1) // (SHOWN - 1)]
        strip.paste(Image.open(io.BytesIO(client.image(sample))), (SIDE * place, 0))
    return strip


def take(site: Site, folder: Path) -> None:
    """All pictures."""
    with site.client(MEMBER) as client:
        for row in ROWS:
            picture(client, row).save(folder / row.picture, quality=QUALITY, method=6)


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as data, embedded(Path(data) / "data") as site:
        take(site, wish.folder)


if __name__ == "__main__":
    main()
