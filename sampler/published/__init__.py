"""Hada & Carreira-Perpiñán's solver, for each of the objectives that they compare: seeds, then a walk (eqs 7 to 13)."""

from sampler.published.program import Program
from sampler.published.state import Options, State

__all__ = ["Options", "Program", "State"]
