"""Many points of an expression with vectors and matrices at once, compared with one trace for each point and NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.autodiff.output_choice import SUM, parse_output
from explorer.core.errors import ExpressionError
from explorer.core.expression.coordinate import coordinate_in
from explorer.core.ops.table import op_table
from explorer.engine.in_process import trace_and_run
from explorer.engine.plot import graphs as module
from explorer.engine.plot.graphs import PlotGraphs, PlottedFunction

W, X = np.array([[0.3, -0.7], [0.2, 0.9], [-0.4, 0.1]]), np.array([0.6, -0.2])
POINT = {"W": W, "x": X, "b": np.array([0.1, 0.2, -0.3]), "s": np.asarray(0.5)}
AXIS = np.linspace(0.15, 0.85, 5)


def run(graphs, text, axes, order, output=SUM, differentiated_by=(), tensor=None, point=POINT):
    function = PlottedFunction(text, point, "float64", differentiated_by, tensor, output)
    graph, values = graphs.get(function, tuple(axes), order)
    return graph.run(values, axes)


def traced(text, axis, output=SUM, differentiated_by=()):
    """Return f and f′ at each point of the axis, from a trace of its own."""
    rows = []
    for number in AXIS:
        coordinate = coordinate_in(axis, POINT)
        point = {**POINT, coordinate.variable: coordinate.moved(POINT, number)}
        trace, values = trace_and_run(text, point, "float64", differentiated_by=differentiated_by, output=output)
        weights = 1 if trace.output_weights is None else trace.output_weights
        tensor = trace.gradients[coordinate.variable].tensor
        rows.append(
            (np.sum(weights * values[trace.output]), None if tensor is None else values[tensor][coordinate.index])
        )
    f, gradient = zip(*rows, strict=True)
    return f, None if gradient[0] is None else gradient


CASES = [
    ("W@x", "W[0,1]", "sum"),
    ("W@x", "x[1]", "1"),
    ("tanh(W@x + b)", "W[2,0]", "[1,2,3]"),
    ("softmax(W@x)", "x[0]", "2"),
    ("sum(softmax(W@x + b)^2)", "b[1]", "sum"),
    ("logsumexp(x) + norm(x) + mean(x) + reduce_max(x) + dot(x,x)", "x[0]", "sum"),
    ("h = relu(W@x + b); s*sum(h^2) + s^3", "s", "sum"),
    ("transpose(W)@b*s", "s", "0"),
    ("x", "x[0]", "sum"),
    ("floor(x)", "x[0]", "sum"),
    ("s*[1,2,3]", "s", "1"),
]


@pytest.mark.parametrize(("text", "axis", "output"), CASES)
def test_values_and_slopes_equal_those_of_a_trace_at_each_point(graphs, text, axis, output):
    choice = parse_output(output)
    f, slope = traced(text, axis, choice)
    found = run(graphs, text, {axis: AXIS}, 1, choice)
    np.testing.assert_allclose(found[0], f, rtol=1e-12, atol=1e-12)
    assert (found[1] is None) == (slope is None)
    if slope is not None:
        np.testing.assert_allclose(found[1], slope, rtol=1e-12, atol=1e-12)


MATRIX_TEXTS = {"matmul": "W@x", "dot": "dot(x,x)", "custom": "custom(x^2, 3*x)"}


@pytest.mark.parametrize("row", op_table().values(), ids=lambda row: row.name)
def test_every_op_is_vectorized(graphs, row, capfd):
    operators = {"add": "x+x*x", "sub": "x*x-x", "mul": "x*x", "div": "1/x", "neg": "-x", "pow": "x^x"}
    text = MATRIX_TEXTS.get(row.name) or operators.get(row.name) or f"{row.name}({','.join('xx'[: row.arity])})"
    f, slope = traced(text, "x[0]")
    found = run(graphs, text, {"x[0]": AXIS}, 1)
    np.testing.assert_allclose(found[0], f, rtol=1e-9, atol=1e-9)
    assert (found[1] is None) == (slope is None)
    if slope is not None:
        np.testing.assert_allclose(found[1], slope, rtol=1e-9, atol=1e-9)
    assert "while_loop" not in capfd.readouterr().err


def test_a_second_derivative_of_an_entry(graphs):
    f, first, second = run(graphs, "sum(x^3)", {"x[1]": AXIS}, 2)
    np.testing.assert_allclose(f, 0.6**3 + AXIS**3)
    np.testing.assert_allclose(first, 3 * AXIS**2)
    np.testing.assert_allclose(second, 6 * AXIS)


def test_two_entries_of_one_matrix_are_two_axes(graphs):
    x, y = (each.ravel() for each in np.meshgrid(AXIS, -AXIS))
    f, by_x, by_y = run(graphs, "sum(W^2)*s", {"W[0,1]": x, "W[2,0]": y}, 1)
    rest = np.sum(W**2) - W[0, 1] ** 2 - W[2, 0] ** 2
    np.testing.assert_allclose(f, 0.5 * (rest + x**2 + y**2))
    np.testing.assert_allclose(by_x, x)
    np.testing.assert_allclose(by_y, y)


def test_a_derivative_of_the_chosen_output_is_plotted(graphs):
    f, slope = run(graphs, "x^3", {"x[1]": AXIS}, 1, parse_output(1), ("x",))
    np.testing.assert_allclose(f, 3 * AXIS**2)
    np.testing.assert_allclose(slope, 6 * AXIS)
    f, slope = run(graphs, "sum(x^3)", {"x[1]": AXIS}, 1, parse_output(0), ("x",))
    np.testing.assert_allclose(f, 3 * 0.6**2 * np.ones(5))
    np.testing.assert_allclose(slope, 0)


def test_a_tensor_has_the_name_that_it_has_in_a_trace(graphs):
    text = "sum(tanh(W@x + b))*s + norm(x)"
    trace, values = trace_and_run(text, POINT, "float64")
    for node in trace.nodes:
        if node.type != "Placeholder" and node.dtype == "float64":
            (found,) = run(graphs, text, {"s": np.array([0.5])}, 0, tensor=node.tensor)
            np.testing.assert_allclose(found[0], np.sum(values[node.tensor]), rtol=1e-12)


def test_a_variable_is_a_tensor_too(graphs):
    f, slope = run(graphs, "sum(W@x)", {"W[0,1]": AXIS}, 1, tensor="W:0")
    np.testing.assert_allclose(f, np.sum(W) - W[0, 1] + AXIS)
    np.testing.assert_allclose(slope, 1)
    f, slope = run(graphs, "sum(W@x)", {"W[0,1]": AXIS}, 1, tensor="x:0")
    np.testing.assert_allclose(f, np.sum(X))
    assert slope is None


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_any_entry_of_any_shape(rows, columns, data):
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    a, v = random.normal(size=(rows, columns)), random.normal(size=columns)
    i, j = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    graphs = PlotGraphs()
    f, slope = run(graphs, "sum((A@v)^2)", {f"A[{i},{j}]": AXIS}, 1, point={"A": a, "v": v})
    graphs.close()
    expected = []
    for number in AXIS:
        a[i, j] = number
        expected.append((np.sum((a @ v) ** 2), 2 * (a @ v)[i] * v[j]))
    np.testing.assert_allclose(np.stack([f, slope], axis=1), expected, rtol=1e-9, atol=1e-9)


def test_many_points_are_divided_into_runs(graphs, monkeypatch):
    monkeypatch.setattr(module, "MAX_ENTRIES_AT_ONCE", 50)
    x = np.linspace(-1, 1, 101)
    f, slope = run(graphs, "sum(W@x)", {"x[0]": x}, 1)
    np.testing.assert_allclose(slope, np.sum(W[:, 0]))
    np.testing.assert_allclose(f, np.sum(W[:, 0]) * x + np.sum(W[:, 1]) * X[1], atol=1e-12)


def test_the_number_of_points_depends_on_the_size_of_the_arrays(graphs):
    small, _ = graphs.get(PlottedFunction("W@x", POINT, "float32"), ("x[0]",), 1)
    large, _ = graphs.get(PlottedFunction("W@W", {"W": np.ones((100, 100))}, "float32"), ("W[0,1]",), 1)
    scalar, _ = graphs.get(PlottedFunction("s^2", POINT, "float32"), ("s",), 1)
    assert scalar.max_points is None
    assert small.max_points > 1_000_000
    assert 64 <= large.max_points < 50_000


@pytest.mark.parametrize(("axis", "message"), [("W", "choose an entry"), ("W[9,9]", "there is no"), ("W[", "neither")])
def test_what_is_no_axis(graphs, axis, message):
    with pytest.raises(ExpressionError, match=message):
        graphs.get(PlottedFunction("W@x", POINT, "float32"), (axis,), 1)
