"""Decoders and encoders as a lab might install them: small, with the same weights each time."""

import torch
from torch import Tensor, nn

ENTRIES, UNITS, SIDE = 12, 4, 8


class Decoder(nn.Module):
    """Paints images (k, 3, 8, 8) in [-1, 1] of vectors (k, 12)."""

    def __init__(self) -> None:
        super().__init__()
        self.paint = nn.Linear(ENTRIES, 3 * SIDE * SIDE)

    def forward(self, codes: Tensor) -> Tensor:
        return self.paint(codes).view(-1, 3, SIDE, SIDE).tanh()


class Maps(nn.Module):
    """Paints images (k, 3, 8, 8) of maps (k, 4, 4, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.paint = nn.ConvTranspose2d(UNITS, 3, 4, 2, 1)

    def forward(self, codes: Tensor) -> Tensor:
        return self.paint(codes).sigmoid()


class Encoder(nn.Module):
    """Vectors (k, 12) of images (k, 3, 8, 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.Linear(3 * SIDE * SIDE, ENTRIES)

    def forward(self, images: Tensor) -> Tensor:
        return self.read(images.flatten(1))


def seeded(kind: type[nn.Module]) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return kind().eval()


def decoder() -> nn.Module:
    return seeded(Decoder)


def maps() -> nn.Module:
    return seeded(Maps)


def encoder() -> nn.Module:
    return seeded(Encoder)


def infinite() -> nn.Module:
    made = seeded(Decoder)
    nn.init.constant_(made.paint.bias, float("nan"))
    return made


def grey() -> nn.Module:
    return nn.Sequential(nn.Linear(ENTRIES, SIDE * SIDE), nn.Unflatten(1, (1, SIDE, SIDE)))


def flat() -> nn.Module:
    return nn.Flatten()
