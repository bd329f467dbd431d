"""Dataclasses of the contract as JSON."""

import math
from dataclasses import dataclass, field

from inverset.contract.decoding import decode
from inverset.contract.encoding import OPTIONAL, encode
from inverset.contract.evidence import Evidence, Judge
from inverset.contract.figures import Columns, Figures, FiguresInE, FormerBaseline, Nearest


@dataclass(frozen=True)
class Part:
    least: float | None = field(default=None, metadata={"key": "min"})
    note: str | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    named: dict[str, float]
    missing: Part | None = None


def test_fields_are_written_in_their_order_under_their_keys():
    whole = Whole((Part(1.0), Part(None, "odd")), {"0.5": 2.0})
    written = encode(whole)
    assert written == {
        "parts": [{"min": 1.0}, {"min": None, "note": "odd"}],
        "named": {"0.5": 2.0},
        "missing": None,
    }
    assert list(written) == ["parts", "named", "missing"]
    assert decode(Whole, written) == whole


def test_what_is_no_number_is_written_as_none():
    assert encode(Whole((Part(math.nan),), {"a": math.inf, "b": -math.inf})) == {
        "parts": [{"min": None}],
        "named": {"a": None, "b": None},
        "missing": None,
    }


def test_figures_leave_out_what_does_not_apply_to_their_set():
    samples, drawn, none = Figures(count=2), Figures("chance", 2, drawn=9), Figures("chance", drawn=9)
    assert {"what", "drawn", "evaluations_per_sample"}.isdisjoint(encode(samples))
    assert {"what", "drawn", "evaluations_per_sample", "vendi"} < set(encode(drawn))
    assert list(encode(none)) == ["what", "count", "in_band_rate", "drawn", "evaluations_per_sample"]
    assert "evaluations" not in encode(FormerBaseline("chance", 2))


def test_evidence_is_read_as_it_was_written():
    figures = Figures(count=3, in_e=FiguresInE(mpd=1.0, nearest_neighbour=Nearest(0.5, 0.25)))
    evidence = Evidence(verdict=("Well.",), judge=Judge("judge", columns=Columns(figures)))
    written = encode(evidence)
    assert decode(Evidence, written) == evidence
    assert encode(decode(Evidence, written)) == written
    assert "changes" not in written
