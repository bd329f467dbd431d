"""A gallery's manifest as it is read back: looked at before anything in it is believed."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from inverset.errors import UserError

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class NamedModel(BaseModel):
    """Which networks exactly."""

    name: str
    sha256: str


class NeuronRange(BaseModel):
    """A neuron by its one name, and its band; None: any activation was welcome."""

    neuron: str
    range: tuple[Number, Number] | None


class Start(BaseModel):
    """The image that a counterfactual began as."""

    file: str = Field(pattern=r"^starts/[0-9]+\.png$")  # within the gallery
    sha256: str
    activations: dict[str, Number]


class Sample(BaseModel):
    """One image, and what the model said of it."""

    file: str = Field(pattern=r"^images/[0-9]+\.png$")  # within the gallery
    sha256: str
    activations: dict[str, Number]
    start: Start | None = None


class Manifest(BaseModel):
    """What `verify` needs of a manifest.json; the rest is left alone."""

    model: NamedModel
    ranges: list[NeuronRange] = Field(min_length=1)
    samples: list[Sample]


def read(folder: Path) -> Manifest:
    """The manifest of a gallery.

    Raises:
        UserError: it is missing, not JSON, or of another shape.
    """
    path = folder / "manifest.json"
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UserError(f"{path} is damaged: {place + ': ' if place else ''}{first['msg']}") from None
