"""Every row of the op table at random points, against TensorFlow, NumPy, SymPy and central differences."""

from functools import cache

import numpy as np
import pytest
import sympy as sp
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.expression.values import bind
from explorer.core.ops.table import op_table
from explorer.engine.in_process import trace_and_run

X, Y = sp.symbols("x y", real=True)

SYMPY = {
    "add": X + Y, "sub": X - Y, "mul": X * Y, "div": X / Y, "neg": -X, "pow": X**Y,
    "sin": sp.sin(X), "cos": sp.cos(X), "tan": sp.tan(X), "asin": sp.asin(X), "acos": sp.acos(X), "atan": sp.atan(X),
    "atan2": sp.atan2(X, Y), "sinh": sp.sinh(X), "cosh": sp.cosh(X), "tanh": sp.tanh(X), "asinh": sp.asinh(X),
    "acosh": sp.acosh(X), "atanh": sp.atanh(X), "exp": sp.exp(X), "log": sp.log(X), "log2": sp.log(X, 2),
    "log10": sp.log(X, 10), "log1p": sp.log(1 + X), "expm1": sp.exp(X) - 1, "sqrt": sp.sqrt(X), "cbrt": sp.cbrt(X),
    "square": X**2, "abs": sp.Abs(X), "sign": sp.sign(X), "floor": sp.floor(X), "ceil": sp.ceiling(X),
    "min": sp.Min(X, Y), "max": sp.Max(X, Y), "relu": sp.Max(X, 0),
    "elu": sp.Piecewise((X, X > 0), (sp.exp(X) - 1, True)),
    "leaky_relu": sp.Piecewise((X, X > 0), (X / 5, True)), "gelu": X * (1 + sp.erf(X / sp.sqrt(2))) / 2,
    "silu": X / (1 + sp.exp(-X)), "sigmoid": 1 / (1 + sp.exp(-X)), "softplus": sp.log(1 + sp.exp(X)), "erf": sp.erf(X),
}  # fmt: skip

TENSORFLOW = {
    "add": tf.add, "sub": tf.subtract, "mul": tf.multiply, "div": tf.divide, "neg": tf.negative, "pow": tf.pow,
    "sin": tf.sin, "cos": tf.cos, "tan": tf.tan, "asin": tf.asin, "acos": tf.acos, "atan": tf.atan, "atan2": tf.atan2,
    "sinh": tf.sinh, "cosh": tf.cosh, "tanh": tf.tanh, "asinh": tf.asinh, "acosh": tf.acosh, "atanh": tf.atanh,
    "exp": tf.exp, "log": tf.math.log, "log1p": tf.math.log1p, "expm1": tf.math.expm1, "sqrt": tf.sqrt,
    "square": tf.square, "abs": tf.abs, "sign": tf.sign, "floor": tf.floor, "ceil": tf.math.ceil, "round": tf.round,
    "stop_gradient": tf.stop_gradient,
    "log2": lambda x: tf.math.log(x) / tf.math.log(tf.constant(2, x.dtype)),
    "log10": lambda x: tf.math.log(x) / tf.math.log(tf.constant(10, x.dtype)),
    "cbrt": lambda x: tf.sign(x) * tf.pow(tf.abs(x), tf.constant(1 / 3, x.dtype)),
    "gelu": lambda x: x * tf.math.erfc(-x * 0.5**0.5) / 2,
    "min": tf.minimum, "max": tf.maximum, "relu": tf.nn.relu, "elu": tf.nn.elu, "leaky_relu": tf.nn.leaky_relu,
    "silu": tf.nn.silu, "sigmoid": tf.sigmoid, "softplus": tf.math.softplus, "erf": tf.math.erf,
    "sum": tf.reduce_sum, "mean": tf.reduce_mean, "norm": tf.norm, "softmax": tf.nn.softmax,
    "log_softmax": tf.nn.log_softmax, "logsumexp": tf.reduce_logsumexp, "reduce_max": tf.reduce_max,
    "reduce_min": tf.reduce_min, "transpose": tf.transpose, "matmul": tf.matmul,
}  # fmt: skip

INSIDE = {"asin": (-0.95, 0.95), "acos": (-0.95, 0.95), "atanh": (-0.95, 0.95), "acosh": (1.05, 5), "log1p": (-0.9, 5)}
POSITIVE = {"log", "log2", "log10", "sqrt", "cbrt", "pow"}
OPERATORS = {"add": "x+y", "sub": "x-y", "mul": "x*y", "div": "x/y", "neg": "-x", "pow": "x^y"}
# The derivative of custom is one of its arguments: see test_custom_gradient.py.
NAMES = [row.name for row in op_table().values() if row.elementwise and row.name != "custom"]


def text_of(name):
    row = op_table()[name]
    return OPERATORS.get(name) or f"{row.name}({', '.join(['x', 'y'][: row.arity])})"


def between(low, high):
    """Return numbers of a range; Hypothesis' floats are often integers, at which most rows have a kink."""
    return st.integers(0, 9999).map(lambda k: low + (high - low) * k / 9999)


def draw_point(data, name):
    x = data.draw(between(*INSIDE.get(name, (0.05, 5.0) if name in POSITIVE else (-4.0, 4.0))))
    y = data.draw(between(-3.0, 3.0))
    assume(abs(x - round(x)) > 1e-3 and abs(y) > 1e-2 and abs(x - y) > 1e-2)
    assume(name != "tan" or abs(np.cos(x)) > 0.05)
    assume(name != "round" or abs(x - np.floor(x) - 0.5) > 1e-3)
    return {"x": x, "y": y}


def test_the_oracles_cover_the_table():
    assert set(NAMES) - set(SYMPY) <= {"round", "stop_gradient"}
    assert set(NAMES) <= set(TENSORFLOW)
    assert set(NAMES) | set(VECTOR_ROWS) | {"custom"} == set(op_table())


@pytest.mark.parametrize("name", sorted(op_table()))
def test_a_row_is_elementwise_if_an_entry_has_an_influence_on_the_same_entry_alone(name):
    row = op_table()[name]
    low, high = INSIDE.get(name, (0.1, 3.0))
    shape = (3, 3)
    operands = [np.linspace(low, high, 9).reshape(shape) + 0.01 * slot for slot in range(row.arity)]
    before = np.array(row.numpy(*operands))
    for operand in operands:
        operand[0, 1] = operand[2, 2]
    after = np.array(row.numpy(*operands))
    others = np.ones(shape, bool)
    others[0, 1] = False
    assert row.elementwise == (before.shape == shape and np.array_equal(before[others], after[others]))


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=15, derandomize=True)
@given(data=st.data())
def test_a_row_agrees_with_all_oracles(name, data):
    point = draw_point(data, name)
    text = text_of(name)
    trace, values = trace_and_run(text, point, "float64")
    program = parse(text)
    y = float(values[trace.output])
    # TensorFlow keeps the slope of leaky_relu as a float32 attribute, in float64 graphs too.
    near = 2e-8 if name == "leaky_relu" else 1e-9
    arguments = [point[v] for v in ("x", "y")[: op_table()[name].arity]]
    assert y == pytest.approx(float(evaluate_program(program, bind(program, point))), rel=near, abs=1e-12)
    direct = float(TENSORFLOW[name](*[tf.constant(v, tf.float64) for v in arguments]))
    assert y == pytest.approx(direct, rel=1e-12, abs=1e-14)
    for variable in program.variables:
        info = trace.gradients[variable]
        if info.tensor is None:
            assert name in ("floor", "ceil", "round", "sign", "stop_gradient")
            continue
        gradient = float(values[info.tensor])
        h = 1e-6 * max(1.0, abs(point[variable]))
        ends = [evaluate_program(program, bind(program, {**point, variable: point[variable] + s * h})) for s in (1, -1)]
        assert gradient == pytest.approx(float(ends[0] - ends[1]) / (2 * h), rel=1e-4, abs=1e-5)
        if name in SYMPY:
            assert gradient == pytest.approx(slope_by_sympy(name, point, "xy".index(variable)), rel=near, abs=1e-10)
        # The formula of the chain rule has TensorFlow's value.
        chain = parse(info.chain)
        assert gradient == pytest.approx(float(evaluate_program(chain, bind(chain, point))), rel=near, abs=1e-12)
    if op_table()[name].tf_types:
        check_local_tensors(name, point, trace, values)


@pytest.mark.parametrize("name", NAMES)
def test_local_derivatives_are_what_the_registered_function_returns(name):
    point = {"x": 0.7, "y": 1.3} if name != "acosh" else {"x": 1.7, "y": 1.3}
    trace, values = trace_and_run(text_of(name), point, "float64")
    for step in trace.steps:
        for slot in step.inputs:
            if slot.local_tensor is None or slot.local_formula is None:
                continue
            formula = parse(slot.local_formula)
            ours = float(evaluate_program(formula, bind(formula, point)))
            assert float(values[slot.local_tensor]) == pytest.approx(ours, rel=2e-8 if name == "leaky_relu" else 1e-9)
            passed = float(values[slot.gradient_tensor])
            product = float(values[step.upstream_tensor]) * ours
            assert passed == pytest.approx(product, rel=2e-8 if name == "leaky_relu" else 1e-9, abs=1e-12)


VECTORS = {
    "sum(x)": lambda x: tf.reduce_sum(x),
    "mean(x)": lambda x: tf.reduce_mean(x),
    "norm(x)": lambda x: tf.norm(x),
    "softmax(x)": lambda x: tf.nn.softmax(x),
    "log_softmax(x)": lambda x: tf.nn.log_softmax(x),
    "logsumexp(x)": lambda x: tf.reduce_logsumexp(x),
    "max(x)": lambda x: tf.reduce_max(x),
    "min(x)": lambda x: tf.reduce_min(x),
    "dot(x, x)": lambda x: tf.reduce_sum(x * x),
    "x^2*sin(x)": lambda x: x**2 * tf.sin(x),
    "transpose(x)": lambda x: x,
}


@pytest.mark.parametrize("text", VECTORS)
def test_vectors_agree_with_a_gradient_tape(text):
    x = tf.constant([0.3, -1.2, 2.5, 0.9], tf.float64)
    if text == "transpose(x)":
        x = tf.reshape(x, (2, 2))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = VECTORS[text](x)
    expected = tape.gradient(y, x)
    trace, values = trace_and_run(text, {"x": x.numpy().tolist()}, "float64")
    shown = values[trace.output]
    np.testing.assert_allclose(shown.T if text == "transpose(x)" else shown, y.numpy(), rtol=1e-12)
    np.testing.assert_allclose(values[trace.gradients["x"].tensor], expected.numpy(), rtol=1e-10, atol=1e-14)


def test_matrices_agree_with_a_gradient_tape():
    w, x = tf.constant([[1.0, -2.0, 0.5], [3.0, 4.0, -1.0]], tf.float64), tf.constant([1.0, 2.0, -3.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([w, x])
        y = tf.reduce_sum(tf.tanh(tf.linalg.matvec(w, x)))
    expected = tape.gradient(y, [w, x])
    trace, values = trace_and_run("sum(tanh(W @ x))", {"W": w.numpy().tolist(), "x": x.numpy().tolist()}, "float64")
    for name, tensor in zip(("W", "x"), expected, strict=True):
        np.testing.assert_allclose(values[trace.gradients[name].tensor], tensor.numpy(), rtol=1e-10)
        assert trace.gradients[name].chain is None
        assert trace.gradients[name].note


STEPS_WITHOUT_GRADIENT = {"floor", "ceil", "round", "stop_gradient"}


def slope_by_tape(name, arguments, slot):
    tensors = [tf.constant(argument, tf.float64) for argument in arguments]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = TENSORFLOW[name](*tensors)
    return float(tape.gradient(y, tensors)[slot])


@cache
def derivative(name, slot):
    return sp.diff(SYMPY[name], (X, Y)[slot])


def slope_by_sympy(name, point, slot):
    exact = derivative(name, slot)
    return float(exact.subs({X: sp.Float(point["x"], 30), Y: sp.Float(point["y"], 30)}).doit())


def slope_by_differences(name, arguments, slot):
    h = 1e-6 * max(1.0, abs(arguments[slot]))
    ends = []
    for sign in (1, -1):
        moved = [a + sign * h if k == slot else a for k, a in enumerate(arguments)]
        ends.append(float(op_table()[name].numpy(*[np.float64(a) for a in moved])))
    return (ends[0] - ends[1]) / (2 * h)


def check_local_tensors(name, point, trace, values):
    """Check the local derivatives of the only step against tape, SymPy and differences."""
    arguments = [point[v] for v in ("x", "y")[: op_table()[name].arity]]
    (step,) = trace.steps
    assert step.type in op_table()[name].tf_types
    assert [slot.slot for slot in step.inputs] == list(range(len(arguments)))
    for slot in step.inputs:
        if name in STEPS_WITHOUT_GRADIENT:
            assert slot.gradient_tensor is None
            assert float(values[slot.local_tensor]) == 0
            continue
        local = float(values[slot.local_tensor])
        assert local == pytest.approx(slope_by_tape(name, arguments, slot.slot), rel=1e-12, abs=1e-14)
        near = 2e-8 if name == "leaky_relu" else 1e-9
        assert local == pytest.approx(slope_by_sympy(name, point, slot.slot), rel=near, abs=1e-10)
        assert local == pytest.approx(slope_by_differences(name, arguments, slot.slot), rel=1e-4, abs=1e-5)


WEIGHTS = np.array([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]])
SQUARE = np.array([[1.0, -2.0, 0.5], [3.0, 4.0, -1.0], [0.5, 1.0, 2.0]])

# Texts of the rows in a matrix x of two rows and three columns; for dot in a vector x of six entries.
VECTOR_ROWS = {
    "sum": "sum(x)", "mean": "mean(x)", "reduce_max": "max(x)", "reduce_min": "min(x)", "norm": "norm(x)",
    "logsumexp": "logsumexp(x)", "softmax": "softmax(x)", "log_softmax": "log_softmax(x)",
    "transpose": "transpose(x)", "matmul": f"x @ {SQUARE.tolist()}", "dot": f"dot(x, {WEIGHTS.ravel().tolist()})",
}  # fmt: skip

DIRECT_VECTORS = {
    **TENSORFLOW,
    "norm": lambda x: tf.sqrt(tf.reduce_sum(x * x)),
    "dot": lambda x, w: tf.tensordot(x, w, 1),
}


@pytest.mark.parametrize("name", VECTOR_ROWS)
@settings(deadline=None, max_examples=10, derandomize=True)
@given(entries=st.lists(st.integers(-300, 300), min_size=6, max_size=6, unique=True))
def test_vector_rows_agree_with_numpy_tape_and_differences(name, entries):
    x = np.array(entries, dtype=np.float64).reshape(6 if name == "dot" else (2, 3)) / 100
    rest = {"matmul": [SQUARE], "dot": [WEIGHTS.ravel()]}.get(name, [])
    shape = op_table()[name].numpy(x, *rest).shape
    weights = np.asarray(WEIGHTS.reshape(shape) if shape else 2.0)  # a plain sum of softmax is always 1
    text = f"sum({VECTOR_ROWS[name]} * {weights.tolist()})"
    trace, values = trace_and_run(text, {"x": x.tolist()}, "float64")

    def numeric(point):
        return float(np.sum(op_table()[name].numpy(point, *rest) * weights))

    tensor = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        y = tf.reduce_sum(DIRECT_VECTORS[name](tensor, *[tf.constant(r) for r in rest]) * weights)
    slope = values[trace.gradients["x"].tensor]
    assert float(values[trace.output]) == pytest.approx(float(y), rel=1e-12, abs=1e-12)
    assert float(values[trace.output]) == pytest.approx(numeric(x), rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(slope, tape.gradient(y, tensor).numpy(), rtol=1e-10, atol=1e-13)
    for place in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[place] = 1e-6
        difference = (numeric(x + nudge) - numeric(x - nudge)) / 2e-6
        assert float(slope[place]) == pytest.approx(difference, rel=1e-4, abs=1e-6)
    steps = {step.type: step for step in trace.steps}
    for kind in op_table()[name].tf_types:
        if kind in steps:  # an op that is not elementwise has a rule in matrix form and no local derivative
            assert op_table()[name].matrix_rule in steps[kind].rule_formula
            assert {slot.local_tensor for slot in steps[kind].inputs} == {None}
