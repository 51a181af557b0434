"""One gradient by three independent methods: TensorFlow, SymPy, and central differences."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.core.autodiff.output_choice import OutputChoice, output_of_program, parse_output
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
    wide, narrow = (_tensorflow_gradient(text, point, dtype, coordinate, choice) for dtype in ("float64", "float32"))
    sympy: float | None = None
    note: str | None = SYMPY_LIMITS
    if (payload := _sympy_request(program, values, coordinate, weights)) is not None:
        sympy, note = worker.request(payload, SYMPY_TIME_LIMIT_S)
    return {
        "tensorflow": wide,
        "float32": narrow,
        "sympy": sympy,
        "sympy_note": note,
        "differences": _central_differences(program, values, coordinate, choice, sympy if wide is None else wide),
        "rules": list(gradient_overrides_in([*program.definitions.values(), program.output])),
    }


def _tensorflow_gradient(
    text: str, point: Mapping[str, Any], dtype: str, coordinate: Coordinate, choice: OutputChoice
) -> float | None:
    """Return TensorFlow's gradient for a coordinate, None if it has none."""
    traced = trace_expression(text, point, dtype, [coordinate.variable], output=choice)
    values = dict(zip(traced.trace.fetches, traced.values, strict=True))
    gradient = traced.trace.gradient_value(coordinate.variable, values)
    traced.close()
    return None if gradient is None else float(gradient[coordinate.index])


def _central_differences(
    program: Program,
    values: Mapping[str, FloatArray],
    coordinate: Coordinate,
    choice: OutputChoice,
    exact: float | None,
) -> list[Difference]:
    """Return NumPy's central difference for each step size, with its distance from ``exact``."""

    def f(x: float) -> Any:
        moved = coordinate.moved(values, x)
        return choice.number(evaluate_program(program, {**values, coordinate.variable: moved}))

    x = coordinate.value(values)
    differences: list[Difference] = []
    for h in STEP_SIZES:
        slope = (f(x + h) - f(x - h)) / (2 * h)
        differences.append({"h": float(h), "value": slope, "error": None if exact is None else abs(slope - exact)})
    return differences


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
