"""Special points and kinds of causes of every row of the op table, against difference quotients of mpmath.

The oracle computes with many digits at the very numbers that TensorFlow gets, and knows no predicate of the table.
"""

import itertools
from functools import cache

import mpmath
import numpy as np
import pytest

from explorer.core.autodiff.causes.cause import Causes
from explorer.core.ops.table import op_table
from explorer.engine.in_process import trace_and_run

DIGITS = 1300
"""For differences of 1e-1080, those of 1/x at 1e300."""

STEP, SMALLER_STEP = mpmath.mpf(10) ** -450, mpmath.mpf(10) ** -480


def real_power(a, b):
    return mpmath.power(a, b) if a != 0 or b >= 0 else mpmath.inf


FUNCTIONS = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    "neg": lambda a: -a, "pow": real_power, "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan,
    "asin": mpmath.asin, "acos": mpmath.acos, "atan": mpmath.atan, "atan2": mpmath.atan2, "sinh": mpmath.sinh,
    "cosh": mpmath.cosh, "tanh": mpmath.tanh, "asinh": mpmath.asinh, "acosh": mpmath.acosh, "atanh": mpmath.atanh,
    "exp": mpmath.exp, "log": mpmath.log, "log1p": lambda a: mpmath.log(1 + a), "expm1": lambda a: mpmath.exp(a) - 1,
    "sqrt": mpmath.sqrt, "square": lambda a: a * a, "erf": mpmath.erf, "abs": abs, "sign": mpmath.sign,
    "floor": mpmath.floor, "ceil": mpmath.ceil, "round": mpmath.nint, "max": max, "min": min,
    "relu": lambda a: max(a, mpmath.mpf(0)), "leaky_relu": lambda a: a if a > 0 else a / 5,
    "elu": lambda a: a if a > 0 else mpmath.exp(a) - 1, "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "softplus": lambda a: mpmath.log(1 + mpmath.exp(a)),
}  # fmt: skip

OPERATORS = {"add": "x+y", "sub": "x-y", "mul": "x*y", "div": "x/y", "neg": "-x", "pow": "x^y"}
SATURATING = {"tanh", "erf", "atan", "sigmoid", "softplus", "elu", "relu"}
EXPONENTIALS = {"exp", "expm1", "sinh", "cosh", "tanh", "erf", "elu", "sigmoid", "softplus", "pow"}
STEPS = {"sign", "floor", "ceil", "round"}
CHOICES = {"max", "min"}
UNARY = [name for name in FUNCTIONS if op_table()[name].arity == 1]
BINARY = [name for name in FUNCTIONS if op_table()[name].arity == 2]
NUMBERS = (-8.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 9.0)

NOT_REAL, INFINITE = "not real", "infinite"


def value_of(name, point):
    """Return a number of mpmath, or why there is none."""
    try:
        value = FUNCTIONS[name](*point)
    except (ZeroDivisionError, ValueError):
        return NOT_REAL if name == "div" and point[0] == 0 else INFINITE
    if mpmath.im(value) != 0 or mpmath.isnan(value):
        return NOT_REAL
    return INFINITE if mpmath.isinf(value) else mpmath.re(value)


@cache
def facts(name, point, slot):
    """Return value, left and right difference quotient at a point, each a number or why there is none."""
    with mpmath.workdps(DIGITS):
        exact = [mpmath.mpf(each) for each in point]
        value = value_of(name, exact)
        if isinstance(value, str):
            return value, value, value
        return value, *(one_sided(name, exact, slot, sign, value) for sign in (-1, 1))


def one_sided(name, exact, slot, sign, value):
    """Return the limit of the difference quotient on one side, which is infinite or 0 if that is where it goes."""
    quotients = []
    for step in (STEP, SMALLER_STEP):
        moved = list(exact)
        moved[slot] += sign * step * max(1, abs(exact[slot]))
        there = value_of(name, moved)
        if isinstance(there, str):
            return there
        quotients.append((there - value) / (moved[slot] - exact[slot]))
    before, after = (abs(quotient) for quotient in quotients)
    if after > 100 * before:
        return INFINITE
    return mpmath.mpf(0) if 100 * after < before else quotients[1]


def holds(predicate, point):
    return predicate is not None and bool(predicate(*(np.asarray(each) for each in point)))


def points_of(name):
    return list(itertools.product(NUMBERS, repeat=op_table()[name].arity))


def takes_logarithm_of_0(name, point, slot):
    """Return whether TensorFlow takes 0 for log(0) in the formula x^y*log(x); the derivative is 0 all the same."""
    return name == "pow" and slot == 1 and point[0] == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_domain_is_where_the_value_is_a_real_number(name):
    row = op_table()[name]
    for point in points_of(name):
        value, _, _ = facts(name, point, 0)
        is_special = any(holds(each.where, point) for each in (*row.poles, *row.indeterminate))
        is_inside = row.domain is None or holds(row.domain.where, point)
        if value == INFINITE:
            assert is_special, point
        elif value == NOT_REAL:
            assert not is_inside, point
        else:
            assert is_inside, point


@pytest.mark.parametrize("name", FUNCTIONS)
def test_kinks_and_poles_are_where_difference_quotients_differ_or_have_no_limit(name):
    row = op_table()[name]
    for point in points_of(name):
        is_special = any(holds(each.where, point) for each in (*row.kinks, *row.poles, *row.indeterminate))
        quotients = [facts(name, point, slot) for slot in range(row.arity)]
        if any(isinstance(value, str) for value, _, _ in quotients):
            continue
        has_limit = True
        for slot, (_, left, right) in enumerate(quotients):
            if NOT_REAL in (left, right):  # an end of the domain, or an exponent of a base that is not positive
                has_limit &= INFINITE not in (left, right) and name == "pow" and (slot == 1 or point[0] == 0)
            elif INFINITE in (left, right):
                has_limit = False
            else:
                has_limit &= bool(abs(left - right) <= mpmath.mpf(10) ** -20 * (1 + abs(left)))
        if name == "pow" and point[0] == 0:
            continue  # at the end of its domain; the cases are tested in test_cause.py
        assert is_special != has_limit, point


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_derivative_is_0_where_a_predicate_says_so(name):
    row = op_table()[name]
    for point in points_of(name):
        if any(holds(each.where, point) for each in (*row.kinks, *row.poles, *row.indeterminate)):
            continue
        for slot in range(row.arity):
            _, left, right = facts(name, point, slot)
            if isinstance(left, str) or isinstance(right, str) or takes_logarithm_of_0(name, point, slot):
                continue
            table = (row.zero_factors, row.stationary, row.not_selected)
            is_zero = any(holds(each[slot], point) for each in table if each) or slot in row.steps
            assert is_zero == (left == right == 0) or name == "relu", (point, slot)


def text_of(name):
    row = op_table()[name]
    return OPERATORS.get(name) or f"{row.name}({', '.join('xy'[: row.arity])})"


def expected_kinds(name, point, slot, dtype):
    """Return the kinds that the oracle allows at a point; None for an ordinary gradient."""
    limits = np.finfo(dtype)
    value, left, right = facts(name, point, slot)
    squared = max(mpmath.mpf(each) ** 2 for each in point)
    if name == "atan2" and any(point) and not float(limits.tiny) < squared < float(limits.max):
        return {
            "overflow",
            "underflow",
            "indeterminate",
            "stationary",
        }  # the square of the radius is no number of the type
    if name == "pow" and point == (0.0, 0.0):
        return {"indeterminate"} if slot == 0 else {"domain"}
    if takes_logarithm_of_0(name, point, slot) and point[1] > 0:
        return {"domain"}
    if NOT_REAL in (value, left, right):
        if name == "div" and point == (0.0, 0.0):
            return {"indeterminate"}
        if value == NOT_REAL or INFINITE not in (left, right):
            return {"domain" if value == NOT_REAL or abs(value) <= limits.max else "overflow"}
    if INFINITE in (value, left, right):
        if name == "pow" and slot == 1:
            return {"indeterminate"}  # infinity times the 0 that TensorFlow takes for log(0)
        return {"step function"} if name in STEPS else {"kink"} if name == "atan2" else {"pole"}
    if name in STEPS:
        return {"step function"}
    if abs(left - right) > mpmath.mpf(10) ** -20 * (1 + abs(left)):
        return {"kink"}
    derivative = (left + right) / 2
    if abs(derivative) > limits.max:
        return {"overflow"}
    if name in SATURATING and abs(derivative) < limits.eps:
        return {"saturated"}
    if name in SATURATING and abs(derivative) < 8 * limits.eps:
        return {"saturated", None}  # as TensorFlow rounds
    if derivative == 0:
        return {"not selected"} if name in CHOICES else {"stationary", "zero factor"}
    if abs(derivative) < mpmath.mpf(float(limits.smallest_subnormal)) / 2:
        return {"underflow"}
    return {None}


def check(name, point, dtype):
    row = op_table()[name]
    point = tuple(float(np.dtype(dtype).type(each)) for each in point)
    trace, values = trace_and_run(text_of(name), dict(zip("xy", point, strict=False)), dtype)
    for slot, variable in enumerate("xy"[: row.arity]):
        cause = Causes(trace, values).of_variable(variable)
        found = None if cause is None else cause.kind
        assert found in expected_kinds(name, point, slot, dtype), (variable, cause)
        assert cause is None or cause.op in row.tf_types


EDGES = {
    "exp": (89.0, -120.0), "expm1": (89.0, -120.0), "sinh": (90.0,), "cosh": (90.0,), "log": (1e-39, 1e25),
    "square": (1e25, 1e-30), "asinh": (1e25,), "tanh": (20.0,), "erf": (10.0,), "sigmoid": (-120.0, 20.0),
    "softplus": (-120.0, 20.0), "elu": (-120.0,), "atan": (1e5, 1e30), "acosh": (1e25,), "sqrt": (1e-38, 1e38),
    "log1p": (1e25, -1e-30),
}  # fmt: skip
PAIRS = {
    "div": [(1.0, 1e-30), (1e-30, 1e30), (0.0, 2.0), (0.0, 0.0), (1.0, 0.0)],
    "pow": [(10.0, 50.0), (1e-30, 3.0), (-2.0, 2.0), (-2.0, 0.5), (1.0, 3.0), (2.0, 0.0)],
    "atan2": [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (1.0, 2.0)],
    "mul": [(0.0, 2.0), (3.0, 1e-13), (1e30, 1e30)],
    "max": [(1.0, 2.0), (2.0, 1.0), (1.0, 1.0)],
    "min": [(1.0, 2.0), (2.0, 1.0), (1.0, 1.0)],
}
CASES = [
    *((name, (x,)) for name in UNARY for x in (-2.0, -1.0, 0.0, 1.0, 1.5, *EDGES.get(name, ()))),
    *((name, pair) for name, pairs in PAIRS.items() for pair in pairs),
]


@pytest.mark.parametrize(("name", "point"), CASES, ids=str)
def test_the_kind_is_that_of_the_oracle(name, point):
    check(name, point, "float32")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_kind_is_that_of_the_oracle_at_many_points(name, dtype):
    row = op_table()[name]
    # Numbers whose exponentials have exponents that fit into memory.
    exponents = (-300, -170, -40, -30, -13, 3) if name in EXPONENTIALS else (-300, -170, -30, -13, 13, 25, 38, 170, 300)
    extremes = [10.0**k for k in exponents]
    smallest, largest = (1e-38, 1e38) if dtype == "float32" else (1e-300, 1e300)
    numbers = [*NUMBERS, *(sign * each for each in extremes if smallest <= each <= largest for sign in (1, -1))]
    points = list(itertools.product(numbers, repeat=row.arity))
    for point in points[:: max(1, len(points) // 60)]:
        check(name, point, dtype)
