"""The shapes of answers, as /docs shows them; ``inverset.api.views`` makes those of jobs, sweeps and the queue."""

from typing import Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from inverset.api.places import Link
from inverset.contract.errors import Complaint
from inverset.contract.image_tries import TriedImage
from inverset.contract.question import Band, Target
from inverset.contract.spec import Strict, Visibility
from inverset.jobs.labels import Name, Notes, Tags
from inverset.jobs.lifecycle import Status

Item = TypeVar("Item")
Stored = dict[str, Any]  # JSON that is answered as it is stored: it is not looked through
Responses = dict[int | str, dict[str, Any]]  # of a route by status, as the OpenAPI document has them


class Page(BaseModel, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next: Link | None = Field(description="The next page; null: this is the last one (so far).")


class ProblemAnswer(BaseModel):
    """An error, by RFC 9457."""

    type: str = Field(examples=["urn:inverset:problem:unknown-neuron"])
    title: str = Field(examples=["Unknown neuron"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["fc8 has no unit 'volcanoe'; did you mean volcano?"])
    errors: list[Complaint] = Field(examples=[[{"loc": ["neurons", 0, "neuron"], "msg": "..."}]])
    request_id: str = Field(description="The X-Request-ID of the request, or a new one.")


PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}
REFUSALS: Responses = {"default": {"description": "What went wrong", "content": PROBLEM}}


class NamedModel(BaseModel):
    """A model by name and digest."""

    name: str = Field(examples=["scenes"])
    sha256: str


class ResolvedRange(BaseModel):
    """A neuron by its canonical name, and its range in activations."""

    neuron: str = Field(examples=["fc8:volcano"])
    range: tuple[float, float] | None = Field(description="null: any activation.")

    @property
    def target(self) -> Target:
        """The neuron and its band."""
        return Target(self.neuron, Band.of(self.range))


class Progress(BaseModel):
    """The progress of a job."""

    accepted: int = Field(description="Samples made so far.")
    n: int = Field(description="Samples requested.")
    gradient_evaluations: int = Field(description="Of one image, forward and backward.")
    forward_passes: float = Field(
        description="Of one image, without a gradient; what is computed beside them counts as the share of one that it takes."
    )
    evaluations: float = Field(
        description="Both together, in gradient evaluations: what budgets count. A forward pass counts as the share of one that it takes."
    )
    given_up: int
    seconds: float = Field(description="Of sampling, until now.")
    eta_seconds: float | None = Field(description="Of sampling, still to come; null: not known yet.")
    closest: dict[str, float | None] | None = Field(
        description="Of each neuron, the activation nearest to its band among all images tried so far.",
        examples=[{"fc8:volcano": 6.22}],
    )


Reason = Literal["paused", "no worker", "not measured", "far behind"]
REASON = Field(
    description="Why `starts_in_seconds` is null. `paused`: an admin has paused the service; `no worker`: none is running; "
    "`not measured`: the speed of a model is not known yet; `far behind`: the queue is too long for an estimate."
)


class QueuePlace(BaseModel):
    """A job's place in the queue."""

    position: int = Field(description="From 1; 0: it is running.")
    ahead: int = Field(description="Jobs that are served before it.")
    about: bool = Field(
        default=False,
        description="`position` and `ahead` are estimates: the job is behind the first 200 of a queue of more than 1,000.",
    )
    starts_in_seconds: float | None = Field(
        description="An estimate from the workers' measured speed; null: not known, for the `reason` beside it."
    )
    reason: Reason | None = REASON


class NatureAnswer(BaseModel):
    """The share of natural images whose activations lie in the band, by draws of the model's prior."""

    estimate: float = Field(examples=[0.07])
    low: float = Field(description="Of its 95% interval.", examples=[0.06])
    high: float = Field(examples=[0.08])
    draws: int = Field(description="Number of images tried.")


class ConfoundAnswer(BaseModel):
    """A property that the samples share and that the neuron does not need."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(examples=["night"])
    kind: str = Field(examples=["factor", "judge direction"])
    sentence: str = Field(examples=["Images in this band are at night; the neuron does not need night."])


class OutcomeAnswer(BaseModel):
    """Why sampling ended; rows of an earlier version have a reason and a detail alone."""

    reason: str = Field(examples=["reached n", "budget spent", "unreachable"])
    detail: str
    best: dict[str, float | None] = Field(
        {}, description="Of each neuron, the activation nearest to its band that was seen."
    )
    blocked_by: dict[str, float] = Field(
        {}, description="Of each constraint, the share of the abandoned attempts that broke it."
    )


class JobAnswer(BaseModel):
    """A job: its question and its progress."""

    id: str = Field(examples=["job_01kb4v3k9d7p2m0q6x8r5t1wyz"])
    kind: str = Field(examples=["inverse set"])
    state: Status
    cancel_requested: bool
    outcome: OutcomeAnswer | None = Field(description="Why sampling ended; null: it has not.")
    share_of_nature: NatureAnswer | None = Field(
        description="So far, while it runs; null: its method does not draw from nature's images."
    )
    confounds: list[ConfoundAnswer] | None = Field(
        description="The confound alarm, empty if nothing was found; null: not measured (yet)."
    )
    model: NamedModel
    spec: Stored = Field(description="The request, with all defaults.")
    ranges: list[ResolvedRange]
    progress: Progress
    queue: QueuePlace | None = Field(description="null: it has ended.")
    owner: str
    visibility: Visibility = Field(description="team: all users may see it.")
    name: str = Field(description="Like notes, tags and star its owner's; empty: none was given.")
    notes: str
    tags: list[str]
    starred: bool
    trust: str | None = Field(
        description="The word of the verdict; null: nothing was measured (yet).",
        examples=["good", "careful", "do not trust"],
    )
    preview: bool = Field(description="A preview of a band; lists of jobs leave it out.")
    sweep: str | None = Field(description="The sweep that it belongs to.")
    created: str
    started: str | None
    finished: str | None
    expires: str | None = Field(description="When all of it is removed; null: never, or it has not ended.")
    stored_bytes: int = Field(description="Of its images, their thumbnails, codes and features.")
    error: str | None
    links: dict[str, Link]

    @property
    def targets(self) -> tuple[Target, ...]:
        """Its neurons and their bands."""
        return tuple(each.target for each in self.ranges)


class CitationAnswer(BaseModel):
    """How to cite a gallery."""

    bibtex: str = Field(examples=["@misc{inverset-01kb4v3k9d7p2m0q6x8r5t1wyz, ..."])
    line: str = Field(description="The same in one line.")


class ShareLinkAnswer(BaseModel):
    """A read-only link of a gallery, without its address."""

    id: str = Field(examples=["5f2c9a01"])
    created: str


class NewShareLinkAnswer(ShareLinkAnswer):
    """A new read-only link of a gallery."""

    url: str = Field(
        description="Anyone who has it can see the gallery without a key. It is not shown again.",
        examples=["https://inverset.example/shared/R4nd0m.../"],
    )


class JobChange(Strict):
    """A change to a job; fields that you leave out stay."""

    visibility: Visibility = "private"
    name: Name = ""
    notes: Notes = ""
    tags: Tags = Field(default_factory=list)
    starred: bool = Field(default=False, strict=True)

    @model_validator(mode="after")
    def _something_is_given(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("change", "give at least one of the fields to change")
        return self

    @property
    def columns(self) -> dict[str, Any]:
        """The given fields."""
        return self.model_dump(exclude_unset=True)


class SweepProgress(BaseModel):
    """The progress of a sweep's jobs, together."""

    jobs: int
    ended: int
    accepted: int = Field(description="Samples made so far.")
    n: int = Field(description="Samples requested.")


class SweepAnswer(BaseModel):
    """A group of jobs that were posted together."""

    id: str = Field(examples=["sweep_01kb4v3k9d7p2m0q6x8r5t1wyz"])
    state: Status = Field(description="It succeeded if all its jobs did, and failed if one failed.")
    spec: Stored = Field(description="The request, with all defaults.")
    progress: SweepProgress
    owner: str
    visibility: Visibility
    created: str
    links: dict[str, Link]


class WholeSweepAnswer(SweepAnswer):
    """A sweep with its jobs, in order."""

    jobs: list[JobAnswer]


class TrustAnswer(BaseModel):
    """A verdict in a word."""

    word: str = Field(examples=["good", "careful", "do not trust"])
    reason: str = Field(
        examples=["Only 30% of the images look natural to the witness; of natural images, 67% do."]
    )


class ComparedAnswer(BaseModel):
    """One of the compared jobs."""

    name: str = Field(description="Its id.", examples=["job_01kb4v3k9d7p2m0q6x8r5t1wyz"])
    model: str = Field(examples=["scenes"])
    method: str | None = Field(examples=["conditional"])
    title: str = Field(
        description="Its neurons and bands in words, in the units of the request.",
        examples=["volcano, between its 95th and 99th percentile"],
    )
    ranges: list[ResolvedRange]
    accepted: int = Field(description="Samples made so far.")
    trust: TrustAnswer | None = Field(description="null: nothing was measured (yet).")
    verdict: list[str]
    share_of_nature: NatureAnswer | None = Field(
        description="null: its method does not draw from nature's images."
    )
    confounds: list[ConfoundAnswer] | None = Field(description="null: not measured.")


class ComparedMetric(BaseModel):
    """A metric, with a value for each job in the requested order; null where there is none."""

    name: str = Field(examples=["precision"])
    meaning: str
    samples: list[float | None]
    natural: list[float | None] = Field(description="Of other natural images in the job's band.")
    ceiling: list[float | None] = Field(
        description="Of these through the generator: the best that it can do."
    )
    jittered: list[float | None] = Field(description="Of these with a little noise, through the generator.")
    prior: list[float | None] = Field(description="Of random images, in the job's band or not.")
    chance: list[float | None] = Field(description="Of random images, those in the job's band.")
    rejection: list[float | None] = Field(description="The same as `chance`, by its former name.")


class ComparisonAnswer(BaseModel):
    """A comparison of jobs."""

    items: list[ComparedAnswer]
    differ: list[str] = Field(description="What was not the same.", examples=[["method", "samples"]])
    metrics: list[ComparedMetric]


class AttemptAnswer(BaseModel):
    """An attempt to deliver a webhook message."""

    at: str
    status: int | None = Field(description="Of the answer; null: there was none.")
    error: str | None
    seconds: float


class MessageAnswer(BaseModel):
    """A webhook message on a job's end, and its delivery."""

    id: str = Field(description="Its `webhook-id`: the same however often it is sent.")
    event: str = Field(examples=["job.succeeded"])
    url: str
    created: str
    due: str | None = Field(description="When it is sent (again); null: it was delivered or given up.")
    delivered: str | None
    attempts: list[AttemptAnswer] = Field(
        examples=[[{"at": "2026-11-24T12:00:00Z", "status": 200, "error": None, "seconds": 0.1}]]
    )


class SecretAnswer(BaseModel):
    """The secret that signs your messages."""

    secret: str = Field(examples=["whsec_..."])


class BatchAnswer(BaseModel):
    """The number of images at once that a device computes fastest."""

    codes: int
    evaluations: float = Field(description="A second.")
    device: str


class ModelAnswer(BaseModel):
    """A model that a worker offers."""

    name: str = Field(examples=["scenes"])
    sha256: str
    description: str
    image: list[int] = Field(description="Height and width.", examples=[[64, 64]])
    code: int = Field(description="Numbers in a code.")
    measured_on: str | None = Field(
        None,
        description="The images that the neurons' quantiles are of, in words; null: the model's own natural images.",
    )
    trained: bool = Field(default=True, description="false: some or all weights of its network are random.")
    batch: BatchAnswer | None = Field(
        None,
        description="Images at once that the worker's device computes fastest, which is `k` = `auto`; null: not measured yet.",
        examples=[{"codes": 64, "evaluations": 2150.0, "device": "cuda"}],
    )
    layers: list[Stored]
    methods: Stored = Field(description="With their options, defaults and limits.")
    links: dict[str, Link]


class BrokenModel(BaseModel):
    """A model of `models.toml` that no worker can offer."""

    model: str = Field(examples=["mine"], description="Its name, or `models.toml` where that cannot be read.")
    why: str = Field(examples=["there is no file net.pt2"])


class ModelsAnswer(Page[ModelAnswer]):
    """The models that workers offer, and those that they cannot."""

    broken: list[BrokenModel]


class Statistics(BaseModel):
    """A neuron's activations on the reference images."""

    mean: float
    sd: float
    quantiles: dict[str, float] = Field(description="By their shares as text.", examples=[{"0.5": 1.2}])


class NeuronAnswer(BaseModel):
    """A neuron, and its statistics on the reference images."""

    neuron: str = Field(examples=["fc8:volcano"])
    layer: str
    unit: int | None = Field(description="null: it is a direction.")
    label: str | None
    direction: str | None = Field(
        description="`FILE#name` of a linear direction or a latent; null: it is a unit."
    )
    reading: str | None = Field(
        description="Where in a map or at which token, or how over all; null: the layer has neither."
    )
    measured: Statistics | None = Field(description="null: nothing was measured.")


class ReferenceImage(BaseModel):
    """A reference image, and the neuron's activation on it."""

    number: int
    activation: float
    links: dict[str, Link]


class ReferenceBin(BaseModel):
    """The reference images between two quantiles of a neuron's activations."""

    model_config = ConfigDict(populate_by_name=True)

    from_: float = Field(alias="from", description="A quantile.", examples=[0.99])
    to: float = Field(description="A quantile.", examples=[0.999])
    low: float = Field(description="The lowest activation in the bin.")
    high: float = Field(description="The highest activation in the bin.")
    images: list[ReferenceImage] = Field(
        description="Some of the bin's, evenly spread, by rising activation."
    )


class ReferenceAnswer(BaseModel):
    """A neuron's activations on the reference images."""

    neuron: str = Field(examples=["fc8:volcano"])
    references: int = Field(description="How many images there are.")
    edges: tuple[float, float] = Field(description="The lowest and the highest activation.")
    counts: list[int] = Field(description="Images in bins of equal width between the edges.")
    bins: list[ReferenceBin] = Field(description="The lowest first; those without images are left out.")


class ImageTryAnswer(BaseModel):
    """Images that are tried on a neuron, and what came out."""

    id: str = Field(examples=["try_01kb4v3k9d7p2m0q6x8r5t1wyz"])
    state: Status = Field(description="`queued`, `running`, `succeeded` or `failed`.")
    model: str = Field(examples=["scenes"])
    neuron: str = Field(examples=["fc8:volcano"])
    images: list[TriedImage] | None = Field(
        description="Of each image its name, and either `error` or the neuron's `activation`; `percentile`, the share of natural images "
        "with a lower one, 0 to 100 (null: the neuron was not measured); and `units`, those of its layer that the image drives most, by "
        "percentile: each is compared with its own quantiles on natural images. `compared` is how many units have such quantiles. "
        "null: not answered yet."
    )
    error: str | None = Field(description="Why there are no results; null: there are, or not yet.")
    created: str
    expires: str = Field(description="When all of this is deleted.")
    links: dict[str, Link]


class WorkerAnswer(BaseModel):
    """A worker."""

    id: str
    device: str = Field(examples=["cpu"])


class QueueEntry(BaseModel):
    """A job in the queue; of another owner's only its size."""

    id: str | None
    mine: bool
    state: Status
    priority: int
    accepted: int
    n: int
    starts_in_seconds: float | None = Field(description="0: it is running; null: not known.")
    reason: Reason | None = REASON
    links: dict[str, Link] | None


class ShareAnswer(BaseModel):
    """A user with jobs that have not ended."""

    user: str
    weight: float
    score: float = Field(
        description="Decayed GPU-seconds over weight; the user with the lowest is served next."
    )
    running: int = Field(description="Parts of jobs that are computed now.")


class QueueAnswer(BaseModel):
    """Jobs that have not ended, in the order of service."""

    running: int
    waiting: int = Field(description="All waiting jobs, including those too far back to be listed.")
    about: bool = Field(
        default=False,
        description="`waiting` was counted up to half a minute ago: more than 1,000 jobs have not ended.",
    )
    paused: bool = Field(description="No new sampling starts until an admin resumes the service.")
    draining: bool = Field(description="No new jobs are accepted until an admin allows them again.")
    workers: list[WorkerAnswer]
    shares: list[ShareAnswer] = Field(
        description="The users in the order in which they are served, the next one first."
    )
    jobs: list[QueueEntry]


class ReadyAnswer(BaseModel):
    """Whether the service can accept jobs."""

    status: str = Field(examples=["ok"])
    workers: int = Field(description="Workers with a recent heartbeat.")
    files: Literal["ok", "away"] = Field(
        description="Whether the file store answers; without it, jobs are still accepted and wait for it."
    )
    paused: bool = Field(description="An admin has paused the service: no new sampling starts.")
    draining: bool = Field(description="An admin drains the service: no new jobs are accepted.")
    broken_models: int = Field(description="How many models no worker can offer; the others are served.")
    broken: list[BrokenModel] | None = Field(
        description="Which, and why; null: the request has no valid key and the server has accounts."
    )
