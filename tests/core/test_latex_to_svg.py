"""Formulas that are nested deeply are typeset as well, in a time that does not double with each level."""

import re

import pytest

from explorer.core.expression.latex import program_latex
from explorer.core.expression.parser import parse
from explorer.core.latex_to_svg import MAX_COST, MAX_DEPTH, beginning, shallow, typeset, with_signs
from tests.random_expressions import random_expressions

NESTED = [("sin({})", r"\sin"), ("1/(1+{})", r"\frac"), ("sqrt(1+{})", r"\sqrt"), ("exp(-{})", "e^")]


@pytest.mark.parametrize(("form", "command"), NESTED)
@pytest.mark.parametrize("depth", [12, 60])
def test_the_inside_of_a_deep_formula_is_an_ellipsis(form, command, depth):
    text = "x"
    for _ in range(depth):
        text = form.format(text)
    shown = shallow(program_latex(parse(text)))
    assert MAX_DEPTH / 2 <= shown.count(command) <= MAX_DEPTH + 1
    assert r"\dots" in shown
    assert shown.count("{") == shown.count("}")
    assert shown.count(r"\left") == shown.count(r"\right")


def test_a_deep_formula_is_typeset():
    assert typeset(r"\sin\left(" * 60 + "x" + r"\right)" * 60) is not None  # without a limit in 2⁶⁰ steps


@pytest.mark.parametrize("before", ["(", r"\left[", "x=", "x,", r"2\cdot ", r"x\approx", "<", "x+"])
def test_a_sign_has_no_space_of_a_subtraction(before):
    end = r"\right]" if "left" in before else ""
    signed, bare = (typeset(f"{before}{number}{end}") for number in ("-3", "3"))
    sign = typeset("-3").width - typeset("3").width
    assert signed.width - bare.width == pytest.approx(sign, abs=2)
    assert typeset("x-3").width - typeset("x").width - typeset("3").width > sign


@pytest.mark.parametrize(
    "latex", ["x-3", r"\text{(-3)}", r"\frac{x-3}{2}", r"10^{-7}", r"\begin{pmatrix}1&-3\end{pmatrix}"]
)
def test_what_is_no_sign_after_something_is_left_alone(latex):
    assert with_signs(latex) == latex


LONG = [
    "+".join(f"sin({k}*x)/{k}" for k in range(1, 99)),
    "*".join(f"(x-{k})" for k in range(1, 99)),
    f"sqrt({'+'.join(f'x^{k}' for k in range(1, 199))})/(1+y)^2",
    f"exp(-({'-'.join(f'y/{k}' for k in range(2, 199))}))*z",
    *random_expressions(12, range(90, 140), seed=4),
]


@pytest.mark.parametrize("text", LONG)
def test_of_a_long_formula_the_beginning_is_typeset(text):
    latex = shallow(program_latex(parse(text)))
    shown = beginning(latex)
    assert len(shown) < len(latex)
    assert shown.startswith(latex[: len(shown) // 3])
    assert cost(shown) < 3 * MAX_COST
    assert shown.count("{") == shown.count("}")
    assert shown.count(r"\left") == shown.count(r"\right")
    assert typeset(shown) is not None


def cost(latex):
    """Return how much ziamath has to do for a formula, counted independently: each level doubles it."""
    depth, total = 0, 0
    for token in re.findall(r"\\left.|\\right.|\\[a-zA-Z]+|.", latex):
        closes = token == "}" or (token.startswith(r"\right") and len(token) == 7)
        depth -= closes
        total += 2**depth * (token != " ")
        depth += token == "{" or (token.startswith(r"\left") and len(token) == 6)
    return total


def test_a_matrix_and_a_short_formula_are_typeset_whole():
    rows = r" \\ ".join(" & ".join(["-1.25"] * 6) for _ in range(6))
    for latex in (rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}" * 3, r"\frac{-b + \sqrt{c}}{2 \, a}"):
        assert beginning(latex) == latex


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{-b + \sqrt{b^{2} - 4 \, a \cdot c}}{2 \, a}",
        r"\leftarrow \left\{ a \right\} \operatorname{relu}\left(x\right)",
        r"\ln\left(1 + e^{-y \cdot \left(w \cdot x + b\right)}\right)",
        "a}b",
    ],
)
def test_other_formulas_stay_as_they_are(latex):
    assert shallow(latex) == latex
