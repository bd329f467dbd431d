"""The JSON of a job, validated as far as possible without the model."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    HttpUrl,
    JsonValue,
    Tag,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from inverset.contract import plain_words, question
from inverset.contract.bounds import MOST_NEURONS, MOST_OPTIONS
from inverset.contract.errors import Complaint, InvalidSpec

# Beyond it a network's 32-bit numbers overflow.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e30, le=1e30)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=1)]
# Numbers that JavaScript can hold.
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
_URL = TypeAdapter(HttpUrl)

MOST_PRIORITY = 100
Visibility = Literal["private", "team"]


class Strict(BaseModel):
    """A model that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def rising(pair: tuple[float, float]) -> tuple[float, float]:
    """The range. Raises if it is reversed or empty."""
    low, high = pair
    if low >= high:
        message = f"the range {low:g} to {high:g} is reversed or empty; give the lower end first"
        raise PydanticCustomError("range", "{message}", {"message": message})
    return pair


def plain(text: str) -> str:
    """An address in its normal form. Raises if it is not one, or holds a password."""
    try:
        url = _URL.validate_python(text)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise PydanticCustomError(
            "url", "{reason}", {"reason": f"{text!r} is not an address: {reason}"}
        ) from None
    if url.username is not None or url.password is not None or url.fragment is not None:
        raise PydanticCustomError("url", "give an address without user, password and fragment")
    return str(url)


Address = Annotated[str, Field(max_length=2000), AfterValidator(plain)]


class Quantiles(Strict):
    """Quantiles of the neuron's activations on the reference images."""

    quantiles: Annotated[tuple[Share, Share], AfterValidator(rising)]


class Deviations(Strict):
    """Standard deviations above the mean of the neuron's activations on the reference images."""

    sd: Annotated[tuple[Number, Number], AfterValidator(rising)]


def form(value: Any) -> str | None:
    """Which way of giving a range was meant, so that errors speak of that one only."""
    if isinstance(value, Quantiles) or (isinstance(value, dict) and "quantiles" in value):
        return "by quantiles"
    if isinstance(value, Deviations) or (isinstance(value, dict) and "sd" in value):
        return "by sd"
    return "by numbers" if isinstance(value, list | tuple) else None


Range = Annotated[
    Annotated[tuple[Number, Number], AfterValidator(rising), Tag("by numbers")]
    | Annotated[Quantiles, Tag("by quantiles")]
    | Annotated[Deviations, Tag("by sd")],
    Discriminator(
        form,
        custom_error_type="range",
        custom_error_message='a range is [low, high], {"quantiles": [low, high]} or {"sd": [low, high]}',
    ),
]


AUTO = "auto"
AtOnce = Annotated[
    Annotated[Count, Tag("number")] | Annotated[Literal["auto"], Tag("word")],
    Discriminator(lambda value: "word" if isinstance(value, str) else "number"),
]


NeuronName = Annotated[str, Field(min_length=1, max_length=200)]


class NeuronRange(Strict):
    """One neuron and the range of its activation."""

    neuron: NeuronName
    range: Range | None = None
    """Left out only for a method that maximises and keeps no band."""


class Budget(Strict):
    """When to stop early; samples made by then are kept."""

    gradient_evaluations: Count | None = Field(None, lt=2**53)
    seconds: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)] | None = None


class JobSettings(Strict):
    """The settings of a job apart from its neurons; each job of a sweep has them too."""

    model: str = Field(min_length=1, max_length=200)
    n: Count = 100
    k: AtOnce | None = None
    """Codes moved at once; null: the method's default; "auto": as many as the device runs best."""
    seed: Seed = 0
    method: str | None = Field(None, min_length=1, max_length=200)
    """null: the model's default, which is the first that it lists."""
    options: dict[str, JsonValue] = Field({}, max_length=MOST_OPTIONS)
    budget: Budget = Budget()
    priority: int = Field(0, strict=True, ge=-MOST_PRIORITY, le=MOST_PRIORITY)
    visibility: Visibility = "private"  # or visible to the team
    webhook: Address | None = None
    """The address to notify when the job ends; signed by the Standard Webhooks scheme."""
    retention_days: Annotated[int, Field(strict=True, ge=1, le=36_500)] | None = None
    """How long the job is kept after its end; null: this server's default, which is for ever unless it is set."""


class JobSpec(JobSettings):
    """The inverse set of one neuron, or the intersection of several."""

    neurons: list[NeuronRange] = Field(min_length=1, max_length=MOST_NEURONS)
    preview: bool = Field(default=False, strict=True)
    """A first look at a band: the job is not listed among the galleries."""

    @classmethod
    def parse(cls, described: Mapping[str, Any]) -> Self:
        """The spec in the JSON of a job.

        Raises:
            InvalidSpec: a field is unknown or holds what it cannot; each message begins with its place.
        """
        try:
            return cls.model_validate(described)
        except ValidationError as error:
            raise InvalidSpec([_placed(plain_words.complaint(fault)) for fault in error.errors()]) from None

    @property
    def kind(self) -> str:
        """The kind of the samples."""
        return question.kind(len(self.neurons))

    @property
    def names(self) -> list[str]:
        """Its neurons as written."""
        return [each.neuron for each in self.neurons]


def _placed(complaint: Complaint) -> Complaint:
    """The complaint, with its place before the message: nothing else shows it where there is no server."""
    return replace(complaint, msg=f"{'.'.join(map(str, complaint.loc))}: {complaint.msg}")
