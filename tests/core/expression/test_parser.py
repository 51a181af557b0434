"""The expression language: meaning of texts, error messages, and hostile input."""

import math
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExpressionError
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import MAX_LENGTH, parse
from explorer.core.expression.printer import to_text
from explorer.core.expression.values import bind
from explorer.core.ops.table import function_names
from explorer.core.syntax_tree import Apply, Number, Program, Variable


def value(text, **point):
    program = parse(text)
    return evaluate_program(program, bind(program, point))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("-x^2", "-(x^2)"),
        ("2^3^2*x", "(2^(3^2))*x"),
        ("x**2", "x^2"),
        ("2x", "2*x"),
        ("3(x+1)", "3*(x+1)"),
        ("(x+1)(x-1)", "(x+1)*(x-1)"),
        ("2 sin(x)", "2*sin(x)"),
        ("2pi x", "2*pi*x"),
        ("x y", "x*y"),
        ("sqrt(x)sqrt(y)", "sqrt(x)*sqrt(y)"),
        ("1/2x", "(1/2)*x"),
        ("x/2y", "(x/2)*y"),
        ("x -1", "x-1"),
        ("-x*y", "(-x)*y"),
        ("a-b-c", "(a-b)-c"),
        ("a/b/c", "(a/b)/c"),
        ("x^-2", "x^(-2)"),
        ("-x^-y", "-(x^(-y))"),
        ("|x|", "abs(x)"),
        ("|x| |y|", "abs(x)*abs(y)"),
        ("||x|-1|", "abs(abs(x)-1)"),
        ("2|x|", "2*abs(x)"),
        ("ln(x)", "log(x)"),
        ("arcsin(x)", "asin(x)"),
        ("swish(x)", "silu(x)"),
        ("arctan2(y, x)", "atan2(y, x)"),
        ("pow(x, 3)", "x^3"),
        ("max(x, y, 2)", "max(max(x, y), 2)"),
        ("pi(x+1)", "pi*(x+1)"),
        ("e(x)", "e*x"),
        ("x(x+1)", "x*(x+1)"),
        ("f(x+1) + f", "f*(x+1) + f"),
        ("h = 2*x; h(x+1)", "h = 2*x; h*(x+1)"),
        ("θ + λ", "theta + lambda"),
        ("x²", "x^2"),
        ("2×x·y÷3−1", "2*x*y/3-1"),
        ("x ; ", "x"),
        ("\n\nh = x\n\nh^2\n", "h = x; h^2"),
        ("+x", "x"),
        ("\u00b5 + \u2126", "mu + Omega"),
        ("x\u0387y", "x*y"),
        ("h = x\u037e h^2", "h = x; h^2"),
        ("sin\u00a0(x)", "sin(x)"),
        ("(x\r\n + 1)", "(x + 1)"),
        ("h = 2x\r\ny = h^2\r\n", "h = 2*x; y = h^2"),
        ("x\t+\t1", "x + 1"),
    ],
)
def test_equivalent_texts_have_equal_trees(text, same):
    one, other = parse(text), parse(same)
    assert (one.output, one.definitions) == (other.output, other.definitions)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2), (".5", 0.5), ("1e-3", 1e-3), ("1.", 1), ("pi", math.pi), ("e", math.e), ("2^3^2", 512),
        ("-2^2", -4), ("1/2*3", 1.5), ("7-2-1", 4), ("sqrt(16)", 4), ("log2(8)", 3), ("log10(1000)", 3),
        ("atan2(1, 1)", math.pi / 4), ("min(3, 1, 2)", 1), ("cbrt(27)", 3), ("round(2.6)", 3), ("|0-3|", 3),
    ],
)  # fmt: skip
def test_constant_expressions_have_their_value(text, number):
    assert value(text) == pytest.approx(number, rel=1e-12)


def test_variables_default_to_one_and_statements_assign_them():
    assert value("x + y") == 2
    assert value("x = pi/4; x + y") == pytest.approx(math.pi / 4 + 1)
    assert value("x = 2; x*y", x=5, y=3, z=9) == 15
    program = parse("x = pi/4; W = [[1,2],[3,4]]; sum(W)*x")
    assert set(program.variables) == {"x", "W"}
    np.testing.assert_array_equal(program.assignments["W"], [[1, 2], [3, 4]])


@pytest.mark.parametrize("name", ["x", "x1", "m_0", "theta", "lambd", "gamma", "beta", "I", "E", "S", "N", "O", "Q"])
def test_names_reserved_by_other_programs_are_variables(name):
    assert parse(f"2*{name}").variables == (name,)


def test_definitions_are_kept_in_order():
    program = parse("h = 2*x; y = sin(h) + h^2")
    assert list(program.definitions) == ["h", "y"]
    assert program.variables == ("x",)


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("sni(2*x)", "did you mean sin?", 1),
        ("x + sni(x)", "sni*(", 5),
        ("2*(x", '")" is missing for the "(" at 3', None),
        ("x)", '")"', 2),
        ("sin()", "sin", None),
        ("sin(x, y)", "sin", None),
        ("atan2(x)", "atan2", None),
        ("x $ y", '"$" has no meaning here', 3),
        ("x = 2; x = 3; x", "x", 8),
        ("h = h + 1; h", "h", None),
        ("sin = 3; x", "sin", 1),
        ("pi = 3; pi", "pi", 1),
        ("[[1,2],[3]]", "", None),
        ("*x", "", 1),
        ("2*[]", "is empty", 3),
        ("(a;\nb)", '")" is missing for the "(" at 1', 3),
        ("x\x0b+1", "cannot be seen (U+000B)", 2),
        ("+".join(f"x{k}*y{k}" for k in range(150)), "variables", None),
        ("|x|y|", "", None),
        ("x +", "", None),
    ],
)
def test_error_messages_and_columns(text, message, column):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.message.count("\n") == 0
    if column is not None:
        assert caught.value.column == column
    assert "Traceback" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000 + "x" + ")" * 3000,
        "-" * 4000 + "x",
        "9^9^9^9^9^9",
        "x" + "^x" * 2000,
        "+".join(["x"] * 2400),
        "x" * (MAX_LENGTH + 1),
        "1e999999",
        "__import__('os').system('true')",
        "lambda: 0",
        "\0",
        "x\0y",
        "'" * 100,
        "[" * 2000,
        "|" * 999,
        ";".join(f"a{k} = a{k - 1}*a{k - 1}" for k in range(1, 60)) + "; a59",
        "9" * 4000,
        "sin(" * 900 + "x" + ")" * 900,
        "\u202e\ufeff",
        "x;" * 2000,
    ],
)
def test_hostile_texts_are_answered_quickly(text):
    begin = perf_counter()
    try:
        program = parse(text)
    except ExpressionError as error:
        assert len(error.message) < 500
    else:
        assert isinstance(program, Program)
    assert perf_counter() - begin < 10  # a hang, not a slow machine


@settings(deadline=None, max_examples=400)
@given(st.text(st.sampled_from("xyhe pi1290.^*/+-()|[];,=sincosλ²\n\t@#$'\"\\é∞"), max_size=60))
def test_no_text_raises_another_exception(text):
    try:
        parse(text)
    except ExpressionError as error:
        assert error.message
        assert error.column is None or 1 <= error.column <= len(text) + 1


ATOMS = st.one_of(
    st.sampled_from(["x", "y", "theta", "x1"]).map(Variable),
    st.floats(0, 1e6, allow_nan=False).map(Number),
    st.integers(0, 99).map(float).map(Number),
)
BINARY = ("add", "sub", "mul", "div", "pow")
UNARY = tuple(sorted({"sin", "exp", "log", "sqrt", "abs", "relu", "tanh"} & set(function_names().values())))


def _variables(node):
    return isinstance(node, Variable) or (isinstance(node, Apply) and any(map(_variables, node.args)))


def _grow(children):
    pairs = st.tuples(st.sampled_from(BINARY), children, children).filter(
        lambda t: _variables(t[1]) or _variables(t[2])
    )
    return st.one_of(
        pairs.map(lambda t: Apply(t[0], (t[1], t[2]))),
        st.tuples(st.sampled_from((*UNARY, "neg")), children.filter(_variables)).map(lambda t: Apply(t[0], (t[1],))),
    )


@settings(deadline=None, max_examples=400)
@given(st.recursive(ATOMS, _grow, max_leaves=14))
def test_a_printed_tree_is_parsed_as_the_same_tree(tree):
    text = to_text(tree)
    assert parse(text).output == tree


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_arithmetic_agrees_with_python(data):
    """The expected number is computed while the text is drawn, by Python's arithmetic on floats."""

    def draw(depth):
        if depth == 0 or data.draw(st.booleans()):
            number = data.draw(st.integers(1, 9))
            return str(number), float(number)
        (a, left), (b, right) = draw(depth - 1), draw(depth - 1)
        sign = data.draw(st.sampled_from("+-*/"))
        result = {"+": left + right, "-": left - right, "*": left * right}.get(sign)
        if result is None:
            if right == 0:
                return f"({a})", left
            result = left / right
        return f"({a}){sign}({b})", result

    text, number = draw(4)
    assert value(text) == pytest.approx(number, rel=1e-12, abs=1e-300)
