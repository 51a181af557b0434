"""Formulas are right at every point of the domain, whatever the values at which they were asked for.

The oracle evaluates trees with 50 digits and differentiates numerically, with mpmath.
"""

import contextlib
import itertools
import re
from functools import partial

import mpmath
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.parser import parse
from explorer.core.ops.table import op_table, ops_by_type
from explorer.core.syntax_tree import Apply, Constant, Number, Reference, Variable
from explorer.engine.in_process import trace_and_run

mp = mpmath.mp.clone() if hasattr(mpmath.mp, "clone") else mpmath.MPContext()
mp.dps = 50

NAN = mp.mpf("nan")


class FarOutError(Exception):
    """A value that is so large that it says nothing about a formula."""


def within(value, bound=1e4):
    if abs(value) > bound:
        raise FarOutError
    return value


def power(a, b):
    if a == 0:
        return mp.mpf(1) if b == 0 else mp.mpf(0) if b > 0 else mp.inf
    if a < 0 and mp.frac(b) != 0:
        return NAN
    within(b * mp.log(abs(a)))
    return mp.power(a, b)


def defined(condition, function):
    return lambda *args: function(*args) if condition(*args) else NAN


def step(function):
    return lambda a: function(within(a, 1e30))


EVALUATED = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "neg": lambda a: -a,
    "div": lambda a, b: a / b if b else (mp.inf * mp.sign(a) if a else NAN), "pow": power, "square": lambda a: a**2,
    "sqrt": defined(lambda a: a >= 0, mp.sqrt), "cbrt": lambda a: mp.sign(a) * mp.root(abs(a), 3),
    "sin": step(mp.sin), "cos": step(mp.cos), "tan": step(mp.tan), "atan": mp.atan, "atan2": mp.atan2,
    "asin": defined(lambda a: abs(a) <= 1, mp.asin), "acos": defined(lambda a: abs(a) <= 1, mp.acos),
    "sinh": lambda a: mp.sinh(within(a)), "cosh": lambda a: mp.cosh(within(a)), "tanh": lambda a: mp.tanh(within(a)),
    "asinh": mp.asinh, "acosh": defined(lambda a: a >= 1, mp.acosh), "atanh": defined(lambda a: abs(a) < 1, mp.atanh),
    "exp": lambda a: mp.exp(within(a)), "expm1": lambda a: mp.expm1(within(a)), "erf": lambda a: mp.erf(within(a)),
    "log": defined(lambda a: a >= 0, mp.log), "log2": defined(lambda a: a >= 0, lambda a: mp.log(a, 2)),
    "log10": defined(lambda a: a >= 0, mp.log10), "log1p": defined(lambda a: a >= -1, lambda a: mp.log(1 + a)),
    "abs": abs, "sign": mp.sign, "floor": step(mp.floor), "ceil": step(mp.ceil), "round": step(mp.nint),
    "max": lambda a, b: a if a >= b else b, "min": lambda a, b: a if a <= b else b,
    "relu": lambda a: a if a > 0 else mp.mpf(0), "leaky_relu": lambda a: a if a > 0 else a / 5,
    "elu": lambda a: a if a > 0 else mp.expm1(within(a)), "sigmoid": lambda a: 1 / (1 + mp.exp(within(-a))),
    "silu": lambda a: a / (1 + mp.exp(within(-a))), "softplus": lambda a: mp.log(1 + mp.exp(within(a))),
    "gelu": lambda a: a * mp.ncdf(within(a)), "stop_gradient": lambda a: a,
}  # fmt: skip


def evaluated(node, at, frozen=None):
    """Return the value of a tree, NaN outside of domains; ``frozen``: the point at which constants are held still."""
    match node:
        case Number(exact=Apply() as exact):
            return evaluated(exact, at)
        case Number(value):
            return mp.mpf(repr(value))
        case Constant(name):
            return +mp.pi if name == "pi" else +mp.e
        case Variable(name) | Reference(name):
            return at[name]
    if node.op == "stop_gradient" and frozen is not None:
        at = frozen
    operands = [evaluated(argument, at, frozen) for argument in node.args]
    if not all(mp.isfinite(operand) for operand in operands):
        return NAN
    try:
        return EVALUATED[node.op](*operands)
    except (ZeroDivisionError, ValueError, OverflowError):
        return NAN


def value_of(text, at):
    return evaluated(parse(text, MAX_FORMULA_OPS).output, at)


def slope(function, x):
    """Return the derivative of a function of one number, None where it has none or is not defined around x."""
    try:
        both = [mp.diff(function, x, direction=side, h=mp.mpf("1e-20")) for side in (-1, 1)]
        centre = mp.diff(function, x, h=mp.mpf("1e-20"))
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    if not all(isinstance(each, mp.mpf) and mp.isfinite(each) for each in (*both, centre)):
        return None
    # At a jump the differences are equal, and as large as the step is small.
    return centre if abs(both[0] - both[1]) <= 1e-12 * (1 + abs(centre)) and abs(centre) < 1e15 else None


def assert_is_close(formula, value, expected, *about):
    assert mp.isfinite(value), (formula, *about)
    assert abs(value - expected) <= mp.mpf("1e-10") * (1 + abs(expected)), (formula, value, expected, *about)


def traced(text, point, dtype):
    return trace_and_run(text, dict(point), dtype)[0]


def formulas(trace):
    """Return all formulas of a trace."""
    return {
        "gradients": {name: info.chain for name, info in trace.gradients.items()},
        "steps": {
            step.op: (step.upstream_formula, [(slot.local_formula, slot.chain, slot.total) for slot in step.inputs])
            for step in trace.steps
        },
    }


def local_slope(name, slot, operands):
    """Return the derivative of an op by one argument, None where it has none."""
    if name == "pow" and slot == 1 and operands[0] <= 0:
        return None  # by its exponent a power has a derivative for positive bases only
    names = [str(k) for k in range(len(operands))]
    node = Apply(name, tuple(map(Variable, names)))

    def function(a):
        return evaluated(node, {**dict(zip(names, operands, strict=True)), names[slot]: a})

    return slope(function, operands[slot])


def assert_right_at(text, trace, at):
    """Compare local formulas with numerical derivatives, and chains where all local derivatives exist."""
    nodes = {node.tensor: node for node in trace.nodes}
    output = parse(text).output
    compared, is_smooth = 0, True
    for step in trace.steps:
        row = ops_by_type().get(step.type)
        arguments = [nodes[tensor].formula for tensor in nodes[f"{step.op}:0"].inputs]
        if row is None or row.name not in EVALUATED or None in arguments:
            return compared
        operands = [value_of(argument, at) for argument in arguments]
        if not all(map(mp.isfinite, operands)):
            return compared
        for slot in step.inputs:
            expected = local_slope(row.name, slot.slot, operands)
            is_smooth = is_smooth and expected is not None
            if expected is not None and slot.local_formula is not None:
                value = value_of(slot.local_formula, at)
                assert_is_close(slot.local_formula, value, expected, text, step.op, at)
                compared += 1
    for name, info in trace.gradients.items():
        if info.chain is None or not is_smooth:
            continue
        expected = slope(lambda x, name=name: evaluated(output, {**at, name: x}, at), at[name])
        if expected is not None:
            assert_is_close(info.chain, value_of(info.chain, at), expected, text, at)
            compared += 1
    return compared


def assert_right(text, trace, points):
    """Compare all formulas at ``points``; return how many values were compared."""
    compared = 0
    for point in points:
        with contextlib.suppress(FarOutError):
            compared += assert_right_at(text, trace, {name: mp.mpf(value) for name, value in point.items()})
    return compared


def assert_same(formula, simplified, points):
    """Check that a simplified formula has the value of the formula wherever that has one."""
    for point in points:
        at = {name: mp.mpf(value) for name, value in point.items()}
        try:
            expected = value_of(formula, at)
            if mp.isfinite(expected):
                assert_is_close(simplified, value_of(simplified, at), expected, formula, point)
        except FarOutError:
            continue


def digits_in(text):
    """Return the literals of a text."""
    return set(re.findall(r"(?<![A-Za-z_\d.])\d+\.?\d*(?:e[-+]?\d+)?", text))


def assert_no_digits_of_a_float(formula, text):
    """No literal has more digits than a person types, unless it was typed."""
    for literal in digits_in(formula) - digits_in(text):
        assert len(literal.replace(".", "")) <= 6, (literal, formula, text)


UNUSUAL = ("0", "1", "-1", "-2", "2", "0.5", "100", "-100")
ORDINARY = ("0.37", "-0.61", "1.83", "-2.29", "3.11", "0.083")
POINTS = [{"x": x, "y": ORDINARY[(k * 5 + 2) % 6]} for k, x in enumerate(ORDINARY)]
KINKS = [{"x": x, "y": y} for x, y in zip(UNUSUAL, (*UNUSUAL[1:], "-2"), strict=True)] + [{"x": "1", "y": "1"}]

# custom takes a derivative, not any three arguments: see test_custom_gradient.py.
NAMES = [name for name, row in op_table().items() if row.elementwise and name in EVALUATED]
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^"}


def applied(name, *arguments):
    if name == "neg":
        return f"-({arguments[0]})"
    if name in OPERATORS:
        return f"({arguments[0]}){OPERATORS[name]}({arguments[1]})"
    return f"{name}({', '.join(arguments[: op_table()[name].arity])})"


def check(text, bad, good, dtype, worker=None):
    trace = traced(text, good, dtype)
    assert formulas(traced(text, bad, dtype)) == formulas(trace), (text, bad, good)
    compared = assert_right(text, trace, POINTS)
    for info in trace.gradients.values():
        if info.chain is not None:
            assert_no_digits_of_a_float(info.chain, text)
            if worker is not None:
                simplified, note = worker.simplify(info.chain, bad)
                if simplified is None:
                    assert note == "SymPy did not finish within a second."
                else:
                    assert_same(info.chain, simplified, POINTS + KINKS)
                    assert_no_digits_of_a_float(simplified, text)
    for slot in (slot for step in trace.steps for slot in step.inputs):
        assert_no_digits_of_a_float(slot.local_formula or "", text)
    return compared


def test_the_oracle_covers_the_table():
    missing = {name for name, row in op_table().items() if row.elementwise} - set(EVALUATED)
    assert missing == {"custom"}


@pytest.mark.parametrize("name", NAMES)
def test_each_op_as_outer_and_inner_function(name, worker):
    second = "sqrt(y)" if name == "pow" else "y"
    texts = [applied(name, "x", "y"), applied(name, "x/3", second), f"x*{applied(name, '2/3*x', '0.1')}"]
    texts.append(f"exp({applied(name, 'x', 'y')}/7)")
    for k, text in enumerate(texts):
        for bad in ({"x": "-2", "y": "2"}, {"x": "0", "y": "-1"})[k % 2 :: 2]:
            compared = check(text, bad, {"x": "0.37", "y": "1.83"}, ("float32", "float64")[k % 2], worker)
            assert compared or name in ("floor", "ceil", "round", "stop_gradient", "acosh"), text


@pytest.mark.parametrize("name", [name for name in NAMES if name != "stop_gradient"])
def test_second_derivatives_of_each_op(name):
    text = f"x*{applied(name, 'x*y', 'x+y')}"
    output = parse(text).output
    trace = trace_and_run(text, {"x": 0.37, "y": 1.83}, differentiated_by=("x",))[0]

    def value(x, y):
        return evaluated(output, {"x": x, "y": y})

    compared = 0
    for (variable, info), point in itertools.product(trace.gradients.items(), POINTS):
        at = {each: mp.mpf(number) for each, number in point.items()}
        is_undefined = name == "pow" and at["x"] * at["y"] <= 0  # by its exponent, though not at whole ones
        if info.tensor is None or is_undefined:
            continue
        with contextlib.suppress(FarOutError):
            expected = mp.diff(value, (at["x"], at["y"]), (2, 0) if variable == "x" else (1, 1))
            if mp.isfinite(expected):
                assert_is_close(info.chain, value_of(info.chain, at), expected, text, at)
                compared += 1
    assert compared or name in ("floor", "ceil", "round", "acosh")


CONSTANTS = (
    *("0", "1", "2", "-1", "3", "0.1", "0.25", "1/3", "2/3", "-2/7", "0.1+0.2"),
    *("pi", "e", "2*pi", "sqrt(2)", "2^0.5"),
)


def expressions(depth):
    leaves = st.one_of(st.sampled_from(["x", "y"]), st.sampled_from(["x", "y"]), st.sampled_from(CONSTANTS))
    if depth == 0:
        return leaves
    inner = expressions(depth - 1)
    calls = st.tuples(st.sampled_from(NAMES), inner, inner).map(lambda drawn: applied(*drawn))
    return st.one_of(calls, calls, calls, leaves)


POINTS_DRAWN = st.fixed_dictionaries({name: st.sampled_from(UNUSUAL + ORDINARY) for name in ("x", "y")})
quick = partial(settings, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@quick(max_examples=80)
@given(expressions(2), POINTS_DRAWN, POINTS_DRAWN, st.sampled_from(["float32", "float64"]), st.booleans())
def test_formulas_of_drawn_expressions(worker, text, bad, good, dtype, simplified):
    check(text, bad, good, dtype, worker if simplified else None)


@pytest.mark.slow
@quick(max_examples=3000)
@given(expressions(3), POINTS_DRAWN, POINTS_DRAWN, st.sampled_from(["float32", "float64"]))
def test_formulas_of_many_drawn_expressions(worker, text, bad, good, dtype):
    check(text, bad, good, dtype, worker)
