"""Formulas that are nested deeply are typeset as well, in a time that does not double with each level."""

import pytest

from explorer.core.expression.latex import program_latex
from explorer.core.expression.parser import parse
from explorer.core.latex_to_svg import MAX_DEPTH, shallow, typeset

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
