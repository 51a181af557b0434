"""The scalar form has the values that NumPy computes with arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.expression import scalar_form as module
from explorer.core.expression.coordinate import coordinate_in
from explorer.core.expression.evaluate import evaluate, evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.expression.scalar_form import scalar_form
from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Array, Variable, walk

TEXTS = [
    "W@x", "x@transpose(W)", "W@transpose(W)", "tanh(W@x + b)*s", "softmax(W@x)", "log_softmax(W)", "logsumexp(W)*s",
    "norm(x)^2 + mean(W)", "reduce_max(x) - reduce_min(W)", "dot(x, x)*x", "h = relu(W@x); sum(h^2) + b", "x",
    "s*[1,2]", "transpose(W)", "exp(s)*pi", "[1,2,3] - b",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_the_form_equals_the_weighted_sum_at_every_value_of_the_coordinate(text, data):
    program = parse(text)
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    n, m = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    shapes = {"W": (3 if "b" in program.variables else n, m), "x": (m,), "b": (3,), "s": ()}
    values = {name: random.normal(size=shapes[name]) for name in program.variables}
    variable = data.draw(st.sampled_from(list(program.variables)))
    index = ",".join(str(data.draw(st.integers(0, size - 1))) for size in shapes[variable])
    coordinate = coordinate_in(f"{variable}[{index}]" if index else variable, values)
    weights = np.round(random.normal(size=np.shape(evaluate_program(program, values))), 2)
    form = scalar_form(program, values, coordinate, weights)
    assert {node.name for node in walk(form) if isinstance(node, Variable)} <= {variable}
    assert not any(isinstance(node, Array) for node in walk(form))
    for number in (-1.3, 0.2, 2.0):
        moved = {**values, variable: coordinate.moved(values, number)}
        expected = np.sum(weights * evaluate_program(program, moved))
        found = evaluate(form, {variable: np.asarray(number)}, {})
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("row", op_table().values(), ids=lambda row: row.name)
def test_every_op_but_custom_has_a_form(row):
    operators = {"add": "x+x", "sub": "x-2*x", "mul": "x*x", "div": "1/x", "neg": "-x", "pow": "x^x"}
    special = {"matmul": "x@x", "custom": "custom(x^2, 3*x)"}
    text = special.get(row.name) or operators.get(row.name) or f"{row.name}({','.join('xx'[: row.arity])})"
    program, values = parse(text), {"x": np.array([0.3, 0.7])}
    weights = np.ones(np.shape(evaluate_program(program, values)))
    form = scalar_form(program, values, coordinate_in("x[0]", values), weights)
    if row.name == "custom":
        assert form is None
        return
    found = evaluate(form, {"x": np.asarray(0.3)}, {})
    np.testing.assert_allclose(found, np.sum(evaluate_program(program, values)), rtol=1e-9)


def test_a_form_that_is_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(module, "MAX_OPERATIONS", 10)
    values = {"W": np.ones((5, 5)), "x": np.ones(5)}
    assert scalar_form(parse("W@x"), values, coordinate_in("x[0]", values), np.ones(5)) is None


def test_entries_with_a_weight_of_0_are_left_out():
    values = {"x": np.array([1.0, 2.0])}
    form = scalar_form(parse("x^2"), values, coordinate_in("x[0]", values), np.array([0.0, 1.0]))
    assert evaluate(form, {"x": np.asarray(9.0)}, {}) == 4
