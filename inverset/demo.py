"""``make demo``: one neuron in rising bands, over HTTP, into one gallery folder."""

import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.markup import escape

from inverset import folders, local, screen
from inverset.client import Client
from inverset.commands import checking
from inverset.commands.models import photos
from inverset.contract.answers import SUCCEEDED, BrokenModel, NeuronAnswer, SweepAnswer
from inverset.errors import UserError
from inverset.screen import complain, out, say
from inverset.settings import Untouched

NEURONS = {"scenes": "fc8:volcano", photos.NAME: "fc:church"}  # the one that is sampled of each model
N, SEED = 48, 0
_LOOK_SECONDS = 1.0  # between two looks for the model
QUANTILES = ((0.5, 0.7), (0.8, 0.9), (0.95, 0.98))
BEYOND = 1.15  # times the highest activation of any natural image: the end of the last band


def run(folder: Path, model: str, images: Path | None) -> None:
    """Fill the folder, verify it and print the page to open; replaces an older demo's folder, nothing else.

    Args:
        folder: for the gallery.
        model: one of ``NEURONS``.
        images: photographs, for the model that needs them; None: they are downloaded.

    Raises:
        UserError: the folder holds something else, or the service does not do what it should.
        typer.Exit: with 1, where a sample is not what its gallery says.
    """
    folders.check_replaceable(folder)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl-C
    with TemporaryDirectory(prefix="inverset-demo-") as data:
        settings = Untouched(data_dir=Path(data))
        if model == photos.NAME:
            photos.pull(settings, images)
        with _service(settings) as client, folders.filling(folder, replace=True) as draft:
            _wait_for(client, model)
            client.download_sweep(_sampled(client, model).id, draft)
        checking.verify(folder, data=Path(data))
    page = (folder / "index.html").resolve()
    out.print(f"\nopen [bold]{escape(str(page))}[/]", soft_wrap=True)


@contextmanager
def _service(settings: Untouched) -> Iterator[Client]:
    """An embedded server on a free port."""
    with local.embedded(settings, "127.0.0.1", 0, complain) as running, Client(running.url) as client:
        say(f"server: {running.url}")
        with screen.err.status("the worker loads its networks"):
            if not running.ready():
                log = local.log_of(settings)
                raise UserError("the worker did not start:\n" + (log.read_text() if log.exists() else ""))
        yield client


def _wait_for(client: Client, model: str) -> None:
    """Wait until a model is offered: one of photographs is first measured on some. Raises UserError where it cannot be offered."""
    with screen.err.status(f"the worker measures {model}"):
        while True:
            if any(each["name"] == model for each in client.models()):
                return
            for broken in map(BrokenModel.of, client.broken_models()):
                if broken.model == model:
                    raise UserError(f"{model} cannot be offered: {broken.why}")
            time.sleep(_LOOK_SECONDS)


def _sampled(client: Client, model: str) -> SweepAnswer:
    """One job for each band, all ended."""
    with screen.bars() as bars:
        made = SweepAnswer.of(client.submit_sweep(_spec(client, model)))
        bars.add_sweep(made)
        answer = client.wait_sweep(
            made.id, on_progress=lambda answer: bars.show_sweep(SweepAnswer.of(answer))
        )
    ended = SweepAnswer.of(answer)
    for job in ended.jobs:
        if job.state != SUCCEEDED:
            raise UserError(f"job {job.id} {job.state}: {job.error}")
    return ended


def _spec(client: Client, model: str) -> Mapping[str, Any]:
    """The sweep: three bands among natural images, and one from the rarest of them to beyond them all."""
    neuron = NEURONS[model]
    layer = neuron.split(":", maxsplit=1)[0]
    answers = map(NeuronAnswer.of, client.neurons(model, layer))
    measured = next(each for each in answers if each.neuron == neuron).measured
    if measured is None:
        raise UserError(f"nothing was measured of {neuron}")
    rarest, highest = measured.quantile(0.995), measured.quantile(1)
    ranges = [*({"quantiles": pair} for pair in QUANTILES), [rarest, round(BEYOND * highest, 4)]]
    return {
        "model": model,
        "neurons": [{"neuron": neuron}],
        "vary": {"range": ranges},
        "n": N,
        "seed": SEED,
    }
