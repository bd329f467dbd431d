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
        "codes are optimised to the end instead of until they are feasible",
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
        "as published: seeds, then a walk; nothing keeps its images natural",
        Program(diversity_space="features"),
    ),
    "joint": _variant(
        "eq 16: K codes at once, solved to the end, without a walk; K = n is what the paper means",
        Program(diversity_space="features", walks=False),
        _Solved,
        default_k=100,
    ),
    "pixels": _variant(
        "eq 4: moves pixels, without a generator; images become noise",
        Program(diversity_space="images", pixels=True),
    ),
    "image-distance": _variant(
        "eq 5: keeps images apart pixel by pixel instead of in features", Program(diversity_space="images")
    ),
    "code-distance": _variant(
        "eq 14: keeps codes apart instead of features; they run to extremes", Program(diversity_space="codes")
    ),
    "no-diversity": _variant(
        "eq 15: no diversity term, equal starts; samples are all alike", Program(diversity_space=None), _Alike
    ),
}
