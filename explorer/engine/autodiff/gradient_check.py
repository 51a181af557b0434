"""Three independent ways to one gradient: TensorFlow, SymPy, central differences."""

from typing import Any

import numpy as np

from explorer.core.errors import ExpressionError
from explorer.core.expression.custom_gradient import gradient_overrides_in
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import to_text
from explorer.core.expression.values import bind
from explorer.core.protocol.autodiff import ComparePayload, CompareReply
from explorer.engine.autodiff.sympy_client import SymbolicWorker
from explorer.engine.autodiff.tracing import trace_expression

STEPS = tuple(10.0**-k for k in np.arange(0.5, 13, 0.5))
"""Step sizes of the central differences."""


def compare(request: ComparePayload, worker: SymbolicWorker) -> CompareReply:
    """Answer a ``compare`` request in float64, central differences by NumPy; raises ExpressionError."""
    text, variable = request["text"], request["variable"]
    program = parse(text)
    values = bind(program, request.get("point") or {})
    if variable not in values or values[variable].ndim:
        raise ExpressionError(f"{variable} is no variable with a single number.")
    found: dict[str, Any] = {}
    for dtype in ("float64", "float32"):
        traced = trace_expression(text, request.get("point") or {}, dtype, [variable])
        tensor = traced.trace.gradients[variable].tensor
        found[dtype] = None if tensor is None else float(traced.values[traced.trace.fetches.index(tensor)])
        traced.close()
    formula = to_text(program.output, definitions=program.definitions)
    scalars = {name: float(value) for name, value in values.items() if not value.ndim}
    if formula is None or len(scalars) < len(values):
        sympy, note = None, "SymPy checks expressions of numbers that are not too long."
    else:
        sympy, note = worker.ask(
            {"kind": "derivative", "formula": formula, "variable": variable, "point": scalars}, 5.0
        )
    best = found["float64"] if found["float64"] is not None else sympy
    differences = []
    for h in STEPS:
        ends = [
            float(np.sum(evaluate_program(program, {**values, variable: values[variable] + sign * h})))
            for sign in (1, -1)
        ]
        slope = (ends[0] - ends[1]) / (2 * h)
        differences.append({"h": float(h), "value": slope, "error": None if best is None else abs(slope - best)})
    return {
        "tensorflow": found["float64"],
        "float32": found["float32"],
        "sympy": sympy,
        "sympy_note": note,
        "differences": differences,
        "rules": list(gradient_overrides_in([*program.definitions.values(), program.output])),
    }
