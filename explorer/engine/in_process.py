"""The engine in this very process, for commands that need no window."""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.autodiff.explain_json import explanation
from explorer.core.autodiff.gradient_diagnosis import diagnose_gradient
from explorer.core.autodiff.trace import Trace
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.engine.autodiff.sympy_client import SymbolicWorker
from explorer.engine.autodiff.tracing import trace_expression


def explain_once(
    text: str,
    point: Mapping[str, Any],
    dtype: str = "float32",
    wrt: Sequence[str] | None = None,
    differentiated_by: Sequence[str] = (),
) -> tuple[Trace, dict[str, Any]]:
    """Return the trace of ``text`` and all its values by tensor name; raises ExpressionError."""
    traced = trace_expression(text, point, dtype, wrt, MAX_FORMULA_OPS, differentiated_by)
    try:
        return traced.trace, dict(zip(traced.trace.fetches, traced.values, strict=True))
    finally:
        traced.close()


def full_answer(
    text: str,
    point: Mapping[str, Any],
    dtype: str,
    wrt: Sequence[str] | None,
    worker: SymbolicWorker,
    differentiated_by: Sequence[str] = (),
) -> tuple[dict[str, Any], Trace, dict[str, Any]]:
    """Return the JSON answer with simplified gradients, the trace and the values; raises ExpressionError."""
    trace, values = explain_once(text, point, dtype, wrt, differentiated_by)
    simplified: dict[str, str | None] = {}
    notes: dict[str, str] = {}
    for name, info in trace.gradients.items():
        if info.chain is not None:
            simplified[name], note = worker.simplify(info.chain, dict(trace.point))
            if note is not None:
                notes[name] = note
    told = explanation(trace, values, simplified)
    for name, gradient in told["gradients"].items():
        # A formula that is missing is explained first, then a gradient that is 0, infinite or not a number.
        gradient["note"] = gradient["note"] or notes.get(name) or diagnose_gradient(trace, values, name)
    return told, trace, values
