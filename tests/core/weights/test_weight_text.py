"""Texts about weights and about an optimizer's step; their numbers are recomputed."""

import itertools
import math
import re

import pytest

from explorer.core.weights.optimizer_step_text import gradient_sum_text, optimizer_step_lines
from explorer.core.weights.weight_text import (
    array_text,
    dead_units_text,
    history_text,
    no_weights_text,
    non_finite_text,
    weight_position_text,
)


def evaluated(line):
    """Return the value of a line of numbers with Python's own arithmetic."""
    text = line.removeprefix("= ").replace("−", "-").replace("·", "*").replace("∕", "/").replace("²", "**2")
    text = re.sub(r"×?10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", _power, text)
    text = re.sub(r"√([0-9.e-]+)", r"math.sqrt(\1)", text).replace("√(", "math.sqrt(")
    return eval(text, {"math": math})


def _power(match):
    exponent = match[1].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    return f"e{exponent}" if match[0].startswith("×") else f"1e{exponent}"


STEPS = {
    "sgd": {"before": [], "then": [], "after": 0.25 + 0.1 * 0.004},
    "momentum": {"before": [0.02], "then": [0.9 * 0.02 + 0.1 * 0.004], "after": 0.25 + 0.9 * 0.02 + 0.1 * 0.004},
    "rmsprop": {"before": [0.0003], "then": [0.9 * 0.0003 + 0.1 * 0.004**2], "after": 0.0},
    "adam": {"before": [-0.002, 1e-5], "then": [0.9 * -0.002 - 0.1 * 0.004, 0.999e-5 + 0.001 * 0.004**2], "after": 0.0},
}


@pytest.mark.parametrize("optimizer", STEPS)
def test_formulas_have_the_values_on_the_next_line(optimizer):
    step = {"optimizer": optimizer, "rate": 0.1, "t": 7, **STEPS[optimizer]}
    if optimizer == "rmsprop":
        step["after"] = 0.25 + 0.1 * 0.004 / math.sqrt(step["then"][0] + 1e-7)
    if optimizer == "adam":
        m, v = step["then"]
        step["after"] = 0.25 - 0.1 * math.sqrt(1 - 0.999**7) / (1 - 0.9**7) * m / (math.sqrt(v) + 1e-7)
    lines = optimizer_step_lines(-0.004, 0.25, step)
    assert lines[0].startswith(("w ← ", "v ← ", "m ← "))
    compared = 0
    for formula, result in itertools.pairwise(lines):
        if formula.startswith("=") and result.startswith("="):
            assert evaluated(formula) == pytest.approx(evaluated(result), rel=2e-3)
            compared += 1
    assert compared == {"sgd": 1, "momentum": 2, "rmsprop": 2, "adam": 3}[optimizer]
    assert evaluated(lines[-1]) == pytest.approx(step["after"], rel=1e-5)


def test_an_unknown_optimizer_state_is_reported():
    assert "right end of the slider" in optimizer_step_lines(0.1, 0.2, {"optimizer": "adam", "rate": 0.1})[0]


def test_the_sum_of_the_shares_is_compared_with_the_gradient():
    assert gradient_sum_text(0.5, 0.0, 0.5, 32) == (
        "The shares of 32 images add up to 0.5. TensorFlow's gradient is 0.5: the same."
    )
    assert "L2 adds 0.25: together 0.75. TensorFlow's gradient is 0.751: 0.001 away" in gradient_sum_text(
        0.5, 0.25, 0.751, 2
    )
    assert "None of the 8 images pushes" in gradient_sum_text(0.0, 0.0, 0.0, 8)


def test_texts_of_positions_and_arrays():
    assert weight_position_text("images", (397, 3), True) == "pixel in row 14, column 5 → digit 3"
    assert weight_position_text("filters", (1, 2, 0, 8), False) == "row 1, column 2, input channel 0 → filter 8"
    assert weight_position_text("matrix", (7, 4), False) == "input 7 → unit 4"
    assert weight_position_text("bars", (4,), True) == "of digit 4"
    assert weight_position_text("bars", (), False) == ""
    assert array_text("images", (784, 10)) == "10 images of 28 × 28"
    assert array_text("filters", (3, 3, 32, 64)) == "64 filters of 3 × 3, for each of 32 input channels"
    assert array_text("matrix", (1600, 128)) == "1,600 inputs × 128 units"


def test_texts_of_dead_units_and_values_that_are_not_finite():
    assert dead_units_text([], 256, "images") == ""
    assert dead_units_text([3], 256, "images") == "Crossed out: unit 3 is dead, it gave 0 for each of 256 images."
    assert "the filters 0, 1, 2, 3, 4, 5 and 4 more are dead" in dead_units_text(list(range(10)), 256, "filters")
    assert dead_units_text([1, 2], 9, "matrix").startswith("Pale, marked at both edges: the units 1, 2 are dead")
    assert non_finite_text([("kernel", 0), ("bias", 0)]) == ""
    assert "1,000 in kernel and 2 in bias" in non_finite_text([("kernel", 1000), ("bias", 2)])
    assert len({no_weights_text(kind) for kind in ("MaxPooling2D", "Flatten", "Dropout", "Activation")}) == 4


def test_text_of_the_history():
    assert history_text(1, 31_400, 96e6) == "There is one snapshot: there is nothing to go back to yet."
    assert "25 snapshots of the training take 0.8 of at most 96 MB" in history_text(25, 785_000, 96e6)


def test_units_with_gates_are_counted_once():
    gates = ("input gate", "forget gate", "candidate", "output gate")
    assert array_text("matrix", (28, 96), gates) == "28 inputs × 24 units, each with 4 gates"
    assert array_text("bars", (96,), gates) == "24 units, each with 4 gates"
    assert weight_position_text("bars", (50,), False, (96,), gates) == "of the candidate of unit 2"


def test_arrays_of_other_layers_that_are_not_finite_are_named():
    text = non_finite_text([("bias", 2)], ["hidden/kernel"])
    assert text.startswith("Not finite (NaN or infinite): 2 in bias and hidden/kernel.")
