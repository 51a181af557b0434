"""The formula of a unit as text; its numbers are checked with NumPy."""

import numpy as np
import pytest

from explorer.core.activations.unit_text import formula_text, layer_text, position_text, strongest_inputs
from explorer.core.number_format import format_number

RNG = np.random.default_rng(0)


def weighted_sum(inputs, weights, bias, activation, **more):
    """Return the engine's reply about a unit that is a weighted sum."""
    z = float(np.sum(inputs * weights)) + bias
    unit = {"kind": "sum", "type": "Dense", "inputs": inputs, "weights": weights, "sum": z - bias, "bias": bias, "z": z}
    return {**unit, "activation": activation, "index": [1], "output": max(0.0, z), **more}


def test_a_sum_with_relu():
    unit = weighted_sum(np.array([1.0, 2.0]), np.array([0.5, -2.0]), -0.25, "relu")
    assert formula_text(unit) == ["z = Σ x·w + b = −3.5 − 0.25 = −3.75", "relu(z) = max(0, −3.75) = 0"]


def test_one_channel_of_a_patch():
    inputs, weights = RNG.normal(size=(3, 3, 5)), RNG.normal(size=(3, 3, 5))
    lines = formula_text(weighted_sum(inputs, weights, 1.0, "linear"), channel=4)
    part = format_number(np.sum(inputs[..., 4] * weights[..., 4]))
    assert lines[0] == f"Σ of these 9 products = {part}, one of 5 sums"
    assert len(lines) == 2
    assert lines[1].endswith(f"+ 1 = {format_number(np.sum(inputs * weights) + 1)}")


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_softmax_also_of_logits_too_large_for_an_exponential(scale):
    z = np.array([1.0, 2.0, -1.0]) * scale
    e = np.exp(z - z.max())
    unit = weighted_sum(np.ones(2), np.ones(2), 0.0, "softmax", all_z=z, output=float(e[1] / e.sum()))
    line = formula_text(unit)[-1]
    numerator, _, denominator = line.split(" = ")[2].partition(" / ")
    assert line.endswith(f" = {format_number(e[1] / e.sum())}")
    assert ("max z" in line) == (scale > 1)
    if scale == 1:
        assert float(numerator) / float(denominator) == pytest.approx(e[1] / e.sum(), rel=1e-3)


def test_pooling_and_layers_that_pass_numbers_on():
    unit = {"kind": "max", "type": "MaxPooling2D", "inputs": np.array([[1, 4], [2, 3.0]]), "output": 4.0, "index": [0]}
    assert formula_text(unit) == ["max(1, 4, 2, 3) = 4"]
    unit = {"kind": "same", "type": "Flatten", "from": [2, 3, 1], "output": 0.5, "index": [9]}
    assert "map 1, row 2, column 3" in formula_text(unit)[0]
    assert formula_text({"kind": "other", "type": "Strange", "output": 1.0})[0] == "Strange is not taken apart here."


def test_the_strongest_products_come_first():
    unit = weighted_sum(np.array([1.0, 5.0, np.nan, -3.0]), np.array([1.0, 0.1, 1.0, 2.0]), 0.0, "relu")
    assert strongest_inputs(unit, 3) == [3, 0, 1]


def test_texts_of_layers_and_positions():
    conv = {"type": "Conv2D", "shape": [26, 26, 32], "activation": "relu", "weights": [{"shape": [3, 3, 1, 32]}]}
    assert layer_text(conv) == "Conv2D · 32 filters of 3×3, relu"
    assert layer_text({"type": "Flatten", "shape": [784], "activation": "", "weights": []}) == "Flatten"
    dense = {"type": "Dense", "shape": [10], "activation": "softmax", "weights": [{"shape": [784, 10]}]}
    assert layer_text(dense) == "Dense · 10 units, softmax"
    assert position_text([5, 14, 0]) == "map 0, row 5, column 14"
    assert position_text([7]) == "unit 7"
