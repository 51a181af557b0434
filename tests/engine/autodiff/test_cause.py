"""Causes of odd values and gradients, named by hand for points of each kind."""

import json
from functools import cache

import pytest

from explorer.core.autodiff.causes.cause import Causes
from explorer.core.autodiff.causes.cause_text import cause_sentence, gradient_sentence
from explorer.core.autodiff.output_choice import OutputChoice
from explorer.engine.in_process import trace_and_run


def traced(text, point):
    """Return the trace and values of an expression, which are made once."""
    return _traced(text, json.dumps(point))


@cache
def _traced(text, point):
    return trace_and_run(text, json.loads(point))


# expression, point, variable, (kind, op) or None
GRADIENTS = [
    ("x*log(x)", {"x": -1}, "x", ("domain", "Log")),
    ("x*sqrt(x)", {"x": -1}, "x", ("domain", "Sqrt")),
    ("log(x)", {"x": -1}, "x", ("domain", "Log")),
    ("log1p(x)", {"x": -2}, "x", ("domain", "Log1p")),
    ("asin(x)", {"x": 2}, "x", ("domain", "Asin")),
    ("2*acos(x)", {"x": -1.5}, "x", ("domain", "Acos")),
    ("acosh(x)", {"x": 0.5}, "x", ("domain", "Acosh")),
    ("atanh(x)", {"x": 2}, "x", ("domain", "Atanh")),
    ("sin(x)", {"x": "inf"}, "x", ("domain", "Sin")),
    ("x^y", {"x": -2, "y": 2}, "y", ("domain", "Pow")),
    ("x^y", {"x": -2, "y": 2}, "x", None),
    ("x^y", {"x": -2, "y": 0.5}, "x", ("domain", "Pow")),
    ("x^y", {"x": 0, "y": 2}, "y", ("domain", "Pow")),
    ("x^x", {"x": -1}, "x", ("domain", "Pow")),
    ("x + y^x", {"x": 2, "y": -2}, "x", ("domain", "Pow")),
    ("x^3*y^x", {"x": 2, "y": -2}, "x", ("domain", "Pow")),
    ("y*0^0*(-1)^x + x", {"y": 0}, "x", None),
    ("floor(log(x))", {"x": -1}, "x", ("domain", "Log")),
    ("max(log(x), 0)", {"x": -1}, "x", ("domain", "Log")),
    ("x + log(y)", {"y": -1}, "x", ("domain", "Log")),
    ("(-b+sqrt(b^2-4*a*c))/(2*a)", {"a": 1, "b": 1, "c": 1}, "c", ("domain", "Sqrt")),
    ("x^0", {"x": 0}, "x", ("indeterminate", "Pow")),
    ("x*log(x)", {"x": 0}, "x", ("indeterminate", "Log")),
    ("0*log(x)", {"x": 0}, "x", ("indeterminate", "Log")),
    ("norm(x)", {"x": [0, 0]}, "x", ("indeterminate", "Sqrt")),
    ("sqrt(x^2)", {"x": 0}, "x", ("indeterminate", "Sqrt")),
    ("x/y", {"x": 0, "y": 0}, "x", ("indeterminate", "RealDiv")),
    ("sin(x)/x", {"x": 0}, "x", ("indeterminate", "RealDiv")),
    ("1/x - 1/x", {"x": 0}, "x", ("indeterminate", "RealDiv")),
    ("exp(-1/x^2)", {"x": 0}, "x", ("indeterminate", "RealDiv")),
    ("atan2(x, y)", {"x": 0, "y": 0}, "y", ("indeterminate", "Atan2")),
    ("cbrt(x)", {"x": 0}, "x", ("indeterminate", "Pow")),
    ("x - x", {"x": "inf"}, "x", ("indeterminate", "Sub")),
    ("2*x", {"x": "nan"}, "x", ("indeterminate", "Placeholder")),
    ("1/x", {"x": 0}, "x", ("pole", "RealDiv")),
    ("log(x)", {"x": 0}, "x", ("pole", "Log")),
    ("log1p(x)", {"x": -1}, "x", ("pole", "Log1p")),
    ("sqrt(x)", {"x": 0}, "x", ("pole", "Sqrt")),
    ("asin(x)", {"x": -1}, "x", ("pole", "Asin")),
    ("acosh(x)", {"x": 1}, "x", ("pole", "Acosh")),
    ("atanh(x)", {"x": 1}, "x", ("pole", "Atanh")),
    ("x^0.5", {"x": 0}, "x", ("pole", "Pow")),
    ("x^-2", {"x": 0}, "x", ("pole", "Pow")),
    ("x + 1/y", {"y": 0}, "x", ("pole", "RealDiv")),
    ("custom(x^2, 1/x, x)", {"x": 0}, "x", ("pole", "IdentityN")),
    ("x^100", {"x": 10}, "x", ("overflow", "Pow")),
    ("1/x^2", {"x": 1e-20}, "x", ("overflow", "RealDiv")),
    ("1/x^2", {"x": 1e-23}, "x", ("overflow", "RealDiv")),
    ("exp(x)", {"x": 89}, "x", ("overflow", "Exp")),
    ("expm1(x)", {"x": 100}, "x", ("overflow", "Expm1")),
    ("sinh(x)", {"x": 100}, "x", ("overflow", "Sinh")),
    ("cosh(x)", {"x": -100}, "x", ("overflow", "Cosh")),
    ("square(x)^2", {"x": 1e10}, "x", None),
    ("square(x)^2", {"x": 1e13}, "x", ("overflow", "Pow")),
    ("1/x", {"x": 1e-30}, "x", ("overflow", "RealDiv")),
    ("log(x)", {"x": 1e-39}, "x", ("overflow", "Log")),
    ("exp(x) - exp(x)", {"x": 100}, "x", ("overflow", "Exp")),
    ("1/(1 + exp(-x))", {"x": -100}, "x", ("overflow", "Exp")),
    ("x/(1 + exp(y))", {"y": 100}, "x", ("overflow", "Exp")),
    ("x^2", {"x": 1e39}, "x", ("overflow", "Placeholder")),
    ("1e39*x", {}, "x", ("overflow", "Const")),
    ("1e30*(1e30*x)", {}, "x", ("overflow", "Mul")),
    ("1e38*x*y", {"x": 0, "y": 10}, "x", ("overflow", "Mul")),
    ("3e38*x + 3e38*x", {"x": 0}, "x", ("overflow", "AddN")),
    ("sum(b*[3e38, 3e38])", {"b": 0}, "b", ("overflow", "Sum")),
    ("x + exp(y)", {"y": 100}, "x", None),
    ("2*x", {"x": 1e39}, "x", None),
    ("2*x", {"x": "inf"}, "x", None),
    ("x*y", {"x": 2, "y": "inf"}, "x", ("pole", "Mul")),  # what is infinite from the start
    ("x/y", {"x": "inf", "y": 2}, "y", ("pole", "RealDiv")),
    ("x^2", {"x": "-inf"}, "x", ("pole", "Pow")),
    ("x*log(x)", {"x": "inf"}, "x", ("indeterminate", "Mul")),
    ("x*sqrt(x)", {"x": "inf"}, "x", ("indeterminate", "Mul")),
    ("a*(a*x)", {"a": 1e-23}, "x", ("underflow", "Mul")),
    ("a*a*x", {"a": 1e-23}, "x", ("underflow", "Mul")),
    ("exp(x)", {"x": -200}, "x", ("underflow", "Exp")),
    ("y*exp(x)", {"x": -200}, "y", ("underflow", "Mul")),
    ("x*y", {"x": 1, "y": 1e-46}, "x", ("underflow", "Mul")),
    ("exp(x)/y", {"x": -200}, "y", ("underflow", "RealDiv")),
    ("cbrt(sqrt(square(x)))", {"x": 1e-23}, "x", ("underflow", "Pow")),
    ("sigmoid(relu(x) - 30)", {"x": -1}, "x", ("saturated", "Relu")),
    ("erf(min(x, -9))", {"x": 1}, "x", ("not selected", "Minimum")),
    ("log(y*0 - 1)^x", {"x": 0}, "x", ("domain", "Log")),
    ("x/(y*y)", {"x": 1e-30, "y": 1e-30}, "x", ("underflow", "RealDiv")),
    ("cos(exp(x))", {"x": -200}, "x", ("underflow", "Cos")),
    ("y*relu(exp(x))", {"x": -200}, "x", ("underflow", "Relu")),
    ("exp(x)*exp(y)", {"x": -60, "y": -60}, "x", ("underflow", "Exp")),
    ("exp(x)*exp(y)", {"x": -200, "y": -200}, "x", ("underflow", "Mul")),
    ("x^3", {"x": 1e-30}, "x", ("underflow", "Pow")),
    ("1/x", {"x": 1e30}, "x", ("underflow", "RealDiv")),
    ("log(x^2)", {"x": 1e-30}, "x", ("underflow", "Log")),
    ("sqrt(x^2)", {"x": 1e-30}, "x", ("underflow", "Sqrt")),
    ("abs(x^2)", {"x": 1e-30}, "x", ("underflow", "Abs")),
    ("atan2(x, y)", {"x": 1e-30, "y": 0}, "x", ("underflow", "Atan2")),
    ("atan2(x, y)", {"x": 1e-30, "y": 1e-30}, "y", ("underflow", "Atan2")),
    ("atan2(x, y)", {"x": 1, "y": 1e25}, "x", ("overflow", "Atan2")),
    ("abs(x)", {"x": 0}, "x", ("kink", "Abs")),
    ("abs(x) + x", {"x": 0}, "x", ("kink", "Abs")),
    ("abs(x) + x*y", {"x": 0, "y": 0}, "x", ("kink", "Abs")),
    ("x*y + abs(x)", {"x": 0, "y": 0}, "x", ("kink", "Abs")),
    ("cos(x) + abs(x)", {"x": 0}, "x", ("kink", "Abs")),
    ("max(x, y) + abs(x)", {"x": 0, "y": 1}, "x", ("kink", "Abs")),
    ("abs(abs(x)) + x", {"x": 0}, "x", ("kink", "Abs")),
    ("abs(x^2)", {"x": 0}, "x", ("kink", "Abs")),
    ("abs(x^2) + x", {"x": 0}, "x", None),
    ("x + max(x*y, 0)", {"x": 0, "y": 0}, "x", None),
    ("x + abs(max(x, y))", {"x": -1, "y": 0}, "x", None),
    ("relu(x)", {"x": 0}, "x", ("kink", "Relu")),
    ("leaky_relu(x)", {"x": 0}, "x", ("kink", "LeakyRelu")),
    ("max(x, y)", {"x": 1, "y": 1}, "x", ("kink", "Maximum")),
    ("max(x, y)", {"x": 1, "y": 1}, "y", ("kink", "Maximum")),
    ("min(x, 2)", {"x": 2}, "x", ("kink", "Minimum")),
    ("atan2(x, y)", {"x": 0, "y": -1}, "x", ("kink", "Atan2")),
    ("sin(relu(x - 1)) + y", {"x": 1}, "x", ("kink", "Relu")),
    ("x + floor(x)", {"x": 2}, "x", ("kink", "Floor")),
    ("x*round(x)", {"x": 2.5}, "x", ("kink", "Round")),
    ("x + y*sign(x)", {"x": 0}, "x", ("kink", "Sign")),
    ("x + y*sign(x)", {"x": 0, "y": 0}, "x", None),
    ("x*floor(y)", {"x": 2, "y": 1.5}, "x", None),
    ("max(x, x)", {"x": 1}, "x", None),
    ("elu(x)", {"x": 0}, "x", None),
    ("relu(x - 3)*y", {}, "x", ("saturated", "Relu")),
    ("relu(x)*floor(x)", {"x": -1.5}, "x", ("saturated", "Relu")),
    ("sigmoid(50*x)", {"x": 3}, "x", ("saturated", "Sigmoid")),
    ("sigmoid(x)", {"x": -200}, "x", ("saturated", "Sigmoid")),
    ("tanh(3*x)", {"x": 20}, "x", ("saturated", "Tanh")),
    ("erf(x)", {"x": 10}, "x", ("saturated", "Erf")),
    ("softplus(x)", {"x": -200}, "x", ("saturated", "Softplus")),
    ("elu(x)", {"x": -200}, "x", ("saturated", "Elu")),
    ("gelu(x)", {"x": -10}, "x", ("saturated", "Erf")),
    ("sigmoid(50*x) + x", {"x": 3}, "x", None),
    ("leaky_relu(x)", {"x": -1}, "x", None),
    ("max(x, 0)", {"x": -1}, "x", ("not selected", "Maximum")),
    ("min(max(x, 0), 6)", {"x": 8}, "x", ("not selected", "Minimum")),
    ("max(x, y)", {"x": 0}, "x", ("not selected", "Maximum")),
    ("cos(x)", {"x": 0}, "x", ("stationary", "Cos")),
    ("cosh(x)", {"x": 0}, "x", ("stationary", "Cosh")),
    ("square(x)", {"x": 0}, "x", ("stationary", "Square")),
    ("x^2", {"x": 0}, "x", ("stationary", "Pow")),
    ("max(cos(x), 1)", {"x": 0}, "x", ("stationary", "Cos")),
    ("custom(x^2, 0, x)", {}, "x", ("stationary", "IdentityN")),
    ("x/y", {"x": 1, "y": "inf"}, "x", ("stationary", "RealDiv")),
    ("exp(x)", {"x": "-inf"}, "x", ("stationary", "Exp")),
    ("x*y", {"y": 0}, "x", ("zero factor", "Mul")),
    ("relu(x - 3)*y", {}, "y", ("zero factor", "Mul")),
    ("x/y", {"x": 0, "y": 2}, "y", ("zero factor", "RealDiv")),
    ("x*abs(x)", {"x": 0}, "x", ("zero factor", "Mul")),
    ("x^0", {"x": 2}, "x", ("zero factor", "Pow")),
    ("x*floor(x)", {"x": 0.5}, "x", ("zero factor", "Mul")),
    ("x*y", {"x": 1, "y": 1e-13}, "x", None),
    ("x*y", {"x": 1, "y": 1e-13}, "y", None),
    ("x - x + y", {}, "x", ("cancels", "AddN")),
    ("h = x^2 - 2*x; sin(h)", {"x": 1}, "x", ("cancels", "AddN")),
    ("sum(b*[1, -1])", {"b": 2}, "b", ("cancels", "Sum")),
    ("floor(x)", {"x": 1.5}, "x", ("step function", "Floor")),
    ("ceil(x)*y", {"x": 1.5}, "x", ("step function", "Ceil")),
    ("round(x)", {"x": 1.5}, "x", ("step function", "Round")),
    ("sign(x)*2", {}, "x", ("step function", "Sign")),
    ("x*stop_gradient(y)", {}, "y", ("stopped", "StopGradient")),
    ("custom(x*y, 1, y)", {"x": 2}, "x", ("stopped", "IdentityN")),
    ("y = 2; x", {}, "y", ("no path", None)),
    ("y = 2; log(x)", {"x": -1}, "y", ("no path", None)),
    ("(1-cos(x))/x^2", {"x": 1}, "x", None),
    ("floor(x) + x", {"x": 1.5}, "x", None),
    ("x + 0*x", {}, "x", None),
    ("relu(x) + x", {"x": -1}, "x", None),
    ("x", {}, "x", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "variable", "expected"), GRADIENTS)
def test_the_cause_of_a_gradient(text, point, variable, expected):
    cause = Causes(*traced(text, point)).of_variable(variable)
    assert (cause and (cause.kind, cause.op)) == expected


# expression, point, variable, kind, op, tensor, entry, count, total
VECTORS = [
    ("relu(x)", {"x": [-1, 2, -3, -4]}, "x", ("dead", "Relu", "Relu:0", (0,), 3, 4)),
    ("sum(relu(x)*[0, 1])", {"x": [1, -1]}, "x", ("zero factor", "Mul", "mul:0", (0,), 1, 2)),
    ("relu(x)", {"x": [-1, 0, 2]}, "x", ("dead", "Relu", "Relu:0", (0,), 2, 3)),
    ("relu(x)", {"x": [-1, 0]}, "x", ("dead", "Relu", "Relu:0", (0,), 2, 2)),
    ("relu(x)", {"x": [0, 2]}, "x", ("kink", "Relu", "Relu:0", (0,), 1, 2)),
    ("relu(W@x)", {"W": [[-1, -2], [-3, -4]], "x": [1, 1]}, "x", ("dead", "Relu", "Relu:0", (0,), 2, 2)),
    ("relu(W@x+b)", {"W": [[3, 4], [-1, -2]], "x": [1, 1], "b": [0, 0]}, "W", ("dead", "Relu", "Relu:0", (1,), 1, 2)),
    ("relu(W@x+b)", {"W": [[3, 4], [-1, -2]], "x": [1, 1], "b": [0, 0]}, "b", ("dead", "Relu", "Relu:0", (1,), 1, 2)),
    ("relu(W@x+b)", {"W": [[3, 4], [-1, -2]], "x": [1, 1], "b": [0, 0]}, "x", None),
    ("relu(W@x)", {"W": [[1, 0], [-1, 0]], "x": [1, 1]}, "x", None),
    ("sum(relu(w*x+b))", {"x": [-1, 0.5, 2], "w": 2, "b": -1}, "x", ("dead", "Relu", "Relu:0", (0,), 2, 3)),
    ("sum(relu(w*x+b))", {"x": [-1, 0.5, 2], "w": 2, "b": -1}, "w", ("kink", "Relu", "Relu:0", (1,), 1, 3)),
    ("log(x)", {"x": [0, 1, -1]}, "x", ("domain", "Log", "Log:0", (2,), 1, 3)),
    ("sum(log(w*x))", {"x": [1, -1], "w": 1}, "w", ("domain", "Log", "Log:0", (1,), 1, 2)),
    ("sqrt(x)", {"x": [1, 0]}, "x", ("pole", "Sqrt", "Sqrt:0", (1,), 1, 2)),
    ("x/y", {"x": [1, 0], "y": [0, 0]}, "x", ("indeterminate", "RealDiv", "truediv:0", (1,), 1, 2)),
    ("reduce_max(x)-reduce_min(x)", {"x": [2, 2]}, "x", ("kink", "Min", "x:0", (0,), 2, 2)),
    ("exp(x)", {"x": [1, 100, 200]}, "x", ("overflow", "Exp", "Exp:0", (1,), 2, 3)),
    ("reduce_max(x)", {"x": [1, 3, 2]}, "x", ("not selected", "Max", "x:0", (0,), 2, 3)),
    ("reduce_min(x)", {"x": [[1, 3], [2, 5]]}, "x", ("not selected", "Min", "x:0", (0, 1), 3, 4)),
    ("reduce_max(x)", {"x": [1, 3, 3]}, "x", ("kink", "Max", "x:0", (1,), 2, 3)),
    ("max(x, 0)", {"x": [-1, 2]}, "x", ("not selected", "Maximum", "Maximum:0", (0,), 1, 2)),
    ("abs(x)", {"x": [1, 0]}, "x", ("kink", "Abs", "Abs:0", (1,), 1, 2)),
    ("sigmoid(x)", {"x": [1, 200]}, "x", ("saturated", "Sigmoid", "Sigmoid:0", (1,), 1, 2)),
    ("softmax(x)", {"x": [1, 2, 3]}, "x", ("cancels", "Softmax", "x:0", (0,), 3, 3)),
    ("sigmoid(relu(x) - 30)", {"x": [-1, 1]}, "x", ("dead", "Relu", "Relu:0", (0,), 1, 2)),
    ("sum(softmax(x)*[1, 2])", {"x": [200, 0]}, "x", ("saturated", "Softmax", "x:0", (0,), 2, 2)),
    ("cbrt(softmax(W@x))", {"W": [[0, 0], [0, -200]], "x": [1, 1]}, "x",
     ("underflow", "Pow", "pow:0", (1,), 1, 2)),
    ("log_softmax(x)", {"x": [1, 1]}, "x", ("cancels", "LogSoftmax", "x:0", (0,), 2, 2)),
    ("W@x", {"W": [[1, 2], [-1, -2]], "x": [1, 1]}, "x", ("cancels", "MatMul", "x:0", (0,), 2, 2)),
    ("W@x", {"W": [[0, 0], [0, 0]], "x": [1, 1]}, "x", ("zero factor", "MatMul", "x:0", (0,), 2, 2)),
    ("dot(x, y)", {"x": [1, 2], "y": [0, 0]}, "x", ("zero factor", "Mul", "mul:0", (0,), 2, 2)),
    ("x^y", {"x": [2, -2], "y": [2, 2]}, "y", ("domain", "Pow", "pow:0", (1,), 1, 2)),
    ("x^y", {"x": [2, -2], "y": 2}, "y", ("domain", "Pow", "pow:0", (1,), 1, 2)),
    ("cos(x)", {"x": [0, 1]}, "x", None),
    ("x*[1, 0, 2]", {"x": [1, 2, 3]}, "x", None),
    ("relu(W@x+b)", {"W": [[1, 2], [3, 4]], "x": [1, 2], "b": [0.5, -1]}, "W", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "variable", "expected"), VECTORS)
def test_the_cause_of_entries_of_a_gradient(text, point, variable, expected):
    cause = Causes(*traced(text, point)).of_variable(variable)
    found = cause and (cause.kind, cause.op, cause.tensor, cause.entry, cause.count, cause.total)
    assert found == expected


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("log(x)", {"x": -1}, ("domain", "Log", None)),
        ("1/x", {"x": 0}, ("pole", "RealDiv", None)),
        ("x*log(x)", {"x": 0}, ("indeterminate", "Log", None)),
        ("exp(x)", {"x": [1, 100]}, ("overflow", "Exp", [1])),
        ("x", {"x": 1e39}, ("overflow", "Placeholder", None)),
        ("mean(x)", {"x": [3e38, 3e38]}, ("overflow", "Mean", None)),
        ("W@x", {"W": [[1, 1], [3e38, 3e38]], "x": [1, 1]}, ("overflow", "MatMul", [1])),
        ("W@A", {"W": [[1, 1], [3e38, 3e38]], "A": [[1, 0], [1, 0]]}, ("overflow", "MatMul", [1, 0])),
        ("exp(x)", {"x": -200}, ("underflow", "Exp", None)),
        ("y*exp(x)", {"x": -200}, ("underflow", "Exp", None)),
        ("1/(1 + exp(-x))", {"x": -100}, ("overflow", "Exp", None)),
        ("x*y", {"x": 0}, None),
        ("relu(x)", {"x": -1}, None),
        ("x - x", {}, None),
        ("sin(x)", {}, None),
        ("2*x", {"x": "inf"}, None),
        ("exp(-1/x^2)", {"x": 0}, None),
    ],
)
def test_the_cause_of_the_output(text, point, expected):
    cause = Causes(*traced(text, point)).of_output()
    json = None if cause is None else cause.to_json()
    assert (json and (json["kind"], json["op"], json["entry"])) == expected


@pytest.mark.parametrize(
    ("text", "point", "again", "expected"),
    [
        ("relu(x)", {"x": -1}, ["x"], ("step function", "ReluGrad")),
        ("relu(x)", {"x": 2}, ["x"], ("step function", "ReluGrad")),
        ("abs(x)", {"x": 1}, ["x"], ("step function", "Sign")),
        ("x^3", {"x": 0}, ["x"], ("stationary", "Pow")),
        ("tanh(x)", {"x": 0}, ["x"], ("stationary", "TanhGrad")),
        ("tanh(x)", {"x": 20}, ["x"], ("saturated", "Tanh")),
        ("sigmoid(x)", {"x": 0}, ["x"], ("stationary", "SigmoidGrad")),
        ("log(x)", {"x": 0}, ["x"], ("pole", "Reciprocal")),
        ("elu(x)", {"x": 1}, ["x"], ("stationary", "EluGrad")),
        ("max(x, 0)", {"x": 1}, ["x"], ("step function", "GreaterEqual")),
        # What was differentiated first has no derivative there, so that its derivative does not exist.
        ("log(x)", {"x": -1}, ["x"], ("domain", "Log")),
        ("log(x)", {"x": -1}, ["x", "x", "x"], ("domain", "Log")),
        ("log1p(x)", {"x": -2}, ["x"], ("domain", "Log1p")),
        ("atanh(x)", {"x": 2}, ["x"], ("domain", "Atanh")),
        ("asin(x)", {"x": 2}, ["x", "x"], ("domain", "Asin")),
        ("x*log(y)", {"y": -1}, ["y"], ("domain", "Log")),
        ("sum(log(x))", {"x": [1, -1]}, ["x"], ("domain", "Log")),
        ("x^y", {"x": -2, "y": 2}, ["y"], ("domain", "Pow")),
        ("abs(x)", {"x": 0}, ["x"], ("kink", "Abs")),
        ("relu(x)", {"x": 0}, ["x", "x"], ("kink", "Relu")),
        ("relu(x)", {"x": [0, 1]}, ["x"], ("kink", "Relu")),
        ("leaky_relu(x)", {"x": 0}, ["x"], ("kink", "LeakyRelu")),
        ("max(x, 0)", {"x": 0}, ["x"], ("kink", "Maximum")),
        ("min(x, y)", {"x": 1, "y": 1}, ["y"], ("kink", "Minimum")),
        ("x*floor(x)", {"x": 2}, ["x"], ("kink", "Floor")),
        ("elu(x)", {"x": 0}, ["x", "x"], ("kink", "EluGrad")),
        ("reduce_max(x)", {"x": [1, 1]}, ["x"], ("kink", "Max")),
        ("relu(x)^2", {"x": 0}, ["x"], ("kink", "ReluGrad")),
        ("abs(x)*x", {"x": 0}, ["x"], ("kink", "Abs")),
        ("abs(x)*x", {"x": 0}, ["x", "x"], ("kink", "Abs")),
        ("relu(x)^3", {"x": 0}, ["x", "x"], ("kink", "ReluGrad")),
        ("x + abs(y)", {"y": 0}, ["x"], ("no path", None)),
        ("reduce_max(x)", {"x": [1, 2]}, ["x"], ("step function", "Equal")),
        ("mean(x)", {"x": [1, 2]}, ["x"], ("no path", None)),
        ("sin(x)", {"x": 1}, ["x"], None),
        ("x^3", {"x": 1}, ["x", "x"], None),
    ],
)
def test_the_cause_of_a_second_derivative(text, point, again, expected):
    cause = Causes(*trace_and_run(text, point, differentiated_by=again)).of_variable("x")
    assert (cause and (cause.kind, cause.op)) == expected


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([-1, -2], ("domain", "Log", (1,))),
        ([-1, 1], None),
        ([1, 0], ("pole", "Log", (1,))),
        ([0, 1], ("indeterminate", "Log", (0,))),  # TensorFlow multiplies the 0 that arrives by infinity
    ],
)
def test_entries_of_the_output_that_are_not_differentiated_do_not_count(x, expected):
    trace, values = trace_and_run("log(x)", {"x": x}, output=OutputChoice((1,)))
    cause = Causes(trace, values).of_variable("x")
    assert (cause and (cause.kind, cause.op, cause.entry)) == expected


@pytest.mark.parametrize(
    ("text", "point", "again", "output", "gradient"),
    [
        ("log(x)", {"x": -1}, ["x"],
         "y has no derivative here, though TensorFlow returns -1: Log is defined only for positive numbers, and got "
         "-1.",
         "y has no derivative here, so y′ has none either, though TensorFlow returns -1/x^2 = -1: Log is defined only "
         "for positive numbers, and got -1."),
        ("x^y", {"x": -2, "y": 2}, ["y"],
         "f has no derivative for y here, though TensorFlow returns 0: the rule of pow for its second operand needs a "
         "positive base, and got -2 and 2; the formula stays x^y*log(x).",
         "f has no derivative for y here, so f_y has none either, though TensorFlow returns 0 for x: the rule "
         "of pow for its second operand needs a positive base, and got -2 and 2; the formula stays x^y*log(x)."),
        ("abs(x)", {"x": 0}, ["x"],
         "The absolute value has a corner at 0; TensorFlow chose 0 for its derivative.",
         "The absolute value has a corner at 0; TensorFlow chose 0 for its derivative."),
        ("log(abs(x))", {"x": 0}, ["x"],
         "The value is not a number: gradients/Log_grad/Reciprocal (Reciprocal) is infinite at 0, and 0 times infinity "
         "is not a number.",
         "The value is not a number, so there is no derivative, though TensorFlow returns 0: "
         "gradients/Log_grad/Reciprocal (Reciprocal) is infinite at 0, and 0 times infinity is not a number."),
        ("log(x)", {"x": 1}, ["x"], None, None),
    ],
)  # fmt: skip
def test_a_derivative_says_where_it_does_not_exist(text, point, again, output, gradient):
    trace, values = trace_and_run(text, point, differentiated_by=again)
    cause = Causes(trace, values).of_output()
    assert (cause and cause_sentence(trace, values, cause)) == output
    sentence = gradient_sentence(trace, values, "x")
    assert sentence == gradient


@pytest.mark.parametrize(
    ("text", "variable", "kind", "op"),
    [
        ("floor(x*y)", "x", "step function", "Floor"),
        ("y*stop_gradient(x)", "x", "stopped", "StopGradient"),
    ],
)
def test_where_a_vectors_gradient_ends_all_entries_are_concerned(text, variable, kind, op):
    cause = Causes(*trace_and_run(text, {"x": [1.5, 2.5], "y": 1})).of_variable(variable)
    assert (cause.kind, cause.op, cause.entry, cause.count, cause.total) == (kind, op, (0,), 2, 2)


def test_an_unknown_variable_has_no_cause():
    assert Causes(*trace_and_run("sin(x)", {})).of_variable("y") is None
    assert Causes(*trace_and_run("x*floor(y)", {}, wrt=["x"])).of_variable("y") is None


@pytest.mark.parametrize(
    ("dtype", "x", "kind"),
    [("float32", 20, "saturated"), ("float64", 20, None), ("float64", 40, "saturated"), ("float32", 10, None)],
)
def test_saturated_is_below_the_epsilon_of_the_type(dtype, x, kind):
    cause = Causes(*trace_and_run("sigmoid(-x)", {"x": x}, dtype)).of_variable("x")
    assert (cause and cause.kind) == kind


@pytest.mark.parametrize(("dtype", "x"), [("float32", 1e-23), ("float64", 1e-170)])
def test_a_divisor_that_became_0_is_no_pole(dtype, x):
    assert Causes(*trace_and_run("1/x^2", {"x": x}, dtype)).of_variable("x").kind == "overflow"


def test_weights_that_are_all_zero_are_to_blame():
    trace, values = trace_and_run("softmax(x)", {"x": [1, 2, 3]}, output=OutputChoice(weights=[0, 0, 0]))
    cause = Causes(trace, values).of_variable("x")
    assert (cause.kind, cause.op, cause.tensor, cause.entry) == ("zero factor", None, trace.output, None)
    sentence = "The gradient for x is 0: all weights of the output are 0."
    assert cause_sentence(trace, values, cause, "x") == sentence
