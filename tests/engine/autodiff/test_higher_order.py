"""The gradient graph as a forward graph; the oracles are nested tapes, SymPy, and a graph built directly."""

from contextlib import nullcontext
from functools import cache

import numpy as np
import pytest
import sympy as sp
import tensorflow as tf

from explorer.core.autodiff.trace import Trace, op_of
from explorer.core.errors import ExpressionError
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.expression.tensorflow_code import tensorflow1_code, tensorflow2_code
from explorer.core.expression.values import bind
from explorer.core.ops.gradient_ops import GRADIENT_OPS
from explorer.engine.in_process import trace_and_run
from explorer.engine.plot.curves import Curves
from explorer.engine.plot.graphs import PlotGraphs

X, Y = sp.symbols("x y", real=True)

CASES = [
    ("sin(2*x)", lambda x, y: tf.sin(2 * x), sp.sin(2 * X), "xxx"),
    ("x^3", lambda x, y: x**3, X**3, "xx"),
    ("x*sin(x)", lambda x, y: x * tf.sin(x), X * sp.sin(X), "xxx"),
    ("tanh(x)", lambda x, y: tf.tanh(x), sp.tanh(X), "xx"),
    ("sigmoid(x)^2", lambda x, y: tf.sigmoid(x) ** 2, (1 / (1 + sp.exp(-X))) ** 2, "xx"),
    ("sqrt(x)*y^2", lambda x, y: tf.sqrt(x) * y**2, sp.sqrt(X) * Y**2, "xyy"),
    ("exp(-x^2)/x", lambda x, y: tf.exp(-(x**2)) / x, sp.exp(-(X**2)) / X, "xx"),
    ("softplus(x*y)", lambda x, y: tf.math.softplus(x * y), sp.log(1 + sp.exp(X * Y)), "xy"),
    ("h = x*y; sin(h) + h*h", lambda x, y: tf.sin(x * y) + (x * y) ** 2, sp.sin(X * Y) + (X * Y) ** 2, "xy"),
    ("tan(x) + asin(x/2)", lambda x, y: tf.tan(x) + tf.asin(x / 2), sp.tan(X) + sp.asin(X / 2), "x"),
    ("log(x)", lambda x, y: tf.math.log(x), sp.log(X), "xxx"),
    ("relu(x)^2*leaky_relu(x)", lambda x, y: tf.nn.relu(x) ** 2 * tf.nn.leaky_relu(x), X**3, "x"),
    ("x^y", lambda x, y: x**y, X**Y, "yyx"),
    ("x^(x*y)", lambda x, y: x ** (x * y), X ** (X * Y), "xy"),
    ("2^x*y^x", lambda x, y: 2**x * y**x, 2**X * Y**X, "xx"),
    ("max(x-2,y)*y^2", lambda x, y: tf.maximum(x - 2, y) * y**2, Y**3, "yy"),
    ("min(x*y,2)*x*max(x,-1)", lambda x, y: tf.minimum(x * y, 2) * x * tf.maximum(x, -1), X**3 * Y, "xx"),
    ("elu(-x)*elu(y)", lambda x, y: tf.nn.elu(-x) * tf.nn.elu(y), (sp.exp(-X) - 1) * Y, "xxy"),
]
POINT = {"x": 0.7, "y": 1.3}
POINTS = {"x": X, "y": Y}


@cache
def explained(text, differentiated_by):
    """Return the trace and the values of a derivative, which several tests share."""
    return trace_and_run(
        text, {n: POINT[n] for n in parse(text).variables}, "float64", differentiated_by=differentiated_by
    )


def nested_tapes(function, differentiated_by, point=POINT):
    """Return the derivative by several variables, computed by nested persistent tapes."""

    def derive(names):
        if not names:
            return lambda x, y: function(x, y)
        inner = derive(names[:-1])

        def outer(x, y):
            with tf.GradientTape() as tape:
                tape.watch([x, y])
                value = inner(x, y)
            return tape.gradient(value, {"x": x, "y": y}[names[-1]])

        return outer

    value = derive(differentiated_by)(*[tf.constant(v, tf.float64) for v in point.values()])
    return None if value is None else value.numpy()


@pytest.mark.parametrize(("text", "function", "formula", "differentiated_by"), CASES, ids=[case[0] for case in CASES])
def test_values_and_gradients_equal_those_of_nested_tapes_and_sympy(text, function, formula, differentiated_by):
    for order in range(len(differentiated_by) + 1):
        names = differentiated_by[:order]
        trace, values = explained(text, names)
        assert trace.differentiated_by == tuple(names)
        value = float(values[trace.output])
        exact = formula
        for name in names:
            exact = sp.diff(exact, POINTS[name])
        assert value == pytest.approx(float(nested_tapes(function, names)), rel=1e-10, abs=1e-12)
        near = 1e-8 if "leaky" not in text else None  # TensorFlow's leaky_relu has its slope as a float32
        if near:
            assert value == pytest.approx(float(exact.subs({X: POINT["x"], Y: POINT["y"]}).evalf(20)), rel=near)
        for variable, info in trace.gradients.items():
            expected = nested_tapes(function, [*names, variable])
            assert (info.tensor is None) == (expected is None)
            if expected is not None:
                assert float(values[info.tensor]) == pytest.approx(float(expected), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize(("text", "function", "formula", "differentiated_by"), CASES, ids=[case[0] for case in CASES])
def test_formulas_and_local_derivatives_have_tensorflows_values(text, function, formula, differentiated_by):
    trace, values = explained(text, differentiated_by)

    def numeric(formula):
        program = parse(formula)
        return float(evaluate_program(program, bind(program, POINT)))

    checked = 0
    for node in trace.nodes:
        if node.formula is not None:
            assert numeric(node.formula) == pytest.approx(float(values[node.tensor]), rel=1e-7, abs=1e-12), node.id
            checked += node.id.startswith("gradients")
    assert checked
    for step in trace.steps:
        for slot in step.inputs:
            if slot.local_tensor is None or slot.gradient_tensor is None:
                continue
            local = float(values[slot.local_tensor])
            product = float(values[step.upstream_tensor]) * local
            assert float(values[slot.gradient_tensor]) == pytest.approx(product, rel=1e-7, abs=1e-12)
            if slot.local_formula is not None:
                assert numeric(slot.local_formula) == pytest.approx(local, rel=1e-7, abs=1e-12), (step.op, slot.slot)
    for info in trace.gradients.values():
        if info.chain is not None:
            assert numeric(info.chain) == pytest.approx(float(values[info.tensor]), rel=1e-6, abs=1e-10)


def test_the_ops_are_tensorflows_own():
    graph = tf.Graph()
    with graph.as_default():
        x = tf.compat.v1.placeholder(tf.float32, (), name="x")
        (first,) = tf.gradients(tf.sin(2 * x), [x])
        (second,) = tf.gradients(first, [x])
        third = tf.gradients(second, [x])
    names, waiting = set(), [second.op]
    while waiting:
        op = waiting.pop()
        names.add((op.name, op.type))
        waiting.extend(tensor.op for tensor in op.inputs)
    trace, _ = trace_and_run("sin(2*x)", {"x": 0.6}, differentiated_by=["x", "x"])
    assert {(node.id, node.type) for node in trace.nodes} == names
    assert trace.output == second.name
    backward = {op.name for op in graph.get_operations() if op.name.startswith("gradients_2/")}
    assert {node.id for node in trace.gradient_nodes} == backward
    assert trace.gradients["x"].tensor == third[0].name
    assert {op_of(tensor) for node in trace.nodes for tensor in node.inputs} <= {node.id for node in trace.nodes}


def test_each_entry_of_a_vector_is_differentiated():
    x = np.array([0.3, -1.2, 2.0])
    trace, values = trace_and_run("sum(x^3)", {"x": x.tolist()}, "float64", differentiated_by=["x"])
    assert trace.summed
    np.testing.assert_allclose(values[trace.output], 3 * x**2, rtol=1e-12)
    np.testing.assert_allclose(values[trace.gradients["x"].tensor], 6 * x, rtol=1e-12)


def test_a_custom_gradient_is_differentiated():
    trace, values = trace_and_run("custom(x^2, x^3)", {"x": 2.0}, "float64", differentiated_by=["x"])
    assert float(values[trace.output]) == 8.0
    assert float(values[trace.gradients["x"].tensor]) == 12.0  # the rule, differentiated: 3x²


@pytest.mark.parametrize(
    ("text", "differentiated_by", "message"),
    [
        ("floor(x)", "x", "no gradient of f for x"),
        ("2*x", "xx", "no gradient of f′ for x"),
        ("sin(x)", "xxxxx", "Up to 4 derivatives"),
        ("sin(x)", "z", "z"),
        ("x^y*sin(x)^y*tanh(x*y)/(1 + x^y)", "xyxy", "up to 400 can be shown"),
    ],
)
def test_a_missing_higher_derivative_raises_an_error(text, differentiated_by, message):
    from explorer.engine.autodiff.tracing import trace_expression

    with pytest.raises(ExpressionError, match=message):
        trace_expression(text, {}, differentiated_by=differentiated_by)


def test_a_trace_survives_the_pipe_with_its_differentiated_variables():
    trace, _ = trace_and_run("x*y", {}, differentiated_by=["x", "y"])
    assert Trace.from_dict(trace.to_dict()) == trace


def test_every_gradient_op_of_the_table_occurs_in_the_cases():
    types = set()
    for text, _, _, differentiated_by in CASES:
        for order in range(len(differentiated_by) + 1):
            trace, _ = explained(text, differentiated_by[:order])
            types |= {node.type for node in trace.nodes}
    rows = {row.name for row in GRADIENT_OPS}
    assert rows <= types


@pytest.mark.parametrize(
    ("text", "function", "differentiated_by", "axis"),
    [
        pytest.param(text, function, differentiated_by, axis, id=f"{text} over {axis}")
        for text, function, _formula, differentiated_by in CASES
        for axis in ("x", "y")
        if axis in parse(text).variables
    ],
)
def test_the_curve_of_a_derivative_equals_that_of_nested_tapes(text, function, differentiated_by, axis):
    graphs = PlotGraphs()
    curves = Curves(graphs)
    try:
        for order in range(1, len(differentiated_by) + 1):
            request = {
                "text": text,
                "differentiated_by": list(differentiated_by[:order]),
                "point": dict(POINT),
                "dtype": "float64",
            }
            request |= {"variable": axis, "low": 0.2, "high": 0.9, "points": 5, "pixels": 1000}
            reply = curves.curve({**request, "orders": [0, 1]})
            for curve in reply["curves"]:
                names = differentiated_by[:order] + axis * curve["order"]
                expected = [nested_tapes(function, names, {**POINT, axis: each}) for each in np.linspace(0.2, 0.9, 5)]
                if curve["y"] is None:
                    assert set(expected) == {None}
                else:
                    np.testing.assert_allclose(curve["y"], expected, rtol=1e-9, atol=1e-12)
    finally:
        curves.close()
    graphs.close()


@pytest.mark.parametrize("code", [tensorflow2_code, tensorflow1_code])
@pytest.mark.parametrize(("text", "function", "formula", "differentiated_by"), CASES, ids=[case[0] for case in CASES])
def test_the_code_of_a_derivative_prints_the_numbers_of_nested_tapes(text, function, formula, differentiated_by, code):
    program = parse(text)
    script = code(program, bind(program, POINT), "float64", tuple(differentiated_by))
    printed = []
    # Not through tf.compat.v1.disable_eager_execution, which would hold for all tests that follow.
    script, space = script.replace("tf.disable_eager_execution()", ""), {"print": printed.append}
    with tf.Graph().as_default() if "placeholder" in script else nullcontext():
        exec(compile(script, "script", "exec"), space)
    printed = [each for each in printed if not tf.is_tensor(each)]  # TensorFlow 1 first prints what is not run yet
    expected = [
        nested_tapes(function, differentiated_by),
        *(nested_tapes(function, differentiated_by + name) for name in program.variables),
    ]
    for shown, value in zip(printed, expected, strict=True):
        assert (shown is None) == (value is None)
        if value is not None:
            np.testing.assert_allclose(shown, value, rtol=1e-9, atol=1e-12)
