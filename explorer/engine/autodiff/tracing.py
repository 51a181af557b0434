"""One expression: built, differentiated and run by TensorFlow, then told as a `Trace` with its values."""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.autodiff.trace import GradientNode, GraphNode, Trace
from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.limits import MAX_OPS
from explorer.core.expression.names import ascii_name
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import bind, unknown_variable
from explorer.core.graph.op_graph import ancestors_of, descendants_of, op_graph, op_of
from explorer.core.ops.table import ops_by_type
from explorer.core.syntax_tree import FloatArray, Program
from explorer.engine.autodiff import custom_gradient as rules
from explorer.engine.autodiff.build import Forward, build
from explorer.engine.autodiff.higher_order import differentiate
from explorer.engine.autodiff.steps import StepBuilder
from explorer.engine.tf_adapter import gradient_registry
from explorer.engine.tf_adapter.devices import device_of
from explorer.engine.tf_adapter.graph_internals import colocated_op

tf1 = tf.compat.v1

_numbers = itertools.count(1)


@dataclass
class Traced:
    """A trace with the live graph behind it; ``run`` computes all fetches for values of the placeholders.

    tangents: what `engine.tangents` has built for each variable.
    """

    trace: Trace
    values: list[Any]
    program: Program
    session: Any
    run: Any
    tangents: dict[str, Any] = field(default_factory=dict)

    def compute(self, point: Mapping[str, Any]) -> list[Any]:
        """Return the values of all fetches at ``point``; raises ExpressionError where a shape is another one."""
        values = bind(self.program, point)
        for name, value in values.items():
            if value.shape != np.shape(self.trace.point[name]):
                raise ExpressionError("The shape of a value has changed, so the graph must be built anew.")
        return run_quietly(self.run, list(values.values()))

    def close(self) -> None:
        """Give the session's memory back."""
        gradient_registry.release_custom_gradients(self.session.graph)
        self.session.close()


@dataclass
class _Backward:
    """What `tf.gradients` did: its calls by forward op, each tensor's summed gradient, all local derivatives."""

    calls: dict[str, gradient_registry.GradientCall] = field(default_factory=dict)
    order: list[gradient_registry.GradientCall] = field(default_factory=list)
    totals: dict[str, str] = field(default_factory=dict)
    locals: dict[tuple[str, int], str] = field(default_factory=dict)
    ops: list[Any] = field(default_factory=list)


def session_config() -> Any:
    """Return the configuration for tiny graphs that are run once: optimizing them would cost more than it saves."""
    config = tf1.ConfigProto(inter_op_parallelism_threads=-1, allow_soft_placement=True)
    # A process has one pool for what is spread within an operation, and whoever computes first decides its size.
    config.intra_op_parallelism_threads = tf.config.threading.get_intra_op_parallelism_threads()
    config.graph_options.optimizer_options.opt_level = -1
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.gpu_options.allow_growth = True
    return config


def run_quietly(run: Any, values: Sequence[Any]) -> list[Any]:
    """Run a callable of a session; raises ExpressionError with TensorFlow's first sentence if it refuses."""
    try:
        return list(run(*values))
    except tf.errors.OpError as error:
        raise ExpressionError(f"TensorFlow could not compute this: {error.message.splitlines()[0]}") from error


def trace_expression(
    text: str,
    point: Mapping[str, Any],
    dtype: str = "float32",
    wrt: Sequence[str] | None = None,
    max_ops: int = MAX_OPS,
    differentiated_by: Sequence[str] = (),
    look_up: Callable[[], None] = lambda: None,
) -> Traced:
    """Build, differentiate and run ``text``; raises ExpressionError with a sentence that helps.

    differentiated_by: variables by which it is differentiated first, so that its derivative is traced.
    look_up: called in between, while nothing holds memory; what it raises ends this.
    """
    program = parse(text, max_ops)
    values = bind(program, point)
    check_shapes(program, {name: value.shape for name, value in values.items()})
    if wrt is not None:
        wrt = [ascii_name(name) for name in wrt]
        for name in wrt:
            if name not in program.variables:
                raise unknown_variable(name, program.variables)
    differentiated_by = tuple(ascii_name(name) for name in differentiated_by)
    for name in differentiated_by:
        if name not in program.variables:
            raise unknown_variable(name, program.variables)
    try:
        look_up()
        with np.errstate(all="ignore"), _graph() as graph:  # beyond float32 is infinite, which the screen shows
            return _trace(graph, program, values, dtype, wrt, differentiated_by, max_ops, look_up)
    except (ValueError, TypeError, tf.errors.OpError) as error:
        if isinstance(error, UserError):
            raise
        raise ExpressionError(f"TensorFlow cannot build this: {str(error).splitlines()[0]}") from error


@contextlib.contextmanager
def _graph() -> Iterator[Any]:
    """Begin a graph; of one that fails or is given up nothing stays in TensorFlow's table."""
    graph = tf.Graph()
    try:
        yield graph
    except BaseException:
        gradient_registry.release_custom_gradients(graph)
        raise


def _trace(
    graph: Any,
    program: Program,
    values: Mapping[str, FloatArray],
    dtype: str,
    wrt: Sequence[str] | None,
    differentiated_by: tuple[str, ...],
    max_ops: int,
    look_up: Callable[[], None],
) -> Traced:
    with graph.as_default():
        made = build(program, {name: value.shape for name, value in values.items()}, dtype)
        differentiate(made, differentiated_by, max_ops)
        forward_ops = graph.get_operations()
        nodes = _forward_nodes(forward_ops, made)
        backward = _differentiate(graph, made, nodes, list(program.variables) if wrt is None else list(wrt))
    look_up()
    gradient_nodes = _gradient_nodes(backward, made, wrt)
    fetches = [node.tensor for node in nodes]
    fetches += [node.tensor for node in gradient_nodes if node.needed]
    # An upstream gradient that ends at a step function reaches no variable, but its step shows it.
    fetches += [t.name for call in backward.calls.values() for t in call.upstream if t is not None]
    fetches = list(dict.fromkeys([*fetches, *backward.locals.values()]))
    session = tf1.Session(graph=graph, config=session_config())
    run = session.make_callable(fetches, feed_list=list(made.placeholders.values()))
    results = run_quietly(run, list(values.values()))
    by_name = dict(zip(fetches, results, strict=True))
    symbols = StepBuilder(made, by_name, {node.tensor: node.shape for node in nodes})
    steps, gradients = symbols.steps(
        [backward.calls[node.id] for node in reversed(nodes) if node.id in backward.calls],
        backward.order,
        backward.locals,
        backward.totals,
        {name: made.placeholders[name].name for name in program.variables},
        wrt,
        frozenset(node.id for node in gradient_nodes if node.needed),
    )
    trace = Trace(
        graph=next(_numbers),
        expression=program.text,
        dtype=dtype,
        variables={name: tensor.name for name, tensor in made.placeholders.items()},
        output=made.output.name,
        summed=bool(made.output.shape.rank),
        nodes=tuple(symbols.with_formulas(nodes)),
        gradient_nodes=tuple(gradient_nodes),
        steps=steps,
        gradients=gradients,
        tensor_gradients=backward.totals,
        fetches=tuple(fetches),
        point={name: value.tolist() for name, value in values.items()},
        differentiated_by=differentiated_by,
    )
    return Traced(trace, results, program, session, run)


def _forward_nodes(ops: Sequence[Any], made: Forward) -> list[GraphNode]:
    """Return the ops that lead to the output, and all placeholders, in the order in which they were built."""
    nodes = [_graph_node(op, made) for op in ops]
    kept = ancestors_of(op_graph(nodes), [made.output.op.name])
    placeholders = {tensor.op.name for tensor in made.placeholders.values()}
    return [node for node in nodes if node.id in kept or node.id in placeholders]


def _graph_node(op: Any, made: Forward) -> GraphNode:
    output = op.outputs[0]
    defines = next((name for name, tensor in made.defined.items() if tensor is output), None)
    shape = output.shape
    return GraphNode(
        id=op.name,
        type=op.type,
        inputs=tuple(tensor.name for tensor in op.inputs),
        shape=None if shape.rank is None else tuple(shape.as_list()),
        dtype=output.dtype.name,
        device=device_of(op),
        defines=defines,
    )


def _differentiate(graph: Any, made: Forward, nodes: Sequence[GraphNode], wrt: Sequence[str]) -> _Backward:
    """Add TensorFlow's backward pass to the graph, and beside it, under names of its own, the local derivatives."""
    done = _Backward()
    placeholders = [made.placeholders[name] for name in wrt]
    output_op = made.output.op.name
    paths = op_graph(nodes)
    on_path = descendants_of(paths, [tensor.op.name for tensor in placeholders]) & ancestors_of(paths, [output_op])
    tensors = [graph.get_operation_by_name(node.id).outputs[0] for node in nodes if node.id in on_path]
    tensors = [tensor for tensor in tensors if tensor.dtype.is_floating]  # a gradient graph has shapes in it as well
    if not tensors:
        return done
    before = graph.version
    with gradient_registry.record_calls() as calls:
        totals = tf.gradients(made.output, tensors)
    done.order = [call for call in calls if call.op.graph is graph]
    done.calls = {call.op.name: call for call in done.order if call.op.name in on_path}
    done.totals = {
        tensor.name: total.name for tensor, total in zip(tensors, totals, strict=True) if total is not None
    }  # fmt: skip
    on_way = [graph.get_operation_by_name(node.id) for node in nodes if node.id in on_path]
    for call in rules.stops(on_way, done.totals, graph):
        done.calls[call.op.name] = call
    done.ops = graph.get_operations()[before:]
    ones: dict[Any, Any] = {}
    with graph.name_scope("local"):
        for call in done.calls.values():
            row = ops_by_type().get(call.op.type)
            function = gradient_registry.gradient_function(call.op)
            if row is None or not row.elementwise or function is None:
                continue
            output = call.op.outputs[0]
            upstream = ones.get(shape := tuple(output.shape.as_list()))
            if upstream is None:
                upstream = ones[shape] = tf.constant(np.ones(shape, output.dtype.as_numpy_dtype))
            result = function(call.op, upstream, *[None] * (len(call.op.outputs) - 1))
            for slot, tensor in enumerate(result if isinstance(result, list | tuple) else [result]):
                if tensor is not None and op_of(call.op.inputs[slot].name) in on_path:
                    done.locals[call.op.name, slot] = tensor.name
    return done


def _gradient_nodes(backward: _Backward, made: Forward, wrt: Sequence[str] | None) -> list[GradientNode]:
    forward_of = {name: call.op.name for call in backward.order for name in call.built_ops}
    sums = {op_of(total): tensor for tensor, total in backward.totals.items()}
    made_ops = {op.name for op in backward.ops}
    inputs = {op.name: tuple(tensor.name for tensor in op.inputs) for op in backward.ops}
    wanted = [
        op_of(backward.totals[tensor.name])
        for name, tensor in made.placeholders.items()
        if tensor.name in backward.totals and (wrt is None or name in wrt)
    ]
    needed, waiting = set(wanted) & made_ops, [name for name in wanted if name in made_ops]
    while waiting:
        for tensor in inputs[waiting.pop()]:
            name = op_of(tensor)
            if name in made_ops and name not in needed:
                needed.add(name)
                waiting.append(name)
    nodes = []
    for op in backward.ops:
        if not op.outputs:
            continue
        summed = sums.get(op.name) if op.type == "AddN" and op.name not in forward_of else None
        output = op.outputs[0]
        nodes.append(
            GradientNode(
                id=op.name,
                type=op.type,
                forward=op_of(summed) if summed else forward_of.get(op.name) or colocated_op(op),
                sums=summed,
                inputs=inputs[op.name],
                shape=None if output.shape.rank is None else tuple(output.shape.as_list()),
                dtype=output.dtype.name,
                device=device_of(op),
                needed=op.name in needed,
            )
        )
    return nodes
