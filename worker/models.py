"""Models as they were loaded, kept for the next part."""

import torch

from sampler import zoo
from sampler.bundle import Bundle


class AnotherVersion(zoo.ZooError):
    """The job was made for other weights than are here now."""


class Models:
    """Loads each model once."""

    def __init__(self, device: str) -> None:
        self.device = chosen(device)
        self._loaded: dict[str, Bundle] = {}
        self.latest: tuple[str, ...] = ()  # the model of the last part

    def load(self, name: str) -> Bundle:
        """A model by its name.

        Raises:
            ZooError: it is unknown or its weights are damaged.
        """
        if name not in self._loaded:
            self._loaded[name] = zoo.load(name, self.device)
        return self._loaded[name]

    @property
    def names(self) -> list[str]:
        """Those that were loaded."""
        return sorted(self._loaded)

    def warm(self) -> None:
        """Have ready what the first job would wait for: the natural images, as far as they are not kept already."""
        for bundle in self._loaded.values():
            if bundle.reference is not None:
                _ = bundle.reference.codes

    def exactly(self, name: str, sha256: str) -> Bundle:
        """A model with the weights that a job was made for.

        Raises:
            ZooError: it cannot be had, or has other weights by now.
        """
        bundle = self.load(name)
        self.latest = (name,)
        if bundle.sha256 != sha256:
            raise AnotherVersion(
                f"the job was made for {name} with the weights {sha256}, here are {bundle.sha256}; make it again"
            )
        return bundle


def chosen(device: str) -> str:
    """The device meant by a setting; "auto" takes a GPU where there is one."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"
