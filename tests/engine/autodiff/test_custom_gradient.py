"""`stop_gradient` and `custom` build TensorFlow's own ops; the oracle is a GradientTape written independently."""

import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

from explorer.core.autodiff.causes.cause_text import gradient_sentence
from explorer.core.autodiff.causes.derivative_caveat import derivative_caveat
from explorer.core.errors import ExpressionError
from explorer.core.expression.custom_gradient import gradient_overrides_in
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import to_text
from explorer.core.expression.tensorflow_code import decorated_custom_gradient, tensorflow1_code, tensorflow2_code
from explorer.core.expression.values import bind
from explorer.engine.autodiff.gradient_check import compare_gradients
from explorer.engine.autodiff.tracing import trace_expression
from explorer.engine.in_process import explain_expression, trace_and_run
from explorer.engine.plot.curves import Curves
from explorer.engine.plot.graphs import PlotGraphs


def with_rule(value, slope):
    """Return a function of one tensor with a custom gradient, for an eager tape."""

    @tf.custom_gradient
    def function(x):
        return value(x), lambda upstream: upstream * slope(x)

    return function


# Text, the same for a tape, and values of its variables.
CASES = [
    ("stop_gradient(x)*x", lambda x: tf.stop_gradient(x) * x, {"x": 1.7}),
    ("stop_gradient(x^2)", lambda x: tf.stop_gradient(x**2), {"x": 1.7}),
    ("x*y - stop_gradient(x*y)", lambda x, y: x * y - tf.stop_gradient(x * y), {"x": 1.7, "y": -0.3}),
    ("h = sin(x); h*stop_gradient(h)", lambda x: tf.sin(x) * tf.stop_gradient(tf.sin(x)), {"x": 0.4}),
    ("custom(x^2, 3*x)", with_rule(lambda x: x**2, lambda x: 3 * x), {"x": 1.7}),
    ("sin(custom(x^2, 3*x))", lambda x: tf.sin(with_rule(lambda u: u**2, lambda u: 3 * u)(x)), {"x": 1.7}),
    ("custom(floor(x), 1)*x", lambda x: with_rule(tf.floor, lambda _: 1.0)(x) * x, {"x": 1.7}),
    (
        "h = sin(x); custom(h^2, 3*h)",
        lambda x: with_rule(lambda u: u**2, lambda u: 3 * u)(tf.sin(x)),
        {"x": 0.4},
    ),
    (
        "custom(sin(2*x)^2, 5, sin(2*x))",
        lambda x: with_rule(lambda u: u**2, lambda _: 5.0)(tf.sin(2 * x)),
        {"x": 0.4},
    ),
    (
        "custom(a*x^2, 3*x, x) + a",
        lambda a, x: with_rule(lambda u: tf.stop_gradient(a) * u**2, lambda u: 3 * u)(x) + a,
        {"a": 2.5, "x": 1.7},
    ),
    ("sum(custom(x^2, 3*x))", lambda x: tf.reduce_sum(with_rule(lambda u: u**2, lambda u: 3 * u)(x)), {"x": [1.0, -2]}),
    (
        "custom(sum(x^2), x)*2",
        lambda x: 2 * with_rule(lambda u: tf.reduce_sum(u**2), lambda u: u)(x),
        {"x": [1.0, -2.0]},
    ),
    ("custom(custom(x, 2)^2, 7*x)", with_rule(lambda x: x**2, lambda x: 7 * x), {"x": 1.5}),
]
TEXTS = [text for text, _, _ in CASES]


def by_tape(function, point):
    tensors = [tf.constant(value, tf.float64) for value in point.values()]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = function(*tensors)
    return y.numpy(), [None if g is None else g.numpy() for g in tape.gradient(y, tensors)]


@pytest.mark.parametrize(("text", "function", "point"), CASES, ids=TEXTS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_values_and_gradients_equal_those_of_gradient_tape(text, function, point, dtype):
    value, gradients = by_tape(function, point)
    trace, values = trace_and_run(text, point, dtype)
    near = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(values[trace.output], value, rtol=near, atol=near)
    for name, expected in zip(point, gradients, strict=True):
        tensor = trace.gradients[name].tensor
        assert (tensor is None) == (expected is None)
        if tensor is not None:
            assert values[tensor].dtype == dtype
            np.testing.assert_allclose(values[tensor], expected, rtol=near, atol=near)


@pytest.mark.parametrize(("text", "point"), [(text, point) for text, _, point in CASES if "sum" not in text])
def test_the_chain_formula_and_sympy_have_tensorflows_value(text, point, worker):
    from explorer.core.expression.evaluate import evaluate_program

    trace, values = trace_and_run(text, point, "float64")
    for name, info in trace.gradients.items():
        expected = 0.0 if info.tensor is None else float(values[info.tensor])
        if info.tensor is not None:
            chain = parse(info.chain)
            assert float(evaluate_program(chain, bind(chain, point))) == pytest.approx(expected)
        reply = compare_gradients({"text": text, "variable": name, "point": point}, worker)
        assert reply["sympy"] == pytest.approx(expected)


def test_a_stopped_gradient_has_a_step():
    trace, values = trace_and_run("stop_gradient(x)*x", {"x": 3.0})
    step = trace.steps[-1]
    assert (step.op, step.type) == ("StopGradient", "StopGradient")
    assert float(values[step.upstream_tensor]) == 3.0  # what arrives there, and goes no further
    assert [(slot.tensor, slot.gradient_tensor) for slot in step.inputs] == [("x:0", None)]
    assert "stops here" in derivative_caveat(trace, values, step)
    assert step.source is None
    assert "not differentiable" in step.source_note


def test_a_custom_gradient_is_tensorflows_op_and_explained():
    trace, values = trace_and_run("custom(x^2, 3*x)", {"x": 2.0})
    assert [node.type for node in trace.nodes] == ["Placeholder", "Const", "Pow", "IdentityN"]
    (step,) = trace.steps
    assert (step.rule, step.rule_formula) == ("your own rule", "d custom/dx = 3*x")
    value, argument = step.inputs
    assert (value.tensor, value.gradient_tensor) == ("pow:0", None)
    assert (argument.tensor, argument.local_formula) == ("x:0", "3*x")
    assert float(values[argument.local_tensor]) == 6.0
    assert "Your own rule" in derivative_caveat(trace, values, step)
    assert "return grad * (3.0 * x)" in step.source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stop_gradient(x)", "the backward pass ends at StopGradient"),
        ("custom(x*y, 2, y)", "your own rule at IdentityN treats it as a constant"),
    ],
)
def test_a_missing_gradient_is_explained(text, message):
    trace, values = trace_and_run(text, {"x": 2.0, "y": 1.0})
    assert trace.gradients["x"].tensor is None
    assert message in gradient_sentence(trace, values, "x")
    assert trace.gradients["x"].note


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("custom()", "two or three arguments, but none is given", 1),
        ("1 + custom(x)", "two or three arguments, but one is given", 5),
        ("custom(2, 3)", "no variable in the first argument", 1),
        ("custom(x*y, 3)", "has x and y in it", 1),
        ("custom(x, 3, y)", "must occur in its first", 14),
        ("custom(x + 2, 1, 2)", "is a number", 1),
        ("custom = 2", "is a function", 1),
        ("stop_gradient(x, y)", "takes one argument, but 2 are given", 1),
    ],
)
def test_invalid_uses_raise_an_error_with_a_column(text, message, column):
    with pytest.raises(ExpressionError, match=message) as caught:
        parse(text)
    assert caught.value.column == column


def test_shapes_that_do_not_fit_are_found_before_tensorflow_builds_ops():
    with pytest.raises(ExpressionError, match="must have that shape too"):
        trace_and_run("sum(custom(x^2, [1,2,3]))", {"x": [1.0, 2.0]})
    with pytest.raises(ExpressionError, match="must have that shape too"):
        trace_and_run("sum(custom([1,2]*x, 3))", {"x": 1.0})


@pytest.mark.parametrize("text", TEXTS)
def test_a_printed_expression_parses_to_the_same_tree(text):
    program = parse(text)
    written = to_text(program.output)
    assert parse("; ".join([*(f"{n} = {to_text(d)}" for n, d in program.definitions.items()), written])) is not None
    text = to_text(program.output, definitions=program.definitions)
    assert to_text(parse(text).output) == text


@pytest.mark.parametrize(("text", "function", "point"), CASES, ids=TEXTS)
@pytest.mark.parametrize("code", [tensorflow2_code, tensorflow1_code])
def test_the_code_for_copying_prints_the_same_numbers(text, function, point, code):
    program = parse(text)
    script = code(program, bind(program, point), "float64")
    value, gradients = by_tape(function, point)
    printed = []
    # Not through tf.compat.v1.disable_eager_execution, which would hold for all tests that follow.
    script = script.replace("tf.disable_eager_execution()", "")
    space = {"print": printed.append}
    if "placeholder" in script:
        with tf.Graph().as_default():
            exec(compile(script, "script", "exec"), space)
    else:
        exec(compile(script, "script", "exec"), space)
    printed = [each for each in printed if not tf.is_tensor(each)]  # TensorFlow 1 first prints what is not run yet
    np.testing.assert_allclose(printed[0], value, rtol=1e-9)
    for shown, expected in zip(printed[1:], gradients, strict=True):
        assert (shown is None) == (expected is None)
        if expected is not None:
            np.testing.assert_allclose(shown, expected, rtol=1e-9)


def test_the_rule_as_a_function_is_valid_python():
    space = {"tf": tf}
    exec(decorated_custom_gradient(parse("custom(sin(2*x)^2, 5, sin(2*x))").output.args), space)
    x = tf.constant(0.4)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = space["custom"](tf.sin(2 * x))
    assert float(y) == pytest.approx(np.sin(0.8) ** 2, rel=1e-6)
    assert float(tape.gradient(y, x)) == pytest.approx(5 * 2 * np.cos(0.8), rel=1e-6)


def test_curves_use_the_custom_gradient_and_differentiate_it_again():
    graphs = PlotGraphs()
    curves = Curves(graphs)
    request = {"text": "custom(x^2, x^3)*y", "point": {"x": 1.0, "y": 2.0}, "dtype": "float64", "variable": "x"}
    reply = curves.curve({**request, "low": -1, "high": 1, "points": 5, "pixels": 100, "orders": [0, 1, 2]})
    x = np.linspace(-1, 1, 5)
    for curve, expected in zip(reply["curves"], (2 * x**2, 2 * x**3, 6 * x**2), strict=True):
        np.testing.assert_allclose(curve["y"], expected, atol=1e-12)
    along_y = curves.curve({**request, "variable": "y", "low": 0, "high": 1, "points": 3, "pixels": 100})
    np.testing.assert_allclose(along_y["curves"][1]["y"], [1, 1, 1])
    other = {**request, "text": "custom(x*y, 2, y)", "low": 0, "high": 1, "points": 3, "pixels": 100}
    reply = curves.curve(other)  # along a variable that the rule treats as a constant
    np.testing.assert_allclose(reply["curves"][0]["y"], [0, 1, 2])
    curves.close()
    graphs.close()


def test_the_comparison_names_the_rules_that_explain_a_difference(worker):
    reply = compare_gradients({"text": "custom(x^2, 3*x)", "variable": "x", "point": {"x": 2.0}}, worker)
    assert (reply["tensorflow"], reply["sympy"], reply["rules"]) == (6.0, 6.0, ["custom"])
    assert min(abs(row["value"] - 4.0) for row in reply["differences"]) < 1e-6
    reply = compare_gradients({"text": "stop_gradient(x)*x", "variable": "x", "point": {"x": 2.0}}, worker)
    assert (reply["tensorflow"], reply["sympy"], reply["rules"]) == (2.0, 2.0, ["stop_gradient"])
    assert compare_gradients({"text": "x^2", "variable": "x", "point": {"x": 2.0}}, worker)["rules"] == []
    answer, _, _ = explain_expression("custom(x^2, 3*x)", {"x": 2.0}, "float32", None, worker)
    assert answer["gradients"]["x"]["value"] == 6.0
    assert answer["gradients"]["x"]["simplified"] == "3*x"
    assert gradient_overrides_in([parse("stop_gradient(custom(x, 2))").output]) == ("stop_gradient", "custom")


def test_a_closed_graph_is_freed():
    traced = trace_expression("custom(x^2, 3*x)", {"x": 2.0})
    graph = weakref.ref(traced.session.graph)
    traced.close()
    del traced
    gc.collect()
    assert graph() is None
