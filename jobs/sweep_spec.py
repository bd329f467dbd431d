"""The JSON of a sweep: a job with one open place, and the values to fill in, job by job."""

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from inverset.config.settings import Settings
from inverset.contract.bounds import MOST_NEURONS, MOST_VALUES
from inverset.contract.errors import Complaint, InvalidSpec
from inverset.contract.spec import JobSettings, JobSpec, NeuronName, Range, Strict

VariedSetting = Literal["range", "neuron"]


class OpenNeuron(Strict):
    """A neuron and its range; what ``vary`` gives is left out."""

    neuron: NeuronName | None = None
    range: Range | None = None


class Vary(Strict):
    """The values that differ from job to job: ranges or neurons."""

    range: list[Range] | None = Field(None, min_length=1, max_length=MOST_VALUES)
    neuron: list[NeuronName] | None = Field(None, min_length=1, max_length=MOST_VALUES)


class SweepSpec(JobSettings):
    """Many jobs at once: one neuron over many ranges, or many neurons."""

    neurons: list[OpenNeuron] = Field(min_length=1, max_length=MOST_NEURONS)
    vary: Vary

    @model_validator(mode="after")
    def _one_place_is_open(self) -> Self:
        if (self.vary.range is None) == (self.vary.neuron is None):
            raise _unfit('vary takes either "range" or "neuron", each a list')
        left = [name for each in self.neurons for name in ("neuron", "range") if getattr(each, name) is None]
        if left != [self.place]:
            raise _unfit(
                f"exactly one of the neurons leaves out its {self.place}, for vary to fill in, and everything else must be given"
            )
        return self

    @property
    def place(self) -> VariedSetting:
        """The open place: "range" or "neuron"."""
        return "range" if self.vary.neuron is None else "neuron"

    @property
    def open_index(self) -> int:
        """The index of the open neuron."""
        return next(index for index, each in enumerate(self.neurons) if getattr(each, self.place) is None)

    @property
    def values(self) -> Sequence[Any]:
        """The values to fill in, one per job."""
        return self.vary.range or self.vary.neuron or ()

    def jobs(self) -> list[JobSpec]:
        """The jobs, in the order of the values."""
        shared = {name: getattr(self, name) for name in JobSettings.model_fields}
        return [
            JobSpec.model_validate(shared | {"neurons": [each.model_dump() for each in self._filled(value)]})
            for value in self.values
        ]

    def _filled(self, value: Any) -> list[OpenNeuron]:
        neurons = [*self.neurons]
        neurons[self.open_index] = neurons[self.open_index].model_copy(update={self.place: value})
        return neurons

    def complaints(self, number: int, error: InvalidSpec) -> list[Complaint]:
        """The complaints about one of the jobs, relocated to the sweep's body."""
        return [self._located(number, each) for each in error.errors]

    def _located(self, number: int, complaint: Complaint) -> Complaint:
        """The complaint at the value to blame, unless all jobs have the fault."""
        place, *rest = complaint.loc
        name_of_all = rest[1:] == ["neuron"] and self.place == "range"
        if place != "neurons" or name_of_all or (rest[1:] and rest[0] != self.open_index):
            return complaint
        return Complaint(loc=["vary", self.place, number], msg=complaint.msg)


def check_size(spec: SweepSpec, settings: Settings) -> None:
    """Check a sweep's length against the limit of this server.

    Raises:
        InvalidSpec: it has more jobs.
    """
    asked, most = len(spec.values), settings.max_sweep
    if asked > most:
        message = f"these are {asked} jobs, the most that this server allows in a sweep is {most}"
        raise InvalidSpec([Complaint(loc=["vary", spec.place], msg=message)])


def _unfit(message: str) -> PydanticCustomError:
    return PydanticCustomError("sweep", "{message}", {"message": message})
