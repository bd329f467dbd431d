"""``inverset models calibrate``."""

from typing import Annotated

import typer

from inverset.commands.models.options import Data, Name, settings_of, user_errors
from inverset.commands.options import Device
from inverset.errors import sampler_needed
from inverset.loading import try_apart
from inverset.progress import bars
from inverset.screen import say


def calibrate(
    name: Name,
    count: Annotated[
        int | None,
        typer.Option("--count", metavar="N", help="Use only this many images, evenly spread.", min=20),
    ] = None,
    device: Device = None,
    data: Data = None,
) -> None:
    """Measure a model on all its natural images: the spread of its codes, the activations of each neuron, and a prior over codes.

    You can stop it at any time; run it again to continue. The server uses the results automatically.
    """
    settings = settings_of(data)
    with sampler_needed():
        from inverset.sampler.zoo import own
        from inverset.sampler.zoo.own import calibration, prior
        from inverset.sampler.zoo.own.assembly import Assembly
        from inverset.worker.models import chosen
    folder = settings.data_dir
    with user_errors():
        try_apart(own.entry(folder, name), settings)
    with user_errors(), bars() as on_progress:
        assembly = Assembly.of(own.entry(folder, name), folder, chosen(device or settings.device))
        plan = calibration.Calibration.of(assembly, folder, count, on_progress)
        if plan.kept.is_whole:
            say(f"{name} is {plan.kept.about.measured_on} already")
            return
        if plan.kept.done:
            say(f"going on after {plan.kept.done} of {plan.count}")
        old = calibration.stale(folder, plan)
        kept = plan.make(on_progress)
    for each in old:
        each.remove()
    about = kept.about
    say(f"{name} is {about.measured_on}; {about.neurons} numbers of neurons")
    if about.prior is not None:
        say(f"{name}: {prior.summary(about.prior)}")
