"""The paper's claims, checked against a study's figures; every sentence is built from them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import sqrt

from inverset.studies.names import AS_ITS_CLASS, factor, label, labels
from inverset.studies.study import Agreement, Claim, Figured, Word

MPD, PAPERS_MPD = "mean pairwise distance", "MPD / sqrt(d)"
SHARE_OF_ALL_AT_ONCE = 0.9  # of the distances, from which one speaks of a good approximation
APART = 0.5  # standard deviations of natural images, from which a factor sets two rows apart
_BEYOND = 3.5  # standard errors, by which a label's share sets two rows apart: there are many labels
_KEPT = 0.5  # of the natural images with a label, how many must keep it through the generator
_MOST = 3  # factors or labels that are listed


def rises(factors: Sequence[str]) -> Claim:
    """Whether the factors rise with the band; rows come from the highest to the lowest.

    Of a model without known factors: whether another network puts ever more of the images into the neuron's class.
    """

    def claim(rows: Sequence[Figured]) -> Agreement:
        known = any(row.figures.get(AS_ITS_CLASS) is not None for row in rows)
        figures = {AS_ITS_CLASS: AS_ITS_CLASS} if known else {name: factor(name) for name in factors}
        if not any(figure in row.figures for row in rows for figure in figures.values()):
            return _untold(
                rows,
                "no other network has a class of the neuron's name, and nothing is known of what is in the images",
            )
        series = {name: _series(rows, figure) for name, figure in figures.items()}
        if short := _too_few(rows, series.values()):
            return short
        parts, reasons = [], []
        for name, values in series.items():
            ups = sum(above > below for above, below in pairwise(values))
            natural = [row.natural.get(figures[name]) for row in (rows[-1], rows[0])]
            parts.append(values[0] > values[-1] and 2 * ups > len(values) - 1)
            reasons.append(
                f"{name} goes from {values[-1]:z.2f} in the lowest band to {values[0]:z.2f} in the highest, "
                f"and rises in {ups} of {len(values) - 1} steps up; in natural images, from {_text(natural[0])} to {_text(natural[1])}"
            )
        if known and (blind := _unrecognised(rows[0], AS_ITS_CLASS)):
            return Agreement("cannot be told", [*reasons, blind])
        return _if_natural(rows, parts, reasons)

    return claim


def more_diverse(ours: str, theirs: str) -> Claim:
    """Whether, for every neuron, samples of one method lie farther apart than those of another."""

    def claim(rows: Sequence[Figured]) -> Agreement:
        pairs, reasons = [], []
        for neuron in dict.fromkeys(row.neurons[0] for row in rows):
            by_method = {row.condition.method: row for row in rows if row.neurons[0] == neuron}
            natural = next(iter(by_method.values())).natural.get(MPD)
            reasons.append(
                f"{neuron}, distances: {_each(by_method, MPD)}, natural images of the band {_text(natural)}"
            )
            reasons.append(f"{neuron}, share that looks natural (precision): {_each(by_method, 'precision')}")
            pairs.append((by_method[ours].figures.get(MPD), by_method[theirs].figures.get(MPD)))
            reasons.append(_control(neuron, by_method[theirs], theirs))
        known = [mine > other for mine, other in pairs if mine is not None and other is not None]
        return Agreement(_word(known if len(known) == len(pairs) else ()), reasons)

    return claim


def other_images(rows: Sequence[Figured]) -> Agreement:
    """Whether the images differ in kind between the first band and the last."""
    low, high = rows[0], rows[-1]
    shifts = {
        name: (after - before) / scale
        for name, scale in low.scales.items()
        if (before := low.figures.get(factor(name))) is not None
        and (after := high.figures.get(factor(name))) is not None
    }
    if not shifts:
        return _other_labels(rows)
    most = sorted(shifts, key=lambda name: -abs(shifts[name]))[:_MOST]
    listed = ", ".join(f"{name} by {shifts[name]:+.1f}" for name in most)
    sentence = f"from the lower band to the higher, in standard deviations of natural images, {listed}"
    return _if_natural(rows, [abs(shifts[most[0]]) >= APART], [sentence])


def _other_labels(rows: Sequence[Figured]) -> Agreement:
    """The same by the labels that another network gives the images."""
    low, high = rows[0], rows[-1]
    shifts = _shifts(labels(low.figures), labels(high.figures))
    if not shifts:
        return _untold(rows, "nothing is known of what is in the images")
    before, after = next(iter(shifts.values()))
    share = (before + after) / 2
    luck = sqrt(share * (1 - share) * sum(1 / max(1, _count(row)) for row in (low, high)))
    sentences = [f"from the lower band to the higher, labels by another network: {_listed(shifts)}"]
    if natural := _shifts(labels(low.natural), labels(high.natural)):
        sentences.append(f"labels of natural images: {_listed(natural)}")
    most = max(labels(high.natural), key=labels(high.natural).__getitem__, default=None)
    if most is not None and (blind := _unrecognised(high, label(most))):
        return Agreement("cannot be told", [*sentences, blind])
    return _if_natural(rows, [abs(after - before) > _BEYOND * luck], sentences)


def _shifts(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """The share of each label in both bands, those that change most first; empty if one band has none."""
    if not before or not after:
        return {}
    both = {name: (before.get(name, 0.0), after.get(name, 0.0)) for name in {**before, **after}}
    return dict(sorted(both.items(), key=lambda item: -abs(item[1][1] - item[1][0])))


def _listed(shifts: Mapping[str, tuple[float, float]]) -> str:
    return ", ".join(
        f"{name} {before:.0%} to {after:.0%}" for name, (before, after) in list(shifts.items())[:_MOST]
    )


def meet(rows: Sequence[Figured]) -> Agreement:
    """Whether every intersection has samples, all of them in both bands."""
    parts, reasons = [], []
    for row in (row for row in rows if len(row.neurons) > 1):
        count, rate = _count(row), row.figures.get("in band")
        parts.append(count > 0 and rate == 1)
        reason = f"{row.outcome.reason}, {count:.0f} samples"
        inside = "" if rate is None else f", {rate:.0%} of them in both bands"
        reasons.append(f"{_where(row)}: {reason}{inside}")
    return _if_natural(rows, parts, reasons)


def filled(rows: Sequence[Figured]) -> Agreement:
    """Whether every row has samples, all of them in their band."""
    parts, reasons = [], []
    for row in rows:
        count, rate = _count(row), row.figures.get("in band")
        parts.append(count > 0 and rate == 1)
        inside = "" if rate is None else f", {rate:.0%} of them in the band"
        reasons.append(f"{_where(row)}: {row.outcome.reason}, {count:.0f} samples{inside}")
    return _if_natural(rows, parts, reasons)


def less_natural(worse: str, better: str) -> Claim:
    """Whether one method's codes are more extreme, and its images farther from natural ones, than another's."""

    def claim(rows: Sequence[Figured]) -> Agreement:
        by_method = {row.condition.method: row for row in rows}
        parts, reasons = [], []
        for figure in ("code norm, 95 %", "cycle error, 95 %", "nearest reference, mean"):
            bad, good = by_method[worse].figures.get(figure), by_method[better].figures.get(figure)
            if bad is None or good is None:
                return _untold(rows, f"there is no {figure}")
            parts.append(bad > good)
            reasons.append(f"{figure}: {bad:.3g} with {worse}, {good:.3g} with {better}")
        return Agreement(_word(parts), reasons)

    return claim


def less_diverse(alike: str, apart: str) -> Claim:
    """Whether, without the objective, samples that started alike stay more alike."""

    def claim(rows: Sequence[Figured]) -> Agreement:
        by_method = {row.condition.method: row.figures for row in rows}
        near, far = by_method[alike].get(MPD), by_method[apart].get(MPD)
        if near is None or far is None:
            return _untold(rows, "a row lacks samples")
        vendi = [_text(by_method[method].get("Vendi score")) for method in (alike, apart)]
        return Agreement(
            _word([near < far]),
            [
                f"mean pairwise distance {near:.3g} without the objective, {far:.3g} with it",
                f"Vendi score {vendi[0]} without, {vendi[1]} with",
            ],
        )

    return claim


def approximates(rows: Sequence[Figured]) -> Agreement:
    """Whether solving all at once, solved seeds and quick seeds take ever fewer steps, with the last nearly as diverse as the first."""
    steps, spread = _series(rows, "gradient steps"), _series(rows, MPD)
    if short := _too_few(rows, (steps, spread)):
        return short
    share = spread[-1] / spread[0]
    fewer = all(more > less for more, less in pairwise(steps))
    return Agreement(
        _word([fewer, share >= SHARE_OF_ALL_AT_ONCE]),
        [
            "gradient steps: " + ", then ".join(f"{count:.0f}" for count in steps),
            f"the quick way's mean pairwise distance is {share:.2f} of that of all at once",
        ],
    )


def _word(parts: Sequence[bool]) -> Word:
    """The agreement of a claim's parts; undecided without parts."""
    if not parts:
        return "cannot be told"
    return "agrees" if all(parts) else "agrees in part" if any(parts) else "does not agree"


def _unrecognised(row: Figured, figure: str) -> str | None:
    """That natural images lose a label through the generator, so that samples without it show nothing; None: they keep it."""
    own, painted = row.natural.get(figure), row.ceiling.get(figure)
    if not own or painted is None or painted >= _KEPT * own:
        return None
    return (
        f"{_where(row)}: {own:.0%} of natural images are {figure}, and {painted:.0%} of these through the generator: "
        "the other network does not recognise what the generator draws, so labels show nothing here"
    )


def _if_natural(rows: Sequence[Figured], parts: Sequence[bool], reasons: Sequence[str]) -> Agreement:
    """The agreement of a claim about what is in the images, which rows that do not look natural cannot support."""
    doubts = [f"{_where(row)}: {row.doubt}" for row in rows if row.doubt]
    word = _word(parts)
    if doubts and word != "does not agree":
        word = "cannot be told" if len(doubts) == len(rows) else "agrees in part"
    return Agreement(word, [*reasons, *doubts])


def _count(row: Figured) -> float:
    """How many samples a row has."""
    return row.figures["samples"] or 0


def _where(row: Figured) -> str:
    return " and ".join(
        f"{neuron} in {pair[0]:.3g} to {pair[1]:.3g}" if pair else neuron
        for neuron, pair in zip(row.neurons, row.ranges, strict=True)
    )


def _series(rows: Sequence[Figured], figure: str) -> list[float]:
    """The figure of every row that has it and has samples."""
    values = [row.figures.get(figure) if _count(row) else None for row in rows]
    return [value for value in values if value is not None]


def _too_few(rows: Sequence[Figured], series: Iterable[Sequence[float]]) -> Agreement | None:
    if all(len(values) == len(rows) for values in series):
        return None
    return _untold(rows, "not every row has samples in which this can be read")


def _untold(rows: Sequence[Figured], why: str) -> Agreement:
    ends = [
        f"{_where(row)}, {row.condition.method or 'ours'}: {row.outcome.reason}"
        for row in rows
        if not _count(row)
    ]
    return Agreement("cannot be told", [why, *(f"no samples: {end}" for end in ends)])


def _each(by_method: Mapping[str | None, Figured], figure: str) -> str:
    return ", ".join(f"{method} {_text(row.figures.get(figure))}" for method, row in by_method.items())


def _control(neuron: str, row: Figured, method: str) -> str:
    rate = row.figures.get("in band")
    return f"{neuron}: {_text(rate)} of the samples of {method} lie in the band"


def _text(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"
