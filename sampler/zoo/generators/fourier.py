"""An image as its frequencies, in decorrelated colours.

Olah, Mordvintsev and Schubert, Feature Visualization (Distill 2017): scaled as in natural images, whose amplitudes fall as
1 / frequency, one step changes a picture on all scales alike, and high frequencies, where adversarial texture lives, come last.
"""

import math

import torch
from torch import Tensor, nn

# The square root of the colours' covariance over natural images, as feature visualisation has used it since: columns are lightness,
# blue to yellow and green to magenta. Scaled so that red, green and blue vary by about 1.
_COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
_DARKEST = 1e-3  # of a pixel that is encoded: sigmoids reach neither 0 nor 1


class Fourier(nn.Module):
    """G: maps codes (k, d) to images (k, 3, height, width) in (0, 1); unit normal codes have about the contrast of photographs.

    A code holds real and imaginary parts: (2, 3, height, width // 2 + 1).
    """

    scales: Tensor
    colours: Tensor

    def __init__(self, height: int, width: int, *, decay: float = 1.0, contrast: float = 1.0) -> None:
        super().__init__()
        self.size = (height, width)
        self.shape = (2, 3, height, width // 2 + 1)
        self.entries = math.prod(self.shape)
        colours = torch.tensor(_COLOURS)
        self.register_buffer("scales", contrast * _amplitudes(height, width, decay), persistent=False)
        self.register_buffer("colours", colours / colours.norm(dim=1).mean(), persistent=False)

    def forward(self, codes: Tensor) -> Tensor:
        """The images of these codes."""
        real, imaginary = codes.view(-1, *self.shape).unbind(dim=1)
        spectrum = torch.complex(real.float(), imaginary.float()) * self.scales
        planes = torch.fft.irfft2(spectrum, s=self.size, norm="ortho")
        painted: Tensor = torch.einsum("rp,kphw->krhw", self.colours, planes).sigmoid()
        return painted

    def encode(self, images: Tensor) -> Tensor:
        """The codes (k, d) of images (k, 3, height, width), exact but for the blackest and whitest pixels."""
        planes = torch.einsum(
            "pr,krhw->kphw", torch.linalg.inv(self.colours), images.clamp(_DARKEST, 1 - _DARKEST).logit()
        )
        spectrum = torch.fft.rfft2(planes, norm="ortho") / self.scales
        return torch.stack([spectrum.real, spectrum.imag], dim=1).flatten(1)


def _amplitudes(height: int, width: int, decay: float) -> Tensor:
    """The amplitudes 1 / frequency^decay, (height, width // 2 + 1), for which unit normal codes give planes of variance 1."""
    down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    lowest = 1 / max(height, width)  # where the constant stands too
    scales = (down.square() + across.square()).sqrt().clamp_min(lowest) ** -decay
    # Columns but the first, and the last of an even width, stand for their mirror images as well.
    times = torch.full((scales.shape[1],), 4.0)
    times[0] = 1.0
    times[-1] = 1.0 if width % 2 == 0 else 4.0
    amplitudes: Tensor = scales / ((scales.square() * times).sum() / (height * width)).sqrt()
    return amplitudes
