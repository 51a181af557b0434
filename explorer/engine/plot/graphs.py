"""Graphs of a function and its derivatives for plotting, with placeholders that take many points at once."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.errors import ExpressionError
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import bind
from explorer.core.ops.table import op_table
from explorer.core.protocol.plot import CurvePayload, DescendPayload, FieldPayload
from explorer.core.syntax_tree import Apply, Array, FloatArray, Node, Program
from explorer.engine.autodiff.build import build_forward
from explorer.engine.autodiff.tf_session import call_session, session_config
from explorer.engine.tf_adapter.gradient_registry import release_custom_gradients

tf1 = tf.compat.v1

CACHE_SIZE = 6
"""Graphs that are kept, so that moving a range builds nothing anew."""


@dataclass(frozen=True)
class PlottedFunction:
    """The function that a request plots: of an expression, its derivative by some variables, or one of its tensors."""

    text: str
    point: Mapping[str, Any]
    dtype: str
    differentiated_by: tuple[str, ...] = ()
    tensor: str | None = None

    @classmethod
    def of(cls, request: CurvePayload | FieldPayload | DescendPayload) -> "PlottedFunction":
        """Return the function of a request."""
        differentiated_by: Any = request.get("differentiated_by")
        tensor: Any = request.get("tensor")
        point, dtype = request.get("point") or {}, request.get("dtype") or "float32"
        return cls(request["text"], point, dtype, tuple(differentiated_by or ()), tensor)


@dataclass
class PlotGraph:
    """A graph with f, f′ and f″ by one variable, or f and its gradient by several.

    values: of all variables. is_vectorized: whether the axes' placeholders take vectors of points; otherwise each point
    is a run. Where f is itself a derivative, the variables by which it was differentiated take vectors too.
    """

    session: Any
    tensors: list[Any]
    placeholders: dict[str, Any]
    is_vectorized: bool

    def run(
        self, values: Mapping[str, FloatArray], axes: Mapping[str, Any], orders: Sequence[int] | None = None
    ) -> list[Any]:
        """Return the tensors of ``orders`` (all if None) where ``axes`` replace some values; None for no gradient."""
        wanted = self.tensors if orders is None else [self.tensors[order] for order in orders]
        size = next((np.shape(axis) for axis in axes.values()), (1,))
        feeds = {
            tensor: axes[name] if name in axes else np.broadcast_to(values[name], size)
            if self.is_vectorized and tensor.shape.rank == 1 else values[name]
            for name, tensor in self.placeholders.items()
        }  # fmt: skip
        fetches = [tensor for tensor in wanted if tensor is not None]
        results = iter(call_session(lambda: self.session.run(fetches, feeds), []) if fetches else [])
        return [None if tensor is None else next(results) for tensor in wanted]

    def close(self) -> None:
        """Free the session's memory."""
        release_custom_gradients(self.session.graph)
        self.session.close()


class PlotGraphs:
    """Builds graphs and keeps the latest ones.

    yield_to_tracing: called between the parts of building a graph, so that more urgent work can go first.
    """

    def __init__(self, yield_to_tracing: Callable[[], None] = lambda: None) -> None:
        self._yield_to_tracing = yield_to_tracing
        self._cache: OrderedDict[tuple[Any, ...], PlotGraph] = OrderedDict()

    def get(
        self, function: PlottedFunction, axes: tuple[str, ...], order: int
    ) -> tuple[PlotGraph, dict[str, FloatArray]]:
        """Return a graph, cached or new, and the values of all variables; raises ExpressionError.

        axes: the variables that vary. order: the highest derivative, at most 1 for several axes.
        """
        program = parse(function.text)
        values = dict(bind(program, function.point))
        check_shapes(program, {name: value.shape for name, value in values.items()})
        for name in axes:
            if name in values and values[name].ndim:
                raise ExpressionError(f"{name} is no single number, so there is no axis for it.")
        shapes = tuple(value.shape for value in values.values())
        key = (
            program.text,
            function.differentiated_by,
            shapes,
            function.dtype,
            axes,
            function.tensor,
            min(order, 1) if order < 2 else 2,
        )
        graph = self._cache.get(key)
        if graph is None:
            graph = self._cache[key] = self._build(program, function, values, axes, order)
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)[1].close()
        self._cache.move_to_end(key)
        return graph, values

    def close(self) -> None:
        """Close all sessions."""
        for graph in self._cache.values():
            graph.close()
        self._cache.clear()

    def _build(
        self,
        program: Program,
        function: PlottedFunction,
        values: Mapping[str, FloatArray],
        axes: tuple[str, ...],
        order: int,
    ) -> PlotGraph:
        is_vectorized = all(not value.ndim for value in values.values()) and _is_elementwise(program)
        varying = (*axes, *function.differentiated_by) if is_vectorized else ()
        shapes = {name: (None,) if name in varying else value.shape for name, value in values.items()}
        graph = tf.Graph()
        self._yield_to_tracing()
        with graph.as_default():
            forward = build_forward(program, shapes, function.dtype)
            y = forward.output
            if function.tensor is not None:
                try:
                    y = graph.get_tensor_by_name(function.tensor)
                except (KeyError, ValueError):
                    raise ExpressionError(f"{function.tensor} is no tensor of this expression.") from None
            for name in function.differentiated_by if function.tensor is None else ():
                self._yield_to_tracing()
                (y,) = tf.gradients(y, [forward.placeholders[name]])
                if y is None:
                    raise ExpressionError(f"TensorFlow has no gradient for {name} here, so there is nothing to plot.")
            tensors = [y]
            if order and len(axes) > 1:
                tensors += tf.gradients(y, [forward.placeholders[name] for name in axes])
            elif order:
                x = forward.placeholders.get(axes[0])
                for _ in range(order):
                    self._yield_to_tracing()
                    last = tensors[-1]
                    tensors.append(None if last is None or x is None else tf.gradients(last, [x])[0])
        session = tf1.Session(graph=graph, config=session_config())
        return PlotGraph(session, tensors, forward.placeholders, is_vectorized)


def _is_elementwise(program: Program) -> bool:
    """Return whether a vector of points can go through the entire expression at once."""
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
