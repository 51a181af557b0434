"""One expression built, differentiated and run by TensorFlow, as a `Trace` with its values."""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.autodiff.folding import fold_ops
from explorer.core.autodiff.output_choice import SUM, OutputChoice, output_of_program
from explorer.core.autodiff.trace import GradientNode, GraphNode, Trace, op_of
from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.limits import MAX_OPS
from explorer.core.expression.names import ascii_name
from explorer.core.expression.parser import parse
from explorer.core.expression.values import bind, unknown_variable
from explorer.core.graph.op_graph import ancestors_of, descendants_of, op_graph
from explorer.core.syntax_tree import FloatArray, Program, Shape
from explorer.engine.autodiff.build import ForwardGraph, build_forward
from explorer.engine.autodiff.custom_gradient import stop_gradient_calls
from explorer.engine.autodiff.earlier_traces import earlier_trace
from explorer.engine.autodiff.higher_order import Differentiation, differentiate_output, weights_tensor
from explorer.engine.autodiff.local_derivatives import add_local_derivatives
from explorer.engine.autodiff.matrix_products import transposed_slots
from explorer.engine.autodiff.steps import BackwardPass, StepBuilder
from explorer.engine.autodiff.tf_session import call_session, session_config
from explorer.engine.tf_adapter.devices import device_of
from explorer.engine.tf_adapter.gradient_registry import record_calls, release_custom_gradients
from explorer.engine.tf_adapter.graph_internals import colocated_op

tf1 = tf.compat.v1

_graph_numbers = itertools.count(1)


@dataclass
class TracedExpression:
    """A trace with the live graph behind it.

    values: of ``trace.fetches``. run: computes all fetches for values of the placeholders. tangents: by variable, what
    forward mode has built.
    """

    trace: Trace
    values: list[Any]
    program: Program
    session: Any
    run: Any
    tangents: dict[str, Any] = field(default_factory=dict)

    def compute(self, point: Mapping[str, Any]) -> list[Any]:
        """Return the values of all fetches at ``point``; raises ExpressionError if a shape has changed."""
        values = bind(self.program, point)
        for name, value in values.items():
            if value.shape != np.shape(self.trace.point[name]):
                raise ExpressionError("The shape of a value has changed, so the graph must be built anew.")
        return call_session(self.run, list(values.values()))

    def close(self) -> None:
        """Free the session's memory."""
        release_custom_gradients(self.session.graph)
        self.session.close()


def trace_expression(
    text: str,
    point: Mapping[str, Any],
    dtype: str = "float32",
    wrt: Sequence[str] | None = None,
    max_ops: int = MAX_OPS,
    differentiated_by: Sequence[str] = (),
    output: OutputChoice = SUM,
    check_abandoned: Callable[[], None] = lambda: None,
) -> TracedExpression:
    """Build, differentiate and run ``text``; raises ExpressionError.

    wrt: the variables whose gradients are computed, None for all. differentiated_by: variables by which it is
    differentiated first, so that its derivative is traced. output: which output is differentiated; of an expression
    that is a single number, that of its derivative. check_abandoned: called between stages, when nothing needs to be
    freed; what it raises ends the trace.
    """
    program = parse(text, max_ops)
    values = bind(program, point)
    if wrt is not None:
        wrt = [ascii_name(name) for name in wrt]
        for name in wrt:
            if name not in program.variables:
                raise unknown_variable(name, program.variables)
    differentiated_by = tuple(ascii_name(name) for name in differentiated_by)
    for name in differentiated_by:
        if name not in program.variables:
            raise unknown_variable(name, program.variables)
    chosen = output_of_program(program, values, differentiated_by, output)
    try:
        check_abandoned()
        # What is too large for float32 becomes infinite, which the window shows.
        with np.errstate(all="ignore"), new_graph() as graph:
            return _trace(graph, program, values, dtype, wrt, differentiated_by, chosen, max_ops, check_abandoned)
    except (ValueError, TypeError, tf.errors.OpError) as error:
        if isinstance(error, UserError):
            raise
        raise ExpressionError(f"TensorFlow cannot build this: {str(error).splitlines()[0]}") from error


@contextlib.contextmanager
def new_graph() -> Iterator[Any]:
    """Create a graph; of one that fails or is abandoned nothing remains in TensorFlow's table of gradients."""
    graph = tf.Graph()
    try:
        yield graph
    except BaseException:  # whatever ends it, it is raised again
        release_custom_gradients(graph)
        raise


def _trace(
    graph: Any,
    program: Program,
    values: Mapping[str, FloatArray],
    dtype: str,
    wrt: Sequence[str] | None,
    differentiated_by: tuple[str, ...],
    chosen: tuple[OutputChoice, int, Shape],
    max_ops: int,
    check_abandoned: Callable[[], None],
) -> TracedExpression:
    with graph.as_default():
        forward = build_forward(program, {name: value.shape for name, value in values.items()}, dtype)
        nodes, backward, before = build_passes(graph, forward, wrt, differentiated_by, chosen, max_ops)
    check_abandoned()
    choice, order, _ = chosen
    gradient_nodes = _gradient_nodes(backward, forward, wrt)
    fetches = [node.tensor for node in nodes]
    fetches += [node.tensor for node in gradient_nodes if node.needed]
    # A gradient that ends at a step function reaches no variable, but its steps show it.
    for call in backward.calls.values():
        fetches += [tensor.name for tensor in call.upstream if tensor is not None]
        passed = zip(call.op.inputs, call.gradients, strict=False)
        fetches += [tensor.name for wrt, tensor in passed if tensor is not None and wrt.name in backward.totals]
    fetches += [*backward.locals.values(), *backward.products.values()]
    earlier = tuple(
        earlier_trace(forward, done, forward_nodes, differentiated_by[:number], program.text, choice, order)
        for number, (done, forward_nodes) in enumerate(before)
    )
    fetches = list(dict.fromkeys([*fetches, *(tensor for trace in earlier for tensor in trace.fetches)]))
    session = tf1.Session(graph=graph, config=session_config())
    run = session.make_callable(fetches, feed_list=list(forward.placeholders.values()))
    results = call_session(run, list(values.values()))
    builder = StepBuilder(forward, backward, {node.tensor: node.shape for node in nodes})
    steps, gradients = builder.build(
        [node.id for node in reversed(nodes) if node.id in backward.calls],
        wrt,
        frozenset(node.id for node in gradient_nodes if node.needed),
    )
    trace = Trace(
        graph=next(_graph_numbers),
        expression=program.text,
        dtype=dtype,
        variables={name: tensor.name for name, tensor in forward.placeholders.items()},
        output=forward.output.name,
        summed=bool(forward.output.shape.rank) and (choice == SUM or order < len(differentiated_by)),
        nodes=tuple(builder.with_formulas(nodes)),
        gradient_nodes=tuple(gradient_nodes),
        steps=steps,
        gradients=gradients,
        tensor_gradients=backward.totals,
        fetches=tuple(fetches),
        point={name: value.tolist() for name, value in values.items()},
        differentiated_by=differentiated_by,
        output_choice=choice,
        chosen_order=order,
        earlier=earlier,
    )
    return TracedExpression(trace, results, program, session, run)


def build_passes(
    graph: Any,
    forward: ForwardGraph,
    wrt: Sequence[str] | None,
    differentiated_by: Sequence[str],
    chosen: tuple[OutputChoice, int, Shape],
    max_ops: int,
) -> tuple[list[GraphNode], BackwardPass, tuple[tuple[Differentiation, list[GraphNode]], ...]]:
    """Add derivatives and the backward pass to the graph of ``forward``.

    Returns the forward ops, TensorFlow's calls, and the differentiations that come before, each with its forward ops.
    The names of the ops depend on the arguments alone, not on the dtype. chosen: the output that is differentiated, the
    order of the derivative that it belongs to, and the shape of that.
    """
    choice, order, shape = chosen
    weights = None if choice == SUM else choice.weights_of_shape(shape)
    if weights is not None:
        weights = weights.astype(forward.number_type)
    done = differentiate_output(forward, differentiated_by, max_ops, order, weights)
    every = [_graph_node(op, forward) for op in graph.get_operations()]
    paths = op_graph(every)

    def on_path_to(output: Any) -> list[GraphNode]:
        return _forward_nodes(every, ancestors_of(paths, [output.op.name]), forward, output)

    before = tuple((each, on_path_to(each.output)) for each in done)
    nodes = on_path_to(forward.output)
    wanted = list(forward.placeholders) if wrt is None else list(wrt)
    seed = weights if order == len(differentiated_by) else None
    return nodes, _differentiate(graph, forward, nodes, wanted, seed), before


def _forward_nodes(nodes: Sequence[GraphNode], needed: Set[str], forward: ForwardGraph, output: Any) -> list[GraphNode]:
    """Return the placeholders and the ops that ``output`` needs, of all ``nodes``, in their order."""
    placeholders = {tensor.op.name for tensor in forward.placeholders.values()}
    nodes = [node for node in nodes if node.id in needed or node.id in placeholders]
    return fold_ops(nodes, forward.groups, output.name)


def _graph_node(op: Any, forward: ForwardGraph) -> GraphNode:
    output = op.outputs[0]
    defines = next((name for name, tensor in forward.definition_tensors.items() if tensor is output), None)
    return GraphNode(
        id=op.name,
        type=op.type,
        inputs=tuple(tensor.name for tensor in op.inputs),
        shape=_shape(output),
        dtype=output.dtype.name,
        device=device_of(op),
        defines=defines,
        transposed=transposed_slots(op),
    )


def _shape(tensor: Any) -> tuple[int, ...] | None:
    return None if tensor.shape.rank is None else tuple(tensor.shape.as_list())


def _differentiate(
    graph: Any, forward: ForwardGraph, nodes: Sequence[GraphNode], wrt: Sequence[str], weights: FloatArray | None
) -> BackwardPass:
    """Add TensorFlow's backward pass to the graph, and the local derivatives in a name scope of their own.

    weights: of the output's entries, the upstream gradient with which it begins; None for ones.
    """
    backward = BackwardPass()
    placeholders = [forward.placeholders[name].op.name for name in wrt]
    paths = op_graph(nodes)
    on_path = descendants_of(paths, placeholders) & ancestors_of(paths, [forward.output.op.name])
    ops = [graph.get_operation_by_name(node.id) for node in nodes if node.id in on_path]
    # A gradient graph has integer tensors as well, such as shapes.
    tensors = [op.outputs[0] for op in ops if op.outputs[0].dtype.is_floating]
    if not tensors:
        return backward
    version = graph.version
    seed = weights_tensor(forward.output, weights)
    with record_calls() as calls:
        totals = tf.gradients(forward.output, tensors, grad_ys=seed)
    backward.order = [call for call in calls if call.op.graph is graph]
    backward.calls = {call.op.name: call for call in backward.order if call.op.name in on_path}
    backward.totals = {
        tensor.name: total.name for tensor, total in zip(tensors, totals, strict=True) if total is not None
    }  # fmt: skip
    for call in stop_gradient_calls(ops, backward.totals, graph):
        backward.calls[call.op.name] = call
    backward.ops = graph.get_operations()[version:]
    with graph.name_scope("local"):
        add_local_derivatives(backward, on_path)
    return backward


def _gradient_nodes(backward: BackwardPass, forward: ForwardGraph, wrt: Sequence[str] | None) -> list[GradientNode]:
    """Return all backward ops; those on which the gradients by ``wrt`` depend are ``needed``."""
    forward_of = {name: call.op.name for call in backward.order for name in call.built_ops}
    summed_tensor = {op_of(total): tensor for tensor, total in backward.totals.items()}
    inputs = {op.name: tuple(tensor.name for tensor in op.inputs) for op in backward.ops}
    needed: set[str] = set()
    waiting = [
        op_of(backward.totals[tensor.name])
        for name, tensor in forward.placeholders.items()
        if tensor.name in backward.totals and (wrt is None or name in wrt)
    ]
    while waiting:
        name = waiting.pop()
        if name in inputs and name not in needed:
            needed.add(name)
            waiting += [op_of(tensor) for tensor in inputs[name]]
    nodes = []
    for op in backward.ops:
        if not op.outputs:
            continue
        sums = summed_tensor.get(op.name) if op.type == "AddN" and op.name not in forward_of else None
        output = op.outputs[0]
        nodes.append(
            GradientNode(
                id=op.name,
                type=op.type,
                forward=op_of(sums) if sums else forward_of.get(op.name) or colocated_op(op),
                sums=sums,
                inputs=inputs[op.name],
                shape=_shape(output),
                dtype=output.dtype.name,
                device=device_of(op),
                needed=op.name in needed,
            )
        )
    return nodes
