"""The JSON of `explain`: the documented example, and formulas that can be evaluated again."""

import json
import math
import re

import numpy as np
import pytest
import sympy as sp

from explorer.core.autodiff.causes.cause_text import gradient_sentence
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.expression.values import bind
from explorer.engine.autodiff.tracing import trace_expression
from explorer.engine.in_process import explain_expression, trace_and_run

PROMISED = {
    "expression": "sin(2*x)", "dtype": "float32", "at": {"x": 1.0}, "variables": {"x": "x:0"},
    "output": {
        "tensor": "Sin:0", "value": 0.9092974, "differentiated": "sum", "note": None, "cause": None,
    },
}  # fmt: skip
NODE = {"id": "mul", "type": "Mul", "inputs": ["mul/x:0", "x:0"], "value": 2.0}
GRADIENT_NODE = {
    "id": "gradients/Sin_grad/Cos", "type": "Cos", "forward": "Sin", "sums": None, "inputs": ["mul:0"],
    "value": -0.41614684,
}  # fmt: skip
STEP = {
    "op": "Sin", "type": "Sin", "upstream": 1.0, "upstream_tensor": "gradients/grad_ys_0:0", "kink": None,
    "inputs": [{"tensor": "mul:0", "local": -0.41614684, "local_formula": "cos(2*x)", "gradient": -0.41614684,
                "gradient_tensor": "gradients/Sin_grad/mul:0", "accumulated": False}],
    "tf_ops": ["gradients/Sin_grad/Cos", "gradients/Sin_grad/mul"],
    "sentence": "1 arrives at sin; cos(2) = −0.4161 is its local derivative; 1 · (−0.4161) = −0.4161 goes on to 2*x.",
}  # fmt: skip
GRADIENT = {
    "value": -0.8322937, "tensor": "gradients/mul_grad/Mul_1:0", "chain": "cos(2*x)*2", "simplified": "2*cos(2*x)",
    "note": None, "cause": None,
}  # fmt: skip

EXPRESSIONS = [
    ("x - (y - x)", {"y": 3}), ("x - (-x)", {}), ("x/(y/x)", {"y": 3}), ("-(x + y)^2", {"x": 0.5}),
    ("2^x", {"x": 1.5}), ("2^3^x", {"x": 0.2}), ("(x^2)^3", {"x": 1.2}), ("x^-2", {"x": 1.7}), ("(-x)^3", {"x": 1.7}),
    ("x^3", {"x": -1.7}), ("|x|*x", {"x": -2}), ("3(x+1)(x-1)", {"x": 0.3}), ("1/2x", {"x": 4}), ("2pi x", {"x": 0.1}),
    ("h = x*y; k = h + x; h*k - h/k", {"x": 0.7, "y": 1.3}), ("sin(sin(sin(x)))", {"x": 0.4}),
    ("log(x)*log1p(y) - log10(x)", {"x": 2.5, "y": 0.5}), ("asin(x)*acos(x) + atan(x)", {"x": 0.3}),
    ("sinh(x)*cosh(y) - tanh(x*y)", {"x": 0.3, "y": -0.6}), ("asinh(x) + acosh(y) + atanh(x)", {"x": 0.4, "y": 2}),
    ("leaky_relu(x)*elu(y)", {"x": -1, "y": -0.5}), ("min(x, y)*max(x, y)", {"x": 2, "y": 5}),
    ("softplus(x)/(1 + square(y))", {"x": -0.3}), ("tan(x)^2 - sqrt(x)", {"x": 0.6}), ("x + x + x*x", {"x": 3}),
    ("cbrt(x)*sign(x)", {"x": -8}), ("swish(x - 1) + ln(x)", {"x": 2.2}), ("theta*lambd - gamma^2", {"gamma": 4}),
    ("x^2", {"x": 1e-3}), ("1e-3*x^2 + 1e5*x", {"x": 20}), ("x*floor(x)", {"x": 2.5}), ("relu(x)", {"x": 0}),
]  # fmt: skip


def numeric(formula, point):
    program = parse(formula)
    return float(evaluate_program(program, bind(program, point)))


def by_tensorflow(formula, point, dtype):
    trace, values = trace_and_run(formula, point, dtype, wrt=[])  # only its value
    return float(values[trace.output])


def test_the_documented_answer(worker):
    answer, _, _ = explain_expression("sin(2*x)", {"x": 1.0}, "float32", None, worker)
    assert list(answer) == [*PROMISED, "graph", "steps", "gradients", "float64"]
    assert {key: answer[key] for key in PROMISED} == PROMISED
    assert list(answer["graph"]) == ["nodes", "gradient_nodes"]
    assert [node["id"] for node in answer["graph"]["nodes"]] == ["x", "mul/x", "mul", "Sin"]
    assert answer["graph"]["nodes"][2] == NODE
    assert GRADIENT_NODE in answer["graph"]["gradient_nodes"]
    assert [list(node) for node in answer["graph"]["gradient_nodes"]] == [list(GRADIENT_NODE)] * 6
    rule = answer["steps"][0].pop("rule")
    assert rule
    assert answer["steps"][0] == STEP
    assert [step["op"] for step in answer["steps"]] == ["Sin", "mul"]
    assert answer["gradients"] == {"x": GRADIENT}


def test_the_answer_is_one_line_with_shortest_numbers(worker):
    answer, _, _ = explain_expression("sin(2*x)", {}, "float32", None, worker)
    line = json.dumps(answer, allow_nan=False)
    assert "\n" not in line
    for number in ("0.9092974", "-0.41614684", "-0.8322937"):
        assert re.search(rf"{re.escape(number)}[,}}]", line)
    assert json.loads(line) == answer


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e-7, 123456.789, 16777217.0, 3.4e38, 1e-45])
def test_float32_is_the_shortest_text_that_reads_back(value, worker):
    answer, _, _ = explain_expression("x", {"x": value}, "float32", None, worker)
    printed = answer["output"]["value"]
    assert np.float32(printed) == np.float32(value)
    digits = [repr(float(f"{value:.{k}e}")) for k in range(12) if np.float32(f"{value:.{k}e}") == np.float32(value)]
    assert len(repr(printed)) <= min(len(text) for text in digits)


@pytest.mark.parametrize(("text", "point"), EXPRESSIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_formulas_have_the_value_of_the_gradient(text, point, dtype, worker):
    answer, trace, values = explain_expression(text, point, dtype, None, worker)
    point = answer["at"]
    for name, gradient in answer["gradients"].items():
        near = {"rel": 1e-5, "abs": 1e-6 if dtype == "float32" else 1e-12}
        assert numeric(gradient["chain"], point) == pytest.approx(gradient["value"], **near)
        assert by_tensorflow(gradient["chain"], point, "float64") == pytest.approx(gradient["value"], **near)
        assert set(parse(gradient["chain"]).variables) <= set(trace.variables), name
        if gradient["simplified"] is None:
            assert gradient["note"]
        else:
            assert numeric(gradient["simplified"], point) == pytest.approx(gradient["value"], **near)
            assert gradient["note"] == gradient_sentence(trace, values, name)
    slots = [(step, slot) for step in answer["steps"] for slot in step["inputs"]]
    for step, slot in slots:
        if slot["gradient"] is None:
            assert step["type"] == "Floor"
            continue
        assert numeric(slot["local_formula"], point) == pytest.approx(slot["local"], rel=1e-5, abs=1e-6)
        assert step["upstream"] * slot["local"] == pytest.approx(slot["gradient"], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("h = 2*x; y = sin(h) + h^2", "(cos(2*x)+2*(2*x))*2"),
        ("sin(2*x)", "cos(2*x)*2"),
        ("x*x", "x+x"),
        ("a = 3*x; a*a", "(3*x+3*x)*3"),
        ("x + x", "1+1"),
        ("x", "1"),
    ],
)
def test_chains_as_text(text, chain, worker):
    answer, _, _ = explain_expression(text, {}, "float32", None, worker)
    assert answer["gradients"]["x"]["chain"] == chain


@pytest.mark.parametrize(
    ("text", "x"), [("h = 2*x; y = sin(h) + h^2", 0.4), ("tanh(x)/x", 0.4), ("a = exp(x); log(a*a + a)*x", 0.4)]
)
def test_the_terms_of_a_sum_are_the_inputs_of_its_addn(text, x):
    trace, values = trace_and_run(text, {"x": x}, "float64")
    addns = [node for node in trace.gradient_nodes if node.type == "AddN" and node.needed]
    assert addns
    for addn in addns:
        arriving = [slot for step in trace.steps for slot in step.inputs if slot.tensor == addn.sums]
        assert {slot.accumulated for slot in arriving} == {True}
        for slot in arriving:
            assert numeric(slot.chain, {"x": x}) == pytest.approx(float(values[slot.gradient_tensor]), rel=1e-9)
        assert numeric(arriving[-1].total, {"x": x}) == pytest.approx(float(values[addn.tensor]), rel=1e-9)


def test_the_chain_grows_from_step_to_step():
    trace, values = trace_and_run("exp(sin(x^2))", {"x": 0.6}, "float64")
    for step, after in zip(trace.steps, trace.steps[1:], strict=False):
        assert after.upstream_formula == step.inputs[0].total
        assert numeric(after.upstream_formula, {"x": 0.6}) == pytest.approx(float(values[after.upstream_tensor]))
    assert trace.steps[-1].inputs[0].total == trace.gradients["x"].chain


@pytest.mark.parametrize("count", [4, 9])
def test_two_thousand_characters_are_the_limit(count, worker):
    """Each definition more than doubles the formula, which is null with a note beyond the limit."""
    text = "; ".join(["a0 = x*x", *[f"a{k} = a{k - 1}*sin(a{k - 1})" for k in range(1, count)]])
    answer, _, _ = explain_expression(text, {"x": 0.9}, "float64", None, worker)
    gradient = answer["gradients"]["x"]
    h = 1e-6
    slope = (numeric(text, {"x": 0.9 + h}) - numeric(text, {"x": 0.9 - h})) / (2 * h)
    assert gradient["value"] == pytest.approx(slope, rel=1e-5)
    if count == 4:
        assert len(gradient["chain"]) <= 2000
        assert numeric(gradient["chain"], {"x": 0.9}) == pytest.approx(gradient["value"], rel=1e-9)
    else:
        assert (gradient["chain"], gradient["simplified"]) == (None, None)
        assert "2,000" in gradient["note"]
        assert all(len(s["local_formula"] or "") <= 2000 for step in answer["steps"] for s in step["inputs"])


def test_matrices_have_numbers_and_a_note(worker):
    point = {"W": [[1, -2], [3, 4]], "x": [1, 2], "b": [0.5, 0.5]}
    answer, _, _ = explain_expression("sum(relu(W @ x + b))", point, "float64", None, worker)
    open_ = (np.array(point["W"]) @ point["x"] + point["b"] > 0).astype(float)
    expected = {"W": np.outer(open_, point["x"]), "x": np.array(point["W"]).T @ open_, "b": open_}
    for name, gradient in answer["gradients"].items():
        assert gradient["value"] == expected[name].tolist()
        assert (gradient["chain"], gradient["simplified"]) == (None, None)
        assert gradient["note"]
    product = next(step for step in answer["steps"] if step["type"] in ("MatMul", "BatchMatMulV2"))
    assert {slot["local"] for slot in product["inputs"]} == {None}
    assert {slot["local_formula"] for slot in product["inputs"]} == {None}
    assert "Bᵀ" in product["rule"]
    assert answer["at"]["W"] == point["W"]


@pytest.mark.parametrize("text", ["x*floor(x)", "floor(x)*x", "x*floor(x) + round(x)"])
def test_a_path_cut_by_floor_leaves_the_chain_of_the_others(text, worker):
    answer, _, _ = explain_expression(text, {"x": 2.4}, "float64", None, worker)
    gradient = answer["gradients"]["x"]
    assert (gradient["value"], gradient["note"]) == (2.0, None)
    assert numeric(gradient["chain"], {"x": 2.4}) == 2.0


def test_only_gradients_of_wrt_are_returned(worker):
    answer, _, _ = explain_expression("x*y*z", {"y": 2, "z": 3}, "float32", ["y"], worker)
    assert {name: gradient["value"] for name, gradient in answer["gradients"].items()} == {"y": 3.0}
    assert list(answer["variables"]) == ["x", "y", "z"]


@pytest.mark.parametrize(("text", "name"), [("z = 3; x*2", "z"), ("floor(x)", "x"), ("x + ceil(y)", "y")])
def test_without_a_path_value_and_chain_are_null(text, name, worker):
    answer, _, _ = explain_expression(text, {}, "float32", None, worker)
    gradient = answer["gradients"][name]
    assert {key for key, value in gradient.items() if value is None} == {"value", "tensor", "chain", "simplified"}
    assert gradient["note"].endswith(".")


@pytest.mark.parametrize(
    ("text", "point", "value", "slope"),
    [
        ("log(x)", {"x": 0}, "-inf", "inf"),
        ("1/x", {"x": 0}, "inf", "-inf"),
        ("0*log(x)", {"x": 0}, "nan", "nan"),
        ("exp(x)", {"x": 100}, "inf", "inf"),
        ("log(x)", {"x": [0, 1, -1]}, ["-inf", 0.0, "nan"], ["inf", 1.0, -1.0]),
        ("2*x", {"x": "inf"}, "inf", 2.0),
    ],
)
def test_nan_and_infinities_are_text(text, point, value, slope, worker):
    answer, _, _ = explain_expression(text, point, "float32", None, worker)
    assert answer["output"]["value"] == value
    assert answer["gradients"]["x"]["value"] == slope
    json.dumps(answer, allow_nan=False)


def test_a_formula_is_simplified_in_the_same_way_where_it_has_no_value(worker):
    answers = [explain_expression("x^2/x", {"x": x}, "float64", None, worker)[0] for x in (0, 3)]
    gradients = [answer["gradients"]["x"] for answer in answers]
    assert [gradient["value"] for gradient in gradients] == ["nan", 1]
    assert [gradient["simplified"] for gradient in gradients] == ["1", "1"]
    assert "not a number" in gradients[0]["note"]
    assert math.isnan(numeric(gradients[0]["chain"], {"x": 0}))


@pytest.mark.parametrize("text", ["a*b", "a/b", "a-b", "a^b", "sin(a)", "atan2(a, b)"])
def test_a_rule_holds_and_has_its_own_names_for_operands(text):
    point = {"u": 1.3, "v": 2.1}
    trace = trace_expression(text, {"a": 2.0, "b": 3.0} if "b" in text else {"a": 2.0}).trace
    printed = re.findall(r"d ?(\S+)/d([uv]) = (\S+)", trace.steps[0].rule_formula.replace(", d", " d"))
    assert [letter for _head, letter, _value in printed] == ["u", "v"][: len(trace.variables)]
    for head, letter, value in printed:
        true = sp.sympify(head).diff(letter).subs(point)
        assert float(sp.sympify(value).subs(point)) == pytest.approx(float(true), rel=1e-9)


def test_causes_stand_beside_their_notes(worker):
    answer, _, _ = explain_expression("log(x) + y", {"x": -1, "y": 2}, "float32", None, worker)
    domain = {"kind": "domain", "op": "Log", "tensor": "Log:0", "entry": None}
    assert answer["output"]["cause"] == domain
    assert answer["output"]["note"].startswith("The value is not a number: Log is defined only for")
    assert {name: gradient["cause"] for name, gradient in answer["gradients"].items()} == {"x": domain, "y": domain}
    assert "though TensorFlow returns 1/x = -1 for x" in answer["gradients"]["x"]["note"]


def test_a_cause_has_the_entry(worker):
    answer, _, _ = explain_expression("relu(x)", {"x": [1, -2, 3]}, "float32", None, worker)
    gradient = answer["gradients"]["x"]
    assert gradient["cause"] == {"kind": "dead", "op": "Relu", "tensor": "Relu:0", "entry": [1]}
    assert "1 of 3 units of Relu, [1], passes nothing on" in gradient["note"]
    assert answer["output"]["cause"] is None


def test_the_sentence_of_a_kink_is_the_same_everywhere(worker):
    answer, _, _ = explain_expression("max(x, y)*2", {"x": 1, "y": 1}, "float32", None, worker)
    kinks = [step["kink"] for step in answer["steps"]]
    assert kinks == [None, answer["gradients"]["x"]["note"]]
    assert answer["gradients"]["y"]["note"] == answer["gradients"]["x"]["note"]
    assert "TensorFlow gives all to the first" in kinks[1]
