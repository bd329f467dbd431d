"""Hada & Carreira-Perpiñán's solver for each objective that they compare: seeds, then a walk (eqs 7 to 13)."""

from inverset.sampler.methods.hada.program import Program
from inverset.sampler.methods.hada.state import Options, State

__all__ = ["Options", "Program", "State"]
