"""SymPy in a process of its own, which can be killed: some simple expressions take SymPy forever.

Requests and answers are lines of JSON on the standard streams. Expressions are built from our own checked tree; SymPy's
parser, which uses Python's `eval`, is never called.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

import sympy as sp

from explorer.core.child_process import lower_priority
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.names import CONSTANTS
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import to_text
from explorer.core.syntax_tree import Apply, Constant, Node, Number, Reference, Variable

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
    "max": sp.Max,
    "min": sp.Min,
    "log1p": lambda a: sp.log(1 + a),
    "expm1": lambda a: sp.exp(a) - 1,
    "log2": lambda a: sp.log(a) / sp.log(2),
    "log10": lambda a: sp.log(a) / sp.log(10),
    "relu": lambda a: sp.Max(a, 0),
    "leaky_relu": lambda a: sp.Max(a, a / 5),
    "elu": lambda a: sp.Piecewise((a, a > 0), (sp.exp(a) - 1, True)),
    "sigmoid": lambda a: 1 / (1 + sp.exp(-a)),
    "silu": lambda a: a / (1 + sp.exp(-a)),
    "gelu": lambda a: a * (1 + sp.erf(a / sp.sqrt(2))) / 2,
    "softplus": lambda a: sp.log(1 + sp.exp(a)),
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
_NAMES = {"Abs": "abs", "ceiling": "ceil", "Max": "max", "Min": "min"}


class NotExpressibleError(Exception):
    """An expression that SymPy or our language has no function for."""


def to_sympy(node: Node, definitions: Mapping[str, Node], symbols: dict[str, Any], exact: bool = True) -> Any:
    """Return a tree as a SymPy expression in real symbols, where ``exact`` with rational numbers.

    Raises NotExpressibleError for functions that SymPy does not have.
    """
    match node:
        case Number(value):
            return sp.Rational(repr(value)) if exact else sp.Float(value, 17)
        case Constant(name):
            return sp.pi if name == "pi" else sp.E
        case Variable(name):
            return symbols.setdefault(name, sp.Symbol(name, real=True))
        case Reference(name):
            return to_sympy(definitions[name], definitions, symbols, exact)
        case Apply(op, args):
            operands = [to_sympy(argument, definitions, symbols, exact) for argument in args]
            function = getattr(sp, op) if op in _SAME_NAME else _OWN_FUNCTIONS.get(op) or _FUNCTIONS.get(op)
            if function is None:
                raise NotExpressibleError(op)
            return function(*operands)
    raise NotExpressibleError(type(node).__name__)


def simplify(text: str) -> str:
    """Return a shorter formula of the same value, or the formula itself."""
    program = parse(text, MAX_FORMULA_OPS)
    symbols: dict[str, Any] = {}
    expression = to_sympy(program.output, program.definitions, symbols)
    best = min((sp.simplify(expression), sp.factor(expression), expression), key=sp.count_ops)
    simplified = to_text(to_tree(best))
    return text if simplified is None or len(simplified) > len(text) else simplified


def derivative(text: str, variable: str, point: Mapping[str, float]) -> float | None:
    """Return the derivative of ``text`` by ``variable`` at a point, in float64, by SymPy's own rules."""
    program = parse(text, MAX_FORMULA_OPS)
    symbols: dict[str, Any] = {}
    expression = to_sympy(program.output, program.definitions, symbols)
    if variable not in symbols:
        return 0.0
    slope = sp.diff(expression, symbols[variable])
    value = slope.subs({symbol: sp.Float(point[name], 30) for name, symbol in symbols.items()}).doit().evalf(25)
    number = complex(value)
    return number.real if abs(number.imag) < 1e-15 else None


def to_tree(expression: Any) -> Node:
    """Return a SymPy expression as a tree of our language; raises NotExpressibleError."""
    if expression.is_Symbol:
        return Variable(expression.name)
    if expression is sp.pi or expression is sp.E:
        return Constant("pi" if expression is sp.pi else "e")
    if expression.is_Integer or expression.is_Float:
        return Number(float(expression))
    if expression.is_Rational:
        return Apply("div", (Number(float(expression.p)), Number(float(expression.q))))
    if expression.is_Add:
        terms = expression.as_ordered_terms()
        total = to_tree(terms[0])
        for term in terms[1:]:
            negative = term.could_extract_minus_sign()
            total = Apply("sub" if negative else "add", (total, to_tree(-term if negative else term)))
        return total
    if expression.is_Mul:
        return _product(expression)
    if expression.is_Pow:
        return _power(expression)
    name = _NAMES.get(expression.func.__name__, expression.func.__name__)
    if name in (*_SAME_NAME, *_OWN_FUNCTIONS, "abs", "ceil"):
        return Apply(name, tuple(to_tree(argument) for argument in expression.args))
    if name in ("max", "min"):
        result = to_tree(expression.args[0])
        for argument in expression.args[1:]:
            result = Apply(name, (result, to_tree(argument)))
        return result
    raise NotExpressibleError(name)


def _product(expression: Any) -> Node:
    if expression.could_extract_minus_sign():
        return Apply("neg", (to_tree(-expression),))
    top, bottom = sp.fraction(expression)
    if bottom != 1:
        return Apply("div", (to_tree(top), to_tree(bottom)))
    factors = expression.as_ordered_factors()
    result = to_tree(factors[0])
    for factor in factors[1:]:
        result = Apply("mul", (result, to_tree(factor)))
    return result


def _power(expression: Any) -> Node:
    base, exponent = expression.as_base_exp()
    if base is sp.E:
        return Apply("exp", (to_tree(exponent),))
    if exponent == sp.Rational(1, 2):
        return Apply("sqrt", (to_tree(base),))
    if exponent.is_number and exponent.is_negative:
        return Apply("div", (Number(1.0), to_tree(base ** (-exponent))))
    return Apply("pow", (to_tree(base), to_tree(exponent)))


def main() -> None:
    """Answer requests until standard input ends."""
    sys.setrecursionlimit(20 * MAX_FORMULA_OPS + 1000)
    lower_priority()
    # SymPy imports many modules at its first simplification, and the first request has the same time limit as others.
    simplify("cos(2*x)*2 + x*(x + 1)")
    print(json.dumps({"ready": sorted(CONSTANTS)}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer: Any = None
        note: str | None = None
        try:
            if request["kind"] == "simplify":
                answer = simplify(request["formula"])
            else:
                answer = derivative(request["formula"], request["variable"], request["point"])
        except NotExpressibleError:
            note = "SymPy's result cannot be written in this language."
        except Exception as error:  # SymPy raises many types, and the worker must live to answer the next request
            note = f"SymPy could not simplify this ({type(error).__name__})."
        print(json.dumps({"answer": answer, "note": note}), flush=True)


if __name__ == "__main__":
    main()
