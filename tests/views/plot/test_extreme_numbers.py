"""Plots near the largest and smallest numbers of each type, and with holes. Warnings are errors in all tests."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtTest import QTest

from explorer.core.errors import UserError
from explorer.core.plot.axis_power import in_units
from explorer.core.plot.colour_levels import colour_levels
from explorer.session.plot.curve import MAX_END, MIN_WIDTH, CurvePoint
from explorer.views.painting.value_painting import diverging_image
from explorer.views.plot import surface_dialog
from explorer.views.plot.curve_axis import CurveAxis
from explorer.views.plot.curve_plot import CurvePlot
from explorer.views.theme.theme import load_theme

POINTS = 300

SCALES = {
    "float32": (1e-45, 1e-40, 1.2e-38, 1e-30, 1.0, 1e38, 3e38),
    "float64": (5e-324, 1e-310, 2.3e-308, 1e-300, 1e-61, 1.0, 1e100, 1e300, 1.7e308),
}

SHAPES = {
    "line": lambda x: x / 3,
    "constant": np.ones_like,
    "wave": lambda x: np.sin(3 * x),
    "step": np.sign,
    "pole": lambda x: 0.02 / x,
    "almost constant": lambda x: 1 - 1e-7 * (x + 3),
}

HOLES = {
    "none": lambda y: y,
    "nan": lambda y: np.where(np.arange(len(y)) % 50 == 7, np.nan, y),
    "infinite": lambda y: np.where(np.arange(len(y)) > 0.8 * len(y), np.inf, y),
    "begins at -inf": lambda y: np.where(np.arange(len(y)) < 5, -np.inf, y),
    "no number": lambda y: np.full_like(y, np.nan),
    "all infinite": lambda y: np.full_like(y, np.inf),
    "a single point": lambda y: y[:1],
    "two points": lambda y: y[:2],
}


def curves_of(dtype, shape, scale, hole):
    """Return f and f′ as the engine sends them."""
    with np.errstate(all="ignore"):
        x = np.linspace(-3, 3, POINTS, dtype=dtype)
        y = (SHAPES[shape](x.astype(np.float64)) * np.float64(scale)).astype(dtype)
        slope = np.gradient(y, x).astype(dtype)
        y, slope = (HOLES[hole](each).astype(dtype) for each in (y, slope))
    return {"f": (x[: len(y)], y), "f′": (x[: len(y)], slope)}


@pytest.fixture(scope="module")
def plot(qapp):
    made = CurvePlot()
    made.resize(420, 300)
    made.attach()
    made.setTheme(load_theme("dark"))
    made.setTriangle(True)
    made.show()
    yield made
    made.close()


def view_range(plot):
    return plot._canvas._box.viewRange()


def touch(plot):
    """Point at all of the plot and at its point, and drag that."""
    viewport, place = plot._canvas._plot.viewport(), plot._canvas._point_place()
    for x in range(10, plot.width(), 90):
        for y in range(10, plot.height(), 60):
            plot.whatIs(QPoint(x, y))
    at = place.toPoint() if place is not None else viewport.rect().center()
    plot.whatIs(viewport.mapTo(plot, at))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(viewport, left, none, at)
    QTest.mouseMove(viewport, at + QPoint(30, 5))
    QTest.mouseRelease(viewport, left, none, at + QPoint(30, 5))


@pytest.mark.parametrize("hole", HOLES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", SCALES)
def test_a_curve_of_any_size_is_shown_and_can_be_touched(qapp, plot, dtype, shape, hole):
    for number, scale in enumerate(SCALES[dtype]):
        curves = curves_of(dtype, shape, scale, hole)
        (x, y), slope = curves["f"], curves["f′"][1]
        plot.setRange(-3, 3)
        plot.setCurves(curves, {name: len(x) for name in curves})
        middle = len(x) // 3
        plot.setPoint(CurvePoint(x[middle], y[middle], slope[middle]))
        qapp.processEvents()
        ends = np.ravel(view_range(plot))
        assert np.all(np.isfinite(ends)), scale
        finite = y[np.isfinite(y)].astype(np.float64)
        if finite.size:
            power = plot._canvas._left.power
            body = np.percentile(in_units(finite, power), (10, 90))
            assert ends[2] <= body[0] <= body[1] <= ends[3], scale
            texts = [plot._canvas._left.tickStrings(values, 1.0, step) for step, values in left_ticks(plot)]
            assert len(texts[0]) == len(set(texts[0])) > 0, "ticks are told apart"
        touch(plot)
        if number % 4 == 0:
            plot.setTheme(load_theme("light" if number % 8 else "dark"))
            plot.resize(500 - 60 * (number % 3), 320 - 40 * (number % 2))
            qapp.processEvents()
            assert np.all(np.isfinite(view_range(plot)))
    plot.setCurves({}, {})
    plot.setPoint(None)


@pytest.mark.parametrize("size", [60, 110, 300])
@pytest.mark.parametrize(("low", "high"), [(-2.2, 2.0), (-1.98, 1.2), (0.03, 0.19), (-4.1, 4.1), (5e5, 9e5)])
def test_an_axis_has_two_numbers_that_are_not_cut_off(qapp, low, high, size):
    axis = CurveAxis("left")
    ((_, values),) = axis.tickValues(low, high, float(size))
    half = QFontMetricsF(QFont()).height() / 2
    places = [(value - low) / (high - low) * size for value in values]
    assert len(places) > 1
    assert half - 1e-6 <= min(places) <= max(places) <= size - half + 1e-6


def left_ticks(plot):
    axis = plot._canvas._left
    return axis.tickValues(*axis.range, 250.0)


@pytest.mark.parametrize("power", [-320, -300, -61, 61, 307])
def test_the_ticks_of_a_tiny_or_huge_axis_are_its_numbers(qapp, plot, power):
    """A line through 0 and 3·10^power has a tick 1·10^power, and a point in its middle stands in the middle."""
    x = np.linspace(-3, 3, POINTS)
    y = np.array([float(f"{each:.3f}e{power}") for each in x])
    plot.setRange(-3, 3)
    plot.setCurves({"f": (x, y)}, {"f": POINTS})
    plot.setPoint(CurvePoint(x[POINTS // 2], y[POINTS // 2], float(f"1e{power}")))
    qapp.processEvents()
    (step, values), *_ = left_ticks(plot)
    digits = str(power).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
    assert f"2×10{digits}" in plot._canvas._left.tickStrings(values, 1.0, step)
    place, view = plot._canvas._point_place(), plot._canvas._plot.viewport().rect()
    kind, text = plot.whatIs(plot._canvas._plot.viewport().mapTo(plot, place.toPoint()))
    assert kind == "point"
    assert f"{y[POINTS // 2]:.6g}" in text
    assert 0.3 < place.y() / view.height() < 0.7
    plot.setCurves({}, {})
    plot.setPoint(None)


@pytest.mark.parametrize("slope", [1e-320, 1e40, -1e150, 1.7e308, -1.7e308])
def test_the_tangent_has_one_length_for_any_slope(qapp, plot, slope):
    x = np.linspace(-3, 3, POINTS)
    plot.setRange(-3, 3)
    plot.setCurves({"f": (x, np.sin(x))}, {"f": POINTS})
    plot.setPoint(CurvePoint(0.0, 0.0, slope))
    xs, ys = plot._canvas._tangent.getData()
    (left, right), (bottom, top) = view_range(plot)
    length = np.hypot((xs[1] - xs[0]) / (right - left), (ys[1] - ys[0]) / (top - bottom))
    assert length == pytest.approx(0.34)
    qapp.processEvents()
    plot.setPoint(None)


@pytest.mark.parametrize(
    ("low", "high"), [(-MAX_END, MAX_END), (0.0, MIN_WIDTH), (1.0, 1.0 + 2.3e-16), (1e38, 3e38), (1e100, 2e100)]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_any_range_that_is_accepted_is_drawn(qapp, plot, low, high, dtype):
    with np.errstate(over="ignore"):
        x = np.linspace(low, high, POINTS).astype(dtype)
        y = np.tanh(x)
    plot.setRange(low, high)
    plot.setCurves({"f": (x, y)}, {"f": POINTS})
    plot.setPoint(CurvePoint(x[9], y[9], y[9]))
    qapp.processEvents()
    ends = view_range(plot)[0]
    assert np.all(np.isfinite(ends))
    assert ends[0] <= low < high <= ends[1]
    touch(plot)
    plot.setCurves({}, {})
    plot.setPoint(None)
    plot.setRange(-3, 3)


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e-100, 1.0, 1e100, 1e308, 1.7e308])
@pytest.mark.parametrize("odd", [None, np.nan, np.inf])
def test_a_surface_of_any_size_has_levels_contours_and_colours(scale, odd):
    x = np.linspace(-1, 1, 30)
    values = scale * (x[:, None] * x)
    if odd is not None:
        values[3, 4] = odd
    levels = colour_levels(values)
    assert -np.inf < levels.low < levels.high < np.inf
    heights = np.linspace(levels.low, levels.high, 16)[1:-1]
    assert np.isfinite(heights).all()
    if scale > 1e-320:
        assert not levels.is_constant
        lines = surface_dialog._contour_lines(x, x, in_units(values, levels.power), heights)
        assert np.isfinite(lines[0]).any()
    diverging_image(values, float(np.nanmax(np.abs(np.where(np.isinf(values), 0, values)))), load_theme("dark"))


@pytest.mark.parametrize(("low", "high"), [(-1.7e308, 1.7e308), (0, 5e-324), (-1e301, 0), (2, 2), (1, np.inf)])
def test_a_range_that_cannot_be_drawn_is_refused(ui, low, high):
    curve = ui.sessions.curve
    before = curve.low, curve.high
    with pytest.raises(UserError):
        curve.set_range(low, high)
    panel = ui.window.tab("autodiff").plot
    panel.plot.rangeRequested.emit(low, high)  # as after zooming with the wheel
    assert (curve.low, curve.high) == before


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("1e38*x", "float32"),
        ("3e38*x", "float32"),
        ("exp(88*x)", "float32"),
        ("x^20", "float32"),
        ("1e-45*x", "float32"),
        ("1/(x*1e-38)", "float32"),
        ("1e300*x", "float64"),
        ("1.7e308*x", "float64"),
        ("5e-324*x", "float64"),
        ("1e308*sin(x)", "float64"),
        ("exp(700*x)", "float64"),
        ("exp(1/x)", "float64"),
    ],
)
def test_typed_expressions_at_the_ends_of_their_type(ui, text, dtype):
    ui.sessions.autodiff.set_dtype(dtype)
    ui.complete(text)
    plot = ui.window.tab("autodiff").plot.plot
    for x in (1.0, 0.0, -2.5):
        ui.sessions.autodiff.set_value("x", x)
        ui.until(lambda x=x: ui.graph("shownValues").get("x:0") == np.asarray(x, dtype))
        touch(plot)
        assert np.all(np.isfinite(view_range(plot)))
    ui.sessions.autodiff.set_dtype("float32")
    ui.complete("sin(x)")
