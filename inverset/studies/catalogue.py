"""The studies as data: the paper's figures and tables (Hada & Carreira-Perpiñán, arXiv 1910.04857)."""

from collections.abc import Mapping

from inverset.studies import claims
from inverset.studies.names import AS_ITS_CLASS, factor
from inverset.studies.study import Condition, Ends, Study

HIGH: Ends = (0.95, 0.99)
MIDDLE: Ends = (0.92, 0.96)
SIX: tuple[Ends, ...] = (
    (0.99, 1.15),
    (0.975, 0.99),
    (0.955, 0.975),
    (0.935, 0.955),
    (0.915, 0.935),
    (0.5, 0.7),
)
LOWER, HIGHER = (0.9, 0.95), (0.99, 1.15)
CHAINS, STEPS, KEPT = 10, 200, 500  # of PPGN, in the paper: 10 chains of 200 steps, 500 of the 2000 kept
SEEDS = 10  # K, in the paper
OURS = "conditional"
_GOOD = ("samples", "in band", "precision", "coverage", "Vendi score", claims.MPD, claims.PAPERS_MPD)
_COST = ("gradient steps", "evaluations per sample", "seconds")
_VOLCANO = ("fc8:volcano",)

_PPGN = {"steps": STEPS, "every": CHAINS * STEPS // KEPT}
_AGAINST_PPGN = tuple(
    condition
    for place in range(3)
    for condition in (
        Condition(((place, HIGH),), OURS),
        Condition(((place, HIGH),), "paper", seeds=SEEDS),
        Condition(((place, HIGH),), "ppgn", options=_PPGN, drawn=KEPT),
    )
)
_PROTOCOL = (
    f"`ppgn` runs {CHAINS} chains of {STEPS} steps; {KEPT} samples are drawn, one each {_PPGN['every']} steps of a chain, "
    "and as many as the others have are kept, evenly over the run; "
    "where its class's probability is exactly 0, as at many starts, it gives no sample, and new chains follow. "
    f"`paper` is their method, `{OURS}` ours."
)
_THREE_WAYS = (
    Condition(((0, HIGH),), "joint", "joint, all at once", at_once=True),
    Condition(((0, HIGH),), "paper", "paper, seeds solved", options={"solved": True}, seeds=SEEDS),
    Condition(((0, HIGH),), "paper", seeds=SEEDS),
)


def _against_ppgn(title: str) -> Study:
    return Study(
        title=title,
        paper="Samples of the inverse set lie farther from each other in E than samples of PPGN: 5.58, 6.00 and 5.83 "
        "against 4.82, 4.99 and 4.79. PPGN does not control the activation.",
        differs=_PROTOCOL,
        neurons=("fc8:volcano", "fc8:mushroom", "fc8:tower"),
        conditions=_AGAINST_PPGN,
        shown=(*_GOOD, *_COST),
        claim=claims.more_diverse("paper", "ppgn"),
        places=3,
        papers_n=500,
    )


def _three_ways(title: str) -> Study:
    return Study(
        title=title,
        paper="All n at once take about 13000 gradient steps, seeds solved to the end 800 and a walk of 35, seeds that are only "
        "brought into the band 400 and a walk of 35; the last approximate the first well.",
        differs="The three do not start from the same images.",
        neurons=_VOLCANO,
        conditions=_THREE_WAYS,
        shown=("samples", "gradient steps", "steps to the first sample", *_GOOD[2:], *_COST[1:]),
        claim=claims.approximates,
        places=1,
        papers_n=100,
    )


STUDIES: Mapping[str, Study] = {
    "figure-1": Study(
        title="One neuron at six levels",
        paper="Rows of samples from high to low activation: the more lava and smoke, the higher the activation.",
        differs="",
        neurons=_VOLCANO,
        conditions=tuple(Condition(((0, band),)) for band in SIX),
        shown=("samples", "in band", factor("lava"), factor("smoke"), AS_ITS_CLASS, *_GOOD[2:]),
        claim=claims.rises(("lava", "smoke")),
        places=1,
        papers_n=500,
    ),
    "figure-2": _against_ppgn("Three neurons, against PPGN"),
    "figure-3": Study(
        title="A unit of a hidden layer at two levels",
        paper="The face unit of conv5 shows human faces in the lower band and dogs' faces with fur in the higher.",
        differs="",
        of_own="The unit is one whose natural images change between the bands: lit windows come up.",
        neurons=("conv5:61",),
        conditions=tuple(Condition(((0, band),)) for band in (LOWER, HIGHER)),
        shown=_GOOD,
        claim=claims.other_images,
        places=1,
        papers_n=500,
    ),
    "figure-4": Study(
        title="Two neurons of one layer, and their intersection",
        paper="Monasteries, toilet seats, and images that drive both neurons into their bands.",
        differs="Few natural images have two subjects; a fourth row has the intersection in higher bands.",
        neurons=("fc8:bridge", "fc8:sailboat"),
        conditions=(
            Condition(((0, MIDDLE),)),
            Condition(((1, MIDDLE),)),
            Condition(((0, MIDDLE), (1, MIDDLE))),
            Condition(((0, HIGH), (1, HIGH))),
        ),
        shown=_GOOD,
        claim=claims.meet,
        places=2,
    ),
    "figure-5": Study(
        title="Intersections across layers",
        paper="Images that drive the face unit of conv5 and a class of fc8 into their bands at once, for two classes.",
        differs="",
        neurons=("conv5:61", "fc8:house", "fc8:mushroom"),
        conditions=tuple(Condition(((0, HIGH), (place, HIGH))) for place in (1, 2)),
        shown=_GOOD,
        claim=claims.meet,
        places=3,
    ),
    "figure-6": Study(
        title="Another network",
        paper="The method works as well on a network that was trained on other classes.",
        differs="",
        of_own="It classifies sky and ground only. E and G are those of `scenes`, as the paper uses those of CaffeNet.",
        neurons=("fc8:night-water", "fc8:day-snow"),
        conditions=tuple(Condition(((place, HIGH),)) for place in range(2)),
        shown=_GOOD,
        claim=claims.filled,
        places=2,
        model="scenes-places",
    ),
    "figure-7": Study(
        title="Without the encoder: distances between codes",
        paper="With distances between codes in the place of features (eq 14) codes run to extremes, and images look bad.",
        differs="",
        neurons=_VOLCANO,
        conditions=(
            Condition(((0, HIGH),), "code-distance", seeds=SEEDS),
            Condition(((0, HIGH),), "paper", seeds=SEEDS),
        ),
        shown=("samples", *_GOOD[2:], "code norm, 95 %", "cycle error, 95 %", "nearest reference, mean"),
        claim=claims.less_natural("code-distance", "paper"),
        places=1,
    ),
    "figure-8": Study(
        title="Without the objective, from equal starts",
        paper="From equal starts the constraints alone (eq 15) give images that are all alike; with the objective they differ.",
        differs="Both rows have a walk after their seeds. Equal starts differ by a thousandth of a standard deviation.",
        neurons=_VOLCANO,
        conditions=(
            Condition(((0, HIGH),), "no-diversity", options={"alike": True}, seeds=SEEDS),
            Condition(((0, HIGH),), "paper", "paper, equal starts", options={"alike": True}, seeds=SEEDS),
        ),
        shown=("samples", *_GOOD[2:], "nearest sample, mean"),
        claim=claims.less_diverse("no-diversity", "paper"),
        places=1,
    ),
    "figure-9": _three_ways("All at once, against seeds and a walk"),
    "table-1": _against_ppgn("Diversity of three neurons' samples, against PPGN"),
    "table-2": _three_ways("Gradient steps of the three ways"),
}
