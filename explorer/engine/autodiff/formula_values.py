"""Values of formulas with 50 digits, by mpmath, and the comparison of two formulas by their values.

An operand outside the domain of a function gives NaN, as in TensorFlow, never a complex number.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import mpmath

from explorer.core.syntax_tree import Apply, Constant, Node, Number, Program, Reference, Variable, walk

DIGITS = 50
"""Decimal digits of the values."""

RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = mpmath.mpf("1e-20"), mpmath.mpf("1e-35")
"""Difference of two values up to which they count as equal."""

MAX_EXPONENT = 1e5
"""Exponent of e above which a value is neither computed nor compared."""

MIN_COMPARED = 3
"""Points at which both formulas must have a value."""

_COORDINATES = (0, 1, -1, 0.37, -0.61, 2.3, -1.7, 0.5, 3.1, 1.2, -2.9, 0.83, -0.23, 7.4, -12)

nan, inf = mpmath.mpf("nan"), mpmath.mpf("inf")


class TooLargeError(Exception):
    """A value that would take too long to compute."""


def formula_value(node: Node, values: Mapping[str, Any], definitions: Mapping[str, Node]) -> Any:
    """Return the value of ``node`` as an mpf, which may be NaN or infinite; raises TooLargeError and KeyError."""
    match node:
        case Number(exact=Apply() as exact):
            return formula_value(exact, values, definitions)
        case Number(value):
            return mpmath.mpf(node.digits or repr(value))
        case Constant(name):
            return +mpmath.pi if name == "pi" else +mpmath.e
        case Variable(name):
            return values[name]
        case Reference(name):
            return formula_value(definitions[name], values, definitions)
        case Apply(op, args):
            operands = []
            for argument in args:
                operands.append(formula_value(argument, values, definitions))
            if any(mpmath.isnan(operand) for operand in operands):
                return nan
            return _real(_FUNCTIONS[op], operands)
    raise KeyError(type(node).__name__)


def have_same_values(one: Program, other: Program, point: Mapping[str, float]) -> bool:
    """Return whether ``other`` has the value of ``one`` wherever that has one, at ``point`` and at points of our own.

    Where ``one`` is infinite, ``other`` must not be finite. False if there are too few points to say so.
    """
    compared = 0
    with mpmath.workdps(DIGITS):
        points = list(_points(one, point))
        for values in points:
            try:
                expected = formula_value(one.output, values, one.definitions)
                if mpmath.isnan(expected):
                    continue
                value = formula_value(other.output, values, other.definitions)
            except (TooLargeError, mpmath.libmp.NoConvergence):
                continue
            except KeyError:
                return False
            if not _is_close(expected, value):
                return False
            compared += 1
    return compared >= min(MIN_COMPARED, len(points))


def _is_close(expected: Any, value: Any) -> bool:
    if not mpmath.isfinite(expected):
        return not mpmath.isfinite(value)
    if not mpmath.isfinite(value):
        return False
    return bool(abs(value - expected) <= ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * abs(expected))


def _points(program: Program, point: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """Yield points: the given one, all variables equal, all different, and corners that the formula's numbers make."""
    names = program.variables
    if not names:
        yield {}
        return
    if all(name in point for name in names):
        yield {name: mpmath.mpf(point[name]) for name in names}
    numbers = [part.value for part in walk(program.output) if isinstance(part, Number)]
    corners = [sign * number for number in dict.fromkeys(numbers) for sign in (1, -1) if 0 < abs(number) <= 1e6]
    coordinates = [mpmath.mpf(repr(each)) for each in (*_COORDINATES, *corners[:8])]
    count = len(coordinates)
    for shift in (0, 4) if len(names) > 1 else (0,):
        for start in range(count):
            yield {name: coordinates[(start + shift * k * (k + 1) // 2) % count] for k, name in enumerate(names)}


def _real(function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    try:
        value = function(*operands)
    except (ZeroDivisionError, ValueError, OverflowError):
        return nan
    return nan if isinstance(value, mpmath.mpc) else mpmath.mpf(value)


def _limited(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that grows like exp and is not evaluated far out."""

    def limited(a: Any) -> Any:
        if mpmath.isfinite(a) and abs(a) > MAX_EXPONENT:
            raise TooLargeError
        return function(a)

    return limited


def _divide(a: Any, b: Any) -> Any:
    if b == 0:
        return nan if a == 0 else inf * mpmath.sign(a)
    return nan if mpmath.isinf(a) and mpmath.isinf(b) else a / b


def _multiply(a: Any, b: Any) -> Any:
    return nan if (a == 0 and mpmath.isinf(b)) or (b == 0 and mpmath.isinf(a)) else a * b


def _power(a: Any, b: Any) -> Any:
    if b == 0 or a == 1:
        return mpmath.mpf(1)
    if a == 0:
        return inf if b < 0 else mpmath.mpf(0)
    if a < 0 and b != mpmath.floor(b):
        return nan
    if mpmath.isfinite(a) and mpmath.isfinite(b) and abs(b * mpmath.log(abs(a))) > MAX_EXPONENT:
        raise TooLargeError
    if not mpmath.isfinite(b):
        return nan if a == -1 else (inf if (abs(a) > 1) == (b > 0) else mpmath.mpf(0))
    return a**b


def _log(a: Any) -> Any:
    return nan if a < 0 else -inf if a == 0 else mpmath.log(a)


def _inside(function: Callable[[Any], Any], low: float, high: float) -> Callable[[Any], Any]:
    return lambda a: function(a) if low <= a <= high else nan


def _sine(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def periodic(a: Any) -> Any:
        if mpmath.isfinite(a) and abs(a) > mpmath.mpf("1e40"):
            raise TooLargeError
        return function(a) if mpmath.isfinite(a) else nan

    return periodic


def _atanh(a: Any) -> Any:
    return inf * a if abs(a) == 1 else mpmath.atanh(a) if abs(a) < 1 else nan


def _atan2(a: Any, b: Any) -> Any:
    return mpmath.mpf(0) if a == b == 0 else mpmath.atan2(a, b)


def _sigmoid(a: Any) -> Any:
    return 1 / (1 + mpmath.exp(-a))


_exp = _limited(mpmath.exp)

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: nan if mpmath.isinf(a) and a == -b else a + b,
    "sub": lambda a, b: nan if mpmath.isinf(a) and a == b else a - b,
    "mul": _multiply,
    "div": _divide,
    "pow": _power,
    "neg": lambda a: -a,
    "square": lambda a: a * a,
    "sqrt": lambda a: nan if a < 0 else mpmath.sqrt(a),
    "cbrt": lambda a: mpmath.sign(a) * mpmath.cbrt(abs(a)),
    "abs": abs,
    "sign": mpmath.sign,
    "floor": lambda a: mpmath.floor(a) if mpmath.isfinite(a) else a,
    "ceil": lambda a: mpmath.ceil(a) if mpmath.isfinite(a) else a,
    "round": lambda a: mpmath.nint(a) if mpmath.isfinite(a) else a,
    "max": max,
    "min": min,
    "sin": _sine(mpmath.sin),
    "cos": _sine(mpmath.cos),
    "tan": _sine(mpmath.tan),
    "asin": _inside(mpmath.asin, -1, 1),
    "acos": _inside(mpmath.acos, -1, 1),
    "atan": mpmath.atan,
    "atan2": _atan2,
    "sinh": _limited(mpmath.sinh),
    "cosh": _limited(mpmath.cosh),
    "tanh": _limited(mpmath.tanh),
    "asinh": mpmath.asinh,
    "acosh": lambda a: mpmath.acosh(a) if a >= 1 else nan,
    "atanh": _atanh,
    "exp": _exp,
    "expm1": _limited(mpmath.expm1),
    "log": _log,
    "log1p": lambda a: _log(1 + a),
    "log2": lambda a: _log(a) / mpmath.log(2),
    "log10": lambda a: _log(a) / mpmath.log(10),
    "erf": mpmath.erf,
    "relu": lambda a: max(a, mpmath.mpf(0)),
    "leaky_relu": lambda a: max(a, a / 5),
    "elu": lambda a: a if a > 0 else mpmath.expm1(max(a, -MAX_EXPONENT)),
    "sigmoid": _limited(_sigmoid),
    "silu": _limited(lambda a: _multiply(a, _sigmoid(a))),
    "softplus": _limited(lambda a: mpmath.log1p(mpmath.exp(a))),
    "gelu": lambda a: _multiply(a, (1 + mpmath.erf(a / mpmath.sqrt(2))) / 2),
    "stop_gradient": lambda a: a,
    "custom": lambda a, _b, _c: a,
}
