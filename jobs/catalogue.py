"""What models offer, as pure functions on the dictionary that a worker published; works without torch."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inverset.contract.hints import did_you_mean
from inverset.contract.neurons import UnknownNeuronName, direction_label, named_twice, parse
from inverset.contract.options import complaint
from inverset.contract.question import Band, Budget, Question, Target
from inverset.jobs.lifecycle import BadOption, BadRange, Complaint, InvalidSpec, UnknownModel, UnknownNeuron
from inverset.jobs.spec import Deviations, JobSpec, Quantiles, Range

Catalogue = Mapping[str, Any]
BATCH = "batch"  # key of what a worker's device runs best; a published catalogue has it once it was measured
REFERENCE_STAMP = "exemplars"  # key of what was measured on reference images, as a stamp
MEASURED = "measured_neurons"  # key of how many neurons were measured; a published catalogue has it
# Codes at once are at most this part of the samples: those under way when the last is found are lost.
_OF_N = 4


def choose(offered: Sequence[str], name: str) -> None:
    """Find a model's name among those offered.

    Raises:
        UnknownModel: it is not there; the message gives the nearest ones.
    """
    if name not in offered:
        known = f"no model is called {name!r}"
        hint = (
            did_you_mean(name, offered)
            if offered
            else "no worker has published any model yet; is one running?"
        )
        raise UnknownModel([Complaint(loc=["model"], msg=f"{known}; {hint}")])


def canonical(catalogue: Catalogue, text: str) -> str:
    """The one name of a neuron that may be written in several ways: ``fc8:0@center`` is ``fc8:volcano``.

    Raises:
        UnknownNeuron: the text or a name in it is not valid for this model; the message gives the nearest.
    """
    try:
        return str(parse(text, catalogue["name"], catalogue["layers"]))
    except UnknownNeuronName as error:
        raise UnknownNeuron([Complaint(loc=["neuron"], msg=str(error))]) from None


def canonical_or_none(catalogue: Catalogue, text: str) -> str | None:
    """The one name of a neuron; None: there is no such neuron."""
    try:
        return canonical(catalogue, text)
    except UnknownNeuron:
        return None


def units(layer: Mapping[str, Any]) -> Iterator[str]:
    """What may stand behind a layer's name: its units by number, then its directions."""
    yield from map(str, range(layer["units"]))
    for file, known in layer.get("directions", {}).items():
        for name in range(known) if isinstance(known, int) else known:
            yield direction_label(file, name)


def default_method(catalogue: Catalogue) -> str:
    """The method of a job that names none: the first that the model lists."""
    methods: Mapping[str, Any] = catalogue["methods"]
    return next(iter(methods))


def resolve(catalogue: Catalogue, spec: JobSpec) -> Question:
    """Work out what a spec means for a model: every name canonical, every range in activations.

    Raises:
        UnknownNeuron, BadRange, BadOption: one thing is wrong; InvalidSpec: several are.
    """
    method = spec.method or default_method(catalogue)
    spec = spec.model_copy(update={"method": method})
    targets: list[Target] = []
    found: list[InvalidSpec] = []
    for number in range(len(spec.neurons)):
        try:
            targets.append(_target(catalogue, spec, number, targets))
        except InvalidSpec as wrong:
            found.append(wrong)
    try:
        check_options(catalogue, spec)
    except InvalidSpec as wrong:
        found.append(wrong)
    if found:
        raise found[0] if len(found) == 1 else InvalidSpec([error for each in found for error in each.errors])
    return Question(
        model=catalogue["name"],
        sha256=catalogue["sha256"],
        targets=tuple(targets),
        method=method,
        n=spec.n,
        k=_codes_at_once(catalogue, spec, method),
        seed=spec.seed,
        options=spec.options,
        budget=Budget(spec.budget.gradient_evaluations, spec.budget.seconds),
    )


def numbers(catalogue: Catalogue, name: str, wanted: Range) -> tuple[float, float]:
    """A neuron's range in activations. Raises UnknownNeuron or BadRange where it has none."""
    return _numbers(catalogue, canonical(catalogue, name), wanted, [])


def check_options(catalogue: Catalogue, spec: JobSpec) -> None:
    """Hold method and options against what the worker can do.

    Raises:
        BadOption: no such method or option, or a value of the wrong type, out of limits or none of the choices.
    """
    methods, method = catalogue["methods"], spec.method or default_method(catalogue)
    if method not in methods:
        message = f"there is no method {method!r}; there are {', '.join(methods)}"
        raise BadOption([Complaint(loc=["method"], msg=message)])
    options = methods[method]["options"]
    errors = [
        Complaint(loc=["options", name], msg=wrong)
        for name, value in spec.options.items()
        if (wrong := complaint(options, name, value))
    ]
    if errors:
        raise BadOption(errors)


def _codes_at_once(catalogue: Catalogue, spec: JobSpec, method: str) -> int:
    """As asked; else as the method has it of itself, also where nothing was measured yet."""
    if isinstance(spec.k, int):
        return spec.k
    own = int(catalogue["methods"][method]["default_k"])
    if spec.k is None or BATCH not in catalogue:
        return own
    return min(int(catalogue[BATCH]["codes"]), max(own, spec.n // _OF_N))


def _target(catalogue: Catalogue, spec: JobSpec, number: int, before: Sequence[Target]) -> Target:
    asked, place = spec.neurons[number], list[str | int](["neurons", number])
    try:
        name = canonical(catalogue, asked.neuron)
    except UnknownNeuron as wrong:
        raise UnknownNeuron(
            [Complaint(loc=[*place, "neuron"], msg=error["msg"]) for error in wrong.errors]
        ) from None
    if asked.range is None and _needs_band(catalogue, spec.method):
        message = f"{spec.method} keeps {name} in a range; give one, as [low, high]"
        raise BadRange([Complaint(loc=[*place, "range"], msg=message)])
    band = Band.of(None if asked.range is None else _numbers(catalogue, name, asked.range, place))
    for other in before:
        if other.neuron == name:
            raise BadRange([Complaint(loc=place, msg=_twice(name, other.band, band))])
    return Target(name, band)


def _needs_band(catalogue: Catalogue, method: str | None) -> bool:
    return bool(catalogue["methods"].get(method, {}).get("needs_band", True))


def _twice(name: str, first: Band, second: Band) -> str:
    if not first.overlaps(second):
        apart = f"{first.low:g} to {first.high:g} and {second.low:g} to {second.high:g}"
        return f"{name} is named twice with ranges that have nothing in common: {apart}"
    return named_twice(name)


def _numbers(catalogue: Catalogue, name: str, wanted: Range, place: list[str | int]) -> tuple[float, float]:
    if isinstance(wanted, tuple):
        return wanted
    known = catalogue["neurons"].get(name)
    if known is None:
        message = f"nothing was measured for {name}; give its range as two numbers"
        raise BadRange([Complaint(loc=[*place, "range"], msg=message)])
    low, high = _measured(known, wanted)
    if low >= high:
        message = (
            f"the range asked of {name} is {low:g} to {high:g}: it is empty, since the neuron hardly varies"
        )
        raise BadRange([Complaint(loc=[*place, "range"], msg=message)])
    return low, high


def _measured(known: Mapping[str, Any], wanted: Quantiles | Deviations) -> tuple[float, float]:
    if isinstance(wanted, Deviations):
        low, high = (known["mean"] + factor * known["sd"] for factor in wanted.sd)
        return low, high
    low, high = (_quantile(known["quantiles"], share) for share in wanted.quantiles)
    return low, high


def _quantile(quantiles: Mapping[str, float], share: float) -> float:
    """Between two measured quantiles, on the straight line."""
    points = sorted((float(at), float(value)) for at, value in quantiles.items())
    after = min(max(1, bisect_right(points, (share, float("inf")))), len(points) - 1)
    (at, value), (beyond, higher) = points[after - 1], points[after]
    return value + (higher - value) * min(1.0, max(0.0, (share - at) / (beyond - at)))
