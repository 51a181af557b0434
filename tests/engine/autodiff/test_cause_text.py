"""The sentences about causes are whole, short, and say each thing once."""

import pytest

from explorer.core.autodiff.causes.cause import Causes
from explorer.core.autodiff.causes.cause_text import cause_sentence, explain_causes, gradient_sentence
from explorer.engine.in_process import trace_and_run
from tests.engine.autodiff.test_cause import GRADIENTS, traced

SENTENCES = [
    ("log(x)", {"x": -1}, "x", "The value is not a number, so there is no derivative, though TensorFlow returns "
     "1/x = -1: Log is defined only for positive numbers, and got -1."),
    ("sqrt(x)", {"x": -1}, "x", "The value is not a number, so there is no derivative: Sqrt is defined only for "
     "numbers from 0 on, and got -1."),
    ("x + log(y)", {"y": -1}, "x", "The value is not a number, so there is no derivative, though TensorFlow returns "
     "1 for x: Log is defined only for positive numbers, and got -1."),
    ("x*log(x)", {"x": "inf"}, "x", "The gradient for x is not a number: the local derivative of mul is infinite at ∞ "
     "and ∞, and 0 times infinity is not a number."),
    ("x^0", {"x": 0}, "x", "The gradient for x is not a number: the local derivative of pow at 0 and 0 is 0 times "
     "infinity."),
    ("0*log(x)", {"x": 0}, "x", "The value is not a number, so there is no derivative: Log is infinite at 0, and 0 "
     "times infinity is not a number."),
    ("norm(x)", {"x": [0, 0]}, "x", "The gradient for x is not a number: the local derivative of Sqrt is infinite at "
     "0, and 0 times infinity is not a number."),
    ("custom(x^2, log(x), x)", {"x": -1}, "x", "The gradient for x is not a number: your own rule gives no number "
     "here."),
    ("x + y^x", {"x": 2, "y": -2}, "x", "The gradient for x is undefined; TensorFlow chose 0 for a part of it: the "
     "rule of pow for its second operand needs a positive base, and got -2 and 2; the formula stays y^x*log(y)."),
    ("x + 0^x", {"x": 2}, "x", "The gradient for x has a part that TensorFlow chose, 0: the rule of pow for its second "
     "operand needs a positive base, and got 0 and 2."),
    ("x*y", {"y": 1e-46}, "x", "The gradient for x is 0: mul multiplies it by 0, because y, as it was typed, is too "
     "small for float32 and becomes 0."),
    ("x + floor(x)", {"x": 2}, "x", "The floor jumps here and has no derivative."),
    ("log(y*0 - 1)^x", {"x": 0}, "x", "The gradient for x is 0: Log is defined only for positive numbers, and got -1."),
    ("0*x", {}, "x", "The gradient for x is 0: mul multiplies it by 0."),
    ("x/atanh(y)", {"y": 1}, "x", "The gradient for x is 0: Atanh at 1 is infinite."),
    ("sin(x)", {"x": "inf"}, "x", "The value is not a number, so there is no derivative: Sin is defined only for "
     "finite numbers, and got ∞."),
    ("log(y*0 - 1)^acosh(x)", {"x": 1, "y": 1}, "x", "The gradient for x is not a number: the local derivative of "
     "Acosh is infinite at 1, and 0 times infinity is not a number."),
    ("1/x", {"x": 0}, "x", "The gradient for x is infinite: truediv (RealDiv) at 1 and 0 is infinite."),
    ("sqrt(x)", {"x": 0}, "x", "The gradient for x is infinite: the local derivative of Sqrt at 0 is infinite."),
    ("exp(x)", {"x": 89}, "x", "The gradient for x is lost: Exp at 89 goes beyond the largest number of float32, "
     "3.4e38."),
    ("x^2", {"x": 1e39}, "x", "The gradient for x is lost: x, as it was typed, goes beyond the largest number of "
     "float32, 3.4e38."),
    ("a*(a*x)", {"a": 1e-23}, "x", "The gradient for x is 0: what mul passes on, 1e-23 times 1e-23, is too "
     "small for float32 and becomes 0."),
    ("relu(x-3)*y", {}, "x", "The gradient for x is 0: Relu is closed: its input -2 is not above 0, so nothing "
     "passes."),
    ("sigmoid(50*x)", {"x": 3}, "x", "The gradient for x is 0: Sigmoid is saturated at 150: its local derivative, 0, "
     "is below the epsilon of float32, 1.2e-7."),
    ("relu(x-3)*y", {}, "y", "The gradient for y is 0: mul multiplies it by Relu:0, which is 0."),
    ("max(x, 0)", {"x": -1}, "x", "The gradient for x is 0: Maximum took its other operand, so this one gets nothing."),
    ("cos(x)", {"x": 0}, "x", "The gradient for x is 0: the local derivative of Cos at 0 is 0."),
    ("x - x", {}, "x", "The gradient for x is 0: what arrives at x:0 on its 2 paths, 1 and -1, cancels."),
    ("sign(x)", {}, "x", "The gradient for x is 0: Sign is flat between its jumps."),
    ("floor(x)", {}, "x", "There is no gradient for x: Floor is flat between its jumps, and TensorFlow passes no "
     "gradient through it."),
    ("x*stop_gradient(y)", {}, "y", "There is no gradient for y: the backward pass ends at StopGradient, and there is "
     "no other path."),
    ("z = 3; x*2", {}, "z", "There is no gradient for z: no path leads from it to the output."),
    ("abs(x)", {"x": 0}, "x", "The absolute value has a corner at 0; TensorFlow chose 0 for its derivative."),
    ("abs(x)", {"x": [0, 1]}, "x", "Entry [0], 1 of 2: The absolute value has a corner at 0; TensorFlow chose 0 for "
     "its derivative."),
    ("relu(x)", {"x": [-1, 2, -3, -4]}, "x", "3 of 4 entries of the gradient for x are 0: 3 of 4 units of Relu, "
     "[0], [2] and [3], pass nothing on: their inputs are not above 0."),
    ("relu(W@x)", {"W": [[-1, 2], [3, 4]], "x": [3, 1]}, "W", "2 of 4 entries of the gradient for W are 0: 1 of 2 "
     "units of Relu, [0], passes nothing on: its input is not above 0."),
    ("softmax(x)", {"x": [1, 1]}, "x", "The gradient for x is 0: the entries of Softmax add up to 1 whatever comes "
     "in, so equal gradients for them cancel."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "variable", "sentence"), SENTENCES)
def test_the_sentence_of_a_gradient(text, point, variable, sentence):
    assert gradient_sentence(*traced(text, point), variable) == sentence


def test_what_tensorflow_chose_is_said():
    sentence = gradient_sentence(*trace_and_run("x^y", {"x": -2, "y": 2}), "y")
    assert sentence.startswith("The gradient for y is undefined; TensorFlow chose 0: ")
    assert sentence.endswith("needs a positive base, and got -2 and 2; the formula stays x^y*log(x).")
    sentence = gradient_sentence(*trace_and_run("x^y", {"x": 0, "y": 2}), "y")
    assert sentence.startswith("The gradient for y is what TensorFlow chose, 0: ")


def test_what_is_too_large_on_the_way_is_told_from_what_is_too_large():
    on_the_way = gradient_sentence(*trace_and_run("atan2(x, y)", {"x": 1, "y": 1e25}), "x")
    assert (
        "what Atan2 computes on the way at 1 and 1e+25 goes beyond the largest number of float32, 3.4e38" in on_the_way
    )
    itself = gradient_sentence(*trace_and_run("1/x", {"x": 1e-30}), "x")
    assert "the gradient that truediv (RealDiv) passes on at 1 and 1e-30 goes beyond" in itself
    small = gradient_sentence(*trace_and_run("atan2(x, y)", {"x": 1e-30, "y": 0}), "x")
    assert "what Atan2 computes on the way at 1e-30 and 0 is too small for float32 and becomes 0" in small
    product = gradient_sentence(*trace_and_run("1e30*(1e30*x)", {}), "x")
    assert "on the way" not in product


@pytest.mark.parametrize(("text", "point", "variable", "expected"), GRADIENTS)
def test_a_sentence_is_short_and_whole(text, point, variable, expected):
    trace, values = traced(text, point)
    sentence = gradient_sentence(trace, values, variable)
    assert (sentence is None) == (expected is None)
    if sentence is not None:
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert sentence.count(". ") == 0
        assert len(sentence) < 260
        assert ("3.4e38" in sentence) == (expected[0] == "overflow")
        assert "infinite" not in sentence or expected[0] in ("pole", "indeterminate")
        assert ("saturated" in sentence or "closed" in sentence) == (expected[0] == "saturated")


def test_sentences_that_are_the_same_are_said_once():
    message = "Both are equal: the maximum has a corner here; TensorFlow gives all to the first."
    assert explain_causes(*trace_and_run("max(x, y)", {"x": 1, "y": 1})) == message
    assert explain_causes(*trace_and_run("sin(x)", {})) == ""
    assert explain_causes(*trace_and_run("x + exp(y)", {"y": 100})).count("3.4e38") == 1
    assert explain_causes(*trace_and_run("2*x", {"x": 1e39})).startswith("The value is lost: x, as it was typed,")


@pytest.mark.parametrize(
    ("text", "point", "sentence"),
    [
        ("relu(W@x+b)", {"W": [[3, 4], [-1, -2]], "x": [1, 1], "b": [0, 0]},
         "The gradients for W and b have entries that are 0: 1 of 2 units of Relu, [1], passes nothing on: its input "
         "is not above 0."),
        ("(-b+sqrt(b^2-4*a*c))/(2*a)", {"a": 1, "b": 1, "c": 1},
         "The value is not a number, so there is no derivative: Sqrt is defined only for numbers from 0 on, and got "
         "-3."),
        ("relu(x*y - 3)", {}, "The gradients for x and y are 0: Relu is closed: its input -2 is not above 0, so "
         "nothing passes."),
        ("floor(x*y)", {"x": 1.5}, "The gradients for x and y are missing: Floor is flat between its jumps, and "
         "TensorFlow passes no gradient through it."),
        ("x + log(y)", {"y": -1}, "The value is not a number, so there is no derivative: Log is defined only for "
         "positive numbers, and got -1."),
    ],
)  # fmt: skip
def test_variables_with_the_same_cause_share_a_sentence(text, point, sentence):
    assert explain_causes(*traced(text, point)) == sentence


@pytest.mark.parametrize(
    ("text", "point", "start"),
    [
        ("log(x)", {"x": -1}, "The value is not a number: Log is defined only for positive numbers"),
        ("log(x)", {"x": [0, 1, -1]}, "1 of 3 entries of the value is not a number: Log"),
        ("exp(x)", {"x": 89}, "The value is lost: Exp at 89 goes beyond the largest number of float32, 3.4e38."),
        ("exp(x)", {"x": -200}, "The value is 0: Exp at -200 is too small for float32 and becomes 0."),
    ],
)
def test_the_sentence_of_the_output(text, point, start):
    trace, values = traced(text, point)
    assert cause_sentence(trace, values, Causes(trace, values).of_output()).startswith(start)


# -- kinks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "point", "by", "sentence"),
    [
        ("abs(x*y)", {"x": 0, "y": 1}, "x",
         "The absolute value has a corner at 0; TensorFlow chose 0 for its derivative."),
        ("max(y, x)", {"x": 1, "y": 1}, "x",
         "Both are equal: the maximum has a corner here; TensorFlow gives all to the first."),
        ("x^y", {"x": -2, "y": 2}, "y",
         "f has no derivative for y here, so f_y has none either: the rule of pow for its second operand needs a "
         "positive base, and got -2 and 2; the formula stays x^y*log(x)."),
    ],
)  # fmt: skip
def test_several_gradients_of_a_derivative_that_does_not_exist_share_a_sentence(text, point, by, sentence):
    assert explain_causes(*trace_and_run(text, point, differentiated_by=[by])) == sentence
