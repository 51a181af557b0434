"""Surfaces over two variables: their values on a grid, and gradient descent on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np

from explorer.core.number_format import format_number
from explorer.core.protocol.plot import DescendPayload, DescendReply, FieldPayload, FieldReply
from explorer.engine.plot.graphs import PlotGraphs, PlottedFunction

MAX_GRID_SIZE = 500
"""Points of a grid along each axis at most."""

MAX_STEPS = 10_000
"""Steps of a descent at most."""

DIVERGED_DISTANCE = 1e6
"""A descent that is this far from the origin in any variable has diverged."""

SMALLEST_STEP = 1e-9
"""A descent ends if its next step is smaller than this in every variable, relative to the larger of 1 and its value."""

CONVERGED_SHARE = 1e-6
"""A descent has converged if its gradient has fallen to this share of its largest one."""

DIVERGED = "Gradient descent diverges: the learning rate is too large here."
FALLING = "Gradient descent does not come to rest: f keeps falling along the way."


class Surfaces:
    """Computes surfaces."""

    def __init__(self, graphs: PlotGraphs) -> None:
        self._graphs = graphs

    def field(self, request: FieldPayload) -> FieldReply:
        """Answer ``field``: f on a grid of n by n points; raises UserError."""
        n = max(2, min(int(request["n"]), MAX_GRID_SIZE))
        function = PlottedFunction.of(request)
        graph, values = self._graphs.get(function, (request["x"], request["y"]), 0)
        if graph.max_points is not None:
            n = min(n, isqrt(graph.max_points))
        x_axis, y_axis = (np.linspace(low, high, n) for low, high in (request["x_range"], request["y_range"]))
        grid_x, grid_y = (grid.ravel().astype(function.dtype) for grid in np.meshgrid(x_axis, y_axis))
        (flat,) = graph.run(values, {request["x"]: grid_x, request["y"]: grid_y})
        return {"values": flat.reshape(n, n), "x_axis": x_axis, "y_axis": y_axis}

    def descend(self, request: DescendPayload) -> DescendReply:
        """Answer ``descend``: the path against TensorFlow's gradient from ``start``; raises UserError."""
        names = tuple(request["variables"])
        graph, values = self._graphs.get(PlottedFunction.of(request), names, 1)
        steps = max(1, min(int(request["steps"]), MAX_STEPS))

        def evaluate(point: Any) -> tuple[float, list[float | None]]:
            height, *gradient = graph.run(values, {name: [x] for name, x in zip(names, point, strict=True)})
            return float(height[0]), [None if each is None else float(each[0]) for each in gradient]

        descent = _Descent(names, float(request["rate"]))
        point = np.asarray(request["start"], dtype=np.float64)
        path, heights = [point], []
        for _ in range(steps):
            height, gradient = evaluate(point)
            heights.append(height)
            following = descent.next_point(point, heights, gradient)
            if following is None:
                break
            point = following
            path.append(point)
        else:
            heights.append(evaluate(point)[0])
        return {"path": np.array(path), "values": np.array(heights), "note": descent.note}


@dataclass
class _Descent:
    """Finds the next point of a descent, and says why there is none.

    note: why it has ended, None while it has not. missing: the coordinates for which there is no gradient.
    """

    names: Sequence[str]
    rate: float
    note: str | None = None
    _largest: float = 0.0

    def next_point(self, point: Any, heights: Sequence[float], gradient: Sequence[float | None]) -> Any | None:
        """Return the next point, None at the end; gradient: None where TensorFlow has none."""
        missing = [name for name, slope in zip(self.names, gradient, strict=True) if slope is None]
        slopes = np.array([0.0 if slope is None else slope for slope in gradient], dtype=np.float64)
        if len(missing) == len(self.names):
            self.note = f"TensorFlow has no gradient for {' and '.join(missing)} here, so there is no way to go."
        elif not np.isfinite(heights[-1]) or not np.all(np.isfinite(slopes)):
            self.note = "Gradient descent ends here: f or its gradient is not a finite number."
        if self.note is not None:
            return None
        size = float(np.linalg.norm(slopes))
        self._largest = max(self._largest, size)
        following = point - self.rate * slopes
        if not np.all(np.isfinite(following)) or np.max(np.abs(following)) > DIVERGED_DISTANCE:
            is_falling = len(heights) > 1 and bool(np.all(np.diff(heights) < 0))
            self.note = FALLING if is_falling else DIVERGED
            return None
        if np.all(np.abs(following - point) < SMALLEST_STEP * np.maximum(1, np.abs(point))):
            self.note = self._rest(size)
            return None
        return following

    def _rest(self, size: float) -> str:
        """Return why the steps are too small; ``size``: of the gradient."""
        if not size:
            return "Gradient descent has converged: the gradient is 0 here."
        if size <= CONVERGED_SHARE * self._largest:
            largest, now = format_number(self._largest, 2), format_number(size, 2)
            return f"Gradient descent has converged: the gradient has fallen from {largest} to {now}."
        rate, now = format_number(self.rate, 2), format_number(size, 2)
        return f"The steps are too small to change anything: the gradient is {now}, but the learning rate only {rate}."
