"""The shapes of answers on samples, as /docs shows them; ``inverset.api.views`` makes those of the samples themselves."""

from pydantic import BaseModel, Field

from inverset.api.places import Link


class StartAnswer(BaseModel):
    """The starting image of a counterfactual."""

    url: Link = Field(examples=["/v1/jobs/job_01kb4v3k9d7p2m0q6x8r5t1wyz/samples/0/start.png"])
    activations: dict[str, float] = Field(examples=[{"fc8:volcano": 0.3}])


class SampleAnswer(BaseModel):
    """One image of the gallery."""

    index: int
    file: str = Field(examples=["images/000000.png"])
    sha256: str = Field(description="Of the PNG; its ETag too.")
    size: int
    activations: dict[str, float] = Field(examples=[{"fc8:volcano": 2.31}])
    step: int
    parent: int | None = Field(
        description="The sample that it was made from; null: none, or its method makes each on its own."
    )
    start: StartAnswer | None = Field(
        description="The starting image that was changed into it; null: its method makes no counterfactuals."
    )
    links: dict[str, Link]


class TopNeuron(BaseModel):
    """A neuron that an image drives far above its mean."""

    neuron: str = Field(examples=["fc8:volcano"])
    activation: float
    sd: float = Field(description="Above its mean on the reference images, in standard deviations.")


class NearReference(BaseModel):
    """A reference image, and how far a sample lies from it."""

    number: int
    distance: float = Field(description="In the encoder's features.")
    links: dict[str, Link] = Field(description="`image`, where the model still shows it.")


class ChangedAnswer(BaseModel):
    """A unit or a factor before a change and after it."""

    name: str = Field(examples=["night"])
    before: float
    after: float
    sd: float = Field(description="The difference, in standard deviations over natural images.")


class ChangesAnswer(BaseModel):
    """What a counterfactual changed in its starting image."""

    distance: float | None = Field(
        description="Between codes, in standard deviations: two random images lie about 1.4 apart; null: images have no codes."
    )
    units: list[ChangedAnswer] = Field(
        description="The neurons that changed most, without those of the question."
    )
    factors: list[ChangedAnswer] = Field(description="Known factors of the model's images, if there are any.")


class PortraitAnswer(SampleAnswer):
    """A sample by itself; the details of its image appear once the job has succeeded."""

    top_neurons: list[TopNeuron] = Field(
        description="Of the model's labelled layer, else of the first neuron's: those that stand out most, the first furthest."
    )
    nearest_reference: NearReference | None = Field(description="null: not measured, or there are none.")
    changes: ChangesAnswer | None = Field(
        description="null: it is not a counterfactual, or not measured (yet)."
    )
    children: list[int] = Field(description="The samples that were made from it.")


class MapAnswer(BaseModel):
    """Samples and natural images as points of a plane, scaled to lie in 0 to 1."""

    method: str = Field(examples=["pca", "umap"])
    explained: float | None = Field(
        description="The share of the variance that the plane shows; null: not known."
    )
    samples: list[int] = Field(description="Their numbers.")
    places: list[tuple[float, float]] = Field(description="Of each in turn.")
    naturals: list[int] = Field(
        description="The numbers of natural images among them; empty in jobs of an earlier version."
    )
    natural_places: list[tuple[float, float]] = Field(description="Of each natural image in turn.")
