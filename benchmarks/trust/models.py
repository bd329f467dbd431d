"""The models whose galleries are judged: `scenes`, and a network of photographs with a good generator and a bad one."""

import os
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import load_file

from benchmarks.trust import judge, network
from inverset.sampler import zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo.inversion.about import Recipe
from inverset.sampler.zoo.own import file
from inverset.sampler.zoo.own.training import Training

SETTING = "INVERSET_PHOTOS"
WEIGHTS = "network.safetensors"
PHOTOGRAPHS, BLOBS = "photographs", "blobs"
LAYERS = {
    PHOTOGRAPHS: "block2",
    BLOBS: "pool",
}  # a map of 8 x 8 keeps a picture; a pooled vector keeps its mean
STEPS = {PHOTOGRAPHS: 2_000, BLOBS: 1_200}
_BATCH = 16

Report = Callable[[str], None]


def photographs() -> Path | None:
    """The folder of imagenette that the setting names, with ``train`` and ``val``; None: none is named."""
    named = os.environ.get(SETTING)
    if not named:
        return None
    results = [each for each in (Path(named), *sorted(Path(named).glob("*"))) if (each / "train").is_dir()]
    return results[0] if results else None


def prepare(photos: Path, kept: Path, report: Report) -> None:
    """Train the network and its two generators, as far as ``kept`` has not got them; stopped, the next call goes on."""
    kept.mkdir(parents=True, exist_ok=True)
    if not (kept / WEIGHTS).exists():
        for epoch, loss in network.train(network.read(photos / "train"), kept / WEIGHTS):
            report(f"network: epoch {epoch} of {network.EPOCHS}, loss {loss:.3f}")
    for name in LAYERS:
        _generator(name, photos, kept, report)


def accuracy(photos: Path, kept: Path) -> float:
    """Of the trained network on photographs that it never saw."""
    made = network.make()
    made.load_state_dict(load_file(kept / WEIGHTS))
    return network.accuracy(made, network.read(photos / "val"))


def load(name: str, kept: Path) -> Bundle:
    """PHOTOGRAPHS or BLOBS."""
    return zoo.load(name, own=kept)


def _generator(name: str, photos: Path, kept: Path, report: Report) -> None:
    """By the project's own training, and the entry that names it."""
    entry: dict[str, object] = {
        "network": "factory:benchmarks.trust.network:make",
        "weights": WEIGHTS,
        "preprocessing": {"size": network.SIDE, "mean": 0.5, "std": 0.25},
        "encoder": LAYERS[name],
        "images": str((photos / "train").resolve()),
        "layers": ["block1", "block2", "block3", "pool", "head"],
        "labels": {"head": sorted(each.name for each in (photos / "train").iterdir() if each.is_dir())},
    }
    if by := judge.entry():
        entry["judge"] = by
    source = f"inverter:generators/{name}"
    if (kept / "generators" / name / "generator.json").exists():
        _named(kept, name, {**entry, "generator": source})
        return
    _named(kept, name, entry)
    recipe = Recipe(LAYERS[name], (network.SIDE, network.SIDE), STEPS[name], _BATCH)
    training = Training.of(file.entry(kept, name), kept, recipe, "cpu")
    trainer = training.begin(anew=False)
    for step, parts in training.learn(trainer):
        if step % 100 == 0:
            report(
                f"{name}: step {step} of {STEPS[name]}, "
                + ", ".join(f"{k} {float(v.detach()):.3f}" for k, v in parts.items())
            )
    report(f"{name}: {training.finish(trainer)}")
    _named(kept, name, {**entry, "generator": source})


def _named(kept: Path, name: str, entry: dict[str, object]) -> None:
    """Put the entry into ``models.toml``, in the place of a former one."""
    if name in file.names(kept):
        file.remove(kept, name)
    file.add(kept, name, entry)
