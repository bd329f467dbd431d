"""The paper's method with distances between images in the place of features (eq 5)."""

from sampler.methods.hada import Options, Program, State

__all__ = ["DEFAULT_K", "NEEDS", "SUMMARY", "Options", "State", "init", "step", "terminate"]

SUMMARY = "eq 5: keeps images apart pixel by pixel instead of in features"
DEFAULT_K = 10
NEEDS = ("band",)

_program = Program(apart="images")
init, step, terminate = _program.init, _program.step, _program.terminate
