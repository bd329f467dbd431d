"""The paper's method on the pixels themselves, without G (eq 4)."""

from sampler.methods.hada import Options, Program, State

__all__ = ["DEFAULT_K", "NEEDS", "SUMMARY", "Options", "State", "init", "step", "terminate"]

SUMMARY = "eq 4: moves pixels, without a generator; images become noise"
DEFAULT_K = 10
NEEDS = ("band",)

_program = Program(apart="images", pixels=True)
init, step, terminate = _program.init, _program.step, _program.terminate
