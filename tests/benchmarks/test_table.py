"""The table of methods: one tiny question by several of them, and how rows are kept."""

from dataclasses import replace

import pytest
import torch
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.questions import LEVELS, questions
from benchmarks.table import measuring, report, rows, tracing, unseen
from benchmarks.table.measuring import Asked
from benchmarks.table.settings import METHODS, Setting
from inverset.sampler import driver, methods, zoo
from inverset.sampler.problem import Band, Neuron, Problem

TINY = Asked(1, 30, 12, groups=("fc8",), levels=("q.90-q.97",), unseen=1500)
RUN = ("jittered-references", "rejection", "paper tuned", "reference")


@pytest.fixture(scope="module")
def bundle():
    return zoo.load("scenes")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setattr(unseen, "CACHE", tmp_path_factory.mktemp("table"))
    chosen = [(name, METHODS[name]) for name in RUN]
    few = Setting("rejection", {"futile": 1}, k=2)
    measured = list(measuring.rows([*chosen, ("given up soon", few)], TINY, 1, set()))
    patch.undo()
    return {row.method: row for row in measured}


@pytest.mark.slow
def test_every_method_is_judged_beside_the_same_nature(found):
    assert {*found} == {*RUN, "given up soon"}
    for row in found.values():
        assert (row.references, row.kind, row.held, row.natural) == (700, ">= 50", 30, 30), row.method
        assert 0.8 < row.natural_precision <= 1
        assert row.natural_coverage > 0.8
        assert row.painted_vendi < row.natural_vendi
    assert found["given up soon"].samples < 30, "nature is no smaller for it"


@pytest.mark.slow
def test_costs_are_in_one_currency(found):
    assert found["reference"].evaluations == 0
    assert found["jittered-references"].evaluations == pytest.approx(0.46 * 50 / 30)  # one batch is enough
    assert 0 < found["rejection"].evaluations < 12
    assert found["paper tuned"].evaluations > 0.6


@pytest.mark.slow
def test_copies_and_walks_show(found):
    assert found["reference"].own_start == 1
    assert found["jittered-references"].own_start < 0.7
    assert found["rejection"].own_start is None
    assert found["paper tuned"].chains <= 20 < found["jittered-references"].chains
    assert all(row.in_band == 1 for row in found.values())


@pytest.mark.slow
def test_rows_are_kept_merged_and_not_measured_again(found, tmp_path):
    own = list(found.values())
    rows.write(own, tmp_path / "table.csv")
    again = rows.read(tmp_path / "table.csv")
    assert [row.key for row in again] == sorted(row.key for row in own)
    assert rows.merged(again, [replace(own[0], samples=7)]) != again
    assert len(rows.merged(again, [replace(own[0], samples=7)])) == len(again)
    output = report.summary(again, list(METHODS))
    assert (
        "**fc8, >= 50 references in band** (1 questions, 700 to 700 references; held against 30 to 30"
        in output
    )
    assert "| natural images, 30 to 30 |" in output
    assert output.count("\n| jittered-references | 1 of 1 | 1.000") == 1
    short = report.overview(again, list(METHODS))
    assert short.count("\n| >= 50 (1) | ") == len(RUN)
    assert "\n| >= 50 (1) | reference | 1 of 1 | " in short
    chosen = [(name, METHODS[name]) for name in RUN]
    assert list(measuring.rows(chosen, TINY, 1, {row.key for row in own})) == []


def test_questions_reach_from_common_bands_to_ones_that_nature_lacks(bundle):
    request = list(questions(bundle, 2))
    inside = {level: [q.problem.references_in_band for q in request if q.level == level] for level in LEVELS}
    assert all(inside.values())
    assert min(inside["q.50-q.70"]) >= 1900
    assert min(inside["q.90-q.97"]) >= 600
    assert all(0 < count < 50 for count in inside["q.997-max"])
    assert set(inside["beyond max"]) == {0}
    assert min(inside["both q.60-q.95"]) >= 50
    assert {len(q.problem.neurons) for q in request if q.group == "intersection"} == {2}


def test_a_start_is_told_from_the_states_of_a_run(bundle):
    neuron = Neuron.parse("fc8:volcano", bundle)
    problem = Problem(bundle, (neuron,), (Band(2.0, 2.6),))
    options = methods.options("calibrated", {"starts": "band"})
    question = driver.question(problem, "calibrated", 12, k=6, seed=4, options={"starts": "band"})
    state = methods.get("calibrated").init(problem, options, 6, torch.Generator().manual_seed(4))
    tracer = tracing.Tracer(problem, "calibrated", state)
    first = set(tracer.starts.tolist())
    steps = driver.answer(problem, question, state)
    answer = torch.cat([tracer.follow(step) for step in steps])
    inside = set(problem.nearest_references[: problem.references_in_band].tolist())
    assert len(answer) == 12
    assert set(answer.tolist()) <= inside
    assert set(answer.tolist()) & first
    assert set(answer.tolist()) - first, "those of codes that took the place of samples, too"


def test_a_walk_is_one_chain():
    assert tracing.chains([-1, -1, 0, 1, 2, -1]) == [0, 1, 0, 1, 0, 5]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--levels", "q.1"], "there is no 'q.1'"),
        (["--layers", "fc9"], "there is no 'fc9'"),
        (["--methods", "magic"], "there is no 'magic'"),
    ],
)
def test_what_there_is_not_is_refused(arguments, message):
    answer = CliRunner().invoke(app, ["table", *arguments])
    assert answer.exit_code == 2
    assert message in answer.output
