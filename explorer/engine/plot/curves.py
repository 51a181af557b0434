"""Curves over a range of one variable, as points or as CSV, and whether a claim about f′ holds on all of it."""

import io
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.coordinate import parse_coordinate
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import bind
from explorer.core.ops.activations import PIECEWISE
from explorer.core.protocol.plot import (
    CheckPayload,
    CheckReply,
    Curve,
    CurvePayload,
    CurveReply,
    CurveTablePayload,
    CurveTableReply,
)
from explorer.core.syntax_tree import Apply, FloatArray, walk
from explorer.engine.plot.claim_check import TOLERANCE, check_claim
from explorer.engine.plot.downsample import decimate, mark_gaps
from explorer.engine.plot.gaps import POINT_BY_POINT, Effort, Evaluate, find_gaps, merge_gaps, open_gaps
from explorer.engine.plot.graphs import PlotGraph, PlotGraphs, PlottedFunction
from explorer.engine.tf_adapter.parallelism import core_count

MAX_POINTS = 20_000_000
"""Points of a curve at most."""

MAX_CACHED_POINTS = 2_000_000
"""Points up to which the latest curve is kept, as a claim about it may follow."""

MIN_PARALLEL_POINTS = 100_000
"""Points from which on a curve is divided between the cores; for fewer that is not worth its overhead."""

PIECEWISE_OPS = {"relu", "leaky_relu", *(op.name for op in PIECEWISE)}
"""Ops that jump or have corners at many places."""

GAP_PIXELS = 1000
"""Width to which a curve is thinned before its gaps are sought, unless they are known."""


EFFORTS = ((1_000_000, Effort()), (100_000, Effort(intervals=256)), (20_000, Effort(intervals=64, levels=6)))
"""How much is evaluated to find gaps, by the number of points that can be computed in about a second."""


@dataclass
class _ComputedCurve:
    """The points of a curve: x of shape (n,), f, f′ … there by order, None without gradient, and their gaps if sought.

    key: what the values depend on. gaps: for each order the intervals, shape (k, 2), that hold a jump or pole of it or
    of a lower order: there it does not exist.
    """

    key: tuple[Any, ...]
    x: Any
    columns: dict[int, Any]
    gaps: dict[int, Any] = field(default_factory=dict)


class Curves:
    """Computes curves, and keeps the latest."""

    def __init__(self, graphs: PlotGraphs) -> None:
        self._graphs = graphs
        self._latest: _ComputedCurve | None = None
        self._workers = ThreadPoolExecutor(core_count(), "curve")

    def curve(self, request: CurvePayload) -> CurveReply:
        """Answer ``curve``: points of f, f′ … thinned to the width in pixels; raises UserError.

        A NaN between two points is a gap: a jump, a pole, or a place where the value is NaN. The curve continues up to
        both sides of it.
        """
        computed = self._compute(request, list(request.get("orders") or [0, 1]))
        pixels = max(50, min(int(request.get("pixels") or 1000), 10_000))
        thinned = {order: decimate(computed.x, y, pixels) for order, y in computed.columns.items() if y is not None}
        if not request.get("joined"):
            self._find_gaps(request, computed, thinned)
        curves: list[Curve] = []
        missing: list[str] = []
        for order, y in computed.columns.items():
            if y is None:
                missing.append("f" + "′" * order)
                curves.append({"order": order, "x": None, "y": None})
            else:
                xs, ys = mark_gaps(*thinned[order], computed.x, y)
                if (gaps := computed.gaps.get(order)) is not None and len(gaps):
                    xs, ys = open_gaps(xs, ys, gaps, self._evaluate_float64(request, computed, order))
                curves.append({"order": order, "x": xs, "y": ys})
        note = None
        if missing:
            note = f"TensorFlow has no gradient for {' and '.join(missing)} here."
        if any(curve["order"] == 0 and not np.any(np.isfinite(curve["y"])) for curve in curves):
            note = "f has no finite value in this range."
        if len(computed.x) < int(request["points"]):
            note = f"Large vectors or matrices are on the way, so {len(computed.x):,} points were computed."
        return {"curves": curves, "points": len(computed.x), "note": note}

    def table(self, request: CurveTablePayload) -> CurveTableReply:
        """Answer ``curve_table``: CSV of the points ``start`` to ``start + count``; raises UserError.

        With all digits: 9 tell each float32 from every other, 17 each float64. A missing derivative is an empty column.
        """
        computed = self._compute(request, list(request["orders"]))
        x = computed.x
        start, stop = int(request["start"]), int(request["start"]) + int(request["count"])
        digits = "%.9g" if x.dtype == np.float32 else "%.17g"
        columns = [x[start:stop]]
        formats = [digits]
        for y in computed.columns.values():
            columns.append(np.zeros(len(columns[0])) if y is None else y[start:stop])
            formats.append("%.0s" if y is None else digits)
        lines = io.BytesIO()
        np.savetxt(lines, np.column_stack(columns).astype(np.float64), fmt=",".join(formats))
        return {"lines": lines.getvalue(), "points": len(x)}

    def check(self, request: CheckPayload) -> CheckReply:
        """Answer ``check``: compare f′ with a claim at all points of the curve; raises UserError."""
        computed = self._compute(request, [0, 1])
        x, gradient = computed.x, computed.columns[1]
        if gradient is None:
            raise ExpressionError("TensorFlow has no gradient here, so there is nothing to compare with.")
        program = parse(request["claim"])
        axis = parse_coordinate(request["variable"]).variable
        known = {*(request.get("point") or {}), axis, *program.assignments}
        unknown = [name for name in program.variables if name not in known]
        if unknown:
            raise ExpressionError(f"{unknown[0]} does not occur in the expression.")
        if check_shapes(program, {name: v.shape for name, v in bind(program, request.get("point") or {}).items()}):
            raise ExpressionError("f′ is one number at each point, and this has several entries.")
        if 1 not in computed.gaps:  # the plot has found them, unless it was joined
            self._find_gaps(request, computed, {k: decimate(x, y, GAP_PIXELS) for k, y in computed.columns.items()})
        gradient = _without(x, gradient, computed.gaps[1])
        claim = {
            **request,
            "text": request["claim"],
            "differentiated_by": [],
            "output": "sum",
            "tensor": None,
            "points": len(x),
        }
        claimed = self._compute(cast(CurvePayload, claim), [0]).columns[0]
        values = np.broadcast_to(np.asarray(claimed, gradient.dtype), gradient.shape)
        return check_claim(x, gradient, values, TOLERANCE[request.get("dtype") or "float32"])

    def close(self) -> None:
        """End the worker threads."""
        self._workers.shutdown()

    def _compute(self, request: CurvePayload, orders: Sequence[int]) -> _ComputedCurve:
        """Return the curve with these orders, cached or new."""
        low, high = float(request["low"]), float(request["high"])
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise UserError("The range must begin below its end.")
        points = max(2, min(int(request["points"]), MAX_POINTS))
        function, variable = PlottedFunction.of(request), request["variable"]
        if max(-low, high) > (largest := float(np.finfo(function.dtype).max)):
            raise UserError(f"{function.dtype} has no numbers beyond ±{largest:.2g}, so there is no curve.")
        graph, values = self._graphs.get(function, (variable,), max(orders))
        points = min(points, graph.max_points or points)
        others = tuple(value.tobytes() for value in _without_coordinate(values, variable).values())
        head = function.text, function.differentiated_by, function.output, function.tensor, function.dtype
        key = (*head, variable, low, high, points, others)
        latest = self._latest
        if latest is not None and latest.key == key and all(order in latest.columns for order in orders):
            gaps = {order: latest.gaps[order] for order in orders if order in latest.gaps}
            return _ComputedCurve(key, latest.x, {order: latest.columns[order] for order in orders}, gaps)
        x = np.linspace(low, high, points, dtype=function.dtype)
        columns = self._run(graph, values, variable, x, orders)
        computed = _ComputedCurve(key, x, dict(zip(orders, columns, strict=True)))
        if len(orders) > 1 and points <= MAX_CACHED_POINTS:
            self._latest = computed
        return computed

    def _find_gaps(self, request: CurvePayload, computed: _ComputedCurve, thinned: Mapping[int, Any]) -> None:
        """Fill in the gaps of each order; where f jumps, its derivatives do not exist either."""
        gaps = np.empty((0, 2))
        for order, (x, y) in sorted(thinned.items()):
            if order not in computed.gaps:
                effort = self._effort(request, computed)
                evaluate = self._evaluate_float64(request, computed, order)
                found = find_gaps(x, y, evaluate, effort, is_piecewise=_is_piecewise(request["text"]))
                computed.gaps[order] = merge_gaps(gaps, found)
            gaps = computed.gaps[order]

    def _effort(self, request: CurvePayload, computed: _ComputedCurve) -> Effort:
        function = PlottedFunction.of(request)
        max_points = self._graphs.get(function, (request["variable"],), max(computed.columns))[0].max_points
        return next((effort for least, effort in EFFORTS if max_points is None or max_points >= least), POINT_BY_POINT)

    def _evaluate_float64(self, request: CurvePayload, computed: _ComputedCurve, order: int) -> Evaluate:
        """Return a function for the values of f, f′ … in float64, whose rounding cannot be mistaken for a jump."""

        found: list[tuple[PlotGraph, dict[str, FloatArray]]] = []  # built when it is needed, and then for all grids

        def evaluate(x: Any) -> Any:
            if not found:
                function = replace(PlottedFunction.of(request), dtype="float64")
                found.append(self._graphs.get(function, (request["variable"],), max(computed.columns)))
            return self._run(*found[0], request["variable"], x, [order])[0]

        return evaluate

    def _run(
        self, graph: PlotGraph, values: Mapping[str, FloatArray], variable: str, x: Any, orders: Sequence[int]
    ) -> list[Any]:
        """Return f, f′ … at all points; None for an order without gradient.

        Where f is NaN its derivatives are NaN too: TensorFlow returns 1/x for ``log(x)``, also where x is negative.
        """
        needed = list(orders) if 0 in orders else [0, *orders]
        columns = self._run_divided(graph, values, variable, x, needed)
        missing = np.isnan(columns[needed.index(0)])
        if missing.any():
            pairs = zip(needed, columns, strict=True)
            columns = [y if y is None or not order else np.where(missing, np.nan, y) for order, y in pairs]
        return columns[len(needed) - len(orders) :]

    def _run_divided(
        self, graph: PlotGraph, values: Mapping[str, FloatArray], variable: str, x: Any, orders: Sequence[int]
    ) -> list[Any]:
        """Return f, f′ … at all points, divided between the cores where there are many."""

        def run(x: Any) -> list[Any]:
            return graph.run(values, {variable: x}, orders)

        if len(x) < MIN_PARALLEL_POINTS or graph.max_points is not None:
            return run(x)
        parts = zip(*self._workers.map(run, np.array_split(x, core_count())), strict=True)
        return [None if part[0] is None else np.concatenate(part) for part in parts]


def _without_coordinate(values: Mapping[str, FloatArray], variable: str) -> dict[str, FloatArray]:
    """Return the values that a curve along ``variable`` depends on; that of the coordinate itself is 0."""
    coordinate = parse_coordinate(variable)
    if coordinate.variable not in values:
        return dict(values)
    return {**values, coordinate.variable: coordinate.moved(values, 0.0)}


def _is_piecewise(text: str) -> bool:
    """Return whether an op of the expression has pieces, such as ``floor``, ``abs`` or ``relu``."""
    program = parse(text)
    roots = (*program.definitions.values(), program.output)
    return any(isinstance(node, Apply) and node.op in PIECEWISE_OPS for root in roots for node in walk(root))


def _without(x: Any, y: Any, gaps: Any) -> Any:
    """Return y with NaN in the gaps, where it does not exist."""
    if not len(gaps):
        return y
    begins, ends = np.searchsorted(x, gaps[:, 0]), np.searchsorted(x, gaps[:, 1], "right")
    if not np.any(ends > begins):
        return y
    y = np.array(y)
    for begin, end in zip(begins, ends, strict=True):
        y[begin:end] = np.nan
    return y
