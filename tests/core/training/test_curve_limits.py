"""Limits of curves: a run that went astray does not flatten the others; and the smoothing of curves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.training.curve_limits import curve_limits
from explorer.core.training.smoothing import smooth

CHANCE = math.log(10)

HEALTHY = st.lists(st.floats(0.01, 2.3), min_size=1, max_size=30)
ASTRAY = st.lists(st.floats(30, 1e12) | st.just(math.nan) | st.just(math.inf), min_size=1, max_size=30)


@settings(max_examples=80, deadline=None)
@given(st.lists(HEALTHY, min_size=1, max_size=6), st.lists(ASTRAY, max_size=6))
def test_those_that_went_astray_change_nothing_and_are_named(healthy, astray):
    alone, together = curve_limits(healthy, CHANCE), curve_limits([*healthy, *astray], CHANCE)
    assert (together.low, together.high) == (alone.low, alone.high)
    assert (alone.low, alone.high) == (min(map(min, healthy)), max(map(max, healthy)))
    assert alone.largest == {}
    finite = [[y for y in ys if math.isfinite(y)] for ys in astray]
    assert together.largest == {len(healthy) + k: max(ys) for k, ys in enumerate(finite) if ys}


@pytest.mark.parametrize("log", [False, True])
def test_without_others_one_that_went_astray_is_shown(log):
    found = curve_limits([[50.0, 2000.0, 1000.0], [math.nan]], CHANCE, log=log)
    assert (found.low, found.high, found.largest) == (50.0, 2000.0, {})


def test_there_are_no_limits_without_values():
    assert curve_limits([[], [math.nan]]).high is None
    assert curve_limits([[0.0]], log=True).high is None


def test_a_logarithmic_axis_shows_more_and_only_positive_values():
    found = curve_limits([[2.0, 0.5, 0.0, -1.0], [100.0], [1e9]], CHANCE, log=True)
    assert (found.low, found.high, found.largest) == (0.5, 100.0, {2: 1e9})


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0, 0.99))
def test_smoothing_is_a_weighted_mean(values, weight):
    for k, smoothed in enumerate(smooth(values, weight)):
        weights = np.power(weight, np.arange(k, -1, -1, dtype=float))
        assert smoothed == pytest.approx(np.average(values[: k + 1], weights=weights), rel=1e-6, abs=1e-6)


def test_smoothing_leaves_out_what_is_no_number():
    found = smooth([1.0, math.nan, 3.0, math.inf, 3.0], 0.5)
    assert math.isnan(found[1])
    assert found[3] == math.inf
    assert [found[0], found[2], found[4]] == [1.0, pytest.approx(7 / 3), pytest.approx(19 / 7)]
