"""Round values and ticks: near, readable, and as many as fit."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.plot.decimal_ticks import decimal_ticks, tick_texts
from explorer.core.plot.round_values import SNAP_RADIUS_PX, nice_step, snapped

SIZES = st.floats(1e-30, 1e30)


@settings(deadline=None, max_examples=200, derandomize=True)
@given(SIZES)
def test_a_step_is_1_2_or_5_times_a_power_of_ten(size):
    step = nice_step(size)
    assert size <= step <= 2.5 * size * (1 + 1e-9)
    assert Decimal(repr(step)).normalize().as_tuple().digits in ((1,), (2,), (5,))


@settings(deadline=None, max_examples=300, derandomize=True)
@given(x=st.floats(-1e3, 1e3), pixel=st.floats(1e-6, 10), in_pi=st.booleans())
def test_a_drag_snaps_within_a_few_pixels_and_else_moves_less_than_one(x, pixel, in_pi):
    assert abs(snapped(x, pixel, in_pi=in_pi) - x) <= SNAP_RADIUS_PX * pixel * (1 + 1e-9)
    assert abs(snapped(x, pixel, is_free=True) - x) <= pixel


@pytest.mark.parametrize(
    ("x", "pixel", "in_pi", "expected"),
    [
        (0.987, 0.01, False, 1.0),
        (0.93, 0.01, False, 0.93),
        (-0.0151, 0.01, False, 0.0),
        (2.51, 0.1, False, 2.5),
        (0.5013, 1e-3, False, 0.5),
        (1.2361, 1e-4, False, 1.236),
        (1.0471, 0.01, True, math.pi / 3),
        (0.27, 0.01, True, math.pi / 12),
        (1.0, 0.01, True, 1.0),
        (31.3, 0.2, True, 10 * math.pi),
        (1e-7, 0.01, True, 0.0),
    ],
)
def test_what_a_drag_snaps_to(x, pixel, in_pi, expected):
    assert snapped(x, pixel, in_pi=in_pi) == expected


@pytest.mark.parametrize("x", [math.nan, math.inf])
def test_what_is_no_number_stays(x):
    assert snapped(x, 0.1) is x


@settings(deadline=None, max_examples=300, derandomize=True)
@given(low=st.floats(-1e30, 1e30), span=st.floats(1e-20, 1e30), count=st.integers(2, 12))
def test_ticks_are_in_the_range_and_their_texts_tell_them_apart(low, span, count):
    high = low + span
    if high - low < 1e-9 * max(abs(low), abs(high)):
        return
    step, values = decimal_ticks(low, high, count)
    assert len(values) <= count
    assert all(low - step / 1e6 <= value <= high + step / 1e6 for value in values)
    texts = tick_texts(values, step)
    assert len(set(texts)) == len(texts)
    for value, text in zip(values, texts, strict=True):
        mantissa, _, power = text.replace("−", "-").partition("×10")
        exponent = int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")) or 0)
        assert abs(Fraction(mantissa) * Fraction(10) ** exponent - Fraction(value)) <= Fraction(step) / 10**6


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (-3, 3, ["−2", "0", "2"]),
        (0, 1, ["0.0", "0.5", "1.0"]),
        (-3.4e38, 3.4e38, ["−2×10³⁸", "0", "2×10³⁸"]),
        (1e-5, 2.1e-5, ["1.0×10⁻⁵", "1.5×10⁻⁵", "2.0×10⁻⁵"]),
        (1.00000001, 1.00000002, ["1.000000010", "1.000000015", "1.000000020"]),
    ],
)
def test_texts_of_ticks(low, high, texts):
    step, values = decimal_ticks(low, high, 3)
    assert tick_texts(values, step) == texts
