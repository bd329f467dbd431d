"""Networks written by ``torch.export.save``: ``export:FILE.pt2``; none of their code is needed or run."""

from pathlib import Path

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.networks import programs
from inverset.sampler.zoo.networks.entry import NetworkEntry
from inverset.sampler.zoo.networks.loaded import Loaded
from inverset.sampler.zoo.networks.preprocessing import Preprocessing
from inverset.sampler.zoo.networks.state import within

_IMAGES = "images of one size, (k, channels, height, width)"


def load(place: str, entry: NetworkEntry, folder: Path) -> Loaded:
    """An exported network with one argument, a batch of images (k, channels, height, width).

    Export it in evaluation mode, on the CPU, with a batch of any size::

        batch = torch.export.Dim("batch")
        program = torch.export.export(
            net.eval(), (torch.zeros(2, 3, 224, 224),), dynamic_shapes=({0: batch},)
        )
        torch.export.save(program, "net.pt2")

    Its layers are named as in the original, see ``programs``.

    Raises:
        BadFile: it is damaged, holds what would run code or is not understood, or takes something else than images.
    """
    if entry.weights is not None:
        raise BadEntry(f"{place} holds its own weights; leave weights out")
    program = programs.read(within(folder, place), [4], _IMAGES)
    _, channels, height, width = program.shape
    letters = {1: "l", 3: "rgb"}.get(channels, "l" * channels)
    return Loaded(program.in_float32(), Preprocessing(size=(height, width), channels=letters))
