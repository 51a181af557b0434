"""Curves over a range of one variable, as points or as CSV, and whether a claim about f′ holds on all of it."""

import io
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np

from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.parser import parse
from explorer.core.protocol.plot import (
    CheckPayload,
    CheckReply,
    Curve,
    CurvePayload,
    CurveReply,
    CurveTablePayload,
    CurveTableReply,
)
from explorer.core.syntax_tree import FloatArray
from explorer.engine.plot.claim_check import TOLERANCE, check_claim
from explorer.engine.plot.downsample import decimate
from explorer.engine.plot.graphs import PlotGraph, PlotGraphs, PlottedFunction
from explorer.engine.tf_adapter.parallelism import core_count

MAX_POINTS = 20_000_000
"""Points of a curve at most."""

MAX_CACHED_POINTS = 2_000_000
"""Points up to which the latest curve is kept, as a claim about it may follow."""

MIN_PARALLEL_POINTS = 100_000
"""Points from which on a curve is divided between the cores; for fewer that is not worth its overhead."""

MAX_SEQUENTIAL_POINTS = 400
"""Points of a curve that is computed one by one, because the expression has vectors or matrices."""


class Curves:
    """Computes curves, and keeps the latest."""

    def __init__(self, graphs: PlotGraphs) -> None:
        self._graphs = graphs
        self._latest: tuple[Any, Any, dict[int, Any]] | None = None
        self._workers = ThreadPoolExecutor(core_count(), "curve")

    def curve(self, request: CurvePayload) -> CurveReply:
        """Answer ``curve``: points of f, f′ … thinned to the width in pixels; raises UserError."""
        x, results = self._compute(request, list(request.get("orders") or [0, 1]))
        pixels = max(50, min(int(request.get("pixels") or 1000), 10_000))
        curves: list[Curve] = []
        missing: list[str] = []
        for order, y in results:
            if y is None:
                missing.append("f" + "′" * order)
                curves.append({"order": order, "x": None, "y": None})
            else:
                xs, ys = decimate(x, y, pixels)
                curves.append({"order": order, "x": xs, "y": ys})
        note = None
        if missing:
            note = f"TensorFlow has no gradient for {' and '.join(missing)} here."
        if len(x) < int(request["points"]):
            note = f"Vectors or matrices are on the way, so {len(x)} points were computed one by one."
        return {"curves": curves, "points": len(x), "note": note}

    def table(self, request: CurveTablePayload) -> CurveTableReply:
        """Answer ``curve_table``: CSV of the points ``start`` to ``start + count``; raises UserError.

        With all digits: 9 tell each float32 from every other, 17 each float64. A missing derivative is an empty column.
        """
        x, results = self._compute(request, list(request["orders"]))
        start, stop = int(request["start"]), int(request["start"]) + int(request["count"])
        digits = "%.9g" if x.dtype == np.float32 else "%.17g"
        columns = [x[start:stop]]
        formats = [digits]
        for _, y in results:
            columns.append(np.zeros(len(columns[0])) if y is None else y[start:stop])
            formats.append("%.0s" if y is None else digits)
        lines = io.BytesIO()
        np.savetxt(lines, np.column_stack(columns).astype(np.float64), fmt=",".join(formats))
        return {"lines": lines.getvalue(), "points": len(x)}

    def check(self, request: CheckPayload) -> CheckReply:
        """Answer ``check``: compare f′ with a claim at all points of the curve; raises UserError."""
        x, results = self._compute(request, [1])
        gradient = results[0][1]
        if gradient is None:
            raise ExpressionError("TensorFlow has no gradient here, so there is nothing to compare with.")
        program = parse(request["claim"])
        known = {*(request.get("point") or {}), request["variable"], *program.assignments}
        unknown = [name for name in program.variables if name not in known]
        if unknown:
            raise ExpressionError(f"{unknown[0]} does not occur in the expression.")
        claim = {**request, "text": request["claim"], "differentiated_by": [], "tensor": None, "points": len(x)}
        _, claimed = self._compute(cast(CurvePayload, claim), [0])
        values = np.broadcast_to(np.asarray(claimed[0][1], gradient.dtype), gradient.shape)
        return check_claim(x, gradient, values, TOLERANCE[request.get("dtype") or "float32"])

    def close(self) -> None:
        """End the worker threads."""
        self._workers.shutdown()

    def _compute(self, request: CurvePayload, orders: Sequence[int]) -> tuple[Any, list[tuple[int, Any]]]:
        """Return the points and, for each order, the values there or None."""
        low, high = float(request["low"]), float(request["high"])
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise UserError("The range must begin below its end.")
        points = max(2, min(int(request["points"]), MAX_POINTS))
        function, variable = PlottedFunction.of(request), request["variable"]
        graph, values = self._graphs.get(function, (variable,), max(orders))
        if not graph.is_vectorized:
            points = min(points, MAX_SEQUENTIAL_POINTS)
        others = tuple(value.tobytes() for name, value in values.items() if name != variable)
        head = function.text, function.differentiated_by, function.tensor, function.dtype
        key = (*head, variable, low, high, points, others)
        if self._latest is not None and self._latest[0] == key and all(order in self._latest[2] for order in orders):
            return self._latest[1], [(order, self._latest[2][order]) for order in orders]
        x = np.linspace(low, high, points, dtype=function.dtype)
        if graph.is_vectorized:
            columns = self._run_vectorized(graph, values, variable, x, orders)
        else:
            rows = zip(*(graph.run(values, {variable: each}, orders) for each in x), strict=True)
            columns = [None if column[0] is None else np.array([np.sum(v) for v in column]) for column in rows]
        if len(orders) > 1 and points <= MAX_CACHED_POINTS:
            self._latest = key, x, dict(zip(orders, columns, strict=True))
        return x, list(zip(orders, columns, strict=True))

    def _run_vectorized(
        self, graph: PlotGraph, values: Mapping[str, FloatArray], variable: str, x: Any, orders: Sequence[int]
    ) -> list[Any]:
        """Return f, f′ … at all points, divided between the cores where there are many."""

        def run(x: Any) -> list[Any]:
            results = graph.run(values, {variable: x} if variable in graph.placeholders else {}, orders)
            return [None if result is None else np.broadcast_to(result, x.shape) for result in results]

        if len(x) < MIN_PARALLEL_POINTS:
            return run(x)
        parts = zip(*self._workers.map(run, np.array_split(x, core_count())), strict=True)
        return [None if part[0] is None else np.concatenate(part) for part in parts]
