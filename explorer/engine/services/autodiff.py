"""Answers requests about expressions, and keeps the graphs of the latest ones open."""

import gc
from collections import OrderedDict
from collections.abc import Callable

from explorer.core.autodiff.output_choice import parse_output
from explorer.core.errors import ErrorCode, UserError
from explorer.core.ops.table import ops_by_type
from explorer.core.protocol.autodiff import (
    COMPARE,
    EVALUATE,
    POINTS,
    PRECISION,
    SIMPLIFY,
    TANGENTS,
    TRACE,
    VALUES,
    ComparePayload,
    CompareReply,
    EvaluatePayload,
    EvaluateReply,
    PointsPayload,
    PointsReply,
    PrecisionPayload,
    PrecisionReply,
    SimplifyPayload,
    SimplifyReply,
    TangentsPayload,
    TangentsReply,
    TracePayload,
    TraceReply,
    ValuesPayload,
    ValuesReply,
)
from explorer.core.protocol.request_kind import Handlers
from explorer.engine.autodiff.forward_mode import compute_tangents
from explorer.engine.autodiff.gradient_check import compare_gradients
from explorer.engine.autodiff.named_values import evaluate_values
from explorer.engine.autodiff.precision import Float64Graph
from explorer.engine.autodiff.sympy_client import SymbolicWorker
from explorer.engine.autodiff.tracing import TracedExpression, trace_expression
from explorer.engine.tf_adapter import gradient_registry

MAX_OPEN_GRAPHS = 16
"""Graphs whose values can still be requested; the least recently used is closed."""

RETAINED_GRAPHS = 8
"""Graphs that a reply promises to keep open: the others may be closed by requests that are already on their way."""

GARBAGE_LIMIT = 40
"""Closed graphs after which garbage is collected even if nobody pauses."""

MAX_POINTS = 64
"""Points at which one request may ask for values."""


class AutodiffService:
    """Traces expressions and evaluates their graphs.

    check_prefetch: raises `mailbox.PrefetchAbandoned` if the request in progress is no longer worth finishing.
    """

    def __init__(self, check_prefetch: Callable[[], None]) -> None:
        self._check_prefetch = check_prefetch
        self._graphs: OrderedDict[int, TracedExpression] = OrderedDict()
        self._float64_graphs: dict[int, Float64Graph] = {}
        self._closed_graphs = 0
        self._sympy = SymbolicWorker()

    def handlers(self) -> Handlers:
        """Return the functions that answer requests."""
        return dict(
            (
                TRACE.handled_by(self.trace),
                VALUES.handled_by(self.values),
                POINTS.handled_by(self.points),
                PRECISION.handled_by(self.precision),
                TANGENTS.handled_by(self.tangents),
                SIMPLIFY.handled_by(self.simplify),
                COMPARE.handled_by(self.compare),
                EVALUATE.handled_by(self.evaluate),
            )
        )

    def warm_up(self) -> None:
        """Do what the first requests would have to wait for."""
        gradient_registry.preload_sources(list(ops_by_type()))
        self._sympy.warm_up()

    def close(self) -> None:
        """End SymPy's process."""
        self._sympy.close()

    @property
    def has_much_garbage(self) -> bool:
        """Whether so many graphs were closed that `collect_garbage` should not wait for a pause."""
        return self._closed_graphs >= GARBAGE_LIMIT

    def collect_garbage(self) -> None:
        """Free the memory of closed graphs, which are full of reference cycles."""
        if self._closed_graphs:
            self._closed_graphs = 0
            gc.collect()

    def trace(self, request: TracePayload) -> TraceReply:
        """Build, differentiate and run an expression."""
        traced = trace_expression(
            request["text"],
            request.get("point") or {},
            request.get("dtype") or "float32",
            request.get("wrt"),
            differentiated_by=request.get("differentiated_by") or (),
            output=parse_output(request.get("output")),
            check_abandoned=self._check_prefetch,
        )
        self._find(request.get("visible_graph"))
        self._graphs[traced.trace.graph] = traced
        while len(self._graphs) > MAX_OPEN_GRAPHS:
            number, oldest = self._graphs.popitem(last=False)
            oldest.close()
            self._closed_graphs += 1
            if (float64_graph := self._float64_graphs.pop(number, None)) is not None:
                float64_graph.close()
                self._closed_graphs += 1
        retained = list(self._graphs)[-RETAINED_GRAPHS:]
        return {"trace": traced.trace.to_dict(), "values": traced.values, "retained": retained}

    def values(self, request: ValuesPayload) -> ValuesReply:
        """Return the values of all fetches at another point."""
        traced = self._graph(request["graph"])
        return {"graph": request["graph"], "values": traced.compute(request.get("point") or {})}

    def precision(self, request: PrecisionPayload) -> PrecisionReply:
        """Return the float64 values that differ from those of a trace at a point."""
        number = request["graph"]
        traced = self._graph(number)
        if traced.trace.dtype == "float64":
            return {"graph": number, "different": {}}
        if number not in self._float64_graphs:
            self._float64_graphs[number] = Float64Graph(traced)
        different = self._float64_graphs[number].different_values(request.get("point") or {})
        return {"graph": number, "different": different}

    def points(self, request: PointsPayload) -> PointsReply:
        """Return the values of all fetches at up to `MAX_POINTS` points."""
        traced = self._graph(request["graph"])
        return {"values": [traced.compute(point) for point in request["points"][:MAX_POINTS]]}

    def tangents(self, request: TangentsPayload) -> TangentsReply:
        """Return the tangents along one variable, by forward mode."""
        traced = self._graph(request["graph"])
        return {"tangents": compute_tangents(traced, request["variable"], request.get("point") or {})}

    def simplify(self, request: SimplifyPayload) -> SimplifyReply:
        """Return SymPy's shorter form of a formula."""
        simplified, note = self._sympy.simplify(request["formula"], dict(request.get("point") or {}))
        return {"simplified": simplified, "note": note}

    def compare(self, request: ComparePayload) -> CompareReply:
        """Return one gradient by TensorFlow, SymPy and central differences."""
        return compare_gradients(request, self._sympy)

    def evaluate(self, request: EvaluatePayload) -> EvaluateReply:
        """Return the values of expressions in the names of another one, which is traced for it."""
        traced = None
        if request.get("text"):
            traced = trace_expression(
                request["text"],
                request.get("point") or {},
                request.get("dtype") or "float32",
                differentiated_by=request.get("differentiated_by") or (),
                output=parse_output(request.get("output")),
                check_abandoned=self._check_prefetch,
            )
            self._closed_graphs += 1
        values, messages = evaluate_values(request["expressions"], traced, request.get("numbers") or {})
        if traced is not None:
            traced.close()
        return {"values": values, "messages": messages}

    def _find(self, graph: int | None) -> TracedExpression | None:
        """Return an open graph and make it the last one to be closed; None if it is closed."""
        if graph is None or graph not in self._graphs:
            return None
        self._graphs.move_to_end(graph)
        return self._graphs[graph]

    def _graph(self, graph: int) -> TracedExpression:
        traced = self._find(graph)
        if traced is None:
            raise UserError("TensorFlow has built this graph anew: try once more.", ErrorCode.GRAPH_CLOSED)
        return traced
