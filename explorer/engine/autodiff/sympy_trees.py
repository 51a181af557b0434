"""Our trees as SymPy expressions, and back."""

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from typing import Any

import sympy as sp

from explorer.core.syntax_tree import Apply, Constant, Node, Number, Reference, Variable, walk

_FUNCTIONS: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "neg": lambda a: -a,
    "square": lambda a: a**2,
    "sqrt": sp.sqrt,
    "abs": sp.Abs,
    "ceil": sp.ceiling,
    "log1p": lambda a: sp.log(1 + a),
    "expm1": lambda a: sp.exp(a) - 1,
    "log2": lambda a: sp.log(a) / sp.log(2),
    "log10": lambda a: sp.log(a) / sp.log(10),
    "silu": lambda a: a / (1 + sp.exp(-a)),
    "gelu": lambda a: a * (1 + sp.erf(a / sp.sqrt(2))) / 2,
    "cbrt": lambda a: sp.sign(a) * sp.Abs(a) ** sp.Rational(1, 3),
}
_SAME_NAME = [
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "exp",
    "log",
    "erf",
    "sign",
    "floor",
]
_DEFINITIONS: dict[str, Any] = {
    "max": sp.Max,
    "min": sp.Min,
    "relu": lambda a: sp.Max(a, 0),
    "leaky_relu": lambda a: sp.Max(a, a / 5),
    "elu": lambda a: sp.Piecewise((a, a > 0), (sp.exp(a) - 1, True)),
    "sigmoid": lambda a: 1 / (1 + sp.exp(-a)),
    "softplus": lambda a: sp.log(1 + sp.exp(a)),
}
"""Functions that keep their name in a simplified formula, and are defined by others where SymPy differentiates them.

SymPy is slow with `Max`, and would write others in a form that overflows.
"""

_KEPT_NAMES = frozenset({*_DEFINITIONS, "round"})

_MAX_RADICAND = 10**12
"""Integer below which squares are taken out of a root."""


class stop_gradient(sp.Function):  # type: ignore[misc]  # noqa: N801  # untyped SymPy; the name in our language
    """Its argument, which counts as a constant when differentiated."""

    nargs = 1

    @classmethod
    def eval(cls, value: Any) -> Any:
        """Return the value itself once it is a number."""
        return value if value.is_number else None

    def _eval_derivative(self, _symbol: Any) -> Any:
        return sp.S.Zero


class custom(sp.Function):  # type: ignore[misc]  # noqa: N801  # untyped SymPy; the name in our language
    """Its first argument, whose derivative by the third is the second."""

    nargs = 3

    @classmethod
    def eval(cls, value: Any, slope: Any, wrt: Any) -> Any:
        """Return the value itself once all arguments are numbers."""
        return value if value.is_number and slope.is_number and wrt.is_number else None

    def _eval_derivative(self, symbol: Any) -> Any:
        return self.args[1] * sp.diff(self.args[2], symbol)


_OWN_FUNCTIONS = {"stop_gradient": stop_gradient, "custom": custom}
_NAMES = {"Abs": "abs", "ceiling": "ceil"}


class NotExpressibleError(Exception):
    """An expression that SymPy or our language has no function for."""


def to_sympy(node: Node, definitions: Mapping[str, Node], symbols: dict[str, Any], keep_names: bool = False) -> Any:
    """Return a tree as a SymPy expression in real symbols, with rational numbers; raises NotExpressibleError.

    keep_names: whether ``sigmoid`` and the like stay functions of their own, for formulas that are simplified.
    """
    match node:
        case Number(exact=Apply() as exact):
            return to_sympy(exact, definitions, symbols, keep_names)
        case Number(value):
            return sp.Rational(node.digits or repr(value))
        case Constant(name):
            return sp.pi if name == "pi" else sp.E
        case Variable(name):
            return symbols.setdefault(name, sp.Symbol(name, real=True))
        case Reference(name):
            return to_sympy(definitions[name], definitions, symbols, keep_names)
        case Apply(op, args):
            operands = []
            for argument in args:
                operands.append(to_sympy(argument, definitions, symbols, keep_names))
            return _function(op, keep_names)(*operands)
    raise NotExpressibleError(type(node).__name__)


def _function(op: str, keep_names: bool) -> Any:
    if keep_names and op in _KEPT_NAMES:
        return sp.Function(op, real=True)
    function = getattr(sp, op) if op in _SAME_NAME else {**_FUNCTIONS, **_DEFINITIONS, **_OWN_FUNCTIONS}.get(op)
    if function is None:
        raise NotExpressibleError(op)
    return function


class TreeWriter:
    """Writes SymPy expressions as trees, in the style of the formula that they come from.

    Decimals stay decimals, and a power of e is written as ``e^x`` if the formula has no ``exp``. Roots of numbers are
    gathered under one sign: SymPy makes ``sqrt(2)/(2*sqrt(pi))`` of ``1/sqrt(2*pi)``.
    """

    def __init__(self, source: Node) -> None:
        parts = list(walk(source))
        self._decimals = any(isinstance(part, Number) and part.value % 1 and part.exact is None for part in parts)
        self._powers_of_e = Constant("e") in parts and not any(isinstance(p, Apply) and p.op == "exp" for p in parts)

    def tree(self, expression: Any) -> Node:
        """Return a SymPy expression as a tree of our language; raises NotExpressibleError."""
        if expression.is_Symbol:
            return Variable(expression.name)
        if expression is sp.pi or expression is sp.E:
            return Constant("pi" if expression is sp.pi else "e")
        if expression.is_Rational:
            return self._rational(Fraction(int(expression.p), int(expression.q)))
        if expression.is_Add:
            return self._sum(expression)
        if expression.is_Mul:
            return self._product(expression)
        if expression.is_Pow:
            return self._power(*expression.as_base_exp())
        name = _NAMES.get(expression.func.__name__, expression.func.__name__)
        if name == "exp" and self._powers_of_e:
            return Apply("pow", (Constant("e"), self.tree(expression.args[0])))
        if name in (*_SAME_NAME, *_OWN_FUNCTIONS, *_KEPT_NAMES, *_NAMES.values()):
            return Apply(name, tuple(self.tree(argument) for argument in expression.args))
        raise NotExpressibleError(name)

    def _rational(self, value: Fraction) -> Node:
        if value.denominator == 1 or self._is_decimal(value):
            return _number(value)
        return Apply("div", (_number(Fraction(value.numerator)), _number(Fraction(value.denominator))))

    def _is_decimal(self, value: Fraction) -> bool:
        return self._decimals and Fraction(repr(float(value))) == value

    def _sum(self, expression: Any) -> Node:
        terms = expression.as_ordered_terms()
        first = next((term for term in terms if not term.could_extract_minus_sign()), terms[0])
        terms.sort(key=lambda term: term is not first)  # y-x rather than -x+y
        total = self.tree(terms[0])
        for term in terms[1:]:
            is_negative = term.could_extract_minus_sign()
            total = Apply("sub" if is_negative else "add", (total, self.tree(-term if is_negative else term)))
        return total

    def _product(self, expression: Any) -> Node:
        coefficient, rest = expression.as_coeff_Mul()
        if coefficient.is_negative:
            return _negative(self.tree(-expression))
        if not coefficient.is_Rational:
            raise NotExpressibleError("an infinite factor")
        top: list[Node] = []
        bottom: list[Node] = []
        factors = rest.as_ordered_factors()
        roots = [factor for factor in factors if _squared(factor) is not None]
        value = Fraction(int(coefficient.p), int(coefficient.q))
        if any(factor.as_base_exp()[1].is_integer is False for factor in roots):
            self._add_roots(value, roots, top, bottom)
            factors = [factor for factor in factors if _squared(factor) is None]
        elif self._is_decimal(value):
            top += [_number(value)] if value != 1 else []
        else:
            top += [_number(Fraction(value.numerator))] if value.numerator != 1 else []
            bottom += [_number(Fraction(value.denominator))] if value.denominator != 1 else []
        for factor in factors:
            base, exponent = factor.as_base_exp()
            if base is not sp.E and exponent.is_number and exponent.is_negative:
                bottom.append(self._power(base, -exponent))
            else:
                top.append(self.tree(factor))
        above = _multiplied(top) if top else Number(1.0)
        return Apply("div", (above, _multiplied(bottom))) if bottom else above

    def _add_roots(self, coefficient: Fraction, roots: list[Any], top: list[Node], bottom: list[Node]) -> None:
        """Add the product of a rational number and square roots of numbers to a quotient, under one root."""
        square, pi_power = coefficient**2, 0
        for factor in roots:
            factor_square, factor_power = _squared(factor) or (Fraction(1), 0)
            square, pi_power = square * factor_square, pi_power + factor_power
        under = []
        for side, number, power in ((top, square.numerator, pi_power), (bottom, square.denominator, -pi_power)):
            outer, inner = _root(number)
            side.extend([_number(Fraction(outer))] if outer != 1 else [])
            side.extend([self._power(sp.pi, sp.Integer(power // 2))] if power >= 2 else [])
            inside: list[Node] = [_number(Fraction(inner))] if inner != 1 else []
            under.append([*inside, Constant("pi")] if power > 0 and power % 2 else inside)
        above, below = under
        if above:
            inside_root = Apply("div", (_multiplied(above), _multiplied(below))) if below else _multiplied(above)
            top.append(Apply("sqrt", (inside_root,)))
        elif below:
            bottom.append(Apply("sqrt", (_multiplied(below),)))

    def _power(self, base: Any, exponent: Any) -> Node:
        if exponent == 1:
            return self.tree(base)
        if base is sp.E:
            return self.tree(sp.exp(exponent))
        if exponent == sp.Rational(1, 2):
            return Apply("sqrt", (self.tree(base),))
        if exponent.is_number and exponent.is_negative:
            return Apply("div", (Number(1.0), self._power(base, -exponent)))
        return Apply("pow", (self.tree(base), self.tree(exponent)))


def _squared(factor: Any) -> tuple[Fraction, int] | None:
    """Return the square of a root of a number, as a rational number and a power of pi; None for any other factor."""
    base, exponent = factor.as_base_exp()
    twice = 2 * exponent
    if not (twice.is_Integer and abs(twice) <= 8):
        return None
    if base is sp.pi:
        return Fraction(1), int(twice)
    if base.is_Rational and base.is_positive and max(base.p, base.q) <= _MAX_RADICAND:
        return Fraction(int(base.p), int(base.q)) ** int(twice), 0
    return None


def _root(square: int) -> tuple[int, int]:
    """Return a and b with ``square == a**2 * b`` and b as small as can be found quickly."""
    if square > _MAX_RADICAND:
        outer = isqrt(square)
        return (outer, 1) if outer**2 == square else (1, square)
    outer = 1
    for prime, power in sp.factorint(square).items():
        outer *= int(prime) ** (power // 2)
    return outer, square // outer**2


def _multiplied(factors: list[Node]) -> Node:
    result = factors[0]
    for factor in factors[1:]:
        result = Apply("mul", (result, factor))
    return result


def _negative(node: Node) -> Node:
    """Return ``node`` with a minus before its first factor."""
    match node:
        case Apply("mul" | "div" as op, (first, second)):
            return Apply(op, (_negative(first), second))
        case Number(value, exact=None):
            return Number(-value)
    return Apply("neg", (node,))


def _number(value: Fraction) -> Number:
    """Return the number whose text is exactly ``value``; raises NotExpressibleError if there is none."""
    try:
        number = float(value)
    except OverflowError:
        raise NotExpressibleError("a large number") from None
    if Fraction(repr(number)) != value:
        raise NotExpressibleError("a large number")
    return Number(number)
