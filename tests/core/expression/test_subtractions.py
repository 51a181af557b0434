"""A sentence writes a difference where a chain adds a negative term."""

import pytest
import sympy

from explorer.core.expression.printer import with_subtractions


@pytest.mark.parametrize(
    ("chain", "written"),
    [
        ("1/x+(-1/(x-1)^2)", "1/x-1/(x-1)^2"),
        ("1+(-2*x)+(-3)", "1-2*x-3"),
        ("a*(1+(-x))", "a*(1-x)"),
        ("x+(-sin(1+(-x)))", "x-sin(1-x)"),
        ("1+(-x)*2", "1-x*2"),
        ("1+(-x)^2", "1+(-x)^2"),  # the sign is squared as well
        ("1+(-x+2)", "1+(-x+2)"),
        ("1+(-x^-2)", "1-x^-2"),
        ("1+(-x*2e-3)", "1-x*2e-3"),
        ("1/x", "1/x"),
    ],
)
def test_a_negative_term_is_subtracted(chain, written):
    assert with_subtractions(chain) == written
    before, after = (sympy.sympify(text.replace("^", "**")) for text in (chain, written))
    assert abs((before - after).subs({"x": sympy.Rational(3, 7), "a": 5}).evalf()) < 1e-12
