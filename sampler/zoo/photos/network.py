"""The studied network of ``photos``: a small residual network for sixteen kinds of photographs of 64 x 64 pixels."""

from torch import Tensor, nn

SIDE = 64  # pixels
WIDTHS = (32, 64, 128, 256)  # channels at 32, 16, 8 and 4 pixels a side
CODE = (32, 8, 8)  # the map of ``code``
BLOCKS = (1, 2, 2)  # on each size of maps but the first
MEAN, DEVIATION = 0.5, 0.25  # by which pixels in [0, 1] are normalised
CLASSES = (
    "tench",
    "English springer",
    "cassette player",
    "chain saw",
    "church",
    "French horn",
    "garbage truck",
    "gas pump",
    "golf ball",
    "parachute",
    "buildings",
    "forest",
    "glacier",
    "mountain",
    "sea",
    "street",
)


class Block(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016); the first halves the maps if ``stride`` is 2."""

    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer)
        self.conv2, self.norm2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer)
            )

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (k, inner, h, w) to (k, outer, h / stride, w / stride)."""
        changed = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(maps)))))
        result: Tensor = self.relu2(changed + self.shortcut(maps))
        return result


class PhotoNetwork(nn.Module):
    """Photographs (k, 3, 64, 64), normalised, to logits (k, 16).

    ``code`` is a linear bottleneck of 32 x 8 x 8: few enough numbers for a prior over them, at places, of either sign. ``pool`` is a vector
    of 256.
    """

    def __init__(self) -> None:
        super().__init__()
        first, *widths = WIDTHS
        units = CODE[0]
        self.stem = nn.Sequential(nn.Conv2d(3, first, 3, 2, 1, bias=False), nn.BatchNorm2d(first), nn.ReLU())
        self.stage1, self.stage2, self.stage3 = (
            nn.Sequential(Block(inner, outer, 2), *(Block(outer, outer, 1) for _ in range(count - 1)))
            for inner, outer, count in zip((first, widths[0], units), widths, BLOCKS, strict=True)
        )
        self.code = nn.Sequential(nn.Conv2d(widths[1], units, 1, bias=False), nn.BatchNorm2d(units))
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.fc = nn.Linear(widths[-1], len(CLASSES))

    def forward(self, images: Tensor) -> Tensor:
        """The logits."""
        result: Tensor = self.fc(self.pooled(self.coded(images)))
        return result

    def coded(self, images: Tensor) -> Tensor:
        """The output (k, 32, 8, 8) of ``code``."""
        result: Tensor = self.code(self.stage2(self.stage1(self.stem(images))))
        return result

    def pooled(self, codes: Tensor) -> Tensor:
        """The output (k, 256) of ``pool``, of that of ``code``."""
        result: Tensor = self.pool(self.stage3(codes))
        return result
