"""Tables of the service's answers, for the terminal."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from inverset.contract.answers import SUCCEEDED, JobAnswer, LimitShare, MeAnswer, ModelAnswer, NeuronAnswer
from inverset.contract.comparison import Comparison
from inverset.contract.image_tries import TriedImage
from inverset.contract.outcome import UNREACHABLE
from inverset.contract.question import describe
from inverset.jobs import share
from inverset.screen import WORDS, duration, standing

if TYPE_CHECKING:
    from inverset.sampler.zoo.inversion.about import Trial

COLOURS = {"succeeded": "green", "running": "cyan", "queued": "blue", "failed": "red", "canceled": "yellow"}
QUANTILES = ("0.5", "0.9", "0.97", "0.99", "0.995", "1")


def models(items: Iterable[ModelAnswer]) -> RenderableType:
    """One row a model."""
    table = _plain("model", "image", "layers", "units")
    table.add_column("", ratio=1, no_wrap=True)
    table.expand = True
    for item in items:
        units = sum(layer.units for layer in item.layers)
        image = "x".join(map(str, item.image))
        table.add_row(item.name, image, str(len(item.layers)), f"{units:,}", escape(item.description))
    return table


def model(model: ModelAnswer) -> RenderableType:
    """A model with its layers and methods."""
    layers = _plain("layer", "kind", "units", "size", "labels")
    for layer in model.layers:
        size = "x".join(map(str, layer.size or ())) or str(layer.tokens or "")
        layers.add_row(layer.name, layer.kind, str(layer.units), size, escape(", ".join(layer.labels)))
    methods = _plain("method", "")
    for name, method in model.methods.items():
        methods.add_row(name, escape(method.summary))
    title = f"[bold]{escape(model.name)}[/]  {escape(model.description)}"
    return Group(title, *(Padding(part, (1, 0, 0, 2)) for part in (layers, methods)), "")


def neurons(items: Iterable[NeuronAnswer]) -> RenderableType:
    """Neurons with their quantiles on natural images, one per row."""
    table = _plain("neuron", "mean", "sd", *(_quantile(quantile) for quantile in QUANTILES), numbers=True)
    for item in items:
        measured = item.measured
        numbers = (
            [measured.mean, measured.sd, *(measured.quantiles.get(quantile) for quantile in QUANTILES)]
            if measured
            else [None] * (len(QUANTILES) + 2)
        )
        table.add_row(escape(item.neuron), *("-" if each is None else f"{each:.3g}" for each in numbers))
    return table


def tried(images: Iterable[TriedImage]) -> RenderableType:
    """Images tried on a neuron, one a row, with the three units that each drives most."""
    table = _plain("image", "activation", "percentile", numbers=True)
    table.add_column("drives most, by percentile")
    for image in images:
        if image.error is not None:
            table.add_row(escape(image.name), "-", "-", escape(image.error))
            continue
        percentile = "-" if image.percentile is None else f"{image.percentile:.1f}"
        units = ", ".join(f"{each.neuron} {each.percentile:.1f}" for each in image.units[:3])
        table.add_row(escape(image.name), f"{image.activation:.4g}", percentile, escape(units))
    return table


def _quantile(quantile: str) -> str:
    return "max" if quantile == "1" else f"q{quantile.removeprefix('0')}"


def trials(items: "Iterable[Trial]", chosen: str) -> RenderableType:
    """The layers that a generator was tried on, by their errors on held-out images, of those of one picture for all."""
    table = _plain("layer", "numbers", "colours off", "judge", "", numbers=True)
    for item in items:
        judged = "-" if item.judged_error is None else f"{item.judged_error:.2f}"
        taken = "inverted" if item.layer == chosen else ""
        table.add_row(escape(item.layer), f"{item.entries:,}", f"{item.picture_error:.2f}", judged, taken)
    return table


def jobs(items: Iterable[JobAnswer]) -> RenderableType:
    """One row a job."""
    table = _plain("job", "state", "samples", "age", "trust")
    table.add_column("request", ratio=1, no_wrap=True)
    table.expand = True
    for job in items:
        done, trust = f"{job.progress.accepted}/{job.progress.n}", job.trust or ""
        about = escape("  ".join(filter(None, [job.label, job.asked])))
        table.add_row(job.id, _state(job), done, _age(job.created), Text(trust, WORDS.get(trust, "")), about)
    return table


def job(job: JobAnswer) -> RenderableType:
    """Everything about a job."""
    progress, spec, model = job.progress, job.spec, job.model
    cost = f"{progress.evaluations:,.0f} evaluations, {progress.seconds:.1f} s, {progress.given_up} abandoned attempts"
    rows: dict[str, str | Text | None] = {
        "label": job.label,
        "notes": job.notes,
        "state": _state(job),
        "request": f"{job.kind} of {model.name}: {job.asked}" if model else job.asked,
        "method": f"{spec.method}, k {spec.k}, seed {spec.seed}" if spec else None,
        "samples": f"{progress.accepted} of {progress.n}",
        "cost": cost,
        "natural images": share.sentence(job.share_of_nature) if job.state != SUCCEEDED else None,
        "queue": standing(job) if job.queue else None,
        "outcome": f"{job.outcome.reason}: {job.outcome.detail}" if job.outcome else None,
        "error": job.error,
        "created": job.created,
        "finished": job.finished,
    }
    return _card(job.id, rows)


def comparison(compared: Comparison) -> RenderableType:
    """The compared jobs, a letter each, and a column of metrics for each letter."""
    letters, drawn = "ABCDEF", any(item.share_of_nature for item in compared.items)
    legend = _plain("", "method", "request", "samples", *(["natural images"] if drawn else []), "verdict")
    for letter, item in zip(letters, compared.items, strict=False):
        nature, word = item.share_of_nature, item.trust.word if item.trust else "-"
        shares = [share.percent(nature.estimate) if nature else "-"] if drawn else []
        about = f"[bold]{letter}[/]", item.method or "-", Text(describe(item.targets)), str(item.accepted)
        legend.add_row(*about, *shares, Text(word, WORDS.get(word, "")))
    named = (f"{letter}  {escape(item.name)}" for letter, item in zip(letters, compared.items, strict=False))
    differ = (
        f"they differ in {', '.join(compared.differ)}"
        if compared.differ
        else "they have the same neurons, bands and settings"
    )
    return Group(*named, "", legend, "", f"[dim]{differ}[/]", "", _metrics(compared, letters))


def _metrics(compared: Comparison, letters: str) -> Table:
    """The metrics, with those of natural images if these are the same for all."""
    alike = not {"model", "neurons", "ranges", "samples"} & set(compared.differ)
    more = ["natural"] if alike else []
    table = _plain("", *letters[: len(compared.items)], *more, numbers=True)
    for row in compared.metrics:
        values = [*row.samples, *(row.natural[:1] if alike else [])]
        table.add_row(row.name, *("-" if value is None else f"{value:.3g}" for value in values))
    return table


def me(who: MeAnswer) -> RenderableType:
    """The caller, and the caller's limits."""
    limits = {name.replace("_", " "): _share(share) for name, share in who.limits.items()}
    about = {"role": who.role, "weight": f"{who.weight:g}", "GPU time": duration(who.gpu_seconds)}
    return _card(who.name, about | limits)


def _share(share: LimitShare) -> str:
    return f"{share.used}" + ("" if share.most is None else f" of {share.most}")


def users(rows: Iterable[Any]) -> RenderableType:
    """One row a user."""
    table = _plain("user", "role", "weight", "GPU time", "since")
    for user in rows:
        since = f"{user.created_at:%Y-%m-%d}"
        table.add_row(user.name, user.role, f"{user.weight:g}", duration(user.gpu_seconds), since)
    return table


def keys(rows: Iterable[Any]) -> RenderableType:
    """One row a key."""
    table = _plain("key", "user", "made", "expires", "last used", "")
    for key in rows:
        times = (key.created_at, key.expires_at, key.last_used_at)
        dates = ("-" if at is None else f"{at:%Y-%m-%d %H:%M}" for at in times)
        table.add_row(key.id, key.user, *dates, "revoked" if key.revoked_at else "")
    return table


def _card(title: str, rows: Mapping[str, str | Text | None]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value:
            table.add_row(name, value if isinstance(value, Text) else escape(value))
    return Group(f"[bold]{escape(title)}[/]", Padding(table, (0, 0, 0, 2)))


def _plain(*columns: str, numbers: bool = False) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if numbers and index else "left", no_wrap=numbers)
    return table


def _state(job: JobAnswer) -> Text:
    unreachable = job.state == SUCCEEDED and job.outcome is not None and job.outcome.reason == UNREACHABLE
    state = UNREACHABLE if unreachable else "canceling" if job.will_stop else job.state
    return Text(state, COLOURS[job.state])


def _age(created: str) -> str:
    return duration((datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds())
