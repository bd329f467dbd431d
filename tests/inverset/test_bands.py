"""Ranges as they are typed."""

import pytest

from inverset.arguments import spelled, triple
from inverset.bands import BadBand, asked, described

OPTIONS = {"-n", "--seed", "--server", "--and"}


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        ("15", "20", [15, 20]),
        ("-3.5", "-1e-2", [-3.5, -0.01]),
        ("\N{MINUS SIGN}3", "+4", [-3, 4]),
        ("q.90", "q.995", {"quantiles": [0.9, 0.995]}),
        ("q0", "Q1", {"quantiles": [0, 1]}),
        ("2sd", "3.5SD", {"sd": [2, 3.5]}),
        ("-1sd", "+1sd", {"sd": [-1, 1]}),
    ],
)
def test_a_range_is_read(low, high, wanted):
    assert asked("fc8:volcano", low, high) == {"neuron": "fc8:volcano", "range": wanted}


@pytest.mark.parametrize(
    ("low", "high", "why"),
    [
        ("1", "q.5", "different kinds"),
        ("2sd", "3", "different kinds"),
        ("high", "higher", "'high' is not an end"),
        ("", "1", "'' is not an end"),
        ("q", "q.5", "'q' is not an end"),
        ("sd", "2sd", "'sd' is not an end"),
        ("q2sd", "q3sd", "'q2sd' is not an end"),
        ("nan", "1", "nan is not finite"),
        ("1", "inf", "inf is not finite"),
        ("qnan", "q1", "qnan is not finite"),
    ],
)
def test_what_is_no_range_is_told(low, high, why):
    with pytest.raises(BadBand, match=why):
        asked("fc8:volcano", low, high)


def test_negative_numbers_do_not_look_like_options():
    minus = "\N{MINUS SIGN}"
    args = ["--local", "-3", "-.5sd", "-n", "-4", "--seed", "-1", "-inf", "-x", "--server", "http://a-3"]
    assert list(spelled(args, OPTIONS)) == [
        "--local", f"{minus}3", f"{minus}.5sd", "-n", "-4", "--seed", "-1", f"{minus}inf", "-x", "--server", "http://a-3",
    ]  # fmt: skip


def test_and_takes_three_values_and_leaves_the_rest():
    args = list(spelled(["--and", "conv5:3", "-2sd", "3sd", "-n", "5", "--and", "a", "1", "2"], OPTIONS))
    assert args[2:5] == ["-n", "5", "--and"]
    assert triple(args[1]) == ("conv5:3", "-2sd", "3sd")
    assert triple(args[5]) == ("a", "1", "2")


@pytest.mark.parametrize("given", [["--and"], ["--and", "a"], ["--and", "a", "1"]])
def test_and_with_fewer_values_is_no_triple(given):
    args = list(spelled(given, OPTIONS))
    assert args[0] == "--and"
    for text in args[1:]:
        with pytest.raises(ValueError, match="unpack"):
            triple(text)


def test_ranges_are_told_to_people():
    ranges = [{"neuron": "a:1", "range": [0.123456, 2]}, {"neuron": "b:2", "range": [-1, 1e6]}]
    assert described(ranges) == "a:1 in 0.1235 to 2 and b:2 in -1 to 1e+06"
