"""Graphs of a function and its derivatives for plotting, which compute many points at once."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.autodiff.output_choice import SUM, OutputChoice, chosen_order, parse_output
from explorer.core.errors import ExpressionError
from explorer.core.expression.coordinate import Coordinate, parse_coordinate
from explorer.core.expression.names import placeholder_name
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import bind
from explorer.core.ops.table import op_table
from explorer.core.protocol.plot import CurvePayload, DescendPayload, FieldPayload
from explorer.core.syntax_tree import Apply, Array, FloatArray, Node, Program, walk
from explorer.engine.autodiff.build import ForwardGraph, build_forward, build_output
from explorer.engine.autodiff.tf_session import call_session, session_config
from explorer.engine.autodiff.tracing import new_graph
from explorer.engine.tf_adapter.gradient_registry import release_custom_gradients

tf1 = tf.compat.v1

CACHE_SIZE = 6
"""Graphs that are kept, so that moving a range builds nothing anew."""

MAX_ENTRIES_AT_ONCE = 8_000_000
"""Numbers in all tensors of one run: the points of a graph with vectors or matrices are divided into such runs."""

MAX_WORK = 200_000_000
"""Work for all points together, which takes about a second; its unit is one number of an elementwise op."""

PRODUCTS_PER_UNIT = 16
"""Products of a matrix multiplication that take as long as one number of an elementwise op."""


@dataclass(frozen=True)
class PlottedFunction:
    """The function that a request plots: of an expression, its derivative by some variables, or one of its tensors."""

    text: str
    point: Mapping[str, Any]
    dtype: str
    differentiated_by: tuple[str, ...] = ()
    tensor: str | None = None
    output: OutputChoice = SUM

    @classmethod
    def of(cls, request: CurvePayload | FieldPayload | DescendPayload) -> "PlottedFunction":
        """Return the function of a request."""
        differentiated_by: Any = request.get("differentiated_by")
        tensor: Any = request.get("tensor")
        point, dtype = request.get("point") or {}, request.get("dtype") or "float32"
        output = parse_output(request.get("output"))
        return cls(request["text"], point, dtype, tuple(differentiated_by or ()), tensor, output)


@dataclass
class PlotGraph:
    """A graph with f, f′ and f″ by one coordinate, or f and its gradient by several.

    tensors: with a value for each point; None for no gradient. placeholders: by variable, of its value. axes: by
    coordinate, the placeholder of its values, a vector. vectors: the variables whose placeholder takes a vector of
    points although they are no axis. entries: numbers in all tensors for one point, where vectors or matrices are on
    the way, and work: to compute them; 0 if all are single numbers.
    """

    session: Any
    tensors: list[Any]
    placeholders: dict[str, Any]
    axes: dict[str, Any]
    vectors: frozenset[str] = field(default_factory=frozenset)
    entries: int = 0
    work: int = 0

    @property
    def max_points(self) -> int | None:
        """The number of points that can be computed in about a second; None for any number."""
        return max(MAX_WORK // self.work, 64) if self.work else None

    def run(
        self, values: Mapping[str, FloatArray], points: Mapping[str, Any], orders: Sequence[int] | None = None
    ) -> list[Any]:
        """Return the tensors of ``orders`` (all if None) at all points, each of shape (n,), or None for no gradient.

        values: of all variables. points: by coordinate the values on its axis, shape (n,); a coordinate that does not
        occur is ignored.
        """
        wanted = self.tensors if orders is None else [self.tensors[order] for order in orders]
        fetches = [tensor for tensor in wanted if tensor is not None]
        count = len(next(iter(points.values())))
        at_once = max(1, MAX_ENTRIES_AT_ONCE // self.entries) if self.entries else count
        parts = [
            self._run_part(values, {name: axis[start : start + at_once] for name, axis in points.items()}, fetches)
            for start in range(0, count, at_once)
        ]
        columns = iter([part[0] if len(parts) == 1 else np.concatenate(part) for part in zip(*parts, strict=True)])
        return [None if tensor is None else next(columns) for tensor in wanted]

    def _run_part(self, values: Mapping[str, FloatArray], points: Mapping[str, Any], fetches: list[Any]) -> list[Any]:
        size = np.shape(next(iter(points.values())))
        feeds = {
            tensor: np.broadcast_to(values[name], size) if name in self.vectors else values[name]
            for name, tensor in self.placeholders.items()
        }
        feeds |= {self.axes[name]: axis for name, axis in points.items() if name in self.axes}
        results = call_session(lambda: self.session.run(fetches, feeds), []) if fetches else []
        return [np.broadcast_to(result, size) for result in results]

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

        axes: the coordinates that vary, as text. order: the highest derivative, at most 1 for several axes.
        """
        program = parse(function.text)
        values = dict(bind(program, function.point))
        coordinates = {axis: parse_coordinate(axis) for axis in axes}
        used = {axis: each.of_values(values) for axis, each in coordinates.items() if each.variable in values}
        shape = check_shapes(program, {name: value.shape for name, value in values.items()})
        shapes = tuple(value.shape for value in values.values())
        key = (
            program.text,
            function.differentiated_by,
            function.output,
            shapes,
            function.dtype,
            axes,
            function.tensor,
            min(order, 1) if order < 2 else 2,
        )
        graph = self._cache.get(key)
        if graph is None:
            chosen = chosen_order(shape, values, function.differentiated_by)
            builder = _Builder(program, function, values, chosen, self._yield_to_tracing)
            graph = self._cache[key] = builder.build(used, axes, order)
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)[1].close()
        self._cache.move_to_end(key)
        return graph, values

    def close(self) -> None:
        """Close all sessions."""
        for graph in self._cache.values():
            graph.close()
        self._cache.clear()


class _Builder:
    """Builds the graph of one function.

    chosen: the order of the derivative whose output is chosen, and the shape of that output.
    """

    def __init__(
        self,
        program: Program,
        function: PlottedFunction,
        values: Mapping[str, FloatArray],
        chosen: tuple[int, tuple[int, ...]],
        yield_to_tracing: Callable[[], None],
    ) -> None:
        self._program, self._function, self._values = program, function, values
        self._chosen_order, shape = chosen
        choice = function.output.of_shape(shape)
        self._weights = None if choice == SUM else choice.weights_of_shape(shape)
        self._yield_to_tracing = yield_to_tracing

    def build(self, used: Mapping[str, Coordinate], axes: Sequence[str], order: int) -> PlotGraph:
        """Return the graph; ``used``: those of the ``axes`` that occur in the program."""
        is_elementwise = all(not value.ndim for value in self._values.values()) and _is_elementwise(self._program)
        self._yield_to_tracing()
        with new_graph() as graph, graph.as_default():
            build = self._build_elementwise if is_elementwise else self._build_batch
            return build(graph, used, axes, order)

    def _build_elementwise(
        self, graph: Any, used: Mapping[str, Coordinate], axes: Sequence[str], order: int
    ) -> PlotGraph:
        """Let the placeholders of the axes take vectors: nothing mixes their entries.

        Where f is itself a derivative, the variables by which it was differentiated take vectors too.
        """
        axis_variables = {coordinate.variable for coordinate in used.values()}
        vectors = {*axis_variables, *self._function.differentiated_by}
        shapes = {name: (None,) if name in vectors else () for name in self._values}
        forward = build_forward(self._program, shapes, self._function.dtype)
        taken = {axis: forward.placeholders[coordinate.variable] for axis, coordinate in used.items()}
        tensors = self._with_gradients(self._output(forward), [taken.get(axis) for axis in axes], order)
        placeholders = {name: tensor for name, tensor in forward.placeholders.items() if name not in axis_variables}
        return PlotGraph(
            tf1.Session(graph=graph, config=session_config()),
            tensors,
            placeholders,
            taken,
            frozenset(vectors - axis_variables),
        )

    def _build_batch(self, graph: Any, used: Mapping[str, Coordinate], axes: Sequence[str], order: int) -> PlotGraph:
        """Build the expression for one point, and let TensorFlow vectorize it over all points."""
        dtype = tf.as_dtype(self._function.dtype)
        outer = ForwardGraph(dtype)
        for name, value in self._values.items():
            outer.placeholders[name] = tf1.placeholder(dtype, value.shape, name=placeholder_name(name))
        points = {axis: tf1.placeholder(dtype, (None,), name=f"points/{k}") for k, axis in enumerate(axes)}
        exists: list[bool] = []
        entries = work = 0

        def compute(point: Mapping[str, Any]) -> list[Any]:
            nonlocal entries, work
            forward = ForwardGraph(dtype, placeholders=dict(outer.placeholders))
            with tf.name_scope("axis"):
                for axis, coordinate in used.items():
                    forward.placeholders[coordinate.variable] = _moved(forward, coordinate, point[axis])
            version = graph.version
            with graph.name_scope(None):  # the names are those of a trace
                build_output(self._program, forward)
            ops = [op for op in graph.get_operations()[version:] if op.outputs]
            entries = sum(prod(op.outputs[0].shape.as_list()) for op in ops)
            work = sum(_work(op) for op in ops)
            inputs = [point[axis] if axis in used else None for axis in axes]
            # A variable with a number moved is another tensor than the placeholder that the request may name.
            named = {outer.placeholders[name].name: tensor for name, tensor in forward.placeholders.items()}
            tensors = self._with_gradients(self._reduced(self._output(forward, named)), inputs, order)
            exists[:] = [tensor is not None for tensor in tensors]
            return [tensor for tensor in tensors if tensor is not None]

        with tf.name_scope("batch"):
            found = iter(tf.vectorized_map(compute, points))
        tensors = [next(found) if one else None for one in exists]
        session = tf1.Session(graph=graph, config=session_config())
        passes = order + 1  # that of the values, and one for each derivative
        entries, work = (passes * max(1, each) for each in (entries, work))
        return PlotGraph(session, tensors, outer.placeholders, points, entries=entries, work=work)

    def _output(self, forward: ForwardGraph, named: Mapping[str, Any] | None = None) -> Any:
        """Return the tensor of f: the output of the program, its derivative, or the tensor that the request names.

        named: tensors that stand for others of these names.
        """
        y, function = forward.output, self._function
        if function.tensor is not None:
            if named is not None and function.tensor in named:
                return named[function.tensor]
            try:
                return forward.output.graph.get_tensor_by_name(function.tensor)
            except (KeyError, ValueError):
                raise ExpressionError(f"{function.tensor} is no tensor of this expression.") from None
        for order, name in enumerate(function.differentiated_by):
            self._yield_to_tracing()
            has_weights = self._weights is not None and order == self._chosen_order
            seed = [tf.constant(self._weights, y.dtype)] if has_weights else None
            (y,) = tf.gradients(y, [forward.placeholders[name]], grad_ys=seed)
            if y is None:
                raise ExpressionError(f"TensorFlow has no gradient for {name} here, so there is nothing to plot.")
        return y

    def _reduced(self, y: Any) -> Any:
        """Return the number that is differentiated: an entry of the output, a weighted sum or the sum."""
        function = self._function
        is_chosen = function.tensor is None and self._chosen_order == len(function.differentiated_by)
        if self._weights is not None and is_chosen:
            entry = function.output.of_shape(np.shape(self._weights)).entry
            return y[entry] if entry is not None else tf.reduce_sum(y * tf.constant(self._weights, y.dtype))
        y = y if y.dtype.is_floating else tf.cast(y, function.dtype)
        return tf.reduce_sum(y) if y.shape.rank else y

    def _with_gradients(self, y: Any, inputs: Sequence[Any], order: int) -> list[Any]:
        """Return f and its derivatives up to ``order`` by the only input, or f and its gradient by several."""
        tensors = [y]
        if order and len(inputs) > 1:
            known = [each for each in inputs if each is not None]
            found = iter(tf.gradients(y, known) if known else [])
            tensors += [None if each is None else next(found) for each in inputs]
        elif order:
            for _ in range(order):
                self._yield_to_tracing()
                last = tensors[-1]
                tensors.append(None if last is None or inputs[0] is None else tf.gradients(last, [inputs[0]])[0])
        return tensors


def _moved(forward: ForwardGraph, coordinate: Coordinate, number: Any) -> Any:
    """Return the tensor of a variable with another number at the coordinate."""
    if not coordinate.index:
        return number
    return tf.tensor_scatter_nd_update(forward.placeholders[coordinate.variable], [list(coordinate.index)], [number])


def _work(op: Any) -> int:
    """Return the work of an op, in units of one number of an elementwise op."""
    numbers: int = prod(op.outputs[0].shape.as_list())
    products: int = op.inputs[0].shape.as_list()[-1] if op.type in ("MatMul", "BatchMatMulV2") else 0
    return numbers * max(1, products // PRODUCTS_PER_UNIT)


def _is_elementwise(program: Program) -> bool:
    """Return whether a vector of points can go through the entire expression at once."""
    roots: list[Node] = [*program.definitions.values(), program.output]
    for root in roots:
        for node in walk(root):
            if isinstance(node, Array):
                return False
            if isinstance(node, Apply) and not op_table()[node.op].elementwise:
                return False
    return True
