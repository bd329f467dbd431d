"""Resolves specs against a model's catalogue: pure functions, without torch."""

from collections.abc import Sequence

from inverset.contract.catalogue import Catalogue
from inverset.contract.errors import BadOption, BadRange, Complaint, InvalidSpec, UnknownModel, UnknownNeuron
from inverset.contract.hints import did_you_mean
from inverset.contract.neurons import UnknownNeuronName, named_twice
from inverset.contract.options import complaint
from inverset.contract.question import Band, Budget, Question, Target
from inverset.contract.spec import Deviations, JobSpec, Range

# Codes at once are at most this part of the samples: those under way when the last is found are lost.
_OF_N = 4


def choose(offered: Sequence[str], name: str) -> None:
    """The model's name, found among those offered.

    Raises:
        UnknownModel: it is not there; the message gives the nearest ones.
    """
    if name not in offered:
        known = f"no model is called {name!r}"
        hint = (
            did_you_mean(name, offered)
            if offered
            else "there are no models yet; start a worker, which publishes its models within seconds"
        )
        raise UnknownModel([Complaint(loc=["model"], msg=f"{known}; {hint}")])


def canonical(catalogue: Catalogue, text: str) -> str:
    """The canonical name of a neuron: ``fc8:0@center`` is ``fc8:volcano``.

    Raises:
        UnknownNeuron: the text or a name in it is not valid for this model; the message gives the nearest.
    """
    try:
        return str(catalogue.neuron(text))
    except UnknownNeuronName as error:
        raise UnknownNeuron([Complaint(loc=["neuron"], msg=str(error))]) from None


def canonical_or_none(catalogue: Catalogue, text: str) -> str | None:
    """The canonical name of a neuron; None: there is no such neuron."""
    try:
        return canonical(catalogue, text)
    except UnknownNeuron:
        return None


def resolve(offered: Catalogue, spec: JobSpec) -> Question:
    """The question that a spec means for a model: every name canonical, every range in activations.

    Raises:
        UnknownNeuron, BadRange, BadOption: one thing is wrong; InvalidSpec: several are.
    """
    method = spec.method or offered.default_method
    spec = spec.model_copy(update={"method": method})
    targets: list[Target] = []
    errors: list[InvalidSpec] = []
    for number in range(len(spec.neurons)):
        try:
            targets.append(_target(offered, spec, number, targets))
        except InvalidSpec as error:
            errors.append(error)
    try:
        _check_options(offered, method, spec)
    except InvalidSpec as error:
        errors.append(error)
    if errors:
        raise (
            errors[0]
            if len(errors) == 1
            else InvalidSpec([error for each in errors for error in each.errors])
        )
    return Question(
        model=offered.name,
        sha256=offered.sha256,
        targets=tuple(targets),
        method=method,
        n=spec.n,
        k=_codes_at_once(offered, spec, method),
        seed=spec.seed,
        options=spec.options,
        budget=Budget(spec.budget.gradient_evaluations, spec.budget.seconds),
    )


def numbers(offered: Catalogue, name: str, asked: Range) -> tuple[float, float]:
    """A neuron's range in activations. Raises UnknownNeuron or BadRange if there is none."""
    return _numbers(offered, canonical(offered, name), asked, [])


def _check_options(offered: Catalogue, method: str, spec: JobSpec) -> None:
    """Check the method and its options against the catalogue.

    Raises:
        BadOption: no such method or option, or a value of the wrong type, out of limits or none of the choices.
    """
    if method not in offered.methods:
        message = f"there is no method {method!r}; there are {', '.join(offered.methods)}"
        raise BadOption([Complaint(loc=["method"], msg=message)])
    options = offered.methods[method].options
    errors = [
        Complaint(loc=["options", name], msg=fault)
        for name, value in spec.options.items()
        if (fault := complaint(options, name, value))
    ]
    if errors:
        raise BadOption(errors)


def _codes_at_once(offered: Catalogue, spec: JobSpec, method: str) -> int:
    """The spec's k; else the method's default, also if no batch size was measured yet."""
    if isinstance(spec.k, int):
        return spec.k
    own = offered.methods[method].default_k
    if spec.k is None or offered.batch is None:
        return own
    return min(offered.batch.codes, max(own, spec.n // _OF_N))


def _target(offered: Catalogue, spec: JobSpec, number: int, before: Sequence[Target]) -> Target:
    asked, place = spec.neurons[number], list[str | int](["neurons", number])
    try:
        name = str(offered.neuron(asked.neuron))
    except UnknownNeuronName as error:
        raise UnknownNeuron([Complaint(loc=[*place, "neuron"], msg=str(error))]) from None
    if asked.range is None and offered.needs_band(str(spec.method)):
        message = f"{spec.method} keeps {name} in a range; give one, as [low, high]"
        raise BadRange([Complaint(loc=[*place, "range"], msg=message)])
    band = Band.of(None if asked.range is None else _numbers(offered, name, asked.range, place))
    for other in before:
        if other.neuron == name:
            raise BadRange([Complaint(loc=place, msg=_twice(name, other.band, band))])
    return Target(name, band)


def _twice(name: str, first: Band, second: Band) -> str:
    if not first.overlaps(second):
        apart = f"{first.low:g} to {first.high:g} and {second.low:g} to {second.high:g}"
        return f"{name} appears twice with ranges that do not overlap: {apart}"
    return named_twice(name)


def _numbers(offered: Catalogue, name: str, asked: Range, place: list[str | int]) -> tuple[float, float]:
    if isinstance(asked, tuple):
        return asked
    known = offered.neurons.get(name)
    if known is None:
        message = f"{name} was not measured; give its range as two numbers"
        raise BadRange([Complaint(loc=[*place, "range"], msg=message)])
    if isinstance(asked, Deviations):
        low, high = map(known.deviation, asked.sd)
    else:
        low, high = map(known.quantile, asked.quantiles)
    if low >= high:
        message = f"the requested range of {name} is {low:g} to {high:g}, which is empty because the neuron barely varies"
        raise BadRange([Complaint(loc=[*place, "range"], msg=message)])
    return low, high
