"""The axis shows a curve whole, but does not follow it into a pole."""

import numpy as np
import pytest

from explorer.core.plot.y_limits import shown_limits, y_limits


def sampled(f, low, high, points=1000):
    x = np.linspace(low, high, points)
    with np.errstate(all="ignore"):
        return x, f(x)


@pytest.mark.parametrize(
    ("f", "low", "high"),
    [
        (np.exp, -20, 20),
        (np.exp, -300, 300),
        (lambda x: x**9, -3, 3),
        (lambda x: x**50, -3, 3),
        (lambda x: np.exp(x**2), -5, 5),
        (np.cosh, -30, 30),
        (np.sin, -9, 9),
        (np.floor, -3, 3.5),
        (lambda x: np.exp(-1000 * x**2), -3, 3),
        (lambda x: np.sin(x) + 100 * np.exp(-500 * x**2), -3, 3),
        (lambda x: np.where(np.abs(x - 1) < 0.03, 1.0, 1e-3 * x), -3, 3),
        (np.log, 1e-3, 3),
        (lambda x: 5 + 0 * x, 0, 1),
    ],
)
@pytest.mark.parametrize("points", [100, 1000, 20_000])
def test_a_curve_without_poles_is_shown_whole(f, low, high, points):
    x, y = sampled(f, low, high, points)
    assert y_limits(x, y) == (y.min(), y.max())


@pytest.mark.parametrize(
    ("f", "low", "high", "largest"),
    [
        (lambda x: 1 / x, -3, 3, 10),
        (lambda x: 1 / x, -1e6, 1e6, 1e-5),
        (lambda x: 1 / x, 0, 3, 12),
        (lambda x: 1 / x, 1e-3, 3, 12),
        (np.tan, -np.pi / 2, np.pi / 2, 15),
        (np.tan, -1.57, 1.57, 15),
        (lambda x: 1 / x**2, -3, 3, 50),
        (lambda x: 1 / (x**2 + 1e-4), -3, 3, 50),
    ],
)
@pytest.mark.parametrize("points", [300, 1000, 20_001])
def test_a_pole_does_not_flatten_the_rest(f, low, high, largest, points):
    x, y = sampled(f, low, high, points)
    if low < 0 < high:  # the engine puts a gap there, and continues the curve up to it
        x, y = (
            np.insert(x, np.searchsorted(x, 0), [-1e-9, 0, 1e-9]),
            np.insert(y, np.searchsorted(x, 0), [f(-1e-9), np.nan if abs(f(1e-9)) > 1e5 else f(0), f(1e-9)]),
        )
    bottom, top = y_limits(x, y)
    body = np.quantile(np.abs(y[np.isfinite(y)]), 0.8)
    assert body < max(-bottom, top) < largest


def test_only_the_side_of_the_pole_is_cut():
    x, y = sampled(lambda x: 1 / x**2, -3, 3)
    bottom, _ = y_limits(x, y)
    assert bottom == y.min()


@pytest.mark.parametrize("y", [[np.nan, np.nan], [np.inf, -np.inf]])
def test_without_numbers_there_are_no_limits(y):
    assert y_limits(np.arange(2.0), np.array(y)) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [1.0, -3.0, 1e-6, 2.5e20])
@pytest.mark.parametrize("steps", [0, 1, 8])
def test_rounding_errors_of_a_constant_do_not_fill_the_plot(dtype, value, steps):
    rng = np.random.default_rng(5)
    x = np.linspace(-3, 3, 1000).astype(dtype)
    noise = rng.integers(-steps, steps + 1, x.size) * np.finfo(dtype).eps
    f = (value * (1 + noise)).astype(dtype)
    for slopes in (np.zeros_like(x), (noise * value).astype(dtype)):
        low, high = shown_limits({"f": (x, f), "f′": (x, slopes)})
        assert low <= f.min() <= f.max() <= high
        assert np.ptp(f) <= 0.01 * (high - low), "f is a straight line"
        assert low <= slopes.min() <= slopes.max() <= high, "f′ is on the axis"
    low, high = shown_limits({"f": (x, f)})
    assert low < f.min() <= f.max() < high
    assert np.ptp(f) <= 0.01 * (high - low)


@pytest.mark.parametrize("offset", [0.0, 1.0, 1e4, 1e6])
def test_what_is_more_than_rounding_fills_the_plot(offset):
    x = np.linspace(-3, 3, 1000).astype(np.float32)
    f = x + np.float32(offset)
    low, high = shown_limits({"f": (x, f), "f′": (x, np.ones_like(x))})
    assert low <= f.min() <= f.max() <= high
    assert high - low <= 7 * np.ptp(f)


@pytest.mark.parametrize("slope", [-3.0, 0.0, 4.0, 1e6])
def test_there_is_no_room_for_a_slope_that_is_too_far_away_to_be_seen(slope):
    x = np.linspace(-1, 1, 100)
    f = 1 + 0.05 * x
    assert shown_limits({"f": (x, f), "f′": (x, slope + 0.1 * x)}) == shown_limits({"f": (x, f)})
    assert shown_limits({"f": (x, f), "f′": (x, 0.8 + 0.1 * x)})[0] == pytest.approx(0.7)


def test_a_slope_that_is_much_larger_than_a_constant_is_cut_off():
    x = np.linspace(-3, 3, 1000)
    low, high = shown_limits({"f": (x, np.ones_like(x)), "f′": (x, 1e6 * np.ones_like(x))})
    assert low < 1 < high < 10
    assert shown_limits({"f": (x, np.full_like(x, np.nan))}) is None
