"""The result of sampling in a notebook: samples with their activations and evidence, to look at, save and reuse."""

import importlib
from base64 import b64encode
from collections.abc import Mapping
from functools import cached_property
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from inverset import folders, gallery, sampler
from inverset.contract.question import describe
from inverset.errors import UserError
from inverset.in_process import Answer
from inverset.screen import remarks

_COLOURS = {"good": "#1a7f37", "careful": "#9a6700", "do not trust": "#cf222e"}  # of a verdict's word


class Result:
    """The samples of one question, n of them; n may be less than requested, ``outcome`` says why.

    At the end of a Jupyter cell it is shown as a contact sheet below the verdict.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    @property
    def samples(self) -> sampler.Result:
        """The raw output of the run, as tensors on the CPU."""
        return self._answer.result

    @cached_property
    def images(self) -> NDArray[np.uint8]:
        """The samples (n, h, w, 3), as saved."""
        return _pixels(self.samples.images)

    @cached_property
    def activations(self) -> NDArray[np.float32]:
        """The neurons' activations (n, m) on these images, m in the order of ``neurons``."""
        rows: NDArray[np.float32] = self.samples.activations.numpy()
        return rows

    @cached_property
    def starts(self) -> NDArray[np.uint8] | None:
        """The images (n, h, w, 3) that counterfactuals started from; None: these are not counterfactuals."""
        return _pixels(self.samples.starts) if self.samples.starts.numel() else None

    @property
    def neurons(self) -> list[str]:
        """The canonical names of the neurons, m."""
        return [*self._answer.question.neurons]

    @property
    def bands(self) -> list[list[float] | None]:
        """[low, high] of each neuron in activations, m; None: any activation."""
        return [target.band.pair for target in self._answer.question.targets]

    @property
    def question(self) -> Mapping[str, Any]:
        """The question, as the JSON of a job."""
        return self._answer.spec

    @property
    def outcome(self) -> Mapping[str, Any]:
        """Why the run ended: "reason" and "detail"."""
        return self.samples.outcome

    @property
    def evidence(self) -> dict[str, Any] | None:
        """The evidence about the samples, see docs/evidence.md; None: there are no samples."""
        return self.samples.evidence

    @property
    def verdict(self) -> str:
        """The evidence's word with its reason, then its sentences, one per line."""
        return "\n".join(f"{word}: {text}" if word else text for word, text in remarks(self.evidence))

    def show(self) -> Image.Image:
        """A contact sheet: up to 400 samples by rising activation, each with its index. Jupyter draws a cell's last value."""
        return Image.open(BytesIO(self._sheet))

    def save(self, folder: str | Path) -> Path:
        """Write the gallery that a server would deliver: PNGs, manifest, codes and a page; returns the folder.

        Raises:
            UserError: the folder is not empty, or cannot be written.
        """
        place = Path(folder).expanduser()
        try:
            with folders.filling(place) as draft:
                gallery.write(self._answer.gallery, draft)
        except OSError as error:
            raise UserError(f"{place} cannot be written: {error.strerror or error}") from None
        return place

    def to_pandas(self) -> Any:
        """A DataFrame with a row for each sample: its activations by neuron, step, parent, start's activations and SHA-256.

        Raises:
            UserError: pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ModuleNotFoundError:
            raise UserError("this needs pandas; install it with: pip install pandas") from None
        return pandas.DataFrame(self._rows()).set_index("index")

    def _rows(self) -> list[dict[str, str | float | None]]:
        return [
            {
                "index": sample.index,
                **sample.activations,
                **{f"start {name}": value for name, value in (sample.start_activations or {}).items()},
                "step": sample.step,
                "parent": sample.parent,
                "sha256": sample.sha256,
            }
            for sample in self._answer.gallery.samples
        ]

    @cached_property
    def _sheet(self) -> bytes:
        return gallery.contact_sheet(self._answer.gallery)

    def __len__(self) -> int:
        return len(self.samples.steps)

    def __repr__(self) -> str:
        asked = describe(self._answer.question.targets)
        first = self.verdict.partition("\n")[0] or self.outcome["detail"]
        return f"<{len(self)} samples of {asked}: {first}>"

    def _repr_png_(self) -> bytes:
        return self._sheet

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<li><b style='color:{_COLOURS.get(word, 'inherit')}'>{escape(word)}</b> {escape(text)}</li>"
            for word, text in remarks(self.evidence)
        )
        title = escape(describe(self._answer.question.targets))
        sheet = b64encode(self._sheet).decode()
        return (
            f"<img style='max-width:100%' alt='{title}' src='data:image/png;base64,{sheet}'><ul>{lines}</ul>"
        )


def _pixels(images: Tensor) -> NDArray[np.uint8]:
    """Images (n, h, w, 3) of pixels (n, 3, h, w) uint8."""
    pixels: NDArray[np.uint8] = images.permute(0, 2, 3, 1).contiguous().numpy()
    return pixels
