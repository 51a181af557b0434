"""One gradient by three independent methods: TensorFlow, SymPy, and central differences."""

from typing import Any

import numpy as np

from explorer.core.errors import ExpressionError
from explorer.core.expression.custom_gradient import gradient_overrides_in
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import to_text
from explorer.core.expression.values import bind
from explorer.core.protocol.autodiff import ComparePayload, CompareReply, Difference
from explorer.engine.autodiff.sympy_client import SymbolicWorker
from explorer.engine.autodiff.tracing import trace_expression

STEP_SIZES = tuple(10.0**-k for k in np.arange(0.5, 13, 0.5))
"""Step sizes of the central differences."""

SYMPY_TIME_LIMIT_S = 5.0
"""Time limit for SymPy's derivative: longer than for simplifying, as the user waits for it."""


def compare_gradients(request: ComparePayload, worker: SymbolicWorker) -> CompareReply:
    """Answer ``compare``: the gradient in float64 and float32, with NumPy's central differences; raises UserError."""
    text, variable = request["text"], request["variable"]
    program = parse(text)
    point = request.get("point") or {}
    values = bind(program, point)
    if variable not in values or values[variable].ndim:
        raise ExpressionError(f"{variable} is no variable with a single number.")
    gradients: dict[str, Any] = {}
    for dtype in ("float64", "float32"):
        traced = trace_expression(text, point, dtype, [variable])
        tensor = traced.trace.gradients[variable].tensor
        gradients[dtype] = None if tensor is None else float(traced.values[traced.trace.fetches.index(tensor)])
        traced.close()
    formula = to_text(program.output, definitions=program.definitions)
    scalars = {name: float(value) for name, value in values.items() if not value.ndim}
    sympy: float | None = None
    note: str | None = "SymPy checks expressions of numbers that are not too long."
    if formula is not None and len(scalars) == len(values):
        payload = {"kind": "derivative", "formula": formula, "variable": variable, "point": scalars}
        sympy, note = worker.request(payload, SYMPY_TIME_LIMIT_S)
    best = gradients["float64"] if gradients["float64"] is not None else sympy
    differences: list[Difference] = []
    for h in STEP_SIZES:
        ends = [
            float(np.sum(evaluate_program(program, {**values, variable: values[variable] + sign * h})))
            for sign in (1, -1)
        ]
        slope = (ends[0] - ends[1]) / (2 * h)
        differences.append({"h": float(h), "value": slope, "error": None if best is None else abs(slope - best)})
    return {
        "tensorflow": gradients["float64"],
        "float32": gradients["float32"],
        "sympy": sympy,
        "sympy_note": note,
        "differences": differences,
        "rules": list(gradient_overrides_in([*program.definitions.values(), program.output])),
    }
