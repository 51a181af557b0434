"""Formulas of the chain rule with vectors and matrices, evaluated by NumPy, against TensorFlow."""

import numpy as np
import pytest

from explorer.core.autodiff.chain_rule_text import chain_lines
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.engine.in_process import trace_and_run

W, X, B = [[1.0, 2.0], [3.0, -4.0]], [1.0, 2.0], [0.5, 1.0]
PERCEPTRON = "relu(W @ x + b)"
AT = {"W": W, "x": X, "b": B}
HOT = np.array([1.0, 0.0])  # W x + b = [5.5, -4]: the second unit is inactive
CASES = [
    (PERCEPTRON, AT, "Relu", 0, "dy/d(W@x+b) = G ⊙ max(sign(W@x+b),0)", lambda g: g * HOT),
    (PERCEPTRON, AT, "AddV2", 0, "dy/d(W@x) = G", lambda g: g),
    (PERCEPTRON, AT, "AddV2", 1, "dy/db = G", lambda g: g),
    (PERCEPTRON, AT, "MatMul", 0, "dy/dW = G xᵀ", lambda g: g @ np.array([X])),
    (PERCEPTRON, AT, "MatMul", 1, "dy/dx = Wᵀ G", lambda g: np.array(W).T @ g),
    (PERCEPTRON, AT, "ExpandDims", 0, "dy/dx = reshape(G)", lambda g: g.reshape(2)),
    ("W @ V", {"W": W, "V": W}, "MatMul", 1, "dy/dV = Wᵀ G", lambda g: np.array(W).T @ g),
    ("x * b", {"x": X, "b": 3.0}, "Mul", 1, "dy/db = Σ G ⊙ x", lambda g: np.sum(g * X)),
    ("tanh(x)", {"x": X}, "Tanh", 0, "dy/dx = G ⊙ (1-tanh(x)^2)", lambda g: g * (1 - np.tanh(X) ** 2)),
    ("sum(x)", {"x": X}, "Sum", 0, "dy/dx = G, for every entry", lambda g: g * np.ones(2)),
    ("mean(x)^2", {"x": X}, "Mean", 0, "dy/dx = G/2, for each of the 2 entries", lambda g: g / 2 * np.ones(2)),
    ("transpose(W)", {"W": W}, "Transpose", 0, "dy/dW = Gᵀ", np.transpose),
]


@pytest.mark.parametrize(("text", "point", "kind", "slot", "line", "oracle"), CASES, ids=[case[4] for case in CASES])
def test_a_line_has_the_value_of_tensorflows_gradient(text, point, kind, slot, line, oracle):
    trace, values = trace_and_run(text, point)
    step = next(step for step in trace.steps if step.type == kind)
    number, step_input = next((k, step_input) for k, step_input in enumerate(step.inputs) if step_input.slot == slot)
    shown = chain_lines(trace, step)[number]
    assert shown.text == line
    assert shown.short
    passed = values[step_input.gradient_tensor]
    np.testing.assert_allclose(passed, oracle(values[step.upstream_tensor]).reshape(passed.shape), rtol=1e-6)


def test_the_softmax_rule_in_matrix_form():
    trace, values = trace_and_run("softmax(x) * b", {"x": X, "b": B})
    step = next(step for step in trace.steps if step.type == "Softmax")
    assert chain_lines(trace, step)[0].text == "dy/dx = S ⊙ (G − Σ S ⊙ G)"
    s, g = np.exp(X) / np.sum(np.exp(X)), values[step.upstream_tensor]
    np.testing.assert_allclose(values[step.inputs[0].gradient_tensor], s * (g - np.sum(s * g)), rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("W @ x + G", "MatMul", "dy/dW = U xᵀ"),
        ("U @ x + G", "MatMul", "dy/dU = Q xᵀ"),
        ("G = 2*x; sum(W @ G)", "MatMul", "dy/dW = U Gᵀ"),
        ("W @ transpose(G) + x", "Transpose", "dy/dG = Uᵀ"),
        ("mean(x) * n", "Mean", "dy/dx = G/2, for each of the 2 entries"),
        ("softmax(x) * S", "Softmax", "dy/dx = P ⊙ (G − Σ P ⊙ G)"),
        ("log_softmax(S) * G", "LogSoftmax", "dy/dS = U − P ΣU, P = softmax"),
        ("max(x) * A", "Max", "dy/dx = G where x is largest, shared among equals, else 0"),
        ("min(A) * G", "Min", "dy/dA = U where A is smallest, shared among equals, else 0"),
    ],
)
def test_our_letters_are_none_of_the_expression(text, kind, line):
    trace, _ = trace_and_run(
        text, {"x": X, "n": 3.0, "G": W if "transpose" in text else X, "S": X, "A": X, **dict.fromkeys("WU", W)}
    )
    step = next(step for step in trace.steps if step.type == kind)
    assert chain_lines(trace, step)[0].text == line


def test_the_log_softmax_rule_in_matrix_form():
    trace, values = trace_and_run("log_softmax(x) * b", {"x": X, "b": B})
    step = next(step for step in trace.steps if step.type == "LogSoftmax")
    assert chain_lines(trace, step)[0].text == "dy/dx = G − S ΣG, S = softmax"
    s, g = np.exp(X) / np.sum(np.exp(X)), values[step.upstream_tensor]
    np.testing.assert_allclose(values[step.inputs[0].gradient_tensor], g - s * np.sum(g), rtol=1e-5)


def test_a_long_product_is_shown_with_g_and_complete_as_text():
    text = "sin(tanh(exp(cos(x*x+3)*sqrt(1+x^2)))+x)"
    trace, values = trace_and_run(text, {"x": 0.3})
    step = trace.steps[-1]
    line = chain_lines(trace, step)[-1]
    assert line.short
    assert "G" not in line.text
    assert any(part.startswith("G") for part, _ in line.parts)
    step_input = step.inputs[-1]
    product = values[step.upstream_tensor] * values[step_input.local_tensor]
    assert values[step_input.gradient_tensor] == pytest.approx(product, rel=1e-6)


def test_a_part_of_a_matrix_product_is_labelled_by_its_formula():
    trace, _ = trace_and_run(PERCEPTRON, AT)
    inner = [
        tensor_label(trace, node.tensor) for node in trace.nodes if node.type in ("MatMul", "ExpandDims", "Squeeze")
    ]
    assert inner == ["x", "W@x", "W@x"]


def test_a_long_local_derivative_is_in_terms_of_the_arguments():
    text = "h = exp(cos(x*x+3)*sqrt(1+x^2))*tanh(x); k = tanh(h)/sqrt(1+h^2); sin(h*k)"
    trace, values = trace_and_run(text, {"x": 0.3})
    step = next(step for step in trace.steps if step.op == "mul_3")
    to_h, to_k = chain_lines(trace, step)
    assert [part for part, role in to_h.parts if role == "current"] == ["k"]
    assert [part for part, role in to_k.parts if role == "current"] == ["h"]
    defined = {node.defines: values[node.tensor] for node in trace.nodes if node.defines}
    for step_input, name in zip(step.inputs, ("k", "h"), strict=True):
        passed = values[step.upstream_tensor] * defined[name]
        assert values[step_input.gradient_tensor] == pytest.approx(passed, rel=1e-6)
