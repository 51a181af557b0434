"""Traces with folded ops, compared with TensorFlow's whole graph and with NumPy."""

import dataclasses

import numpy as np
import pytest

from explorer.core.autodiff.concept_trace import concept_trace, corresponding_step
from explorer.core.autodiff.trace import Trace
from explorer.core.autodiff.visible_steps import BACKWARD, FORWARD, step_count
from explorer.core.ops.table import ops_by_type
from explorer.engine.in_process import trace_and_run

W, V = [[1.0, 2.0], [3.0, 4.0]], [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]
X, Z = [0.3, -0.7], [1.5, -0.25, 2.0]

CASES = {
    "relu(W@x+b)": ({"W": W, "x": X, "b": [0.5, 1.0]}, ()),
    "x@W": ({"x": X, "W": W}, ()),
    "x@V": ({"x": X, "V": V}, ()),
    "V@z": ({"V": V, "z": Z}, ()),
    "x@y": ({"x": X, "y": [2.0, 5.0]}, ()),
    "x@x": ({"x": X}, ()),
    "W@W@x": ({"W": W, "x": X}, ()),
    "h = W@x; h@h + sum(h)": ({"W": W, "x": X}, ()),
    "W@V": ({"W": W, "V": V}, ()),
    "transpose(V)@x": ({"V": V, "x": X}, ()),
    "x@W@x": ({"W": W, "x": X}, ()),
    "softmax(W@x)": ({"W": W, "x": X}, ()),
    "logsumexp(W@x)": ({"W": W, "x": X}, ()),
    "mean(sigmoid(V@z))": ({"V": V, "z": Z}, ()),
    "norm(W@x - [1, 2])": ({"W": W, "x": X}, ()),
    "[1, 2]@x": ({"x": X}, ()),
    "sum(x)*reduce_max(x)": ({"x": X}, ()),
    "sum(W)": ({"W": W}, ()),
    "sum(x^2)": ({"x": X}, ("x",)),
    "relu(W@x)": ({"W": W, "x": X}, ("W",)),
    "tanh(W@x)": ({"W": W, "x": X}, ("x",)),
    "x@y@[1, 2]": ({"x": W, "y": W}, ("x",)),
    "norm(x)": ({"x": X}, ("x",)),
    "logsumexp(x)": ({"x": X}, ("x",)),
    "x^3": ({"x": 2.0}, ("x", "x")),
}
"""Values of the variables, and variables by which it is differentiated first, by expression."""

STEPS = {
    "relu(W@x+b)": ["Relu", "AddV2", "MatMul"],
    "x@W": ["MatMul"],
    "x@y": ["matmul"],
    "W@W@x": ["MatMul", "MatMul"],
    "softmax(W@x)": ["Softmax", "MatMul"],
    "logsumexp(W@x)": ["logsumexp", "MatMul"],
    "transpose(V)@x": ["MatMul", "Transpose"],
}

RULES = {
    "relu(W@x+b)": "dW = G xᵀ,  dx = Wᵀ G",
    "V@z": "dV = G zᵀ,  dz = Vᵀ G",
    "x@W": "dx = W G,  dW = x Gᵀ",
    "x@y": "dx = G y,  dy = G x",
    "W@V": "dA = G Bᵀ,  dB = Aᵀ G",
    "x@x": "dA = G B,  dB = G A",
}


@pytest.fixture(scope="module")
def traces():
    """Whole trace, concept and values by expression."""
    found = {}
    for text, (point, again) in CASES.items():
        whole, values = trace_and_run(text, point, "float64", differentiated_by=again)
        found[text] = whole, concept_trace(whole), values
    return found


@pytest.mark.parametrize("text", CASES)
def test_every_op_is_shown_or_counted_once(traces, text):
    whole, concept, _ = traces[text]
    shown = [node.id for node in concept.nodes] + [name for node in concept.nodes for name, _ in node.folded]
    assert sorted(shown) == sorted(node.id for node in whole.nodes)
    types = {node.id: node.type for node in whole.nodes}
    assert all(types[name] == kind for node in concept.nodes for name, kind in node.folded)


@pytest.mark.parametrize("text", CASES)
def test_every_op_comes_after_its_inputs_and_every_step_before_those_of_its_inputs(traces, text):
    _, concept, _ = traces[text]
    known: set[str] = set()
    for node in concept.nodes:
        assert set(node.inputs) <= known, node
        known.add(node.tensor)
    places = {step.tensor: number for number, step in enumerate(concept.steps)}
    for number, step in enumerate(concept.steps):
        assert all(places.get(slot.tensor, number + 1) > number for slot in step.inputs)


@pytest.mark.parametrize("text", [text for text, (_, again) in CASES.items() if not again])
def test_a_folded_op_computes_its_value_from_its_inputs_in_the_shapes_that_were_typed(traces, text):
    _, concept, values = traces[text]
    for node in concept.nodes:
        row = ops_by_type().get(node.type)
        if row is None or not node.inputs:
            continue
        expected = row.numpy(*(values[tensor] for tensor in node.inputs))
        assert np.shape(expected) == node.shape == np.shape(values[node.tensor])
        np.testing.assert_allclose(values[node.tensor], expected, rtol=1e-9)


@pytest.mark.parametrize("text", CASES)
def test_the_gradients_that_are_passed_on_add_up_to_tensorflows_gradient_of_each_tensor(traces, text):
    whole, concept, values = traces[text]
    arrived: dict[str, list[str]] = {}
    inputs = {node.id: node.inputs for node in concept.nodes}
    for step in concept.steps:
        assert step.upstream_tensor == whole.tensor_gradients.get(step.tensor)
        for slot in step.inputs:
            if slot.gradient_tensor is not None:
                arrived.setdefault(slot.tensor, []).append(slot.gradient_tensor)
                assert inputs[step.op][slot.slot] == slot.tensor
    for tensor, gradients in arrived.items():
        total = values[whole.tensor_gradients[tensor]]
        summed = sum(np.reshape(values[name], np.shape(total)) for name in gradients)
        np.testing.assert_allclose(summed, total, rtol=1e-9, err_msg=tensor)
    sums = {slot.tensor for step in concept.steps for slot in step.inputs if slot.accumulated}
    assert sums == {tensor for tensor, gradients in arrived.items() if len(gradients) > 1}


@pytest.mark.parametrize("text", [text for text, (_, again) in CASES.items() if not again])
def test_gradients_have_the_shapes_that_were_typed(traces, text):
    _, concept, values = traces[text]
    for step in concept.steps:
        assert np.shape(values[step.upstream_tensor]) == np.shape(values[step.tensor])
        for slot in step.inputs:
            if slot.gradient_tensor is not None:
                assert np.shape(values[slot.gradient_tensor]) == np.shape(values[slot.tensor])


@pytest.mark.parametrize(("text", "types"), STEPS.items())
def test_a_product_of_matrix_and_vector_is_one_step(traces, text, types):
    assert [step.type for step in traces[text][1].steps] == types


@pytest.mark.parametrize(("text", "formula"), RULES.items())
def test_the_rule_of_a_product_names_its_factors(traces, text, formula):
    assert traces[text][1].steps[-1].rule_formula == formula


@pytest.mark.parametrize("text", [text for text, rule in RULES.items() if "d" in rule])
def test_the_rule_of_a_product_gives_the_gradients(traces, text):
    _, concept, values = traces[text]
    step = concept.steps[-1]
    node = next(node for node in concept.nodes if node.id == step.op)
    a, b = (values[tensor] for tensor in node.inputs)
    g = values[step.upstream_tensor]

    def column(array):
        return np.reshape(array, (-1, 1)) if np.ndim(array) == 1 else np.asarray(array)

    names = [part.split(" = ")[0][1:] for part in step.rule_formula.split(",  ")]
    factors = {names[0]: column(a), names[1]: column(b), "G": column(g)}
    for part, slot in zip(step.rule_formula.split(",  "), step.inputs, strict=True):
        product = np.ones(())
        for factor in part.partition(" = ")[2].split():
            array = factors[factor.rstrip("ᵀ")]
            array = array.T if factor.endswith("ᵀ") else array
            product = product @ array if product.ndim and array.ndim else product * array
        np.testing.assert_allclose(
            np.reshape(product, np.shape(values[slot.tensor])), values[slot.gradient_tensor], rtol=1e-9
        )


@pytest.mark.parametrize("pass_", [FORWARD, BACKWARD])
@pytest.mark.parametrize("text", CASES)
def test_a_step_of_the_concept_corresponds_to_one_of_the_whole_graph(traces, text, pass_):
    whole, concept, _ = traces[text]
    for step in range(step_count(concept, pass_) + 1):
        there = corresponding_step(concept, whole, pass_, step)
        assert corresponding_step(whole, concept, pass_, there) == step
    back = [corresponding_step(whole, concept, pass_, step) for step in range(step_count(whole, pass_) + 1)]
    assert set(back) == set(range(step_count(concept, pass_) + 1))


@pytest.mark.parametrize("text", ["sin(2*x)", "x*y + exp(x)"])
def test_a_trace_without_folded_ops_is_its_own_concept(text):
    whole, _ = trace_and_run(text, {})
    assert concept_trace(whole) is whole


@pytest.mark.parametrize("text", ["relu(W@x+b)", "logsumexp(W@x)"])
def test_a_concept_is_its_own_concept_and_a_trace_keeps_what_is_folded_when_it_is_sent(traces, text):
    whole, concept, _ = traces[text]
    assert concept_trace(concept) is concept
    assert Trace.from_dict(whole.to_dict()) == whole
    assert concept_trace(Trace.from_dict(whole.to_dict())) == concept


def test_what_the_concept_does_not_fold_is_tensorflows(traces):
    for whole, concept, _ in traces.values():
        kept = {"nodes", "steps"}
        for field in dataclasses.fields(Trace):
            if field.name not in kept:
                assert getattr(concept, field.name) is getattr(whole, field.name)


@pytest.mark.parametrize("text", ["max(x, 0)", "min(2, x)", "atan2(x, 3)"])
def test_a_typed_number_is_an_argument_and_not_folded(text):
    trace = concept_trace(trace_and_run(text, {"x": 1.0})[0])
    assert [node.type for node in trace.nodes].count("Const") == 1
    (step,) = trace.steps
    assert step.inputs[0].local_tensor is not None
    assert step.inputs[0].local_formula is not None
