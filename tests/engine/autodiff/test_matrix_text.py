"""The numbers of matrix products as text and LaTeX, multiplied again by NumPy."""

import json
import re

import numpy as np
import pytest

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.matrix_text import array_latex, matrix_factors, number_latex, numbers_latex, numbers_text
from explorer.core.latex_to_svg import typeset
from explorer.engine.in_process import trace_and_run

W, V, X, Z = [[1, 2], [3, 4]], [[0.5, -1, 2], [1.5, 0.25, -0.5]], [0.25, -0.75], [1.5, -0.25, 2]
CASES = {
    "W@x": {"W": W, "x": X},
    "V@z": {"V": V, "z": Z},
    "x@V": {"x": X, "V": V},
    "x@y": {"x": X, "y": [2, 5]},
    "W@V": {"W": W, "V": V},
    "W@W": {"W": W},
    "transpose(V)@x": {"V": V, "x": X},
}


def steps(text):
    whole, values = trace_and_run(text, CASES[text])
    trace = concept_trace(whole)
    return [(trace, values, step, slot) for step in trace.steps for slot in step.inputs]


def read(text):
    """Return an array of a text such as ``[1, −2]ᵀ``; a vector is a column."""
    array = np.array(json.loads(text.rstrip("ᵀ").replace("−", "-")))
    array = array.reshape(-1, 1) if array.ndim == 1 else array
    return array.T if text.endswith("ᵀ") else array


@pytest.mark.parametrize("text", CASES)
def test_the_product_of_the_factors_is_the_result(text):
    for trace, values, step, slot in steps(text):
        written = numbers_text(trace, values, step, slot, digits=6)
        if not matrix_factors(trace, step, slot):
            assert written.startswith("[")
            continue
        product, _, result = written.partition(" = ")
        factors = [read(part) for part in re.findall(r"\[\[.*?\]\]ᵀ?|\[[^\[\]]*\]ᵀ?|[^\s\[\]]+", product)]
        total = factors[0] * factors[1] if factors[0].size == 1 else factors[0] @ factors[1]
        np.testing.assert_allclose(total, read(result), rtol=1e-4)
        expected = values[slot.gradient_tensor]
        np.testing.assert_allclose(read(result), np.reshape(expected, read(result).shape), rtol=1e-4)


@pytest.mark.parametrize("text", CASES)
def test_the_latex_can_be_typeset(text):
    for trace, values, step, slot in steps(text):
        latex = numbers_latex(trace, values, step, slot)
        assert "bmatrix" in latex
        assert typeset(latex) is not None


def test_a_hidden_result_is_a_question_mark():
    trace, values, step, slot = steps("W@x")[0]
    assert numbers_text(trace, values, step, slot, hidden={slot.gradient_tensor}) == "[1, 1] [0.25, −0.75]ᵀ = ?"


def test_a_large_product_is_given_by_shape_and_range():
    whole, values = trace_and_run("W@x", {"W": np.ones((8, 7)).tolist(), "x": np.arange(7.0).tolist()})
    trace = concept_trace(whole)
    to_w, to_x = trace.steps[0].inputs
    assert numbers_text(trace, values, trace.steps[0], to_w) == "8×7 numbers, 0 … 6"
    assert numbers_text(trace, values, trace.steps[0], to_x) == "7 numbers, all 8"


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("−0.5", "-0.5"),
        ("2.5×10⁻⁷", r"2.5 \cdot 10^{-7}"),
        ("1e−9", r"1 \cdot 10^{-9}"),
        ("∞", r"\infty"),
        ("nan", r"\mathrm{nan}"),
    ],
)
def test_numbers_as_latex(text, latex):
    assert number_latex(text) == latex
    assert typeset(latex) is not None


def test_arrays_as_latex():
    assert array_latex(np.float32([1, -2])) == r"\begin{bmatrix} 1 \\ -2 \end{bmatrix}"
    assert array_latex(np.float32([1, -2]), transposed=True) == r"\begin{bmatrix} 1 & -2 \end{bmatrix}"
    assert array_latex(np.float32([[1, 2], [3, 4]])) == r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"
    assert typeset(array_latex(np.zeros((9, 9)))) is not None
