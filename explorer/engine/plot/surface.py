"""Surfaces over two variables: their values on a grid, and gradient descent on them."""

from math import isqrt
from typing import Any

import numpy as np

from explorer.core.protocol.plot import DescendPayload, DescendReply, FieldPayload, FieldReply
from explorer.engine.plot.graphs import PlotGraphs, PlottedFunction

MAX_GRID_SIZE = 500
"""Points of a grid along each axis at most."""

MAX_STEPS = 10_000
"""Steps of a descent at most."""

DIVERGED_DISTANCE = 1e6
"""A descent that is this far from the origin in any variable has diverged."""

CONVERGED_STEP = 1e-9
"""A descent whose next step is smaller than this in every variable has converged."""


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

        def evaluate(point: Any) -> tuple[float, Any]:
            height, *gradient = graph.run(values, {name: [x] for name, x in zip(names, point, strict=True)})
            slopes = [0.0 if each is None else each[0] for each in gradient]
            return float(height[0]), np.array(slopes)

        point = np.asarray(request["start"], dtype=np.float64)
        path, heights, note = [point], [], None
        for _ in range(steps):
            height, gradient = evaluate(point)
            heights.append(height)
            following = point - float(request["rate"]) * gradient
            if not np.all(np.isfinite(following)) or np.max(np.abs(following)) > DIVERGED_DISTANCE:
                note = "Gradient descent diverges: the learning rate is too large here."
                break
            if np.max(np.abs(following - point)) < CONVERGED_STEP:
                note = "Gradient descent has converged: the gradient is 0 here."
                break
            point = following
            path.append(point)
        if len(heights) < len(path):
            heights.append(evaluate(point)[0])
        return {"path": np.array(path), "values": np.array(heights), "note": note}
