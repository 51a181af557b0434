"""The judge of answers: every right answer is right, in every form, and wrong ones are not."""

from contextlib import suppress

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.parser import parse
from explorer.core.practice.exercise_values import choose_values
from explorer.core.practice.questions import PASSED, answer_key
from explorer.core.sharing.worksheet import make_worksheet
from tests.core.practice.examiner import Examiner

X, Y = sp.symbols("x y", real=True)
VECTOR = {"x": [-1, 0.5, 2, 3]}
NEURON = "w=2; b=-1; sum(relu(w*x+b))"
LAYER = ("relu(W@x+b)", {"W": [[1, 2], [3, 4]], "x": [1, 2], "b": [0.5, -1]})

KEYS = [
    ("x*sin(x)", {"x": 0.5}), ("x*x", {"x": 2}), ("x/x", {"x": 2}), ("x^x", {"x": 2}), ("x-x+y", {"x": 1, "y": 1}),
    ("x@x", {"x": [1, 2]}), (NEURON, VECTOR), LAYER, ("x*y", {"x": [[1], [2]], "y": [1, 2, 3]}),
    ("W@W", {"W": [[1, 2], [3, 4]]}), ("logsumexp(x)", {"x": [1, 2]}), ("softmax(x)*x", {"x": [1, 2]}),
    ("norm(x)", {"x": [3, 4]}), ("custom(x^2, 3*x)*y", {"x": 2, "y": 1.5}), ("h = 2*x; sin(h)+h^2", {"x": 0.5}),
    ("log(x)", {"x": -1}), ("tanh(8*x)", {"x": 1}), ("1e-9*x+1e9*y", {"x": 3, "y": 0.7}),
    ("atan2(x,y)", {"x": 1, "y": 2}), ("(1-cos(x))/x^2", {"x": 1e-4}), ("x*y", {"x": 1, "y": 1e-13}),
    ("max(x,x)", {"x": 1}), ("mean(x*y)", {"x": [1, 2], "y": 3}), ("[1,0]/x", {"x": [0, 0]}), ("-1/x", {"x": 0}),
    ("gelu(log(y))", {"y": [-1.5, 2]}), ("2-y+log(0)", {"y": [1, 2]}), ("asin(y)", {"y": [[2, 0.3], [0.1, -3]]}),
]  # fmt: skip


def test_the_upstream_gradient_has_another_letter_where_the_expression_has_a_g():
    with Examiner("sin(x*y)+G", {"x": 0.5, "y": 2, "G": 3}) as examiner:
        asked = [question for question in examiner.questions() if question.of == examiner.trace.variables["x"]]
        passed = next(question for question in asked if question.kind == PASSED)
        assert examiner.judge(passed, "U*y").verdict == "right"
        assert examiner.judge(passed, "G*y").verdict == "wrong"


@pytest.mark.parametrize("depth", ["concept", "full"])
@pytest.mark.parametrize(("text", "point"), KEYS, ids=[text for text, _ in KEYS])
def test_the_key_is_accepted(text, point, depth):
    with Examiner(text, point, depth) as examiner:
        for question in examiner.questions():
            key = answer_key(question, examiner.values)
            assert examiner.judge(question, key).verdict == "right", (question.text, key)


@pytest.mark.parametrize("depth", ["concept", "full"])
@pytest.mark.parametrize(("text", "point"), KEYS, ids=[text for text, _ in KEYS])
def test_each_question_of_a_step_is_another(text, point, depth):
    with Examiner(text, point, depth) as examiner:
        per_step = {}
        for question in examiner.questions():
            if question.step is not None:
                per_step.setdefault(question.step.op, []).append(question.text)
        for texts in per_step.values():
            assert len(set(texts)) == len(texts)


WORKSHEETS = [
    "x*sin(x)", "x*x", "h = x*y; h*exp(h)", "sigmoid(w*x+b)", "x/x+x", "x=[1e-9,2e9]; x*x*1e-7",
    "x=[-1,0.5,2,3]; w=2; b=-1; h=w*x+b; sum(h*sin(h))", "x=[1,2]; W=[[1,2],[3,4]]; sum(tanh(W@x))",
    "x=[[1],[2]]; y=[1,2,3]; sum(x*y)",
]  # fmt: skip


@pytest.mark.parametrize("text", WORKSHEETS)
def test_the_printed_key_is_accepted_on_the_screen(text):
    with Examiner(text, choose_values(parse(text), 3)) as examiner:
        sheet = make_worksheet(examiner.trace, examiner.values)
        for blank in sheet.blanks:
            assert examiner.judge(blank.question, blank.answer).verdict == "right", (blank.question.text, blank.answer)
        on_screen = {question.tensor: question.text for question in examiner.questions() if question.kind == "local"}
        for blank in sheet.blanks:
            if blank.question.kind == "local" and blank.tensor in on_screen and text.count("x*x") == 0:
                assert blank.question.text == on_screen[blank.tensor]


def expressions(depth):
    """Return a strategy for expressions that SymPy and the language write alike."""
    leaves = st.sampled_from(["x", "y", "x", "2", "3"])
    if depth == 0:
        return leaves
    inner = expressions(depth - 1)
    return st.one_of(
        st.builds("{}({})".format, st.sampled_from(["sin", "cos", "exp", "tanh"]), inner),
        st.builds("({})*({})".format, inner, inner),
        st.builds("({})+({})".format, inner, inner),
        st.builds("({})/(2+({})^2)".format, inner, inner),
        st.builds("({})^{}".format, inner, st.sampled_from(["2", "3"])),
        st.builds("log(1+({})^2)".format, inner),
        leaves,
    )


def formula_of(trace, question):
    """Return our formula for an answer, None for none."""
    if question.kind == "local":
        return question.slot.local_formula
    if question.kind == "passed":
        return question.slot.chain
    return next((info.chain for info in trace.gradients.values() if info.tensor == question.tensor), None)


def with_exponentials(exact):
    """Return ``exact`` without hyperbolic tangents; SymPy would write powers as exponentials of logarithms, too."""
    return exact.replace(sp.tanh, lambda u: (sp.exp(2 * u) - 1) / (sp.exp(2 * u) + 1))


REWRITES = [sp.expand, sp.factor, sp.together, sp.expand_trig, with_exponentials]


def rewritten(formula):
    """Return formulas that SymPy says are equal."""
    exact = sp.sympify(formula.replace("^", "**"), {"x": X, "y": Y})
    found = {str(exact)}
    for rewrite in REWRITES:
        with suppress(sp.PolynomialError):
            found.add(str(rewrite(exact)))
    return exact, found


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    text=expressions(2),
    place=st.integers(0, 999),
    x=st.sampled_from([-1.5, 0.0, 0.3, 1.0, 2.0]),
    y=st.sampled_from([-0.7, 1.0, 1.8]),
)
def test_rewritten_forms_are_accepted_and_wrong_ones_are_not(text, place, x, y):
    names = parse(text).variables
    assume(names)
    with Examiner(text, {name: {"x": x, "y": y}[name] for name in names}) as examiner:
        asked = []
        for question in examiner.questions(with_forward=False):
            formula = formula_of(examiner.trace, question)
            if formula is not None and len(formula) < 120:
                asked.append((question, formula))
        assume(asked)
        question, formula = asked[place % len(asked)]
        truth = float(examiner.values[question.tensor])
        exact, forms = rewritten(formula)
        assume(all("zoo" not in form and "nan" not in form for form in forms))
        for form in forms:
            judged = examiner.judge(question, form)
            assert judged.verdict == "right", (text, question.text, form, judged)
        if exact != 0 and np.isfinite(truth):
            for wrong in (f"-({formula})", f"2*({formula})", f"({formula})*(1+{names[0]}^2)", f"({formula})+1"):
                assert examiner.judge(question, wrong).verdict == "wrong", (text, question.text, wrong)
        if abs(truth) > 1e-3:
            for wrong in (-truth, 2 * truth, truth + 1):
                assert examiner.judge(question, f"{wrong:.6f}").verdict == "wrong", (text, question.text, wrong)


@pytest.mark.parametrize(
    ("text", "point", "kind", "label", "right", "wrong"),
    [
        # with the other factor held still
        ("x*sin(x)", {"x": 0.5}, "local", "left factor", ["sin(x)", "y/x", "2*sin(x/2)*cos(x/2)", "0.479"],
         ["x*cos(x)+sin(x)", "x", "cos(x)"]),
        ("x*x", {"x": 2}, "local", "left factor", ["x", "2", "sqrt(y)^1 + x - sqrt(y)"], ["2*x", "4", "x^2"]),
        # names that the program defines, and the output's own
        ("h = 2*x; sin(h)", {"x": 0.5}, "local", "respect to h", ["cos(h)", "cos(2*x)"], ["2*cos(h)"]),
        ("exp(x)", {"x": 0.5}, "local", "", ["exp(x)", "y", "e^x", "sinh(x)+cosh(x)"], ["x*exp(x)", "2*y"]),
        # values that the program or the reader has given instead of names
        ("w=2; b=-1; (w*x+b)^2", {"x": 3}, "local", "(w*x+b)^2", ["2*(w*x+b)", "2*(2*x-1)", "4*x-2", "10"],
         ["2*(2*x+1)", "2*x-1"]),
        ("sin(w*x)", {"w": 3, "x": 0.5}, "gradient", "dy/dx", ["w*cos(w*x)", "3*cos(3*x)"], ["cos(3*x)"]),
        ("sin(w*x)", {"w": 1, "x": 0.5}, "gradient", "dy/dx", ["w*cos(w*x)"], ["cos(w*x)", "cos(x)"]),
        # domains: at the edge, and forms that are defined on a part
        ("sqrt(x)", {"x": 0}, "local", "", ["1/(2*sqrt(x))", "0.5*x^-0.5"], ["1/sqrt(x)", "2*sqrt(x)"]),
        ("x^2", {"x": 3}, "local", "", ["2*x", "2*exp(log(x))", "2*sqrt(x)^2"], ["exp(2*log(x))", "2*sqrt(x)"]),
        ("log(x)", {"x": 2}, "local", "", ["1/x", "exp(-log(x))", "x^-1", "x⁻¹"], ["log(x)", "-1/x"]),
        ("log(x)", {"x": -1}, "local", "", ["1/x", "-1", "exp(-log(x))"], ["-1/x", "1"]),
        ("asin(x)", {"x": 1}, "local", "", ["1/sqrt(1-x^2)", "(1-x^2)^-0.5"], ["1/(1-x^2)", "sqrt(1-x^2)"]),
        ("asin(1000*x)", {"x": 0.0005}, "gradient", "", ["1000/sqrt(1-(1000*x)^2)"], ["1/sqrt(1-(1000*x)^2)"]),
        ("acos(x^pi)", {"x": 100}, "gradient", "", ["-pi*x^(pi-1)/sqrt(1-x^(2*pi))"], ["-pi*x^(pi-1)"]),
        ("x^y", {"x": -2, "y": 2}, "local", "to y", ["x^y*log(x)", "0"], ["x^y", "x^y*log(-x)", "1"]),
        ("x^y", {"x": [-2, 2], "y": [2, 3]}, "local", "to y", ["x^y*log(x)", "[0, 5.545]"], ["x^y", "[0, 5.2]"]),
        # float32 has lost it elsewhere, or here
        ("tanh(5*x)", {"x": 1}, "local", "tanh", ["1-tanh(5*x)^2", "1/cosh(5*x)^2"], ["tanh(5*x)^2", "1-tanh(5*x)"]),
        ("sin(x)^2+cos(x)^2", {"x": 0.8}, "gradient", "", ["0", "0*x"], ["0.01", "sin(x)"]),
        ("(1-cos(x))/x^2", {"x": 1e-4}, "gradient", "", ["sin(x)/x^2 - 2*(1-cos(x))/x^3"], ["1"]),
        # broadcast: each entry's, and the sum
        (NEURON, VECTOR, "local", "respect to w,", ["x", "[-1,0.5,2,3]"], ["5", "sum(x)", "w"]),
        (NEURON, VECTOR, "local", "respect to x,", ["w", "2", "[2,2,2,2]"], ["8", "x"]),
        (NEURON, VECTOR, "passed", "to b,", ["2", "sum(G)"], ["4", "[0,0,1,1]", "1"]),
        (NEURON, VECTOR, "passed", "to w,", ["5", "sum(G*x)", "G@x"], ["4.5", "[0,0,2,3]"]),
        ("x*y", {"x": [[1], [2]], "y": [1, 2, 3]}, "local", "respect to x", ["y", "[[1,2,3],[1,2,3]]"],
         ["[1,2,3]", "x"]),
        # matrices, in the shape that was typed
        (*LAYER, "passed", "to W (", ["[[1,2],[1,2]]", "G xᵀ", "G@transpose(x)"], ["[[1,1],[2,2]]", "[1,2]", "1"]),
        (*LAYER, "gradient", "dx", ["[4,6]", "[4, 6.0]"], ["[6,4]", "4", "[[4,6]]"]),
        ("x@x", {"x": [1, 2]}, "gradient", "", ["2*x", "[2,4]"], ["x", "[1,2]"]),
        # numbers as they are shown
        ("7850*x", {"x": 1}, "gradient", "", ["7,850", "7850"], ["7,851.9", "7"]),
        ("x*1e-7", {"x": 0.25}, "value", "comes out", ["2.5×10⁻⁸", "2.5e-8"], ["2.5×10⁻⁷"]),
    ],
)  # fmt: skip
def test_right_and_wrong_answers(text, point, kind, label, right, wrong):
    with Examiner(text, point) as examiner:
        question = examiner.question(kind, label)
        for answer in right:
            judged = examiner.judge(question, answer)
            assert judged.verdict == "right", (question.text, answer, judged)
        for answer in wrong:
            judged = examiner.judge(question, answer)
            assert judged.verdict == "wrong", (question.text, answer, judged)
            assert judged.message


def test_a_matrix_vector_product_is_asked_once_in_the_shape_that_was_typed():
    with Examiner(*LAYER) as examiner:
        shapes = {name: np.shape(value) for name, value in LAYER[1].items()}
        passed = [each for each in examiner.questions() if each.kind == "passed" and each.step.type == "MatMul"]
        assert [each.of for each in passed] == ["W:0", "x:0"]
        assert [examiner.values[each.tensor].shape for each in passed] == [shapes["W"], shapes["x"]]


@pytest.mark.parametrize(
    ("text", "point", "kind", "label", "answer", "hint_kind"),
    [
        ("x*sin(x)", {"x": 0.5}, "local", "left factor", "sin(x)+x*cos(x)", "total"),
        ("x*x", {"x": 3}, "local", "right factor", "2*x", "total"),
        ("x^x", {"x": 2}, "local", "base", "x^x*(log(x)+1)", "total"),
        (NEURON, VECTOR, "passed", "to b,", "[0, 0, 1, 1]", "broadcast"),
        (NEURON, VECTOR, "local", "respect to w,", "4.5", "broadcast"),
        (*LAYER, "gradient", "dW", "[[1, 1], [2, 2]]", "transposed"),
        ("sin(2*x)", {"x": 0.5}, "passed", "to x", "cos(2*x)", "inner"),
        ("sin(2*x)", {"x": 0.5}, "passed", "to x", "2", "outer"),
    ],
)
def test_a_known_mistake_is_named(text, point, kind, label, answer, hint_kind):
    with Examiner(text, point) as examiner:
        assert examiner.judge(examiner.question(kind, label), answer).hint_kind == hint_kind


def test_what_is_nowhere_a_number_is_neither_right_nor_wrong():
    with Examiner("log(x)", {"x": 2}) as examiner:
        question = examiner.question("local")
        assert examiner.judge(question, "log(-x^2)").verdict == "wrong"  # TensorFlow's has a value here
    with Examiner("x*log(-x^2)", {"x": 2}) as examiner:
        assert examiner.judge(examiner.question("gradient"), "x").verdict == "unclear"


def test_an_answer_cannot_name_what_is_asked_for():
    with Examiner("h = 2*x; sin(h)", {"x": 0.5}) as examiner:
        question = examiner.question("value", "2*x")
        for text in ("h", "z", "sin(x"):
            with pytest.raises(UserError):
                examiner.judge(question, text)
        assert examiner.judge(question, "2*x").verdict == "right"


def test_a_worksheet_refuses_what_it_cannot_print():
    with Examiner("x = [1,2,3,4,5,6,7,8,9]; sin(x)") as examiner, pytest.raises(ExpressionError, match="9 numbers"):
        make_worksheet(examiner.trace, examiner.values)
