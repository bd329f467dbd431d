"""The notebook interface: a network that the caller holds, its natural images and a generator, ready to sample."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inverset import bands, gallery, in_process, verify
from inverset.contract.errors import DomainError
from inverset.errors import UserError
from inverset.model_parts import Given, by_name, put_together, trained
from inverset.progress import bars
from inverset.result import Result
from inverset.sampler import questions
from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import ProblemError
from inverset.sampler.zoo import ZooError, in_memory, parts
from inverset.sampler.zoo.in_memory import Generator, ModelParts
from inverset.sampler.zoo.in_memory.network import Labels, versions
from inverset.sampler.zoo.in_memory.preprocessing import Numbers
from inverset.sampler.zoo.inversion.about import Recipe
from inverset.sampler.zoo.parts import Size
from inverset.settings import from_environment

Band = Sequence[float] | Mapping[str, Any] | str


class Model:
    """A network with its natural images and its generator.

    What is measured of them (codes, quantiles of neurons, the prior) is kept on disk by the content of all parts, so that it is measured
    once, in this process or another. Weights are shared with the caller's network and are not to be changed afterwards.
    """

    def __init__(
        self,
        network: nn.Module | Bundle | str,
        *,
        generator: Generator | parts.Generator | Mapping[str, Any] | str | None = None,
        images: Any = None,
        transform: Any = None,
        mean: Numbers | None = None,
        std: Numbers | None = None,
        size: int | Size | None = None,
        encoder: str | None = None,
        labels: Labels = (),
        layers: Sequence[str] = (),
        channels_last: Sequence[str] = (),
        name: str | None = None,
        data: str | Path | None = None,
        progress: bool = True,
    ) -> None:
        """Put the parts together and measure what was not measured before.

        Args:
            network: f, in evaluation mode, on the device where everything is to be computed. Or the name of a model, as
                `inverset models` lists it, or a bundle of ``inverset.sampler.zoo``: then nothing else is needed.
            generator: G: a ``Generator``, a source or a table as models.toml has it, or the name of a model that has one.
            images: natural images: a folder, or a sequence of pictures, arrays, tensors or paths, or a Dataset; None: there are
                none, and quantiles are those of the generator's draws.
            transform: what happens to an image before the network sees it: of torchvision or timm, a table as ``preprocessing``
                of models.toml has it, or a function of images (k, 3, h, w) in [0, 1].
            mean: of each channel, in the place of a transform.
            std: likewise.
            size: height and width of the images that the network takes, if neither transform nor generator says it.
            encoder: the layer in which images are compared; by default the one that the generator inverts.
            labels: layer -> names of its units; a list alone is for the last layer that has as many.
            layers: shell patterns of the layers that may be asked; by default all of them.
            channels_last: shell patterns of layers whose maps are (k, h, w, units), as in Swin transformers.
            name: what galleries call the model; by default the network's class.
            data: the folder for what is measured; by default INVERSET_DATA_DIR, or inverset-data.
            progress: whether to show bars.

        Raises:
            UserError: a part is missing, is not what it should be, or does not fit another.
        """
        given = Given(
            generator, images, transform, mean, std, size, encoder, labels, layers, channels_last, name
        )
        self._settings = from_environment(None if data is None else Path(data).expanduser())
        self._progress = progress
        self._held: ModelParts | None = None
        self._network: nn.Module | None = None
        self.bundle = self._put_together(network, given)

    def _put_together(self, network: object, given: Given) -> Bundle:
        with _explained(), bars(shown=self._progress) as on_progress:
            if isinstance(network, nn.Module):
                self._network, self._versions = network, versions(network)
                self._held = put_together(network, given, self._settings, on_progress)
                return in_memory.load(self._held, self._settings.data_dir, on_progress)
            if not isinstance(network, Bundle | str):
                raise UserError(
                    f"a network is a torch.nn.Module, or a model's name, not a {type(network).__name__}"
                )
            if given.named:
                raise UserError(f"{', '.join(given.named)}: a model with this name has that already")
            return network if isinstance(network, Bundle) else by_name(network, self._settings, on_progress)

    @property
    def name(self) -> str:
        """The model's name in galleries."""
        return self.bundle.name

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers whose neurons can be sampled: ``layer:unit``, see docs/networks.md."""
        return self.bundle.layers

    def sample(
        self,
        neuron: str | Mapping[str, Band | None],
        band: Band | None = None,
        *,
        n: int = 100,
        seed: int = 0,
        method: str | None = None,
        options: Mapping[str, Any] | None = None,
        k: int | str | None = None,
        seconds: float | None = None,
        progress: bool | None = None,
    ) -> Result:
        """Sample images that drive a neuron, or several at once, into bands of activations.

        Args:
            neuron: as in "layer4.1.conv2:17", or several with their bands: {"fc8:volcano": "q.93..q.97", "conv5:3": (1, 2)}.
            band: (low, high) in activations, ``inverset.quantiles(.95, .99)`` or "q.95..q.99" in quantiles of natural images,
                "2sd..3sd" in standard deviations; None for a method that needs none.
            n: how many samples.
            seed: the same seed gives the same samples.
            method: one of `inverset models show`; by default ``conditional``.
            options: of the method.
            k: codes moved at once, or "auto": as many as the device runs best; by default the method's own number.
            seconds: when to stop early; what there is by then is the result.
            progress: whether to show a bar; by default as the model does.

        Raises:
            UserError: a neuron, a band, a method or an option makes no sense for this model, or its weights were changed.
        """
        self._check_weights()
        several = neuron if isinstance(neuron, Mapping) else {neuron: band}
        with _explained(), bars(shown=self._progress if progress is None else progress) as on_progress:
            if isinstance(neuron, Mapping) and band is not None:
                raise UserError("give exactly one band for each neuron in the dictionary")
            spec = in_process.parse(
                {
                    "model": self.name,
                    "neurons": [_asked(each, of_it) for each, of_it in several.items()],
                    "n": n,
                    "k": k,
                    "seed": seed,
                    "method": method,
                    "options": dict(options or {}),
                    "budget": {} if seconds is None else {"seconds": float(seconds)},
                }
            )
            question = questions.resolve(self.bundle, spec, self._settings.max_k, look=True)
            return Result(in_process.answer(self.bundle, spec, question, on_progress))

    def calibrate(self) -> None:
        """Measure the model on all natural images; a new model is measured on 500 of them. Can be interrupted and continued.

        Raises:
            UserError: it is a model by its name, which `inverset models calibrate` is for.
        """
        self._check_weights()
        if self._held is None:
            raise UserError(f"{self.name} is measured by: inverset models calibrate {self.name}")
        with _explained(), bars(shown=self._progress) as on_progress:
            self.bundle = in_memory.load(self._held, self._settings.data_dir, on_progress, every=True)

    def verify(self, folder: str | Path) -> list[str]:
        """The differences between a saved gallery and this model, a sentence each; empty: there are none.

        Raises:
            UserError: the folder is no gallery.
        """
        self._check_weights()
        place = Path(folder).expanduser()
        try:
            manifest = gallery.manifest(place)
        except gallery.DamagedGallery as error:
            raise UserError(str(error)) from None
        return verify.verify(place, manifest, lambda _: self.bundle).differences

    def _check_weights(self) -> None:
        if self._network is not None and versions(self._network) != self._versions:
            raise UserError(
                "the network's weights were changed since they were measured; make a new Model from it"
            )

    def __repr__(self) -> str:
        return f"<{self.name}: {self.bundle.catalogue['description']}>"


@contextmanager
def _explained() -> Iterator[None]:
    """A context that turns faults of a model or a question into UserError, with PyTorch's global settings of a new process."""
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    cpu = nullcontext() if device.type == "cpu" else torch.device("cpu")
    torch.set_default_dtype(torch.float32)
    try:
        with torch.inference_mode(mode=False), torch.enable_grad(), cpu:
            yield
    except (ZooError, ProblemError, DomainError, bands.BadBand) as error:
        raise UserError(str(error)) from error
    finally:
        torch.set_default_dtype(dtype)


def _asked(neuron: str, band: Band | None) -> bands.NeuronJson:
    """A neuron and its band as the JSON of a job. Raises BadBand if a text is not a band."""
    if band is None:
        return {"neuron": neuron}
    if isinstance(band, str):
        return bands.asked(neuron, *bands.split(band))
    if isinstance(band, Mapping):
        return {"neuron": neuron, "range": dict(band)}
    return {"neuron": neuron, "range": [float(end) for end in band]}


def sample(
    network: nn.Module | Bundle | Model | str,
    neuron: str | Mapping[str, Band | None],
    band: Band | None = None,
    *,
    n: int = 100,
    seed: int = 0,
    method: str | None = None,
    options: Mapping[str, Any] | None = None,
    k: int | str | None = None,
    seconds: float | None = None,
    progress: bool = True,
    **parts_of_model: Any,
) -> Result:
    """Sample images that drive a neuron of a network into a band of activations: ``Model(network, ...).sample(neuron, band, ...)``.

    Args:
        network: as ``Model`` takes it, or a ``Model``.
        neuron: as ``Model.sample`` takes it, and so are band, n, seed, method, options, k and seconds.
        band: likewise.
        n: likewise.
        seed: likewise.
        method: likewise.
        options: likewise.
        k: likewise.
        seconds: likewise.
        progress: whether to show bars.
        parts_of_model: generator, images, transform, mean, std, size, encoder, labels, layers, channels_last, name, data: as ``Model``
            takes them.

    Raises:
        UserError: something of it makes no sense.
    """
    if not isinstance(network, Model):
        network = Model(network, progress=progress, **parts_of_model)
    elif parts_of_model:
        raise UserError(f"{', '.join(parts_of_model)}: the Model has that already")
    return network.sample(
        neuron,
        band,
        n=n,
        seed=seed,
        method=method,
        options=options,
        k=k,
        seconds=seconds,
        progress=progress,
    )


def train_generator(
    network: nn.Module,
    layer: str,
    *,
    images: Any,
    transform: Any = None,
    mean: Numbers | None = None,
    std: Numbers | None = None,
    size: int | Size | None = None,
    paints: int | Size | None = None,
    steps: int = 10_000,
    batch: int = 64,
    name: str | None = None,
    data: str | Path | None = None,
    progress: bool = True,
) -> parts.Generator:
    """A generator that inverts a layer of the network, trained on images: for ``generator`` of ``Model``.

    It is kept in the data folder by content, so that it is trained once; a training that is interrupted goes on when it is called again.

    Args:
        network: as ``Model`` takes it, and so are images, transform, mean, std, size, name and data.
        layer: that is inverted; the model's E from then on.
        images: to learn from; a tenth of them is held out.
        transform: likewise.
        mean: likewise.
        std: likewise.
        size: likewise.
        paints: height and width of what it paints; by default those of the network's images, or nearly.
        steps: of the training.
        batch: images a step.
        name: likewise.
        data: likewise.
        progress: whether to show bars.

    Raises:
        UserError: something of it makes no sense, or there are too few images.
    """
    settings = from_environment(None if data is None else Path(data).expanduser())
    given = Given(images=images, transform=transform, mean=mean, std=std, size=size, name=name)
    painted = (paints, paints) if isinstance(paints, int) else paints
    with _explained(), bars(shown=progress) as on_progress:
        return trained(network, given, Recipe(layer, painted, steps, batch), settings, on_progress)
