"""Numbers are shown as they were typed: no text has digits of a float that nobody typed."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.autodiff.chain_symbols import apply_op, local_derivative, multiply
from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.exact_arithmetic import exact_number, rational
from explorer.core.expression.latex import program_latex, to_latex
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import to_text
from explorer.core.expression.tensorflow_code import tensorflow2_code
from explorer.core.graph.picture import parsed_picture
from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Number, Variable


@pytest.mark.parametrize(
    ("typed", "text", "latex"),
    [
        ("1/3*x", "1/3*x", r"\frac{1}{3} \, x"),
        ("-1/3*x", "-1/3*x", r"-\frac{1}{3} \, x"),
        ("-(1/3)*x", "-1/3*x", r"-\frac{1}{3} \, x"),
        ("x^(1/3)", "x^(1/3)", r"x^{\frac{1}{3}}"),
        ("x^(-2/3)", "x^(-2/3)", r"x^{-\frac{2}{3}}"),
        ("x/(2*pi)", "x/(2*pi)", r"\frac{x}{2 \, \pi}"),
        ("2^0.5*x", "2^0.5*x", r"2^{0.5} \, x"),
        ("2^10*x", "2^10*x", r"2^{10} \, x"),
        ("-2^2*x", "-2^2*x", r"-2^{2} \, x"),
        ("-pi*x", "-pi*x", r"-\pi \, x"),
        ("x^(-(pi/2))", "x^(-pi/2)", r"x^{-\frac{\pi}{2}}"),
        ("e^2*x", "e^2*x", r"e^{2} \, x"),
        ("sqrt(2*pi)*x", "sqrt(2*pi)*x", r"\sqrt{2 \, \pi} \cdot x"),
        ("(0.1+0.2)*x", "(0.1+0.2)*x", r"\left(0.1 + 0.2\right) \, x"),
        ("0.1*3*x", "0.1*3*x", r"0.1 \cdot 3 \, x"),
        ("2*3*x", "6*x", r"6 \, x"),
        ("max(sign(x),0)", "max(sign(x),0)", r"\left[x > 0\right]"),
        ("max(0,sign(x))", "max(0,sign(x))", r"\left[x > 0\right]"),  # the order in which SymPy writes it
        ("(0.5+0.25)*x", "0.75*x", r"0.75 \, x"),
        ("3.14159265*x", "3.14159265*x", r"3.14159265 \, x"),
        ("12345678901234567890*x", "12345678901234567890*x", r"12345678901234567890 \, x"),
        ("0.12345678901234567890*x", "0.12345678901234567890*x", r"0.12345678901234567890 \, x"),
        ("1e-30*x", "1e-30*x", r"10^{-30} \, x"),
        ("x-(1/3-2)", "x-(1/3-2)", r"x - \left(\frac{1}{3} - 2\right)"),
        ("(1/3)^x", "(1/3)^x", r"\left(\frac{1}{3}\right)^{x}"),
    ],
)
def test_numbers_are_shown_as_they_were_typed(typed, text, latex):
    tree = parse(typed).output
    assert to_text(tree) == text
    assert parse(text).output == tree
    assert to_latex(tree) == latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("a = 1/3; a*x", r"a = \frac{1}{3},\quad a \cdot x"),
        ("s = sqrt(2)/2; s*x", r"s = \frac{\sqrt{2}}{2},\quad s \cdot x"),
        ("x = -pi/4; sin(x)", r"x = -\frac{\pi}{4},\quad \sin\left(x\right)"),
        (
            "x = [1/3, -2/7, 0.25]; sum(x)",
            r"x = \begin{bmatrix} \frac{1}{3} \\ -\frac{2}{7} \\ 0.25 \end{bmatrix},\quad \sum x",
        ),
    ],
)
def test_assigned_values_are_shown_as_they_were_typed(text, latex):
    assert program_latex(parse(text)) == latex


def test_the_code_and_the_parsed_graph_show_what_was_typed():
    program = parse("1/3*x + 2*pi")
    assert "1.0 / 3.0 * x + 2.0 * 3.141592653589793" in tensorflow2_code(program, {"x": 1.0}, "float32")
    assert {box.symbol for box in parsed_picture(program).boxes if box.kind == "constant"} == {"1/3", "2*pi"}


@pytest.mark.parametrize(
    ("op", "slot", "arguments", "formula"),
    [
        ("pow", 0, ("x", "1/3"), "1/3*x^(-2/3)"),
        ("pow", 0, ("x", "-1/2"), "-1/2*x^(-3/2)"),
        ("pow", 0, ("x", "0.7"), "0.7*x^(-0.3)"),
        ("pow", 0, ("x", "0.1+0.2"), "(0.1+0.2)*x^(-0.7)"),
        ("pow", 0, ("x", "pi"), "pi*x^(pi-1)"),
        ("pow", 0, ("x", "1"), "x^0"),
        ("pow", 1, ("2/3", "x"), "(2/3)^x*log(2/3)"),
        ("pow", 1, ("0", "x"), "0"),  # for all positive x; the logarithm of 0 has no value
        ("div", 0, ("x", "1/3"), "1/(1/3)"),
        ("erf", 0, ("x",), "2/sqrt(pi)*exp(-x^2)"),
    ],
)
def test_local_derivatives_have_exact_constants(op, slot, arguments, formula):
    assert to_text(local_derivative(op_table()[op], slot, [parse(a).output for a in arguments])) == formula


def test_factors_1_are_left_out_on_both_sides():
    x, one = Variable("x"), Number(1.0)
    assert multiply(x, one) == multiply(one, x) == apply_op("div", [x, one]) == apply_op("pow", [x, one]) == x
    assert apply_op("mul", [parse("49*(1/49)").output, x]) == x  # 0.9999999999999999 as a float


NUMBERS = st.recursive(
    st.sampled_from(["1", "2", "3", "7", "0.1", "0.25", "1.5", "10"]),
    lambda parts: st.tuples(parts, st.sampled_from("+-*/"), parts).map(lambda drawn: f"({''.join(drawn)})"),
    max_leaves=6,
)


@settings(deadline=None)
@given(NUMBERS, NUMBERS, st.sampled_from(["add", "sub", "mul"]))
def test_arithmetic_between_numbers_is_exact(a, b, op):
    """The oracle is Python's arithmetic on fractions."""

    def fraction(text):
        return eval("".join(f"Fraction('{part}')" if part[0].isdigit() else part for part in tokens(text)))

    try:
        left, right = fraction(a), fraction(b)
    except ZeroDivisionError:
        return
    trees = [parse(text).output for text in (a, b)]
    assert [rational(tree) for tree in trees] == [left, right]
    result = exact_number(op, *trees)
    expected = {"add": left + right, "sub": left - right, "mul": left * right}[op]
    if result is not None:
        assert rational(result) == expected
        assert float(evaluate(result, {}, {})) == pytest.approx(float(expected), rel=1e-15)
        assert parse(to_text(result)).output == result


def tokens(text):
    current = ""
    for sign in text:
        if sign.isdigit() or sign == ".":
            current += sign
            continue
        if current:
            yield current
        current = ""
        yield sign
    if current:
        yield current


def test_hostile_literals_take_no_time():
    for text in ("1e-999999999*x", "0." + "3" * 3000 + "*x", "1e-300*1e-300*x", "1e300*1e-300*x", "9" * 300 + "*x"):
        assert to_text(parse(text).output) is not None, text
    assert Fraction(1, 3) == rational(parse("1/3").output)
