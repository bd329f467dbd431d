"""Trains ``photos`` from photographs: ``python -m inverset.sampler.zoo.photos.train FOLDER OUT``; stopped, it goes on."""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from inverset.sampler.zoo.photos import classifier, photographs, teacher
from inverset.sampler.zoo.photos.network import SIDE, PhotoNetwork

EPOCHS = 30


def main(folder: Path, out: Path, epochs: int = EPOCHS) -> None:
    """Train the network and print its accuracy on photographs that it never saw."""
    known = photographs.read(folder, photographs.TRAIN, classifier.STORED, out / "train.pt")
    if not (out / "teacher.pt").exists():
        for done in teacher.teach(known.pixels, out / "teacher.pt"):
            if done % 1024 == 0:
                print(f"teacher {done}/{len(known.pixels)}", flush=True)
    taught = teacher.Taught(*torch.load(out / "teacher.pt", weights_only=True))
    weights = out / "network.safetensors"
    if not weights.exists():
        for epoch in classifier.train(known, taught, weights, epochs):
            print(
                f"epoch {epoch.number}/{epochs} loss {epoch.loss:.3f} right {epoch.accuracy:.3f}", flush=True
            )
    network = PhotoNetwork().eval()
    network.load_state_dict(load_file(weights))
    held = photographs.read(folder, photographs.HELD_OUT, SIDE, out / "held.pt")
    ten, six = classifier.accuracy(network, held)
    print(f"named rightly: {ten:.3f} of ten classes, {six:.3f} of six landscapes", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
