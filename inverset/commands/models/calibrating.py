"""``inverset models calibrate``."""

from typing import Annotated

import typer

from inverset.commands.models.options import Data, Name, settings_of, told
from inverset.commands.options import Device
from inverset.errors import sampler_needed
from inverset.loading import try_apart
from inverset.progress import bars
from inverset.screen import say


def calibrate(
    name: Name,
    count: Annotated[
        int | None, typer.Option("--count", metavar="N", help="Only so many images, evenly spread.", min=20)
    ] = None,
    device: Device = None,
    data: Data = None,
) -> None:
    """Measure a model on all its natural images: how its codes spread, what each neuron says of them, and a prior over codes.

    It may be stopped at any time: the next time it goes on. The server takes up what was found by itself.
    """
    settings = settings_of(data)
    with sampler_needed():
        from inverset.sampler.zoo import own
        from inverset.sampler.zoo.own import calibration, prior
        from inverset.sampler.zoo.own.assembly import Assembly
        from inverset.sampler.zoo.own.bundle import measured_on
        from inverset.worker.models import chosen
    folder = settings.data_dir
    with told():
        try_apart(own.entry(folder, name), settings)
    with told(), bars() as tell:
        assembly = Assembly.of(own.entry(folder, name), folder, chosen(device or settings.device))
        wanted = calibration.Calibration.of(assembly, folder, count, tell)
        if wanted.kept.is_whole:
            say(f"{name} is {measured_on(wanted.kept.about)} already")
            return
        if wanted.kept.done:
            say(f"going on after {wanted.kept.done} of {wanted.count}")
        old = calibration.stale(folder, wanted)
        kept = wanted.make(tell)
    for each in old:
        each.remove()
    say(f"{name} is {measured_on(kept.about)}; {kept.about['neurons']} numbers of neurons")
    say(f"{name}: {prior.summary(kept.about['prior'])}")
