"""Options of the paper's solver, and the state that it keeps between steps."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from inverset.contract.options import option
from inverset.sampler.codes import starts_option
from inverset.sampler.steps import Diagnostics, Tally


@dataclass(frozen=True)
class Options:
    """Options of the paper's solver."""

    literal: bool = option(
        False,  # noqa: FBT003
        "eqs 8 to 11 literally: no upper bound; codes aim at the middle of the band and are accepted above its lower end",
    )
    starts: str = starts_option("any")
    margin: float = option(
        0.15, "share of the half width by which the band is shrunk at each side while moving", 0, 0.9
    )
    penalty: float = option(10.0, "first penalty mu, as in CaffeNet, ten times larger each round", 1e-6, 1e9)
    round_steps: int = option(100, "gradient steps per round of the seeds", 1, 10_000)
    rounds: int = option(6, "rounds after which infeasible seeds start again", 1, 20)
    attempts: int = option(
        8,
        "stop after this many rounds of new starts without K feasible seeds: the band is unreachable",
        1,
        100,
    )
    alike: bool = option(False, "all codes start from the same one, as in section 4.2")  # noqa: FBT003
    solved: bool = option(
        False,  # noqa: FBT003
        "optimise seeds to the end, not only until they are feasible, as in section 4.3",
    )
    growth: float = option(0.02, "stop when diversity grows by no more than this share in a round", 1e-6, 10)
    ending: int = option(30, "most rounds of feasible seeds", 1, 1000)
    longest: float = option(0.013, "longest step, in norms of a typical code", 1e-6, 10)
    shortest: float = option(
        0.0013, "shortest step while seeds are sought, in norms of a typical code", 1e-9, 10
    )
    acceptance: float = option(
        0.96, "target share of accepted proposals, which sets the step length of the walk", 0.1, 0.999
    )
    futile: int = option(
        300, "stop after this many steps of the walk without a sample: the band is unreachable", 1, 100_000
    )


class State(NamedTuple):
    """Seeds while ``walking`` is 0, then the walk with multipliers and penalty frozen."""

    tally: Tally
    trail: Diagnostics
    random: Tensor
    codes: Tensor  # c: (k, d)
    slacks: Tensor  # s: (k, q)
    multipliers: Tensor  # lambda: (k, q)
    penalty: Tensor  # mu: ()
    unit: Tensor  # what an ``Options.penalty`` of 1 is worth: (), see ``scale``
    length: Tensor  # beta of the walk: (), in norms of a typical code
    parents: Tensor  # C0: (k, e) where the newest sample of each code lies
    last: Tensor  # (k,) int64: the number of that sample; -1: none yet
    diversity: Tensor  # D of the seeds when their last round ended: ()
    walking: int
    round: int
    ending: int  # rounds at whose end all seeds were feasible
    inner: int  # steps in this round
    futile: int  # steps since the last sample
