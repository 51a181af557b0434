"""Curves over a range, whether a claim holds on all of it, fields of two variables, and descent on them."""

import io
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import bind
from explorer.core.ops.table import op_table
from explorer.core.protocol.plot import (
    CheckPayload,
    CheckReply,
    Curve,
    CurvePayload,
    CurveReply,
    CurveTablePayload,
    CurveTableReply,
    DescendPayload,
    DescendReply,
    FieldPayload,
    FieldReply,
)
from explorer.core.syntax_tree import Apply, Array, Node, Program
from explorer.engine.autodiff.build import build
from explorer.engine.autodiff.tracing import run_quietly, session_config
from explorer.engine.plot.claim_check import TOLERANCE, judge
from explorer.engine.plot.downsample import decimate
from explorer.engine.tf_adapter import gradient_registry
from explorer.engine.tf_adapter.parallelism import core_count

tf1 = tf.compat.v1

MAX_POINTS = 20_000_000
"""A curve may have this many points."""

KEPT_POINTS = 2_000_000
"""The last curve is kept for a claim about it, if it has no more points than this."""

MANY_POINTS = 100_000
"""From so many points on it is worth while to share them."""

SLOW_POINTS = 400
"""Points of a curve that has to be computed one by one, because it goes through vectors or matrices."""


@dataclass
class _Plan:
    """A graph with f, f′ and f″ along one variable; ``vector`` is False where it is run point by point.

    Where f is a derivative itself, the variables along which it was differentiated are vectors too.
    """

    session: Any
    tensors: list[Any]
    placeholders: dict[str, Any]
    vector: bool

    def close(self) -> None:
        gradient_registry.release_custom_gradients(self.session.graph)
        self.session.close()


class Curves:
    """Keeps the graphs of the last few curves, so that dragging a range builds nothing anew.

    give_way: called between the parts of building a graph, so that more urgent work can go first.
    """

    def __init__(self, give_way: Callable[[], None] = lambda: None) -> None:
        self._give_way = give_way
        self._last: tuple[Any, Any, dict[int, Any]] | None = None
        self._plans: OrderedDict[tuple[Any, ...], _Plan] = OrderedDict()
        self._workers = ThreadPoolExecutor(core_count(), "curve")

    def curve(self, request: CurvePayload) -> CurveReply:
        """Answer a ``curve`` request; raises ExpressionError."""
        x, results = self._computed(request, list(request.get("orders") or [0, 1]))
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
        """Answer ``curve_table``: lines of CSV for points ``start`` to ``start + count``; raises ExpressionError.

        All digits: 9 tell each float32 from every other, 17 each float64. A derivative that is none is left empty.
        """
        x, results = self._computed(request, list(request["orders"]))
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
        """Compare f′ with what was claimed, at all points; raises ExpressionError."""
        x, results = self._computed(request, [1])
        slope = results[0][1]
        if slope is None:
            raise ExpressionError("TensorFlow has no gradient here, so there is nothing to compare with.")
        claim = {**request, "text": request["claim"], "differentiated_by": [], "tensor": None, "points": len(x)}
        program = parse(claim["text"])
        known = {*request["point"], request["variable"], *program.assignments}
        unknown = [name for name in program.variables if name not in known]
        if unknown:
            raise ExpressionError(f"{unknown[0]} does not occur in the expression.")
        _, claimed = self._computed(claim, [0])
        said = np.broadcast_to(np.asarray(claimed[0][1], slope.dtype), slope.shape)
        return judge(x, slope, said, TOLERANCE[request.get("dtype") or "float32"])

    def field(self, request: FieldPayload) -> FieldReply:
        """Compute f on a grid of two variables, n by n; raises ExpressionError."""
        n = max(2, min(int(request["n"]), 500))
        names = (request["x"], request["y"])
        axes = [np.linspace(*request[f"{axis}_range"], n) for axis in ("x", "y")]
        plan, values = self._plan(request, names, 0)
        dtype = request.get("dtype") or "float32"
        grid_x, grid_y = (grid.ravel().astype(dtype) for grid in np.meshgrid(*axes))
        if plan.vector:
            (flat,) = self._run(plan, values, {names[0]: grid_x, names[1]: grid_y})
        else:
            raise ExpressionError("A heat map needs an expression without vectors and matrices.")
        return {"values": np.broadcast_to(flat, (n * n,)).reshape(n, n), "x_axis": axes[0], "y_axis": axes[1]}

    def descend(self, request: DescendPayload) -> DescendReply:
        """Walk against TensorFlow's gradient from ``start``; raises ExpressionError."""
        names = tuple(request["variables"])
        plan, values = self._plan(request, names, 1)
        steps = max(1, min(int(request["steps"]), 10_000))
        point = np.asarray(request["start"], dtype=np.float64)
        path, heights, note = [point], [], None
        for _ in range(steps):
            results = self._run(plan, values, {name: [x] for name, x in zip(names, point, strict=True)})
            height, gradient = (
                np.ravel(results[0])[0],
                np.array([0.0 if r is None else np.ravel(r)[0] for r in results[1:]]),
            )
            heights.append(float(height))
            following = point - float(request["rate"]) * gradient
            if not np.all(np.isfinite(following)) or np.max(np.abs(following)) > 1e6:
                note = "The walk leaves the picture: the learning rate is too large here."
                break
            if np.max(np.abs(following - point)) < 1e-9:
                note = "The walk has come to rest: the gradient is 0 here."
                break
            point = following
            path.append(point)
        if len(heights) < len(path):
            heights.append(
                float(np.ravel(self._run(plan, values, {n: [x] for n, x in zip(names, point, strict=True)})[0])[0])
            )
        return {"path": np.array(path), "values": np.array(heights), "note": note}

    def close(self) -> None:
        """Close all sessions."""
        self._workers.shutdown()
        for plan in self._plans.values():
            plan.close()
        self._plans.clear()

    # -- inside -----------------------------------------------------------------------------------

    def _computed(self, request: Mapping[str, Any], orders: Sequence[int]) -> tuple[Any, list[tuple[int, Any]]]:
        """Return the points and, for each order, the values at them or None."""
        low, high = float(request["low"]), float(request["high"])
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise UserError("The range must begin below its end.")
        points = max(2, min(int(request["points"]), MAX_POINTS))
        variable = request["variable"]
        plan, values = self._plan(request, (variable,), max(orders))
        dtype = request.get("dtype") or "float32"
        if not plan.vector:
            points = min(points, SLOW_POINTS)
        others = tuple(value.tobytes() for name, value in values.items() if name != variable)
        key = (request["text"], _derived(request), request.get("tensor"), dtype, variable, low, high, points, others)
        if self._last is not None and self._last[0] == key and all(order in self._last[2] for order in orders):
            return self._last[1], [(order, self._last[2][order]) for order in orders]
        x = np.linspace(low, high, points, dtype=dtype)
        if plan.vector:
            flat = self._along(plan, values, variable, x, orders)
        else:
            rows = [self._run(plan, values, {variable: each}, orders) for each in x]
            columns = zip(*rows, strict=True)
            flat = [None if column[0] is None else np.array([np.sum(v) for v in column]) for column in columns]
        if len(orders) > 1 and points <= KEPT_POINTS:  # a claim about this curve may follow
            self._last = key, x, dict(zip(orders, flat, strict=True))
        return x, list(zip(orders, flat, strict=True))

    def _along(self, plan: _Plan, values: Mapping[str, Any], variable: str, x: Any, orders: Sequence[int]) -> list[Any]:
        """Return f, f′ … at all points at once: many points are shared by the cores, see `cores`."""

        def run(x: Any) -> list[Any]:
            results = self._run(plan, values, {variable: x} if variable in plan.placeholders else {}, orders)
            return [None if r is None else np.broadcast_to(r, x.shape) for r in results]

        if len(x) < MANY_POINTS:
            return run(x)
        shares = zip(*self._workers.map(run, np.array_split(x, core_count())), strict=True)
        return [None if share[0] is None else np.concatenate(share) for share in shares]

    def _run(
        self, plan: _Plan, values: Mapping[str, Any], axes: Mapping[str, Any], orders: Sequence[int] | None = None
    ) -> list[Any]:
        wanted = plan.tensors if orders is None else [plan.tensors[order] for order in orders]
        size = next((np.shape(axis) for axis in axes.values()), (1,))
        feeds = {
            tensor: axes[name] if name in axes else np.broadcast_to(values[name], size)
            if plan.vector and tensor.shape.rank == 1 else values[name]
            for name, tensor in plan.placeholders.items()
        }  # fmt: skip
        fetched = [tensor for tensor in wanted if tensor is not None]
        got = iter(run_quietly(lambda: plan.session.run(fetched, feeds), []) if fetched else [])
        return [None if tensor is None else next(got) for tensor in wanted]

    def _plan(self, request: Mapping[str, Any], axes: tuple[str, ...], order: int) -> tuple[_Plan, dict[str, Any]]:
        """Return a graph for the request, kept or new, and the values of all variables."""
        program = parse(request["text"])
        values: dict[str, Any] = bind(program, request.get("point") or {})
        check_shapes(program, {name: value.shape for name, value in values.items()})
        for name in axes:
            if name in values and values[name].ndim:
                raise ExpressionError(f"{name} is no single number, so there is no axis for it.")
        shapes = tuple(value.shape for value in values.values())
        dtype = request.get("dtype") or "float32"
        derived = _derived(request)
        key = (program.text, derived, shapes, dtype, axes, request.get("tensor"), min(order, 1) if order < 2 else 2)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._build(program, values, dtype, axes, request.get("tensor"), derived, order)
            while len(self._plans) > 6:
                self._plans.popitem(last=False)[1].close()
        self._plans.move_to_end(key)
        return plan, values

    def _build(
        self,
        program: Program,
        values: Mapping[str, Any],
        dtype: str,
        axes: tuple[str, ...],
        tensor: str | None,
        derived: tuple[str, ...],
        order: int,
    ) -> _Plan:
        vector = all(not value.ndim for value in values.values()) and _is_elementwise(program)
        shapes = {
            name: (None,) if vector and name in (*axes, *derived) else value.shape for name, value in values.items()
        }
        graph = tf.Graph()
        self._give_way()
        with graph.as_default():
            made = build(program, shapes, dtype)
            y = made.output
            if tensor is not None:
                try:
                    y = graph.get_tensor_by_name(tensor)
                except (KeyError, ValueError):
                    raise ExpressionError(f"{tensor} is no tensor of this expression.") from None
            for name in derived if tensor is None else ():
                self._give_way()
                (y,) = tf.gradients(y, [made.placeholders[name]])
                if y is None:
                    raise ExpressionError(f"TensorFlow has no gradient for {name} here, so there is nothing to plot.")
            tensors = [y]
            if order and len(axes) > 1:
                tensors += tf.gradients(y, [made.placeholders[name] for name in axes])
            elif order:
                x = made.placeholders.get(axes[0])
                for _ in range(order):
                    self._give_way()
                    last = tensors[-1]
                    tensors.append(None if last is None or x is None else tf.gradients(last, [x])[0])
        return _Plan(tf1.Session(graph=graph, config=session_config()), tensors, made.placeholders, vector)


def _derived(request: Mapping[str, Any]) -> tuple[str, ...]:
    """The variables along which the function was differentiated before."""
    return tuple(request.get("differentiated_by") or ())


def _is_elementwise(program: Program) -> bool:
    """Whether a vector of points can go through all of it at once."""
    waiting: list[Node] = [*program.definitions.values(), program.output]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Array):
            return False
        if isinstance(node, Apply):
            row = op_table()[node.op]
            if not row.elementwise or node.op in ("dot", "norm"):
                return False
            waiting.extend(node.args)
    return True
