"""Simplified formulas: what SymPy finds is written with exact constants, and never with another value."""

import json

import pytest

from explorer.core.autodiff.step_text import completed_lines
from explorer.core.expression.parser import parse
from explorer.core.ops.table import op_table
from explorer.engine.autodiff import sympy_forms, sympy_worker
from explorer.engine.autodiff.formula_values import have_same_values
from explorer.engine.autodiff.sympy_forms import simpler_forms
from explorer.engine.in_process import explain_expression, trace_and_run


@pytest.mark.parametrize(
    ("text", "point", "simplified"),
    [
        ("1/3*x^3", {"x": 2}, "x^2"),
        ("2/3*x^3", {"x": 2}, "2*x^2"),
        ("exp(-x^2/2)/sqrt(2*pi)", {"x": 1}, "-x*exp(-x^2/2)/sqrt(2*pi)"),
        ("exp(-(x-m)^2/(2*s^2))/(s*sqrt(2*pi))", {"x": 1, "m": 0, "s": 1}, None),
        ("log(abs(x))", {"x": 2}, "1/x"),
        ("log(abs(x))", {"x": 0}, "1/x"),
        ("x*abs(x)", {"x": 2}, "2*abs(x)"),
        ("x*log(x)", {"x": -1}, "log(x)+1"),
        ("x*log(x)", {"x": 0}, "log(x)+1"),
        ("x*sqrt(x)", {"x": -1}, "3*sqrt(x)/2"),
        ("sqrt(x^2)", {"x": 0}, "x/abs(x)"),
        ("x/x", {"x": 0}, "0"),
        ("x^0", {"x": 0}, "0"),
        ("0^x", {"x": 0}, "0"),
        ("exp(log(x))", {"x": -1}, "1"),
        ("log2(x)", {"x": 0}, "1/(x*log(2))"),
        ("cbrt(x)", {"x": 0}, "1/(3*abs(x)^(2/3))"),
        ("x^(1/3)", {"x": -8}, "1/3*x^(-2/3)"),
        ("erf(x/sqrt(2))", {"x": 1}, "sqrt(2/pi)*exp(-x^2/2)"),
        ("gelu(x)", {"x": 1}, "x*exp(-x^2/2)/sqrt(2*pi)+erf(x/sqrt(2))/2+1/2"),
        ("0.3*x^2", {"x": 1}, "0.6*x"),
        ("e^(2*x)", {"x": 1}, "2*e^(2*x)"),
        ("3^40*x^2", {"x": 1}, "3^40*(2*x)"),  # 24315330918113857602 is beyond a float
        ("max(x,0)", {"x": 0}, "1-max(-sign(x),0)"),
        ("round(x)*x", {"x": 1.5}, "round(x)"),
        ("x^y", {"x": -2, "y": 2}, "y*x^(y-1)"),
        ("sin(x)^2+cos(x)^2", {"x": 1}, "0"),
    ],
)
def test_simplified_gradients(text, point, simplified, worker):
    gradient = explain_expression(text, point, "float32", ["x"], worker)[0]["gradients"]["x"]
    assert "SymPy" not in (gradient["note"] or "")
    if simplified is not None:
        assert gradient["simplified"] == simplified


def test_every_op_of_a_formula_can_be_evaluated_and_written():
    """Composites are expanded before they are differentiated, so that they are in no formula."""
    for name in (name for name, row in op_table().items() if row.elementwise and row.expansion is None):
        arguments = {"custom": "x, 2, x", "pow": "x^2, y"}.get(name, ", ".join(["x", "y"][: op_table()[name].arity]))
        operator = {"add": "x+y", "sub": "x-y", "mul": "x*y", "div": "x/y", "neg": "-x"}.get(name)
        formula = f"1/3*(3*({operator or f'{name}({arguments})'}))"
        assert have_same_values(parse(formula), parse(formula), {"x": 0.4, "y": 1.3}), name
        simplest = [formula, *simpler_forms(formula, {})][-1]
        assert "3" not in simplest, name


@pytest.mark.parametrize(
    ("formula", "wrong"),
    [
        ("sqrt(x^2)", "x"),
        ("log(x^2)", "2*log(x)"),
        ("(x^2)^(1/2)", "x"),
        ("sign(x)", "x/abs(x)"),
        ("max(sign(x-2.25),0)", "1-max(sign(2.25-x),0)"),  # different at 2.25 only
        ("x^2", "x^2+1e-12"),
        ("x*y", "x*abs(y)"),
        ("max(sign(x-y),0)", "1-max(sign(y-x),0)"),  # different where x = y
        ("sqrt(x)*sqrt(y)", "x*y"),
        ("1/x", "x"),
        ("atan2(y,x)", "atan(y/x)"),
        ("round(x)", "floor(x+0.5)"),  # different at 2.5
    ],
)
def test_a_form_of_another_value_is_refused(formula, wrong):
    assert not have_same_values(parse(formula), parse(wrong), {"x": 2.5, "y": 1.0})
    assert have_same_values(parse(formula), parse(formula), {"x": 2.5, "y": 1.0})


@pytest.mark.parametrize(
    ("formula", "simpler"),
    [("x^2/x", "x"), ("sqrt(x)*sqrt(x)", "x"), ("exp(log(x))", "x"), ("log(x)-x*(-1/x)", "log(x)+1"), ("0*(1/x)", "0")],
)
@pytest.mark.parametrize("point", [{"x": 0.0}, {"x": -1.0}, {"x": 2.0}, {}])
def test_a_right_form_is_not_refused_where_the_formula_has_no_value(formula, simpler, point):
    assert have_same_values(parse(formula), parse(simpler), point)


@pytest.mark.parametrize(
    ("text", "x", "simplified", "shown"),
    [
        ("x*log(x)", -1, "log(x)+1", True),
        ("x*log(x)", 0, "log(x)+1", True),
        ("x^2/x", 2, "1", True),
        ("x^2/x", 0, "1", False),
        ("0*log(x)", 0, "0", False),
        ("exp(2*x)", 50, "2*exp(2*x)", True),  # infinite in float32 only
    ],
)
def test_a_simplified_line_claims_no_value_where_the_gradient_has_none(text, x, simplified, shown):
    trace, values = trace_and_run(text, {"x": x})
    lines = completed_lines(trace, values, len(trace.steps), {"x": simplified})
    assert [line.text for line in lines] == ([f"dy/dx = {simplified}"] if shown else [])


def raising(_expression):
    raise ValueError("The argument 'zoo' is not comparable.")


def test_where_sympy_raises_the_next_form_is_tried(monkeypatch):
    monkeypatch.setattr(sympy_forms, "FORMS", (raising, *sympy_forms.FORMS[1:-1], raising))
    assert list(simpler_forms("1/3*(3*x^2)", {})) == ["x^2"]
    monkeypatch.setattr(sympy_forms, "FORMS", (raising, raising))
    assert list(simpler_forms("1/3*(3*x^2)", {})) == []


@pytest.mark.parametrize("inexpressible", ["zoo", "nan", "oo", "I", "Heaviside(x)", "DiracDelta(x)", "LambertW(x)",
                                           "Piecewise((x, x > 0), (0, True))", "Derivative(abs(x), x)", "zoo*x",
                                           "re(x+I*y)", "Subs(Derivative(sin(x), x), x, 0)", "0.5*x"])  # fmt: skip
def test_what_the_language_cannot_say_is_left_out(inexpressible, monkeypatch):
    import sympy as sp

    found = sp.sympify(inexpressible)
    monkeypatch.setattr(sympy_forms, "FORMS", (lambda _expression: found, lambda expression: expression))
    assert list(simpler_forms("1/3*(3*x^2)", {})) == ["x^2"]


def test_no_message_of_sympy_reaches_anybody(monkeypatch):
    monkeypatch.setattr(sympy_worker, "simpler_forms", raising)
    monkeypatch.setattr(sympy_worker, "derivative", raising)
    requests = [
        {"kind": "simplify", "formula": "x*1*2", "point": {}},
        {"kind": "simplify", "formula": "sin(", "point": {}},
        {"kind": "derivative", "formula": "x", "variable": "x", "point": {"x": 1.0}},
    ]
    for request in requests:
        *_, last = sympy_worker.answers(request)
        assert last["final"]
        assert "zoo" not in json.dumps(last)
        assert "Error" not in json.dumps(last)
        assert last["answer"] == request["formula"] or last["note"] == sympy_worker.NO_DERIVATIVE_MESSAGE


def test_the_best_form_in_time_counts(worker, monkeypatch):
    """A formula on which `simplify` takes long has the form that was found before."""
    formula = "+".join(f"1/{k}*({k}*x^2*sin({k}*x+y)^{k})" for k in range(2, 18))
    answer, note = worker.simplify(formula, {"x": 1.0, "y": 1.0})
    assert answer is not None or note == "SymPy did not finish within a second."
    assert answer is None or have_same_values(parse(formula), parse(answer), {})
