"""The engine in the process of the caller, for commands without a window."""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.autodiff.explain_json import explanation
from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.core.autodiff.trace import Trace
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.engine.autodiff.precision import Float64Graph
from explorer.engine.autodiff.sympy_client import SymbolicWorker
from explorer.engine.autodiff.tracing import TracedExpression, trace_expression


def trace_and_run(
    text: str,
    point: Mapping[str, Any],
    dtype: str = "float32",
    wrt: Sequence[str] | None = None,
    differentiated_by: Sequence[str] = (),
    output: OutputChoice = SUM,
) -> tuple[Trace, dict[str, Any]]:
    """Return the trace of an expression and the values of its tensors by name; raise ExpressionError."""
    traced = trace_expression(text, point, dtype, wrt, MAX_FORMULA_OPS, differentiated_by, output)
    try:
        return traced.trace, dict(zip(traced.trace.fetches, traced.values, strict=True))
    finally:
        traced.close()


def explain_expression(
    text: str,
    point: Mapping[str, Any],
    dtype: str,
    wrt: Sequence[str] | None,
    worker: SymbolicWorker,
    differentiated_by: Sequence[str] = (),
    output: OutputChoice = SUM,
) -> tuple[dict[str, Any], Trace, dict[str, Any]]:
    """Return the JSON answer with simplified gradients, the trace, and the values; raise ExpressionError."""
    traced = trace_expression(text, point, dtype, wrt, MAX_FORMULA_OPS, differentiated_by, output)
    try:
        trace, values = traced.trace, dict(zip(traced.trace.fetches, traced.values, strict=True))
        different = different_values_of(traced)
    finally:
        traced.close()
    simplified: dict[str, str | None] = {}
    notes: dict[str, str] = {}
    for name, info in trace.gradients.items():
        if info.chain is not None:
            simplified[name], note = worker.simplify(info.chain, dict(trace.point))
            if note is not None:
                notes[name] = note
    return explanation(trace, values, simplified, notes, different=different), trace, values


def different_values_of(traced: TracedExpression) -> dict[str, Any]:
    """Return the float64 values that differ from those of a trace, by tensor."""
    float64_graph = Float64Graph(traced)
    try:
        return float64_graph.different_values(traced.trace.point)
    finally:
        float64_graph.close()
