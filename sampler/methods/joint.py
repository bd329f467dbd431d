"""All n at once, solved to the end (eq 16): what seeds and walk approximate.

K codes are solved together; where n is larger, the next K are begun when those are done.
"""

from dataclasses import dataclass

from sampler.methods import hada
from sampler.methods.hada import Program, State
from sampler.option import option

__all__ = ["DEFAULT_K", "NEEDS", "SUMMARY", "Options", "State", "init", "step", "terminate"]

SUMMARY = "eq 16: K codes at once, solved to the end, without a walk; K = n is what the paper means"
DEFAULT_K = 100
NEEDS = ("band",)


@dataclass(frozen=True)
class Options(hada.Options):
    """As the paper's method has them."""

    solved: bool = option(
        True,  # noqa: FBT003
        "codes are optimised to the end instead of until they are feasible",
    )


_program = Program(apart="features", walks=False)
init, step, terminate = _program.init, _program.step, _program.terminate
