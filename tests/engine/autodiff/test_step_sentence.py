"""A step in one sentence: its numbers are TensorFlow's, its products are right, and it reveals nothing hidden."""

import math
import re

import pytest

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.explain_json import explanation
from explorer.core.autodiff.step_sentence import step_sentence
from explorer.core.autodiff.visible_steps import BACKWARD, hidden_tensors, unanswered_slots
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.engine.in_process import trace_and_run

W, X = [[1, 2], [3, 4]], [1, -0.5]

SENTENCES = [
    ("sin(2*x)", {"x": 0.5}, 0, "The backward pass begins with 1 at y."),
    (
        "sin(2*x)", {"x": 0.5}, 1,
        "1 arrives at sin; cos(1) = 0.5403 is its local derivative; 1 · 0.5403 = 0.5403 goes on to 2*x.",
    ),
    ("sin(2*x)", {"x": 0.5}, 2, "0.5403 arrives at ×; 2 is its local derivative; 0.5403 · 2 = 1.081 goes on to x."),
    ("x^3", {"x": -2}, 1, "1 arrives at pow; 3·(−2)^(3−1) = 12 is its local derivative; 1 · 12 = 12 goes on to x."),
    (
        "x^2", {"x": 1e-15}, 1,
        "1 arrives at pow; 2×10⁻¹⁵ is its local derivative; 1 · 2×10⁻¹⁵ = 2×10⁻¹⁵ goes on to x.",
    ),
    (
        "(0.1*3-0.3)*x", {"x": 1}, 1,
        "1 arrives at ×; 5.551×10⁻¹⁷ is its local derivative; 1 · 5.551×10⁻¹⁷ = 5.551×10⁻¹⁷ goes on to x.",
    ),
    (
        "x - y", {"x": 1, "y": 2}, 1,
        "1 arrives at −; its local derivatives are 1 for x and −1 for y; 1 goes on to x, and 1 · (−1) = −1 to"
        " y.",
    ),
    ("x + y", {"x": 1, "y": 2}, 1, "1 arrives at +; all its local derivatives are 1; 1 goes on to x, and 1 to y."),
    (
        "x*x*x", {"x": 2}, 2,
        "2 arrives at ×; its local derivatives are 2 for x and 2 for x; 2 · 2 = 4 goes on to x, where it is added to "
        "the 4 from before, and 2 · 2 = 4 to x, where it is added to the 4 and 4 from before, which makes 12.",
    ),
    (
        "x*x*x*x*x", {"x": 2}, 4,
        "8 arrives at ×; its local derivatives are 2 for x and 2 for x; 8 · 2 = 16 goes on to x, where it is added to "
        "the 16 and 16 and 16 from before, and 8 · 2 = 16 to x, where it is added to the 4 gradients from before, "
        "which makes 80.",
    ),
    (
        "x*sin(x)", {"x": 0}, 1,
        "1 arrives at ×; its local derivatives are 0 for x and 0 for sin(x); 1 · 0 = 0 goes on to x, where "
        "more will arrive, and 1 · 0 = 0 to sin(x).",
    ),
    (
        "x^y", {"x": -2, "y": 2}, 1,
        "1 arrives at pow; its local derivatives are 2·(−2)^(2−1) = −4 for x and 0, TensorFlow's choice, for y; "
        "1 · (−4) = −4 goes on to x, and 1 · 0 = 0 to y.",
    ),
    (
        "(-3)^x", {"x": 2}, 1,
        "1 arrives at pow; 0, TensorFlow's choice, is its local derivative; 1 · 0 = 0 goes on to x.",
    ),
    (
        "relu(x)", {"x": 0}, 1,
        "1 arrives at relu; TensorFlow takes 0 for its local derivative, which does not exist here; 1 · 0 = 0"
        " goes on to x.",
    ),
    (
        "log(x)", {"x": -1}, 1,
        "1 arrives at log; TensorFlow takes −1 for its local derivative, which does not exist here; 1 · (−1) "
        "= −1 goes on to x.",
    ),
    (
        "floor(x)", {"x": 1.5}, 1,
        "1 arrives at floor; nothing goes on, because TensorFlow passes no gradient through it.",
    ),
    ("W@x", {"W": W, "x": X}, 0, "The backward pass begins with [1, 1] at y: a 1 for each entry that is added up."),
    (
        "W@x", {"W": W, "x": X}, 1,
        "[1, 1] arrives at @; G xᵀ = [1, 1] [1, −0.5]ᵀ = [[1.0, −0.5], [1.0, −0.5]] goes on to W, "
        "and Wᵀ G = [[1, 2], [3, 4]]ᵀ [1, 1] = [4, 6] to x.",
    ),
    ("reduce_max(x)", {"x": X}, 1, "1 arrives at max; the largest entry gets it all; [1, 0] goes on to x."),
    ("softmax(x)", {"x": X}, 1, "[1, 1] arrives at softmax; it follows the softmax rule; "),
    (
        "logsumexp(x)", {"x": [0, 0]}, 1,
        "1 arrives at logsumexp; G softmax(x) = [0.5, 0.5] goes on to x.",
    ),
    ("sum(x)", {"x": X}, 1, "1 arrives at Σ; every entry gets the gradient; [1, 1] goes on to x."),
    (
        "sum(x*y)", {"x": X, "y": 3}, 2,
        "[1, 1] arrives at ×; its local derivatives are [3, 3] for x and [1, −0.5] for y; [1, 1] ⊙ [3, 3] = "
        "[3, 3] goes on to x, and [1, 1] ⊙ [1, −0.5] = [1, −0.5], added up to 0.5 because y was broadcast, to"
        " y.",
    ),
    ("sum(tanh(x))", {"x": [1, 2, 3, 4, 5, 6, 7]}, 2, "An array of 7 numbers arrives at tanh"),
    (
        "sum((v+b)^2)", {"v": [0.25, 1.125, -2.75, 3.5, 4], "b": 0.125}, 3,
        "[0.75, 2.5, −5.25, 7.25, 8.25] arrives at +; all its local derivatives are 1; it goes on to v, and it, added "
        "up to 13.5 because b was broadcast, to b.",
    ),
    (
        "sum(sin(v))", {"v": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}, 2,
        "[1, 1, 1, 1, 1, 1] arrives at sin; [0.995, 0.9801, 0.9553, 0.9211, 0.8776, 0.8253] is its local derivative; "
        "the product [0.995, 0.9801, 0.9553, 0.9211, 0.8776, 0.8253] goes on to v.",
    ),
    (
        "sum(W@x)", {"W": [[1, 2, 3, 4, 5]] * 2, "x": [1, 0, 1, 0, 1]}, 2,
        "[1, 1] arrives at @; G xᵀ, a 2×5 matrix, goes on to W, and Wᵀ G = [2, 4, 6, 8, 10] to x.",
    ),
    ("sum(tanh(W))", {"W": [[1, 2, 3, 4, 5]] * 2}, 2,
     "A 2×5 matrix arrives at tanh; each entry is multiplied by its local derivative; a 2×5 matrix goes on to W."),
    ("(x - y)*z", {"x": 1, "y": 2, "z": 3}, 1,
     "1 arrives at ×; its local derivatives are 3 for x-y and −1 for z; 1 · 3 = 3 goes on to x-y, and 1 · (−1) = −1 "
     "to z."),
    ("3", {}, 0, "Nothing is passed back: the output depends on no variable."),
]  # fmt: skip


def trace_of(text, point):
    whole, values = trace_and_run(text, point)
    return concept_trace(whole), values


@pytest.mark.parametrize(("text", "point", "step", "sentence"), SENTENCES)
def test_sentences(text, point, step, sentence):
    trace, values = trace_of(text, point)
    said = step_sentence(trace, values, step)
    assert said == sentence or (not sentence.endswith(".") and said.startswith(sentence))


SCALARS = [
    ("exp(sin(x*y)) / (1 + x^2)", {"x": 0.7, "y": -1.3}),
    ("sqrt(x^2 + y^2) - tanh(x)*y", {"x": 0.7, "y": 2.0}),
    ("h = x*y; log(h) + h^2 - h/x", {"x": 1.7, "y": 2.0}),
    ("atan2(y, x) * softplus(-x)", {"x": 1.7, "y": 2.0}),
    ("x^y + y^x", {"x": 1.7, "y": 2.0}),
    ("elu(-x) + abs(-y) * max(x, y)", {"x": 1.7, "y": 2.0}),
]


def number(text):
    return float(evaluate_program(parse(text.replace("−", "-").replace("·", "*")), {}))


def plain(text):
    """Return a number as it is read: ``2.5×10⁻⁷``."""
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
    return float(text.strip("()").translate(digits).replace("×10", "e"))


@pytest.mark.parametrize(("text", "point"), SCALARS)
def test_products_and_local_derivatives_are_right(text, point):
    trace, values = trace_of(text, point)
    for step in range(1, len(trace.steps) + 1):
        said = step_sentence(trace, values, step, digits=6)
        products = re.findall(r"(\S+) · (\S+) = (\S+?)[;,.]? ", said + " ")
        for one, other, result in products:
            assert math.isclose(plain(one) * plain(other), plain(result.rstrip(",;.")), rel_tol=2e-4)
        for formula, value in re.findall(r"(\S*\(\S*) = (\S+) (?:is its|for)", said):
            assert math.isclose(number(formula), plain(value), rel_tol=2e-4), said


@pytest.mark.parametrize(("text", "point"), [*SCALARS, ("relu(W@x+b)", {"W": W, "x": [1, 2], "b": [7, 9]})])
def test_a_hidden_step_reveals_nothing(text, point):
    trace, values = trace_of(text, point)
    for step in range(1, len(trace.steps) + 1):
        hidden, slots = hidden_tensors(trace, BACKWARD, step), unanswered_slots(trace, BACKWARD, step, 0)
        said = step_sentence(trace, values, step, hidden=hidden, slots=slots)
        arrived, _, rest = said.partition(" arrives at ")
        assert arrived == step_sentence(trace, values, step).partition(" arrives at ")[0]
        passing = [slot for slot in trace.steps[step - 1].inputs if slot.gradient_tensor is not None]
        assert rest.count("?") >= len(passing)
        for clause in rest.split("; ")[-1].split(", and "):
            if " = " in clause and "to" in clause:
                assert "= ?" in clause


@pytest.mark.parametrize("name", ["sum", "mean", "reduce_max", "reduce_min", "norm", "transpose"])
def test_a_hidden_step_has_no_rule_that_tells_its_number(name):
    trace, values = trace_of(f"sum(2*{name}(W))" if name == "transpose" else f"2*{name}(W)", {"W": W})
    step = next(number for number, step in enumerate(trace.steps, 1) if step.inputs[0].tensor == "W:0")
    rule = trace.steps[step - 1].rule.rpartition(": ")[2]
    hidden = hidden_tensors(trace, BACKWARD, step)
    said = step_sentence(trace, values, step, hidden=hidden, slots=unanswered_slots(trace, BACKWARD, step, 0))
    assert rule not in said
    assert said.endswith("? goes on to W.")


def test_the_json_has_a_sentence_for_each_step():
    trace, values = trace_of("sin(2*x)", {"x": 0.5})
    sentences = [step["sentence"] for step in explanation(trace, values)["steps"]]
    assert sentences == [step_sentence(trace, values, number) for number in (1, 2)]
