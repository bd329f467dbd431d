"""``inverset models train-generator``: trains a generator that inverts one of a model's layers, on the model's own images."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from inverset import screen, tables
from inverset.commands.models.options import Data, Name, placed, settings_of, user_errors
from inverset.commands.options import Device
from inverset.errors import sampler_needed
from inverset.loading import try_apart
from inverset.progress import bars
from inverset.screen import complain, out, say

if TYPE_CHECKING:
    from inverset.sampler.zoo.inversion.about import Figures, Trial
    from inverset.sampler.zoo.own.entry import Entry
    from inverset.sampler.zoo.own.layer_search import LayerSearch
    from inverset.sampler.zoo.own.training import Training


def train_generator(
    *,
    name: Name,
    images: Annotated[
        Path | None,
        typer.Option(
            "--images",
            metavar="DIR",
            help="The images to train on; by default, those of the model's entry.",
            file_okay=False,
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(
            "--layer", metavar="LAYER", help="The layer to invert; by default, short test trainings find one."
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            "--size",
            metavar="N",
            help="Generate N x N images; by default, the input size of the network.",
            min=8,
        ),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", metavar="N", min=1)] = 10_000,
    batch: Annotated[int, typer.Option("--batch", metavar="N", help="Images per step.", min=4)] = 64,
    rate: Annotated[
        float, typer.Option("--rate", metavar="R", help="Adam's largest learning rate.", min=0)
    ] = 1.2e-3,
    blocks: Annotated[
        int,
        typer.Option("--blocks", metavar="N", help="Residual blocks on each map of the generator.", min=0),
    ] = 0,
    adversary: Annotated[
        float,
        typer.Option("--adversary", metavar="W", help="Weight of an adversarial loss; 0: none.", min=0),
    ] = 0.0,
    anew: Annotated[
        bool, typer.Option("--anew", help="Discard an unfinished training and start again.")
    ] = False,
    device: Device = None,
    data: Data = None,
) -> None:
    """Train a generator for a model of models.toml, and use it for the model.

    You can stop it at any time; run the same command to continue, to the same weights. A tenth of the images is held out of training.
    At the end, the command prints how well the generator reproduces them, and writes a contact sheet of them above its versions.
    """
    settings = settings_of(data)
    with sampler_needed():
        from inverset.sampler.zoo import own
        from inverset.sampler.zoo.generators import GeneratorEntry
        from inverset.sampler.zoo.inversion.about import Recipe
        from inverset.sampler.zoo.own.entry import PIXELS
        from inverset.sampler.zoo.own.layer_search import LayerSearch
        from inverset.sampler.zoo.own.training import Training
        from inverset.worker.models import chosen
    folder = settings.data_dir
    recipe = Recipe(layer, None if size is None else (size, size), steps, batch, rate, blocks, adversary)
    with user_errors():
        entry = own.entry(folder, name)
        encoder = replace(entry.encoder, layer=layer or entry.encoder.layer)
        try_apart(replace(entry, encoder=encoder, generator=GeneratorEntry(PIXELS)), settings)
        if images is not None:
            entry = replace(entry, images=placed(images, folder))
        where = chosen(device or settings.device)
        search = LayerSearch(entry, folder, recipe, where)
        if anew:
            search.discard()
        if search.is_needed:
            recipe = replace(recipe, layer=_found(search))
        with bars() as on_progress:
            training = Training.of(entry, folder, recipe, where, on_progress)
        trials = search.trials()
        if not training.is_whole or anew:
            with training.alone():
                say(_report(_trained(training, trials, anew=anew)))
        own.change(folder, name, _keys(training, own.entry(folder, name), found=bool(trials)))
        search.discard()
    out.print(str(training.folder / "sheet.png"), soft_wrap=True, markup=False)
    say(
        f"{name} is painted by {training.source} from now on; on all images: inverset models calibrate {name}"
    )


def _found(search: "LayerSearch") -> str:
    """The layer that the search finds; its trials are shown."""
    from inverset.sampler.zoo.inversion.search import best

    say("no --layer is named: a short training on each of a few layers tells which one to invert")
    with bars() as on_progress:
        trials = search.run(on_progress)
    layer = best(trials).layer
    screen.err.print(tables.trials(trials, layer))
    return layer


def _trained(training: "Training", trials: "Sequence[Trial]", *, anew: bool) -> "Figures":
    """The figures of the training. Raises typer.Exit if it was stopped."""
    from inverset.sampler.zoo.own.training import in_words

    trainer = training.begin(anew=anew)
    say(
        f"{training.recipe.layer} is inverted on {len(trainer.numbers.training)} images{' (going on)' if training.is_begun else ''}"
    )
    say(f"held-out images so far, each above what is painted of its code: {training.sheet}")
    done, steps = 0, training.recipe.steps
    time_left = _time_left(steps)
    with _stopping() as stop, screen.bars() as shown:
        shown.add("steps", "steps", steps)
        learning = training.learn(trainer)
        for done, losses in learning:
            if done % 10 == 0 or done == steps:
                shown.show("steps", done, f"{in_words(losses)}{time_left(done)}")
            if stop.is_set() and done < steps:
                break
        learning.close()  # it saves
    if stop.is_set() and done < steps:
        complain(f"stopped after {done} of {steps} steps; run the same command to continue")
        raise typer.Exit(130)
    return training.finish(trainer, trials)


def _time_left(steps: int) -> Callable[[int], str]:
    """A function that says how long the steps that are left take, at the pace since its first call."""
    first: tuple[int, float] | None = None  # the first call's step and time

    def time_left(done: int) -> str:
        nonlocal first
        now = time.monotonic()
        first = first or (done, now)
        if done in (first[0], steps):
            return ""
        return f", {screen.duration((steps - done) * (now - first[1]) / (done - first[0]))} to go"

    return time_left


def _keys(training: "Training", entry: "Entry", *, found: bool) -> dict[str, str | None]:
    """The new keys of the model's entry; a model with its own images keeps them.

    A layer that a search ``found`` becomes E in place of the one that the entry names, because codes of E can be passed through E(G(c)).
    """
    keys: dict[str, str | None] = {"generator": training.source}
    if not entry.images:
        keys["images"] = training.entry.images
    layer, former = training.recipe.layer, entry.encoder.layer
    if found and former not in {None, layer}:
        say(f"images are compared in {layer} from now on, as it is inverted; they were in {former}")
        keys["encoder"] = layer
    return keys


def _report(report: "Figures") -> str:
    cycle = report.cycle_error
    return (
        f"on {report.held_out_images} images held out of training: colours are off by {report.mean_absolute_error:.3f} "
        f"(a single average image:  {report.of_mean_code:.3f}), |E(G(c)) - c| / |c| is {cycle['median']:.2f} "
        f"(97 % below {cycle['0.97']:.2f})"
    )


@contextmanager
def _stopping() -> Iterator[Event]:
    """An event that Ctrl-C or SIGTERM sets; the second signal ends the program at once."""
    stop = Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    former = {number: signal.getsignal(number) for number in numbers}

    def hear(*_: object) -> None:
        stop.set()
        restore()

    def restore() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    for number in numbers:
        signal.signal(number, hear)
    try:
        yield stop
    finally:
        restore()
