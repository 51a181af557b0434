"""The heading of a derivative is an equation that is true: SymPy differentiates the typed expression itself."""

import random

import pytest
import sympy

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.output_choice import OutputChoice
from explorer.core.autodiff.output_heading import field_latex, heading_latex, heading_text
from explorer.core.sharing.html_page import render_page
from explorer.core.sharing.tikz import tikz_text
from explorer.core.sharing.worksheet import make_worksheet
from explorer.engine.in_process import trace_and_run

SCALARS = [
    ("sin(2*x)", {"x": 0.7}, "x", "y′"),
    ("sin(2*x)", {"x": 0.7}, "xx", "y″"),
    ("x^3", {"x": 2.0}, "xxx", "y‴"),
    ("x^2*y^3", {"x": 1.5, "y": 0.5}, "x", "f_x"),
    ("x^2*y^3", {"x": 1.5, "y": 0.5}, "xy", "f_xy"),
    ("exp(x)/x", {"x": 1.3}, "x", "y′"),
    ("z = log(x)*x", {"x": 1.3}, "x", "z′"),
    ("a = x^2; sin(a)*a", {"x": 0.8}, "x", "y′"),
]


def sympified(text):
    return sympy.sympify(text.replace("^", "**"))


@pytest.mark.parametrize(("text", "point", "by", "name"), SCALARS)
def test_a_derivative_stands_with_its_own_expression(text, point, by, name):
    trace, _ = trace_and_run(text, point, differentiated_by=tuple(by))
    left, right = heading_text(trace).split(" = ")
    assert left == name
    typed = text.rpartition(";")[2].rpartition("=")[2].strip().replace("a", "(x^2)" if text[0] == "a" else "a")
    expected = sympified(typed)
    for variable in by:
        expected = sympy.diff(expected, sympy.Symbol(variable))
    difference = sympified(right) - expected
    for seed in range(3):  # at several points, not only where it was traced
        numbers = random.Random(seed)
        values = {symbol: numbers.uniform(0.3, 2.0) for symbol in difference.free_symbols}
        assert float(difference.subs(values)) == pytest.approx(0, abs=1e-9)
    assert heading_latex(trace).startswith(name[0])
    assert field_latex(trace) == f"{name[0]} ="


@pytest.mark.parametrize(
    ("text", "point", "by", "output", "heading"),
    [
        ("sum(x*x)", {"x": [1.0, 2.0]}, "x", None, "y = sum(x*x), y′ = dy/dx"),
        ("tanh(W @ x)", {"W": [[1.0, 2.0], [0.5, 1.0]], "x": [0.5, 0.2]}, "W", None, "y = tanh(W @ x), y_W = ∂y/∂W"),
        ("tanh(x)", {"x": [0.5, 0.2]}, "xx", None, "y = tanh(x), y″ = dy′/dx"),
        ("x*x", {"x": [0.5, 0.2]}, "x", (1,), "y = x*x, y[1]′ = dy[1]/dx"),
    ],
)
def test_a_derivative_of_arrays_is_a_quotient(text, point, by, output, heading):
    choice = OutputChoice() if output is None else OutputChoice(entry=output)
    trace, _ = trace_and_run(text, point, differentiated_by=tuple(by), output=choice)
    assert heading_text(trace) == heading
    assert r"\frac{" in heading_latex(trace)


def test_the_typed_expression_stands_as_it_was_typed():
    trace, _ = trace_and_run("sin(2*x)", {"x": 1.0})
    assert heading_text(trace) == "y = sin(2*x)"
    assert heading_text(trace_and_run("z = x^2", {"x": 1.0})[0]) == "z = x^2"


def test_exported_pages_and_pictures_have_the_derivatives_own_heading():
    trace, values = trace_and_run("sin(2*x)", {"x": 1.0}, differentiated_by=("x",))
    heading = heading_text(trace)
    assert heading == heading_text(concept_trace(trace)) != "y′ = sin(2*x)"
    page = render_page(trace, values)
    assert f'<h1 aria-label="{heading}">' in page
    assert f"TensorFlow&#x27;s graph of {heading}" in page or f"TensorFlow's graph of {heading}" in page
    assert f"<title>Backward pass of {heading}</title>" in page
    assert "y′ = sin" not in page
    assert f"% {heading.replace('′', chr(39))}, step 0" in tikz_text(trace, values)
    sheet = make_worksheet(trace, values)
    assert (sheet.expression, sheet.latex) == (heading, heading_latex(trace))
