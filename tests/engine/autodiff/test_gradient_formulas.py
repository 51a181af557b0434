"""Gradients as formulas to copy: every line is valid LaTeX, and the formulas have TensorFlow's values."""

import numpy as np
import pytest

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.gradient_formulas import BOTH, CHAIN, FORMS, SIMPLIFIED, gradient_formulas
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.latex_to_svg import typeset
from explorer.engine.in_process import trace_and_run

W, X = [[1, 2], [3, 4]], [1, -0.5]

CASES = [
    ("exp(sin(x*y)) / (1 + x^2)", {"x": 0.7, "y": -1.3}),
    ("h = x*y; log(h) + h^2 - h/x", {"x": 1.7, "y": 2.0}),
    ("floor(x) + y", {"x": 1.7, "y": 2.0}),
    ("relu(W@x+b)", {"W": W, "x": X, "b": [0.5, 1]}),
    ("mean(tanh(x)) + sum(x*c)", {"x": X, "c": 2}),
    ("softmax(x)*x - log_softmax(x)", {"x": X}),
    ("transpose(W)@x", {"W": W, "x": X}),
    ("x@W@x + logsumexp(x)", {"W": W, "x": X}),
    ("theta_1*sum(W)", {"W": np.ones((7, 8)).tolist(), "theta_1": 2}),
    ("norm(x)", {"x": X}),
]


def lines_of(text, point, form, simplified=None):
    whole, values = trace_and_run(text, point, "float64")
    return gradient_formulas(concept_trace(whole), values, simplified or {}, form), values, whole


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("text", "point"), CASES)
def test_every_line_can_be_typeset(text, point, form):
    lines, _, trace = lines_of(text, point, form)
    assert lines
    for line in lines:
        assert typeset(line.latex) is not None, line.latex
        assert line.latex.count("{") == line.latex.count("}")
        assert line.latex.count(r"\left") == line.latex.count(r"\right")
        assert "\n" not in line.text
    for name in trace.gradients:
        assert any(line.text.startswith(f"dy/d{name} =") or line.text.startswith(f"df/d{name} =") for line in lines)


@pytest.mark.parametrize(("text", "point"), CASES[:2])
def test_formulas_of_scalars_have_the_gradients_values(text, point):
    lines, values, trace = lines_of(text, point, CHAIN)
    for line, (name, info) in zip(lines, trace.gradients.items(), strict=True):
        left, _, formula = line.text.partition(" = ")
        assert left.endswith(f"/d{name}")
        program = parse(formula)
        value = evaluate_program(program, {key: np.float64(each) for key, each in point.items()})
        np.testing.assert_allclose(value, values[info.tensor], rtol=1e-9)


def test_both_forms_stand_side_by_side():
    (line,), _, _ = lines_of("sin(2*x)", {"x": 1.0}, BOTH, {"x": "2*cos(2*x)"})
    assert line.text == "dy/dx = cos(2*x)*2 = 2*cos(2*x)"
    (line,), _, _ = lines_of("sin(2*x)", {"x": 1.0}, BOTH)
    assert line.text == "dy/dx = cos(2*x)*2", "without a shorter form it is not repeated"


def test_a_sum_of_several_gradients_is_given_too():
    lines, _, _ = lines_of("x@W@x", {"W": W, "x": X}, BOTH)
    shown = [line.text for line in lines if line.text.startswith("dy/dx =")]
    assert len(shown) == 3
    assert shown[0].startswith("dy/dx = … + ")
    assert shown[-1] == "dy/dx = [−0.5, 1]"
    assert [line.text for line in lines_of("x@W@x", {"W": W, "x": X}, SIMPLIFIED)[0]][-1].startswith("dy/dW = [[")
