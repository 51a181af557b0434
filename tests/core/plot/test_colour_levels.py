"""The colours of a heat map cover what can be read, and a note says what they do not."""

import numpy as np
import pytest

from explorer.core.plot.colour_levels import colour_levels

X, Y = np.meshgrid(np.linspace(-4, 4, 101), np.linspace(-4, 4, 101))


def test_all_values_have_a_colour():
    levels = colour_levels(X * Y)
    assert (levels.low, levels.high, levels.is_constant, levels.note) == (-16, 16, False, "")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [1.0, -3.0, 2.5e20])
def test_rounding_errors_of_a_constant_have_no_colours(dtype, value):
    noise = np.random.default_rng(2).integers(-8, 9, X.shape) * np.finfo(dtype).eps
    levels = colour_levels((value * (1 + noise)).astype(dtype))
    assert levels.is_constant
    assert levels.low < value < levels.high or abs(value) > 1e15
    assert "everywhere here, apart from rounding." in levels.note


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e6])
def test_what_is_more_than_rounding_is_no_constant(offset):
    levels = colour_levels((X + offset).astype(np.float32))
    assert not levels.is_constant
    assert (levels.low, levels.high) == (offset - 4, offset + 4)


def test_a_pole_does_not_take_all_colours():
    with np.errstate(divide="ignore"):
        values = 1 / (X**2 + Y**2) ** 2
    levels = colour_levels(values)
    assert levels.high < np.max(values[np.isfinite(values)])
    assert levels.note.startswith("Where there is no colour, f has no finite value. f goes from")


def test_without_values_there_are_no_colours():
    assert colour_levels(np.full((2, 2), np.nan)).note == "f has no value here."
