"""Figures are rounded in one place, outwards where they bound the truth."""

import doctest
import importlib
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.model.view import Interval
from drill.report.figures import clock, interval, margin, moment, promised, seconds

MINUS = "\N{MINUS SIGN}"
LENGTHS = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@pytest.mark.parametrize("name", ["figures", "axis"])
def test_the_examples_of_the_docstrings_hold(name):
    outcome = doctest.testmod(importlib.import_module(f"drill.report.{name}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "not measured"),
        (0, "0 s"),
        (0.0004, "0.4 ms"),
        (0.05, "0.05 s"),
        (9.994, "9.99 s"),
        (10, "10.0 s"),
        (119.94, "119.9 s"),
        (119.96, "2:00 min"),
        (3599.4, "59:59 min"),
        (3599.6, "1:00:00 h"),
        (-3.2, f"{MINUS}3.20 s"),
    ],
)
def test_seconds_carry_the_digits_that_are_known(value, written):
    assert seconds(value) == written


@pytest.mark.parametrize(
    ("lo", "hi", "written"),
    [
        (3.214, 3.471, "3.21 to 3.48 s"),
        (3.2, 3.2, "3.20 s"),
        (0, 0.004, "0.00 to 0.01 s"),
        (119, 121.5, "1:59 to 2:02 min"),
        (3590, 3610.2, "0:59:50 to 1:00:11 h"),
        (7, None, "at least 7.00 s"),
    ],
)
def test_an_interval_is_rounded_outwards(lo, hi, written):
    assert interval(Interval(lo=lo, hi=hi)) == written


@given(LENGTHS, LENGTHS)
def test_what_is_printed_of_an_interval_holds_the_truth_too(one, other):
    lo, hi = sorted((one, other))
    shown = [_read(part) for part in re.findall(r"[\d:.]+", interval(Interval(lo=lo, hi=hi)))]
    assert min(shown) <= lo + 1e-6
    assert max(shown) >= hi - 1e-6


def _read(text):
    return sum(float(part) * 60**n for n, part in enumerate(reversed(text.split(":"))))


@pytest.mark.parametrize(
    ("target", "lo", "hi", "written"),
    [
        (60, 16.42, 16.64, "43.36 to 43.58 s left"),
        (60, 61, 62.5, "over by 1.00 to 2.50 s"),
        (60, 59, 61, "1.00 s left to 1.00 s over"),
        (60, 77, None, "over by at least 17.0 s"),
        (60, 7, None, "unknown"),
    ],
)
def test_a_margin_is_told_at_worst_and_at_best(target, lo, hi, written):
    assert margin(target, Interval(lo=lo, hi=hi)) == written


def test_nothing_measured_is_said_in_words():
    assert {seconds(None), interval(None), moment(None), margin(5, None)} == {"not measured"}


@given(LENGTHS)
def test_no_minute_and_no_second_reaches_sixty(value):
    for text in (seconds(value), clock(value), promised(value), moment(value)):
        assert not re.search(r":[6-9]\d", text)
        assert not math.isnan(_read(re.findall(r"[\d:.]+", text)[0]))
