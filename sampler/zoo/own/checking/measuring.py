"""The measurements of a model, and its cost."""

import time
from collections.abc import Iterator

import torch

from inverset.sampler.bundle import Incomplete
from inverset.sampler.codes import to_codes, to_coordinates
from inverset.sampler.zoo.own.checking.tried import OK, WARNING, Line, Tried, problem_of

_SLOW = 5.0  # seconds an evaluation
_LOST = 0.25  # of a code, that its axes may lose
_FEW = 200  # natural images
_ALIKE = 0.01  # of their length, by which features of different images are to differ


def statistics(tried: Tried) -> Iterator[Line]:
    """The spread of codes, and whether whitening preserves them."""
    bundle, statistics = tried.bundle, tried.bundle.statistics
    axes = (
        "the entries themselves" if statistics.axes is None else f"{statistics.axes.shape[1]} principal axes"
    )
    text = f"{axes} of codes of {len(statistics.mean)} numbers; {bundle.catalogue.get('measured_on') or 'measured'}"
    few = bundle.reference is not None and len(bundle.reference.codes) < _FEW
    yield Line(
        "statistics",
        WARNING if few else OK,
        text,
        "a few hundred images at least tell what is typical" if few else "",
    )
    coordinates = to_coordinates(problem_of(bundle), tried.codes)
    back = to_codes(problem_of(bundle), coordinates)
    lost = float((back - tried.codes).norm(dim=1).median() / tried.codes.norm(dim=1).median().clamp_min(1e-9))
    kept = f"codes come back from their axes with an error of {lost:.1%}"
    state = OK if lost < _LOST else WARNING
    yield Line("axes", state, kept, "" if state == OK else "more reference images show more axes")


def references(tried: Tried) -> Iterator[Line]:
    """Whether there are natural images to compare with, and whether E tells them apart."""
    reference = tried.bundle.reference
    if reference is None:
        advice = (
            "give a folder as `images`: without natural images, nothing shows whether samples look natural"
        )
        yield Line("natural images", WARNING, "there are none", advice)
        return
    count, features = len(reference.codes), reference.codes[: min(500, len(reference.codes))]
    alike = (
        float(features.std(dim=0).norm() / features.norm(dim=1).mean().clamp_min(1e-9)) if count > 1 else 0.0
    )
    text = f"{count}; in E they differ by {alike:.0%} of their length"
    missing = reference.missing if isinstance(reference, Incomplete) else ""
    if alike < _ALIKE:
        yield Line(
            "natural images", WARNING, text, "E barely distinguishes images: compare them in another layer"
        )
    elif missing:
        yield Line("natural images", WARNING, f"{text}; {missing}", "fix these files, or remove them")
    else:
        yield Line("natural images", OK, text)


def speed(tried: Tried) -> Iterator[Line]:
    """The seconds and the memory of an evaluation with gradient."""
    bundle, device = tried.bundle, tried.codes.device
    problem = problem_of(bundle)
    on_gpu = device.type == "cuda"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats(device)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        codes = tried.codes.detach().clone().requires_grad_()
        torch.autograd.grad(problem.forward(codes).activations.sum(), codes, allow_unused=True)
        if on_gpu:
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - began)
    seconds_each = sorted(seconds)[1] / len(codes)
    weights = sum(
        value.numel() * value.element_size()
        for module in (bundle.network, bundle.generator)
        for value in (*module.parameters(), *module.buffers())
    )
    text = f"{seconds_each:.3g} s per evaluation on {device} in batches of {len(codes)}; {weights / 2**20:.0f} MiB of weights"
    if on_gpu:
        text += f", {torch.cuda.max_memory_allocated(device) / 2**20:.0f} MiB at most"
    yield Line(
        "speed",
        WARNING if seconds_each > _SLOW else OK,
        text,
        "use a GPU, or a smaller generator" if seconds_each > _SLOW else "",
    )
