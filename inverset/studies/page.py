"""The page of a study: what was asked, what came out, and whether that agrees with the paper."""

from collections.abc import Iterator, Mapping, Sequence

from inverset.studies import numbers
from inverset.studies.names import AS_ITS_CLASS
from inverset.studies.runner import Row, StudyOptions
from inverset.studies.study import Agreement, Numbers, Study, Word

_WORDS: Mapping[Word, str] = {
    "agrees": "It agrees with the paper.",
    "agrees in part": "It agrees with the paper in part.",
    "does not agree": "It does not agree with the paper.",
    "cannot be told": "This run does not show whether it agrees with the paper.",
}
_READING = (
    "In brackets: other natural images of the same bands. Empty: there are too few of them in the band. "
    "All figures: [numbers.csv](numbers.csv)."
)
_BANDS = (
    "The paper's bands are numbers of its network and mean nothing here. Bands here are quantiles of the neuron's activations "
    "on natural images: "
)


def page(name: str, study: Study, options: StudyOptions, rows: Sequence[Row], measured: str) -> str:
    """The page as Markdown. ``measured`` says when, how long and on what."""
    agreement = study.claim(rows)
    parts = [
        f"# {name}: {study.title}",
        f"*What the paper has:* {study.paper}",
        " ".join(filter(None, [_asked(study, options, rows), study.differs, _of_own(study, options, rows)])),
        _bands(study),
        "![rows of samples](figure.png)",
        "Ten samples a row, evenly from the lowest activation of the first neuron to the highest.",
        verdict(agreement),
        numbers.as_markdown(rows, study.shown).rstrip(),
        " ".join([_READING, *_labelled(rows)]),
        *_verdicts(rows),
        *_endings(rows),
        f"*{measured}*",
    ]
    return "\n\n".join(parts) + "\n"


def verdict(agreement: Agreement) -> str:
    """The word, and the numbers that it rests on."""
    return f"**{_WORDS[agreement.word]}**" + "\n\n" + "\n".join(f"- {reason}" for reason in agreement.reasons)


def _asked(study: Study, options: StudyOptions, rows: Sequence[Row]) -> str:
    theirs = "" if study.papers_n is None else f" (the paper: {study.papers_n})"
    most = "" if options.seconds is None else f", at most {options.seconds:g} s a row"
    seeds = "" if options.k is None else f"; methods with seeds have K = {options.k}"
    return f"*Request here:* of `{rows[0].question.model}`, {options.n} samples a row{theirs}, seed {options.seed}{most}{seeds}."


def _bands(study: Study) -> str:
    numbers = [
        band for condition in study.conditions for _, band in condition.bands if isinstance(band, Numbers)
    ]
    if not numbers:
        return f"{_BANDS}{'; '.join(_ends(study))}."
    bands = "; ".join(f"{low:g} to {high:g}" for low, high in dict.fromkeys(numbers))
    return f"Bands are the paper's, in the numbers of its network: {bands}."


def _ends(study: Study) -> Iterator[str]:
    for ends in dict.fromkeys(band for condition in study.conditions for _, band in condition.bands):
        yield " to ".join(_end(end) for end in ends)


def _end(end: float) -> str:
    return f"{end:g}" if end <= 1 else f"{round(100 * (end - 1))} % beyond the largest"


def _of_own(study: Study, options: StudyOptions, rows: Sequence[Row]) -> str:
    """What the study says of its own neurons and model, if these were asked for."""
    return study.of_own if (options.neurons, rows[0].question.model) == (study.neurons, study.model) else ""


def _labelled(rows: Sequence[Row]) -> Iterator[str]:
    """Who gives the labels that are among the figures."""
    by = next((row.labelled_by for row in rows if row.labelled_by), None)
    if by is not None:
        yield f"Labels are those that {by} gives."
    if any(AS_ITS_CLASS in row.figures for row in rows):
        yield f"*{AS_ITS_CLASS}*: the share of images to which it gives the label that the neuron has."


def _verdicts(rows: Sequence[Row]) -> Iterator[str]:
    """How far each row's images can be trusted, and why."""
    if any(row.trust for row in rows):
        yield "Can the images be trusted?"
        yield "\n".join(
            f"- Row {number}: {row.trust.word}. {row.trust.reason}"
            for number, row in enumerate(rows, 1)
            if row.trust
        )


def _endings(rows: Sequence[Row]) -> Iterator[str]:
    """A note on rows with fewer samples than requested."""
    for number, row in enumerate(rows, 1):
        if row.outcome.reason != "reached n":
            yield f"Row {number} ended before it had all samples: {row.outcome.reason}, {row.outcome.detail}."
