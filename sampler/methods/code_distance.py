"""The paper's method with distances between codes in the place of features (eq 14): no E."""

from sampler.methods.hada import Options, Program, State

__all__ = ["DEFAULT_K", "NEEDS", "SUMMARY", "Options", "State", "init", "step", "terminate"]

SUMMARY = "eq 14: keeps codes apart instead of features; they run to extremes"
DEFAULT_K = 10
NEEDS = ("band",)

_program = Program(apart="codes")
init, step, terminate = _program.init, _program.step, _program.terminate
