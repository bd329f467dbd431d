"""Makes the spec of a job a question to a loaded model, as the service does with the model's published catalogue."""

from dataclasses import replace

from inverset.contract import resolution
from inverset.contract.catalogue import BATCH, Catalogue, NeuronStatistics
from inverset.contract.errors import BadOption, Complaint
from inverset.contract.question import Question
from inverset.contract.spec import AUTO, Deviations, JobSpec, Quantiles
from inverset.sampler import batch_size, methods
from inverset.sampler.bundle import Bundle, Summarised
from inverset.sampler.neuron import Neuron


def resolve(bundle: Bundle, spec: JobSpec, max_k: int = batch_size.MOST, *, look: bool = False) -> Question:
    """The question that a spec means for a model.

    Args:
        bundle: the model.
        spec: the question.
        max_k: how many codes at once are tried at most, where the question leaves that to the device.
        look: whether a neuron that was not measured is read off all reference images, where its band is in quantiles; else that is an
            error, as it is on a server.

    Raises:
        InvalidSpec: it makes no sense for this model, in the same words as a server's.
    """
    if spec.method in methods.names() and (missing := methods.lacking(spec.method, bundle)):
        raise BadOption([Complaint(loc=["method"], msg=missing)])
    batches = [*batch_size.ramp(bundle, max_k if spec.k == AUTO else 0)]
    best = {BATCH: batch_size.best(batches)._asdict()} if batches else {}
    own = {"name": bundle.name, "sha256": bundle.sha256, "methods": methods.offered(bundle)}
    offered = Catalogue.of({**bundle.catalogue, **own, **best})
    if look:
        offered = replace(offered, neurons={**offered.neurons, **_looked_at(bundle, spec, offered)})
    return resolution.resolve(offered, spec)


def _looked_at(bundle: Bundle, spec: JobSpec, offered: Catalogue) -> dict[str, NeuronStatistics]:
    """Quantiles of neurons that were not measured with the model, if their bands need them."""
    reference: object = bundle.reference
    if not isinstance(reference, Summarised):
        return {}
    asked = [each.neuron for each in spec.neurons if isinstance(each.range, Quantiles | Deviations)]
    names = {resolution.canonical_or_none(offered, text) for text in asked}
    unmeasured = [name for name in names if name is not None and name not in offered.neurons]
    summaries = {name: reference.summary(Neuron.parse(name, bundle)) for name in unmeasured}
    return {name: summary for name, summary in summaries.items() if summary is not None}
