"""The chosen output is differentiated, as by TensorFlow's `GradientTape` with `output_gradients` and by NumPy."""

from contextlib import nullcontext

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.autodiff.chain_rule_text import chain_lines, opening_line
from explorer.core.autodiff.output_choice import SUM, OutputChoice, parse_output
from explorer.core.autodiff.output_name import differentiated_latex, differentiated_name, output_name
from explorer.core.autodiff.step_text import opening_text
from explorer.core.autodiff.trace import Trace
from explorer.core.errors import ExpressionError
from explorer.core.expression.parser import parse
from explorer.core.expression.tensorflow_code import tensorflow1_code, tensorflow2_code
from explorer.core.graph.picture import concept_picture
from explorer.engine.in_process import trace_and_run

EXPRESSIONS = {
    "softmax(x)": lambda v: tf.nn.softmax(v["x"]),
    "x^2+b": lambda v: v["x"] ** 2 + v["b"],
    "W@x": lambda v: tf.linalg.matvec(v["W"], v["x"]),
    "W@transpose(W)": lambda v: v["W"] @ tf.transpose(v["W"]),
    "sin(W)*s": lambda v: tf.sin(v["W"]) * v["s"],
    "x": lambda v: tf.identity(v["x"]),
    "relu(W@x+b)*s": lambda v: tf.nn.relu(tf.linalg.matvec(v["W"], v["x"]) + v["b"]) * v["s"],
}


def tape(text, point, weights):
    values = {name: tf.constant(value, tf.float64) for name, value in point.items()}
    with tf.GradientTape() as recorded:
        for value in values.values():
            recorded.watch(value)
        output = EXPRESSIONS[text](values)
    return recorded.gradient(output, values, output_gradients=tf.constant(weights, tf.float64))


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_an_entry_and_weights_give_the_gradient_of_the_tape(data):
    text = data.draw(st.sampled_from(list(EXPRESSIONS)))
    rows, columns = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    shapes = {"W": (rows, columns), "x": (columns,), "b": (rows,) if "W" in text else (columns,), "s": ()}
    point = {name: random.normal(size=shape) for name, shape in shapes.items() if name in parse(text).variables}
    shape = tuple(EXPRESSIONS[text]({name: tf.constant(value) for name, value in point.items()}).shape)
    if data.draw(st.booleans()):
        choice = OutputChoice(tuple(data.draw(st.integers(0, size - 1)) for size in shape))
    else:
        choice = parse_output(np.round(random.normal(size=shape), 3).tolist())
    weights = choice.weights_of_shape(shape)
    trace, values = trace_and_run(text, point, "float64", output=choice)
    assert not trace.summed
    assert np.array_equal(trace.output_weights, weights)
    assert np.array_equal(values[trace.tensor_gradients[trace.output]], weights)
    for name, expected in tape(text, point, weights).items():
        np.testing.assert_allclose(values[trace.gradients[name].tensor], expected, rtol=1e-12, atol=1e-12)
    assert Trace.from_dict(trace.to_dict()) == trace


def test_the_gradient_of_the_sum_of_a_softmax_is_0_and_that_of_an_entry_is_not():
    point = {"x": [1.0, 2.0, 3.0]}
    trace, values = trace_and_run("softmax(x)", point, "float64")
    assert trace.summed
    assert trace.output_weights is None
    assert np.max(np.abs(values[trace.gradients["x"].tensor])) < 1e-15
    trace, values = trace_and_run("softmax(x)", point, "float64", output=parse_output(1))
    s = np.exp([1.0, 2.0, 3.0]) / np.sum(np.exp([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(values[trace.gradients["x"].tensor], s[1] * (np.array([0, 1, 0]) - s), rtol=1e-12)


def test_a_second_derivative_is_that_of_the_chosen_entry():
    trace, values = trace_and_run("x^3", {"x": [1.0, 2.0, 3.0]}, differentiated_by=["x"], output=parse_output(1))
    assert np.array_equal(values[trace.output], [0, 12, 0])
    assert np.array_equal(values[trace.gradients["x"].tensor], [0, 12, 0])
    assert trace.summed
    assert trace.output_weights is None
    assert (output_name(trace), differentiated_latex(trace)) == ("y[1]′", "y[1]'")


def test_an_entry_of_a_gradient_gives_a_row_of_the_hessian():
    point = {"x": [1.0, 2.0]}
    trace, values = trace_and_run("sum(x)^3", point, differentiated_by=["x"], output=parse_output(1))
    assert np.array_equal(values[trace.gradients["x"].tensor], [18, 18])
    assert differentiated_name(trace) == "y′[1]"
    trace, values = trace_and_run("sum(x^3)", point, differentiated_by=["x", "x"], output=parse_output(1))
    assert np.array_equal(values[trace.output], [0, 12])
    assert (output_name(trace), trace.chosen_order) == ("y′[1]′", 1)


@pytest.mark.parametrize(
    ("text", "choice", "name", "line", "opening"),
    [
        ("softmax(x)", 1, "y[1]", "dy[1]/dy = 1 at [1], 0 elsewhere", "Entry 1 of the output is differentiated"),
        ("h = x^2", 2, "h[2]", "dh[2]/dh = 1 at [2], 0 elsewhere", "Entry 2 of the output is differentiated"),
        ("x^2", [1, 2, 3], "(w·y)", "d(w·y)/dy = w", "begins with the weights w = [1, 2, 3]."),
        ("w*x", [1, 2, 3], "(c·y)", "d(c·y)/dy = c", "begins with the weights c = [1, 2, 3]."),
    ],
)
def test_names_and_the_opening_say_what_is_differentiated(text, choice, name, line, opening):
    trace, _ = trace_and_run(text, {"x": [1.0, 2.0, 3.0]}, output=parse_output(choice))
    assert differentiated_name(trace) == name
    assert opening_line(trace).text == line
    assert opening in opening_text(trace)
    assert chain_lines(trace, trace.steps[-1])[0].text.startswith(f"d{name}/d")
    assert concept_picture(trace).boxes[-1].symbol == name.strip("()"), "it stands alone there"


@pytest.mark.parametrize("choice", ["3", "0,0", "[1,2]"])
def test_a_choice_that_does_not_fit_is_an_error_of_the_expression(choice):
    with pytest.raises(ExpressionError, match="output"):
        trace_and_run("softmax(x)", {"x": [1.0, 2.0, 3.0]}, output=parse_output(choice))


@pytest.mark.parametrize("code", [tensorflow2_code, tensorflow1_code])
@pytest.mark.parametrize(
    ("text", "by", "order", "choice"),
    [("softmax(x)", (), 0, OutputChoice((1,))), ("x^3", ("x",), 0, parse_output([1, 2, 3])),
     ("sum(x^3)", ("x",), 1, OutputChoice((2,)))],
)  # fmt: skip
def test_the_code_computes_the_same_gradient(code, text, by, order, choice):
    point = {"x": np.array([1.0, 2.0, 3.0])}
    script = code(parse(text), point, "float32", by, (order, choice.weights_of_shape((3,))))
    printed = []
    # Not through tf.compat.v1.disable_eager_execution, which would hold for all tests that follow.
    script, space = script.replace("tf.disable_eager_execution()", ""), {"print": printed.append}
    with tf.Graph().as_default() if "placeholder" in script else nullcontext():
        exec(compile(script, "script", "exec"), space)
    trace, values = trace_and_run(text, point, differentiated_by=by, output=choice)
    np.testing.assert_allclose(printed[-1], values[trace.gradients["x"].tensor], rtol=1e-5)


def test_a_large_output_is_not_written_out_in_the_code():
    x = np.linspace(0, 1, 100)
    script = tensorflow2_code(parse("x^2"), {"x": x}, "float32", (), (0, OutputChoice((7,)).weights_of_shape((100,))))
    assert "weights = tf.cast(tf.scatter_nd([[7]], [1.0], [100]), tf.float32)" in script
    assert "weights" not in tensorflow2_code(parse("x^2"), {"x": x}, "float32")


def test_without_a_choice_the_backward_pass_is_that_of_the_sum():
    trace, values = trace_and_run("x^2", {"x": [1.0, 2.0]}, output=SUM)
    assert trace.summed
    assert np.array_equal(values[trace.gradients["x"].tensor], [2, 4])
