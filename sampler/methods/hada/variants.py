"""The paper's optimisation problems, each a method: one solver, with the differences as data."""

from dataclasses import dataclass

from inverset.contract.options import option
from inverset.sampler.methods.hada.program import Program
from inverset.sampler.methods.hada.state import Options, State
from inverset.sampler.methods.method import Method


@dataclass(frozen=True)
class _Solved(Options):
    """The paper's options, with codes optimised to convergence."""

    solved: bool = option(
        True,  # noqa: FBT003
        "optimise codes to the end, not only until they are feasible",
    )


@dataclass(frozen=True)
class _Alike(Options):
    """The paper's options, with one start for all codes."""

    alike: bool = option(True, "all codes start from the same one, as in section 4.2")  # noqa: FBT003


def _variant(
    summary: str, program: Program, options: type[Options] = Options, default_k: int = 10
) -> Method[Options, State]:
    return Method(
        summary=summary,
        default_k=default_k,
        needs=("band",),
        options=options,
        state=State,
        init=program.init,
        step=program.step,
        terminate=program.terminate,
    )


VARIANTS = {
    "paper": _variant(
        "The paper's method as published: seeds, then a walk. Nothing keeps its images natural.",
        Program(diversity_space="features"),
    ),
    "joint": _variant(
        "The paper's eq 16: many images at once, solved to the end, without a walk.",
        Program(diversity_space="features", walks=False),
        _Solved,
        default_k=100,
    ),
    "pixels": _variant(
        "The paper's eq 4: changes pixels, without a generator. Images become noise.",
        Program(diversity_space="images", pixels=True),
    ),
    "image-distance": _variant(
        "The paper's eq 5: keeps images apart by their pixels, not by features.",
        Program(diversity_space="images"),
    ),
    "code-distance": _variant(
        "The paper's eq 14: without the encoder, keeps the inputs of the generator apart. Images become extreme.",
        Program(diversity_space="codes"),
    ),
    "no-diversity": _variant(
        "The paper's eq 15: equal starts and no diversity term. All images are alike.",
        Program(diversity_space=None),
        _Alike,
    ),
}
