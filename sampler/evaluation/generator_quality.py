"""Whether a generator can paint natural images at all: its pictures' error beside that of one picture for all."""

import torch

from inverset.contract.evidence import PictureError
from inverset.sampler.bundle import Painting
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.evaluation.figures import LOOKED_AT, ImageSet
from inverset.sampler.problem import Problem


def picture_error(
    problem: Problem, natural: ImageSet | None, ceiling: ImageSet | None
) -> PictureError | None:
    """The error of the generator's reconstructions; None: nothing could be measured."""
    painting = problem.bundle.painting or _measured(problem, natural, ceiling)
    return None if painting is None else PictureError(**vars(painting))


def _measured(problem: Problem, natural: ImageSet | None, ceiling: ImageSet | None) -> Painting | None:
    """On photographs in band; they may be among those that taught the generator."""
    reference = problem.bundle.reference
    if reference is None or natural is None or ceiling is None or natural.of is None or ceiling.of is None:
        return None
    count = min(len(natural.images), len(ceiling.images))
    if not torch.equal(natural.of[:count], ceiling.of[:count]):  # some pictures were no numbers
        return None
    photographs = natural.images[:count].float() / 255
    every = evenly(torch.arange(len(reference.codes)), LOOKED_AT).tolist()
    one = (reference.images(every).float() / 255).mean(dim=0)
    return Painting(
        error=float((ceiling.images[:count].float() / 255 - photographs).abs().mean()),
        of_one_picture=float((one - photographs).abs().mean()),
        images=count,
        held_out=False,
    )
