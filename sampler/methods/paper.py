"""As published: K diverse seeds, then a walk from them (eqs 6 to 13)."""

from sampler.methods.hada import Options, Program, State

__all__ = ["DEFAULT_K", "NEEDS", "SUMMARY", "Options", "State", "init", "step", "terminate"]

SUMMARY = "as published: seeds, then a walk; nothing keeps its images natural"
DEFAULT_K = 10
NEEDS = ("band",)

_program = Program(apart="features")
init, step, terminate = _program.init, _program.step, _program.terminate
