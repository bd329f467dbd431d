"""The generator of BigGAN-deep (Brock, Donahue and Simonyan 2019, appendix B), of any width and depth, for one truncation.

Layers are called as in the published PyTorch weights, so that those load; what these keep of training (spectral norms, activation
statistics of 51 truncations) is worked out when they are read.
"""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, cat, empty, nn
from torch.nn import functional

FIRST, WIDEST = 4, 16  # side of the first map; its channels, in widths
_BOTTLENECK, _QUERIES, _VALUES = 4, 8, 2  # by which channels are divided
Condition = Tensor  # (k, z + e): the noise and the class's embedding, which every layer receives


class Stage(NamedTuple):
    """One block of layers."""

    doubles: bool  # height and width
    inner: int  # channels, in widths
    outer: int


class Plan(NamedTuple):
    """A network's architecture, from its configuration."""

    noise: int
    embedding: int
    width: int
    stages: Sequence[Stage]
    attention: int  # before which stage
    eps: float

    @property
    def side(self) -> int:
        """The side of the images."""
        return int(FIRST * 2 ** sum(stage.doubles for stage in self.stages))

    @property
    def condition(self) -> int:
        """The size of the condition that every layer receives."""
        return self.noise + self.embedding


class Norm(nn.Module):
    """Normalises maps by their statistics in training, then scales and shifts them by the condition."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.scale = nn.Linear(condition, channels, bias=False)
        self.offset = nn.Linear(condition, channels, bias=False)
        self.register_buffer("mean", empty(channels))
        self.register_buffer("deviation", empty(channels))

    def forward(self, maps: Tensor, condition: Condition) -> Tensor:
        """The normalised and rectified maps (k, c, h, w)."""
        gain = (1 + self.scale(condition)) / self.deviation
        shift = self.offset(condition) - gain * self.mean
        rectified: Tensor = functional.relu(maps * gain[:, :, None, None] + shift[:, :, None, None])
        return rectified


class Block(nn.Module):
    """A residual block: a bottleneck of four convolutions, with surplus channels dropped on the shortcut."""

    def __init__(self, inner: int, outer: int, condition: int, *, doubles: bool) -> None:
        super().__init__()
        middle = inner // _BOTTLENECK
        self.doubles, self.outer = doubles, outer
        self.bn_0, self.conv_0 = Norm(inner, condition), nn.Conv2d(inner, middle, 1)
        self.bn_1, self.conv_1 = Norm(middle, condition), nn.Conv2d(middle, middle, 3, padding=1)
        self.bn_2, self.conv_2 = Norm(middle, condition), nn.Conv2d(middle, middle, 3, padding=1)
        self.bn_3, self.conv_3 = Norm(middle, condition), nn.Conv2d(middle, outer, 1)

    def forward(self, maps: Tensor, condition: Condition) -> Tensor:
        """The maps (k, outer, h, w), or of twice the size, of maps (k, inner, h, w)."""
        inside = self.conv_0(self.bn_0(maps, condition))
        inside = self.conv_1(self._enlarged(self.bn_1(inside, condition)))
        inside = self.conv_2(self.bn_2(inside, condition))
        inside = self.conv_3(self.bn_3(inside, condition))
        added: Tensor = inside + self._enlarged(maps[:, : self.outer])
        return added

    def _enlarged(self, maps: Tensor) -> Tensor:
        return functional.interpolate(maps, scale_factor=2, mode="nearest") if self.doubles else maps


class Attention(nn.Module):
    """Self-attention: every position attends to the pooled map (Zhang et al. 2019)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.snconv1x1_theta = nn.Conv2d(channels, channels // _QUERIES, 1, bias=False)
        self.snconv1x1_phi = nn.Conv2d(channels, channels // _QUERIES, 1, bias=False)
        self.snconv1x1_g = nn.Conv2d(channels, channels // _VALUES, 1, bias=False)
        self.snconv1x1_o_conv = nn.Conv2d(channels // _VALUES, channels, 1, bias=False)
        self.gamma = nn.Parameter(empty(1))

    def forward(self, maps: Tensor, _condition: Condition) -> Tensor:
        """The maps (k, c, h, w) after attention."""
        queries = self.snconv1x1_theta(maps).flatten(2)
        keys = functional.max_pool2d(self.snconv1x1_phi(maps), 2).flatten(2)
        values = functional.max_pool2d(self.snconv1x1_g(maps), 2).flatten(2)
        weights = (queries.transpose(1, 2) @ keys).softmax(dim=-1)  # (k, places, places / 4)
        seen = (values @ weights.transpose(1, 2)).unflatten(2, maps.shape[2:])
        added: Tensor = maps + self.gamma * self.snconv1x1_o_conv(seen)
        return added


class Last(nn.Module):
    """The norm before the output layer, which the condition does not change."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(empty(channels)), nn.Parameter(empty(channels))
        self.register_buffer("mean", empty(channels))
        self.register_buffer("deviation", empty(channels))

    def forward(self, maps: Tensor) -> Tensor:
        """The normalised and rectified maps (k, c, h, w)."""
        gain = self.weight / self.deviation
        shift = self.bias - gain * self.mean
        rectified: Tensor = functional.relu(maps * gain[:, None, None] + shift[:, None, None])
        return rectified


class Painter(nn.Module):
    """Maps conditions (k, z + e) to images (k, 3, side, side) in [-1, 1]."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.gen_z = nn.Linear(plan.condition, FIRST * FIRST * WIDEST * plan.width)
        self.layers = nn.ModuleList()
        for place, (doubles, inner, outer) in enumerate(plan.stages):
            if place == plan.attention:
                self.layers.append(Attention(inner * plan.width))
            self.layers.append(Block(inner * plan.width, outer * plan.width, plan.condition, doubles=doubles))
        self.bn = Last(plan.width)
        self.conv_to_rgb = nn.Conv2d(plan.width, 3, 3, padding=1)

    def forward(self, noise: Tensor, embeddings: Tensor) -> Tensor:
        """The images of noise (k, z) with the classes' embeddings (k, e)."""
        condition = cat([noise, embeddings], dim=1)
        maps: Tensor = self.gen_z(condition).unflatten(1, (FIRST, FIRST, -1)).permute(0, 3, 1, 2).contiguous()
        for layer in self.layers:
            maps = layer(maps, condition)
        painted: Tensor = self.conv_to_rgb(self.bn(maps)).tanh()
        return painted
