"""One gradient by three independent methods: TensorFlow, SymPy, and central differences."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.core.autodiff.output_choice import output_of_program, parse_output
from explorer.core.expression.coordinate import Coordinate, coordinate_in
from explorer.core.expression.custom_gradient import gradient_overrides_in
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import to_text
from explorer.core.expression.scalar_form import scalar_form
from explorer.core.expression.values import bind
from explorer.core.protocol.autodiff import ComparePayload, CompareReply, Difference
from explorer.core.syntax_tree import Array, FloatArray, Program, walk
from explorer.engine.autodiff.sympy_client import SymbolicWorker
from explorer.engine.autodiff.tracing import trace_expression

STEP_SIZES = tuple(10.0**-k for k in np.arange(0.5, 13, 0.5))
"""Step sizes of the central differences."""

SYMPY_TIME_LIMIT_S = 5.0
"""Time limit for SymPy's derivative: longer than for simplifying, as the user waits for it."""


SYMPY_LIMITS = "SymPy checks expressions that are not too long once vectors and matrices are multiplied out."


def compare_gradients(request: ComparePayload, worker: SymbolicWorker) -> CompareReply:
    """Answer ``compare``: the gradient in float64 and float32, with NumPy's central differences; raises UserError."""
    text = request["text"]
    program = parse(text)
    point = request.get("point") or {}
    values = bind(program, point)
    coordinate = coordinate_in(request["variable"], values)
    choice, _, shape = output_of_program(program, values, (), parse_output(request.get("output")))
    weights = choice.weights_of_shape(shape)
    gradients: dict[str, Any] = {}
    for dtype in ("float64", "float32"):
        traced = trace_expression(text, point, dtype, [coordinate.variable], output=choice)
        tensor = traced.trace.gradients[coordinate.variable].tensor
        gradients[dtype] = None
        if tensor is not None:
            gradients[dtype] = float(traced.values[traced.trace.fetches.index(tensor)][coordinate.index])
        traced.close()
    sympy: float | None = None
    note: str | None = SYMPY_LIMITS
    if (payload := _sympy_request(program, values, coordinate, weights)) is not None:
        sympy, note = worker.request(payload, SYMPY_TIME_LIMIT_S)
    best = gradients["float64"] if gradients["float64"] is not None else sympy
    differences: list[Difference] = []
    for h in STEP_SIZES:
        ends = []
        for sign in (1, -1):
            moved = coordinate.moved(values, coordinate.value(values) + sign * h)
            ends.append(choice.number(evaluate_program(program, {**values, coordinate.variable: moved})))
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


def _has_arrays(program: Program, values: Mapping[str, FloatArray]) -> bool:
    roots = (*program.definitions.values(), program.output)
    return any(value.ndim for value in values.values()) or any(
        isinstance(n, Array) for root in roots for n in walk(root)
    )


def _sympy_request(
    program: Program, values: Mapping[str, FloatArray], coordinate: Coordinate, weights: FloatArray
) -> dict[str, Any] | None:
    """Return the request for SymPy's derivative, None if the formula is too long or has an op without scalar form."""
    if not weights.ndim and not _has_arrays(program, values):
        formula = to_text(program.output, definitions=program.definitions)
        point = {name: float(value) for name, value in values.items()}
    else:
        form = scalar_form(program, values, coordinate, weights)
        formula = None if form is None else to_text(form)
        point = {coordinate.variable: coordinate.value(values)}
    if formula is None:
        return None
    return {"kind": "derivative", "formula": formula, "variable": coordinate.variable, "point": point}
