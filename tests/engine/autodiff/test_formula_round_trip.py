"""All formulas in an answer are accepted by `explain`, and have TensorFlow's value where everything is defined.

Outside of domains they are those of ordinary points; test_formulas_on_the_domain.py compares them with an oracle.
"""

import math
import random
from functools import partial

import numpy as np
import pytest

from explorer.core.errors import ExpressionError
from explorer.core.expression.limits import MAX_FORMULA_OPS, MAX_OPS
from explorer.core.expression.parser import parse
from explorer.core.expression.values import bind
from explorer.core.ops.table import function_names, op_table
from explorer.engine.autodiff.tracing import trace_expression
from explorer.engine.in_process import explain_expression, trace_and_run

# custom takes a derivative, not any three arguments: see test_custom_gradient.py.
ELEMENTWISE = [name for name, row in function_names().items() if op_table()[row].elementwise and row != "custom"]
FUNCTIONS = sorted([*ELEMENTWISE, "norm"])  # a number has a norm, too
POINTS = (-2, -1, -0.5, 0, 0.5, 1, 2, 100, -100)


def reevaluated(formula, answer):
    trace, values = trace_and_run(formula, answer["at"], answer["dtype"], wrt=[])  # only its value
    return values[trace.output].tolist()


def number(value):
    return np.asarray(value, dtype=np.float64)  # also for "nan" and "inf"


def has_value(formula, answer, value, near=1e-9):
    shown = number(reevaluated(formula, answer))
    assert shown.shape == number(value).shape, formula
    return np.allclose(shown, number(value), rtol=near, atol=near, equal_nan=True)


def has_value_in_each_entry(formula, answer, value, near=1e-9):
    """Whether a formula for one entry has the value of all, broadcast as the op does it."""
    shown, value = number(reevaluated(formula, answer)), number(value)
    assert np.broadcast_shapes(shown.shape, value.shape) == value.shape, formula
    return np.allclose(shown, value, rtol=near, atol=near, equal_nan=True)


def has_shape(formula, answer, value, _near):
    return number(reevaluated(formula, answer)).shape == number(value).shape


def has_shape_of_each_entry(formula, answer, value, _near):
    return np.broadcast_shapes(number(reevaluated(formula, answer)).shape, number(value).shape) == number(value).shape


def random_text(chance, depth):
    """Return a random text in x and y, with numbers and every elementwise function."""
    if depth == 0 or chance.random() < 0.12:
        return chance.choice(["x", "y", "x", "y", "2", "0.5", "0", "pi", "e"])
    kind = chance.random()
    if kind < 0.55:
        name = chance.choice(FUNCTIONS)
        arity = op_table()[function_names()[name]].arity
        return f"{name}({', '.join(random_text(chance, depth - 1) for _ in range(arity))})"
    return f"({random_text(chance, depth - 1)}){chance.choice('+-*/^')}({random_text(chance, depth - 1)})"


def is_defined(answer):
    """Return whether all numbers are finite, and no base of a power whose exponent varies is 0 or negative."""
    nodes = {node["id"]: node for node in answer["graph"]["nodes"]}
    shown = [node["value"] for node in (*nodes.values(), *answer["graph"]["gradient_nodes"])]
    shown += [slot["local"] for step in answer["steps"] for slot in step["inputs"]]
    powers = [nodes[step["op"]] for step in answer["steps"] if step["type"] == "Pow" and len(step["inputs"]) == 2]
    bases = [nodes[node["inputs"][0].partition(":")[0]]["value"] for node in powers]
    return all(np.all(np.isfinite(number(value))) for value in shown if value is not None) and all(
        np.all(number(base) > 0) for base in bases
    )


def assert_formulas_have_their_values(answer, near=1e-9):
    compared, compared_entries = (
        (has_value, has_value_in_each_entry) if is_defined(answer) else (has_shape, has_shape_of_each_entry)
    )
    for name, gradient in answer["gradients"].items():
        for formula in (gradient["chain"], gradient["simplified"]):
            if formula is None:
                assert gradient["note"], name
            else:
                assert compared(formula, answer, gradient["value"], near), (answer["expression"], formula)
    for step in answer["steps"]:
        for slot in step["inputs"]:
            if slot["local_formula"] is not None and slot["local"] is not None:
                assert compared_entries(slot["local_formula"], answer, slot["local"], near), (
                    answer["expression"], step["op"],
                )  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_formulas_of_random_texts_at_unusual_points(seed, worker):
    chance = random.Random(seed)
    text = random_text(chance, 3)
    point = {name: chance.choice(POINTS) for name in ("x", "y")}
    # The slope of leaky_relu is a float32.
    assert_formulas_have_their_values(explain_expression(text, point, "float64", None, worker)[0], 1e-6)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x^y", {"x": -1.7, "y": -0.3}),
        ("x^y", {"x": 0, "y": -1}),
        ("x^y", {"x": -2, "y": 2}),
        ("max(x, log(y))", {"y": -1}),  # TensorFlow returns a number, as comparisons with NaN are false
        ("min(log(y), x)", {"y": -1}),
        ("elu(log(x))", {"x": -1}),
        ("leaky_relu(log(x))", {"x": -1}),
        ("sign(x)*atanh(sign(x))", {"x": 2}),  # infinity times the flat sign is TensorFlow's 0
        ("max(x, y)*log(x - y)", {}),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_formulas_outside_of_domains_are_those_of_ordinary_points(text, point, dtype, worker):
    answers = [explain_expression(text, each, dtype, None, worker)[0] for each in (point, {"x": 2.5, "y": 1.5})]
    assert_formulas_have_their_values(answers[1], 1e-5)
    outside, ordinary = (
        (
            [(gradient["chain"], gradient["simplified"]) for gradient in answer["gradients"].values()],
            [[slot["local_formula"] for slot in step["inputs"]] for step in answer["steps"]],
        )
        for answer in answers
    )
    assert outside == ordinary


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x + y", {"x": [1, 2]}),
        ("x*y", {"x": [1, 2], "y": 3}),
        ("sum(x^2)", {"x": [1, 2]}),
        ("sum(sin(2*x)/y)", {"x": [1, 2]}),
        ("relu(W @ x + b)", {"W": [[1, 2], [3, 4]], "x": [1, 2], "b": [1, 1]}),
        ("W*x", {"W": [[1, 2], [3, 4]], "x": [1, 2]}),
        ("x^y", {"x": [-1, 2], "y": [1, 2]}),
        ("x*y", {"x": [[1], [2]], "y": [1, 2, 3]}),
    ],
)
def test_a_local_formula_has_its_value_in_each_entry(text, point, worker):
    answer, _, _ = explain_expression(text, point, "float64", None, worker)
    assert_formulas_have_their_values(answer)
    for gradient in answer["gradients"].values():
        assert gradient["chain"] is None
        assert gradient["note"]


@pytest.mark.parametrize("count", [8, 15, 20, 28])
def test_a_formula_below_the_limit_is_returned_and_accepted(count, worker):
    """It has more operations than can be drawn, but `explain` accepts it."""
    answer, _, _ = explain_expression("*".join(["x"] * count), {"x": 1.1}, "float64", None, worker)
    gradient = answer["gradients"]["x"]
    assert gradient["value"] == pytest.approx(count * 1.1 ** (count - 1), rel=1e-12)
    assert has_value(gradient["chain"], answer, gradient["value"])
    assert gradient["note"] or has_value(gradient["simplified"], answer, gradient["value"])  # SymPy has one second
    if count == 28:
        with pytest.raises(ExpressionError, match=f"up to {MAX_OPS}"):
            parse(gradient["chain"])


@pytest.mark.parametrize(
    "text",
    [
        "; ".join(["h0 = x*y", *[f"h{k} = h{k - 1}*h{k - 1}" for k in range(1, 21)]]),
        "sin(" * 50 + "x" + ")" * 50,
        "|" * 60 + "x" + "|" * 60,
        "x^" * 100 + "x",
    ],
)
def test_a_formula_beyond_the_limits_is_null_with_a_note(text, worker):
    answer, _, _ = explain_expression(text, {"x": 1.0}, "float32", None, worker)
    gradient = answer["gradients"]["x"]
    assert (gradient["chain"], gradient["simplified"]) == (None, None)
    assert "2,000" in gradient["note"]
    for step in answer["steps"]:
        for slot in step["inputs"]:
            if slot["local_formula"] is not None:
                parse(slot["local_formula"], MAX_FORMULA_OPS)  # raises if it is beyond the limits


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["max", "min", "atan2", "pow"])
def test_a_number_may_come_first_in_a_function(name, dtype):
    trace, values = trace_and_run(f"{name}(2, x)", {"x": 3.0}, dtype)
    expected = {"max": 3.0, "min": 2.0, "atan2": math.atan2(2, 3), "pow": 8.0}[name]
    assert float(values[trace.output]) == pytest.approx(expected, rel=1e-6)
    assert {node.dtype for node in trace.nodes} == {dtype}


@pytest.fixture
def patient(worker, monkeypatch):
    """A worker with more time, so that on a busy machine no note about the time limit comes before the one tested."""
    monkeypatch.setattr(worker, "request", partial(worker.request, time_limit=60))
    return worker


def test_a_note_explains_an_anomalous_gradient(patient):
    for text, point, note in [
        ("relu(x-3)*y", {}, "Relu is closed"),
        ("x-x", {}, "cancels"),
        ("1/x", {"x": 0}, "infinite"),
        ("0*log(x)", {"x": 0}, "not a number"),
        ("floor(x)", {}, "Floor"),
    ]:
        answer, _, _ = explain_expression(text, point, "float32", None, patient)
        assert note in answer["gradients"]["x"]["note"]


def test_the_note_names_an_op_on_the_path(patient):
    """No path leads from z to the output; the floor that stops x is unrelated."""
    answer, _, _ = explain_expression("z = 3; floor(x)", {}, "float32", None, patient)
    assert "Floor" in answer["gradients"]["x"]["note"]
    assert "no path" in answer["gradients"]["z"]["note"].lower()
    assert "Floor" not in answer["gradients"]["z"]["note"]
    answer, _, _ = explain_expression("floor(x)*ceil(y)", {}, "float32", None, patient)
    assert "Floor" in answer["gradients"]["x"]["note"]
    assert "Ceil" in answer["gradients"]["y"]["note"]


def test_greek_names_can_be_differentiated_for():
    trace, _ = trace_and_run("θ*x", {}, wrt=["θ"])
    assert list(trace.gradients) == ["theta"]
    with pytest.raises(ExpressionError, match="h is not a variable of this text; there is x"):
        trace_and_run("h = 2*x; h^2", {}, wrt=["h"])


def test_a_value_beyond_float32_is_infinite_without_a_warning():
    trace, values = trace_and_run("x*1e300", {})
    assert np.isinf(values[trace.output])


def test_intermediate_results_beyond_the_total_limit_raise():
    wide = {"x": [[1.0]] * 1000, "y": [[1.0] * 900]}
    with pytest.raises(ExpressionError, match="together"):
        trace_expression("sin(sin(x*y))", wide)
    assert bind(parse("x"), {"x": 10**20}) == {"x": 1e20}
