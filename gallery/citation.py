"""How to cite a gallery: a BibTeX entry, and the same in one line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inverset.contract import titles
from inverset.contract.question import Question
from inverset.gallery.contents import VERSION

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_SPECIAL |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


@dataclass(frozen=True)
class Citation:
    """A gallery's citation."""

    bibtex: str
    line: str


def citation(job_id: str, question: Question, requested: Mapping[str, Any], made: datetime) -> Citation:
    """The citation of a job's gallery.

    Args:
        job_id: the job.
        question: of the job.
        requested: the job's spec, in JSON, whose units the title uses.
        made: when it was posted.
    """
    title = f"Images that drive {titles.title(question.targets, requested)}"
    how = (
        f"Sampled with Inverset {VERSION}, model {question.model} (weights {question.sha256[:12]}), "
        f"method {question.method}, {question.n} images, seed {question.seed}"
    )
    fields = {
        "title": "{" + _tex(title) + "}",
        "howpublished": _tex(how),
        "year": f"{made:%Y}",
        "month": f"{made:%b}".lower(),
        "note": _tex(f"Gallery {job_id}"),
    }
    lines = [
        f"  {name} = {value if name == 'month' else '{' + value + '}'}," for name, value in fields.items()
    ]
    return Citation(
        "\n".join([f"@misc{{inverset-{job_id.removeprefix('job_')},", *lines, "}"]),
        f"{title}. {how}. Gallery {job_id}, {made:%Y-%m-%d}.",
    )


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(sign, sign) for sign in text)
