"""TensorFlow's training graph of a network: forward pass, loss, and the backward pass that `tf.gradients` adds."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import tensorflow as tf

from explorer.core.autodiff.trace import op_of
from explorer.core.network_graph.graph import NetworkGraph
from explorer.core.network_graph.name_scopes import drop_small_scopes
from explorer.core.network_graph.ops import GraphOp
from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.network_graph.batch import Batch, BatchBuilder
from explorer.engine.network_graph.forward_ops import ForwardOps
from explorer.engine.network_graph.inline_functions import InlinedGraph
from explorer.engine.network_graph.losses import NetworkLoss, NoLoss, find_loss, label_forms
from explorer.engine.network_graph.op_paths import LOSS_GROUP, OpPaths
from explorer.engine.network_graph.step_placeholders import step_placeholders
from explorer.engine.tf_adapter.gradient_registry import GradientCall, TotalGradient, record_calls, record_totals
from explorer.engine.tf_adapter.graph_internals import captured_tensors
from explorer.engine.tf_adapter.keras_layers import pack_inputs, record_name_scopes

TRACE_LOCK = threading.Lock()
"""Held while a graph is traced: Keras keeps its name scopes for each thread, but the calls of a layer are recorded for
one thread at a time."""

_BACKWARD_SCOPE = "gradients/"
"""Name scope in which `tf.gradients` builds its ops."""


class LayerError(ValueError):
    """A layer that cannot be called."""

    def __init__(self, layer: keras.Layer, error: Exception) -> None:
        super().__init__(str(error))
        self.layer = layer


@dataclass(frozen=True)
class RowGradients:
    """The gradient of an embedding, as TensorFlow keeps it: a gradient for each word of the batch.

    values: tensor of these, (words, width). indices: tensor of the row to which each belongs, (words,). rows: number of
    rows. The gradient of a row is the sum of those that belong to it.
    """

    values: str
    indices: str
    rows: int


@dataclass
class TracedNetwork:
    """A training graph with all that is needed to run it.

    loss: the op that computes it, None for the forward pass alone. network_loss: where it comes from. outputs: the
    tensors that the network returns, of a graph without a loss. batch: the examples that the graph was traced for;
    others of the same shapes can be run. function: the concrete function that was traced from ``step`` with inputs of
    ``specs``. order: the position of each forward op in TensorFlow's backward pass. gradients: from a tensor to the
    tensor of its total gradient. slots: from (op, slot) to the gradient that goes back through that argument. weights:
    from a variable's path to its group and its gradient. operations: TensorFlow's ops by name. originals: the names in
    ``function`` of tensors that were inlined. row_gradients: of embeddings, by the name of the gradient in ``weights``,
    which no tensor of the graph has.
    """

    graph: NetworkGraph
    model: keras.Model
    loss: str | None
    network_loss: NetworkLoss | NoLoss
    outputs: Sequence[str]
    batch: Batch
    function: Any
    step: Callable[..., Any]
    specs: Sequence[Any]
    order: dict[str, int] = field(default_factory=dict)
    gradients: dict[str, str] = field(default_factory=dict)
    slots: dict[tuple[str, int], str] = field(default_factory=dict)
    weights: dict[str, tuple[str, str]] = field(default_factory=dict)
    operations: dict[str, Any] = field(default_factory=dict)
    originals: Mapping[str, str] = field(default_factory=dict)
    row_gradients: dict[str, RowGradients] = field(default_factory=dict)

    def tensor_of(self, gradient: str) -> str:
        """Return the tensor of the graph in which the gradient of some weights is: of an embedding that of its rows."""
        rows = self.row_gradients.get(gradient)
        return gradient if rows is None else rows.values

    @property
    def loss_tensor(self) -> str | None:
        """The tensor of the loss, None without one."""
        return None if self.loss is None else f"{self.loss}:0"


def trace_network(
    model: keras.Model,
    batch: Batch | int | None = None,
    name: str | None = None,
    loss: NetworkLoss | NoLoss | None = None,
) -> TracedNetwork:
    """Trace one training step (``training=True``) of a model.

    batch: the examples whose sizes the graph has, or how many random ones. loss: the one that fits the output by
    default. Without a loss the forward pass is traced alone. Raises LayerError where a layer fails, and whatever Keras
    raises for a model that cannot be called.
    """
    loss = find_loss(model) if loss is None else loss
    if not isinstance(batch, Batch):
        batch = BatchBuilder(model, label_forms(model, loss)).random(batch)
    places = step_placeholders(model, batch, loss)
    specs = [
        tf.TensorSpec(array.shape, array.dtype, place.op) for place, array in zip(places, batch.arrays, strict=True)
    ]
    weights = [weight.value for weight in model.trainable_variables]

    def step(*tensors: Any) -> tuple[Any, list[Any]]:
        inputs, rest = tensors[: len(batch.inputs)], iter(tensors[len(batch.inputs) :])
        outputs = keras.tree.flatten(model(pack_inputs(model, inputs), training=True))
        if isinstance(loss, NoLoss):
            return outputs, []
        labels = [None if known is None else next(rest) for known in batch.labels]
        with tf.name_scope(LOSS_GROUP):
            total = loss.compute(labels, outputs)
        return total, tf.gradients(total, weights)

    with (
        TRACE_LOCK,
        BUILD_LOCK,
        record_name_scopes(model) as layer_of_scope,
        record_calls() as calls,
        record_totals() as totals,
    ):
        try:
            function = tf.function(step, autograph=False).get_concrete_function(*specs)
        except Exception as error:
            if layer_of_scope.failed is not None:
                raise LayerError(layer_of_scope.failed, error) from error
            raise
    groups = {place.op: place.group for place in places}
    loss_scopes = loss.scopes if isinstance(loss, NetworkLoss) else 0
    paths = OpPaths(model, layer_of_scope, name or model.name, groups, loss_scopes)
    traced = TracedNetwork(NetworkGraph("", ()), model, None, loss, (), batch, function, step, specs)
    return _complete(traced, paths, calls, totals, name or model.name)


def _complete(
    traced: TracedNetwork,
    paths: OpPaths,
    calls: Sequence[GradientCall],
    totals: Sequence[TotalGradient],
    name: str,
) -> TracedNetwork:
    """Return a traced network with its graph and with what is known of its gradients."""
    graph = traced.function.graph
    inlined = InlinedGraph(graph)
    forward_ops = ForwardOps(inlined, calls, totals)
    calls = [call for call in calls if call.op.graph is graph]  # those in loops and called functions have others
    loss, weight_gradients = traced.function.structured_outputs
    loss_op = None if isinstance(traced.network_loss, NoLoss) else op_of(_before_identity(graph, loss))
    ops, layers = drop_small_scopes(_ops(graph, inlined, paths, forward_ops, loss_op), paths.scopes, paths.layers, name)
    network = NetworkGraph(name, tuple(ops), layers)
    positions = {call.op.name: position for position, call in enumerate(calls)}
    handles = {id(outer): inner.op.name for outer, inner in captured_tensors(graph)}
    weights: dict[str, tuple[str, str]] = {}
    row_gradients: dict[str, RowGradients] = {}
    for variable, gradient in zip(traced.model.trainable_variables, weight_gradients, strict=False):
        handle = handles.get(id(variable.value.handle))
        if handle is not None and gradient is not None:
            tensor = inlined.tensor(_before_identity(graph, gradient))
            if isinstance(gradient, tf.IndexedSlices):
                indices = inlined.tensor(_before_identity(graph, gradient.indices))
                rows = RowGradients(tensor, indices, int(variable.shape[0]))
                tensor = f"rows of {tensor}"
                row_gradients[tensor] = rows
            weights[variable.path] = (network.group_of[handle], tensor)
    return replace(
        traced,
        graph=network,
        loss=loss_op,
        outputs=[inlined.tensor(_before_identity(graph, tensor)) for tensor in loss] if loss_op is None else (),
        order={each.name: positions[each.outer.name] for each in inlined.ops if each.outer.name in positions},
        gradients={
            inlined.tensor(total.op.outputs[total.output].name): inlined.tensor(total.total.name)
            for total in totals
            if total.op.graph is graph and isinstance(total.total, tf.Tensor)
        },
        slots=_slots(calls),
        weights=weights,
        operations={each.name: each.op for each in inlined.ops},
        originals=inlined.originals,
        row_gradients=row_gradients,
    )


def _slots(calls: Sequence[GradientCall]) -> dict[tuple[str, int], str]:
    """Return the gradient that goes back through each argument of an op."""
    return {
        (call.op.name, slot): gradient.name
        for call in calls
        for slot, gradient in enumerate(call.gradients)
        if isinstance(gradient, tf.Tensor)
    }


def _ops(
    graph: Any, inlined: InlinedGraph, paths: OpPaths, forward_ops: ForwardOps, loss_op: str | None
) -> list[GraphOp]:
    """Return all ops with their groups, and for each backward op its forward op."""
    operations = graph.get_operations()
    first = next((k for k, op in enumerate(operations) if op.name.startswith(_BACKWARD_SCOPE)), len(operations))
    # Behind the backward pass stand the copies of the function's outputs.
    backward_ops = {op.name for op in operations[first:] if op.name.startswith(_BACKWARD_SCOPE)}
    ops: list[GraphOp] = []
    for each in inlined.ops:
        is_backward = each.outer.name in backward_ops
        forward = forward_ops.find(each) if is_backward else None
        if is_backward and forward is None and ("grad_ys" in each.outer.name or not each.op.inputs):
            forward = loss_op  # one of the ops that build the first gradient, which is that of the loss
        path = (LOSS_GROUP,) if is_backward else paths.path(each.name, inlined.inputs(each.name))
        if loss_op is None and path[0] == LOSS_GROUP and ops:
            path = ops[-1].path  # what TensorFlow adds at the end of a function belongs to its last layer
        ops.append(_graph_op(each.name, each.op, inlined.inputs(each.name), path, is_backward, forward))
    return ops


def _before_identity(graph: Any, tensor: Any) -> str:
    """Return the name of the tensor that an output of a function is a copy of; TensorFlow adds an Identity to each."""
    op = graph.get_operation_by_name(op_of(tensor.name))
    return str(op.inputs[0].name if op.type == "Identity" and op.inputs else tensor.name)


def _graph_op(
    name: str, op: Any, inputs: tuple[str, ...], path: tuple[str, ...], backward: bool, forward: str | None
) -> GraphOp:
    shapes = tuple(None if out.shape.rank is None else tuple(out.shape.as_list()) for out in op.outputs)
    return GraphOp(
        id=name,
        type=op.type,
        inputs=inputs,
        shapes=shapes,
        dtypes=tuple(out.dtype.name for out in op.outputs),
        path=path,
        backward=backward,
        forward=forward,
    )
