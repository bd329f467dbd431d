"""Classes as entries of a code: embeddings of a conditional generator, scaled so that the classes' own are nearly unit normal.

Between and around the taught embeddings lie images of no class, or of one that was never named: Nguyen et al., A cost-effective method
for improving and re-purposing large, pre-trained GANs (2020), found most of a classifier's classes there.
"""

from torch import Tensor, nn


class Embeddings(nn.Module):
    """Maps entries of a code to embeddings, or every code to the embedding of one class."""

    mean: Tensor
    scales: Tensor

    def __init__(self, taught: Tensor, label: int) -> None:
        """Take the embeddings of all classes (n, e); ``label`` < 0 leaves the class to the code.

        Raises:
            ValueError: there are not so many classes.
        """
        super().__init__()
        if label >= len(taught):
            raise ValueError(f"it has {len(taught)} classes, numbered from 0, and none of number {label}")
        free = label < 0
        self.entries = taught.shape[1] if free else 0
        mean = taught.mean(dim=0) if free else taught[label]
        self.register_buffer("mean", mean.detach().clone(), persistent=False)
        self.register_buffer(
            "scales", taught.detach().std(dim=0).clamp_min(1e-6)[: self.entries], persistent=False
        )

    def forward(self, entries: Tensor) -> Tensor:
        """The embeddings (k, e) of entries (k, e), or (k, 0) if the class is fixed."""
        if self.entries == 0:
            return self.mean.expand(len(entries), -1)
        return self.mean + self.scales * entries
