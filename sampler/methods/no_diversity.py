"""The paper's constraints without its objective, from equal starts (eq 15)."""

from dataclasses import dataclass

from sampler.methods import hada
from sampler.methods.hada import Program, State
from sampler.option import option

__all__ = ["DEFAULT_K", "NEEDS", "SUMMARY", "Options", "State", "init", "step", "terminate"]

SUMMARY = "eq 15: no diversity term, equal starts; samples are all alike"
DEFAULT_K = 10
NEEDS = ("band",)


@dataclass(frozen=True)
class Options(hada.Options):
    """As the paper's method has them."""

    alike: bool = option(True, "all codes start from the same one, as in section 4.2")  # noqa: FBT003


_program = Program(apart=None)
init, step, terminate = _program.init, _program.step, _program.terminate
