"""SymPy in a process of its own, which can be killed: some simple expressions take SymPy forever.

Requests and answers are lines of JSON on the standard streams. Several answers may come to one request, each better
than the one before; the last one says that it is final. Expressions are built from our own checked tree; SymPy's
parser, which uses Python's `eval`, is never called.
"""

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import sympy as sp

from explorer.core.child_process import input_lines, lower_priority
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.names import CONSTANTS
from explorer.core.expression.parser import parse
from explorer.engine.autodiff.sympy_forms import simpler_forms
from explorer.engine.autodiff.sympy_trees import NotExpressibleError, to_sympy

NO_NAME_MESSAGE = "SymPy has no function for one of the ops."
NO_DERIVATIVE_MESSAGE = "SymPy finds no number for this derivative."


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


def answers(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the answers to a request; none of them contains a message of SymPy."""
    if request["kind"] == "simplify":
        simplest = request["formula"]
        with contextlib.suppress(Exception):  # SymPy raises many types, and the worker must live to answer the next
            for simplest in simpler_forms(request["formula"], request["point"]):
                yield {"answer": simplest, "note": None, "final": False}
        yield {"answer": simplest, "note": None, "final": True}
        return
    answer, note = None, None
    try:
        answer = derivative(request["formula"], request["variable"], request["point"])
    except NotExpressibleError:
        note = NO_NAME_MESSAGE
    except Exception:  # SymPy raises many types, and the worker must live to answer the next request
        note = NO_DERIVATIVE_MESSAGE
    yield {"answer": answer, "note": note, "final": True}


def main() -> None:
    """Answer requests until standard input ends."""
    sys.setrecursionlimit(20 * MAX_FORMULA_OPS + 1000)
    lower_priority()
    # SymPy imports many modules at its first simplification, and the first request has the same time limit as others.
    list(simpler_forms("cos(2*x)*2 + x*(x + 1)", {}))
    print(json.dumps({"ready": sorted(CONSTANTS)}), flush=True)
    for line in input_lines():
        for answer in answers(json.loads(line)):
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
