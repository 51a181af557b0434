"""Text and LaTeX of trees, values, shapes, number formats and ticks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExpressionError
from explorer.core.expression.latex import program_latex, to_latex
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import to_text
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.tensorflow_code import command_line
from explorer.core.expression.values import bind, parse_point, parse_value
from explorer.core.latex_to_svg import typeset
from explorer.core.number_format import format_full, format_number, format_value
from explorer.core.ops.table import function_names, op_table
from explorer.core.plot.pi_ticks import bound_text, is_pi_range, pi_ticks


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("sin(2*x)", r"\sin\left(2 \, x\right)"),
        ("x/(1+x)", r"\frac{x}{1 + x}"),
        ("theta2 + m_0", r"\theta_{2} + m_{0}"),
        ("x*y", r"x \cdot y"),
        ("(x+1)^2", r"\left(x + 1\right)^{2}"),
        ("lambd*gamma", r"\lambda \cdot \gamma"),
    ],
)
def test_latex(text, latex):
    assert to_latex(parse(text).output) == latex


def test_every_op_can_be_typeset():
    for name in function_names():
        arity = op_table()[function_names()[name]].arity
        program = parse(f"{name}({', '.join(['x', 'y'][:arity])})")
        assert typeset(program_latex(program)) is not None, name
    for text in ("x+y", "x-y", "x*y", "x/y", "x^y", "-x", "W@x", "[[1,2],[3,4]]@x", "h = x; h^2", "|x|", "1e-30*x"):
        assert typeset(program_latex(parse(text))) is not None, text


def test_invalid_latex_gives_none():
    assert typeset(r"\frac{") is None


@pytest.mark.parametrize(
    ("text", "shortest"),
    [
        ("(x)", "x"),
        ("(a*b)*c", "a*b*c"),
        ("a*(b*c)", "a*(b*c)"),
        ("-(x^2)", "-x^2"),
        ("(-x)^2", "(-x)^2"),
        ("2.0*x", "2*x"),
    ],
)
def test_text_has_no_redundant_parentheses(text, shortest):
    assert to_text(parse(text).output) == shortest


def test_a_text_beyond_the_limit_is_none():
    assert to_text(parse("+".join(["x"] * 150)).output, limit=100) is None


def test_a_point_is_split_at_top_level_commas():
    point = parse_point("W=[[1,2],[3,4]],x=2, y = -pi/2")
    np.testing.assert_array_equal(point["W"], [[1, 2], [3, 4]])
    assert (point["x"], point["y"]) == (2, -math.pi / 2)


@pytest.mark.parametrize("text", ["", "x", "1+", "[1,[2]]", "[[1,2],[3]]", "2; 3", "[[[1]]]"])
def test_invalid_values_raise(text):
    with pytest.raises(ExpressionError):
        parse_value(text)


def test_values_are_checked_when_they_are_bound():
    program = parse("x*2")
    for bad in ("a", None, {}, [[1], [1, 2]], [[[1]]], object()):
        with pytest.raises(ExpressionError):
            bind(program, {"x": bad})
    assert bind(program, {"z": 3}) == {"x": 1.0}


@pytest.mark.parametrize(
    ("text", "shapes", "shape"),
    [
        ("W @ x + b", {"W": (3, 2), "x": (2,), "b": (3,)}, (3,)),
        ("sum(x*y)", {"x": (4,), "y": ()}, ()),
        ("transpose(W)", {"W": (3, 2)}, (2, 3)),
        ("softmax(x)", {"x": (5,)}, (5,)),
        ("dot(x, y)", {"x": (3,), "y": (3,)}, ()),
    ],
)
def test_inferred_shapes(text, shapes, shape):
    assert check_shapes(parse(text), shapes) == shape


@pytest.mark.parametrize(
    ("text", "shapes"),
    [("W @ x", {"W": (2, 2), "x": (3,)}), ("x + y", {"x": (2,), "y": (3,)})],
)
def test_a_shape_mismatch_message_names_both_shapes(text, shapes):
    with pytest.raises(ExpressionError) as caught:
        check_shapes(parse(text), shapes)
    for name, shape in shapes.items():
        assert name in caught.value.message
        assert str(shape) in caught.value.message


def test_a_matrix_product_of_numbers_says_which_values_to_give():
    with pytest.raises(ExpressionError, match="give x and y values such as x = \\[\\[1, 2\\], \\[3, 4\\]\\]"):
        check_shapes(parse("x @ y"), {"x": (), "y": ()})


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.9092974, "0.9093"), (-0.8322937, "−0.8323"), (1, "1"), (2.5e-7, "2.5×10⁻⁷"), (1234567, "1.235×10⁶"), (0, "0")],
)
def test_numbers_have_four_significant_digits(number, text):
    assert format_number(number) == text


def test_special_numbers_and_arrays():
    assert [format_number(v) for v in (np.nan, np.inf, -np.inf)] == ["nan", "∞", "−∞"]
    assert format_value(np.zeros((2, 3)), max_length=4) == "2×3"
    assert format_value(np.array([1.0, -2.0])) == "[1, −2]"


def test_an_array_is_shortened_to_fewer_digits_before_its_shape():
    array = np.array([-0.295, 0.2593, 0.03510])
    assert [format_value(array, 4, max_length) for max_length in (26, 24, 20, 18)] == [
        "[−0.295, 0.2593, 0.0351]",
        "[−0.295, 0.2593, 0.0351]",
        "[−0.29, 0.26, 0.035]",
        "3 vector",
    ]


@settings(deadline=None)
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_full_digits_read_back_as_the_same_float32(number):
    assert np.float32(format_full(np.float32(number)).replace("−", "-")) == np.float32(number)


def test_ticks_are_multiples_of_pi():
    assert [text for _, text in pi_ticks(-math.pi, math.pi, 5)] == ["−π", "−π/2", "0", "π/2", "π"]
    assert [value for value, _ in pi_ticks(0, 2 * math.pi, 3)] == pytest.approx([0, math.pi, 2 * math.pi])
    assert is_pi_range(-math.pi, 3)
    assert not is_pi_range(-3, 3)
    assert (bound_text(-2 * math.pi), bound_text(math.pi / 4), bound_text(0.5)) == ("-2*pi", "pi/4", "0.5")


@settings(deadline=None)
@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))
def test_ticks_lie_in_the_range_and_are_few(low, width):
    ticks = pi_ticks(low, low + width, 9)
    assert len(ticks) <= 9
    assert all(low - 1e-6 * width <= value <= low + width * (1 + 1e-6) + 1e-6 for value, _ in ticks)


def test_the_command_line_is_quoted():
    text = command_line("x' ; rm", {"x": np.float64(2), "W": np.array([[1.0, 2.0]])}, command="explain", json=None)
    assert text == "autodiff-explorer explain 'x'\"'\"' ; rm' --at 'x=2,W=[[1,2]]'"


def test_values_are_read_as_answers_write_them():
    program = parse("x*2")
    assert bind(program, {"x": 10**30}) == {"x": 1e30}
    assert bind(program, {"x": 10**400}) == {"x": math.inf}
    np.testing.assert_array_equal(bind(program, {"x": [1, "nan", "-inf"]})["x"], [1, math.nan, -math.inf])
    np.testing.assert_array_equal(parse_point("x=inf, y = NaN")["x"], math.inf)
    for bad in (True, [True, 1], [1, "y"], [1, "[1]"], [[1, None]]):
        with pytest.raises(ExpressionError) as caught:
            bind(program, {"x": bad})
        assert caught.value.column is None  # it would not be a column of the expression


def test_printed_text_is_never_larger_than_the_parser_accepts():
    deep = parse("x")
    tree = deep.output
    for _ in range(61):
        tree = parse("sin(x)").output.__class__("sin", (tree,))
    assert to_text(tree) is None
    assert to_text(tree.args[0]) == "sin(" * 60 + "x" + ")" * 60
