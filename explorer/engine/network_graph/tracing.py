"""TensorFlow's training graph of a network: forward pass, loss, and the backward pass that `tf.gradients` adds."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from explorer.core.autodiff.trace import op_of
from explorer.core.network_graph.graph import NetworkGraph
from explorer.core.network_graph.name_scopes import drop_small_scopes
from explorer.core.network_graph.ops import GraphOp
from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.network_graph.forward_ops import ForwardOps
from explorer.engine.network_graph.inline_functions import InlinedGraph
from explorer.engine.network_graph.op_paths import LOSS_GROUP, OpPaths
from explorer.engine.tf_adapter.gradient_registry import GradientCall, TotalGradient, record_calls, record_totals
from explorer.engine.tf_adapter.graph_internals import captured_tensors
from explorer.engine.tf_adapter.keras_layers import record_name_scopes

TRACE_LOCK = threading.Lock()
"""Held while a graph is traced: Keras keeps its name scopes for each thread, but the calls of a layer are recorded for
one thread at a time."""

_BACKWARD_SCOPE = "gradients/"
"""Name scope in which `tf.gradients` builds its ops."""


@dataclass
class TracedNetwork:
    """A training graph with all that is needed to run it.

    loss: the op that computes it. loss_name: as Keras has it. function: the concrete function that was traced from
    ``step`` with inputs of ``specs``. order: the position of each forward op in TensorFlow's backward pass. gradients:
    from a tensor to the tensor of its total gradient. slots: from (op, slot) to the gradient that goes back through
    that argument. weights: from a variable's path to its group and its gradient. operations: TensorFlow's ops by name.
    originals: the names in ``function`` of tensors that were inlined.
    """

    graph: NetworkGraph
    model: keras.Model
    loss: str
    loss_name: str
    function: Any
    step: Callable[..., Any]
    specs: Sequence[Any]
    order: dict[str, int] = field(default_factory=dict)
    gradients: dict[str, str] = field(default_factory=dict)
    slots: dict[tuple[str, int], str] = field(default_factory=dict)
    weights: dict[str, tuple[str, str]] = field(default_factory=dict)
    operations: dict[str, Any] = field(default_factory=dict)
    originals: Mapping[str, str] = field(default_factory=dict)


def trace_network(model: keras.Model, batch_size: int, name: str | None = None) -> TracedNetwork:
    """Trace one training step (``training=True``) of a model with one input and one output.

    The loss is the mean cross-entropy of integer labels for a model with classes, else the mean squared error. Raises
    ValueError where the input has no fixed size, and whatever Keras raises for a model that cannot be called.
    """
    shape = tuple(model.inputs[0].shape[1:])
    if None in shape:
        raise ValueError("The network takes inputs of any size, so its graph has no sizes that could be shown.")
    outputs = model.outputs[0].shape
    has_classes = len(outputs) == 2 and (outputs[-1] or 0) > 1
    images_spec = tf.TensorSpec((batch_size, *shape), model.inputs[0].dtype, name="images")
    if has_classes:
        labels_spec = tf.TensorSpec((batch_size,), tf.int32, "labels")
    else:
        labels_spec = tf.TensorSpec((batch_size, *outputs[1:]), name="labels")

    def step(images: Any, labels: Any) -> tuple[Any, list[Any]]:
        outputs = model(images, training=True)
        with tf.name_scope(LOSS_GROUP):
            if has_classes:
                losses = keras.losses.sparse_categorical_crossentropy(labels, outputs)
            else:
                losses = tf.square(outputs - labels)
            loss = tf.reduce_mean(losses)
            for regularization in model.losses:
                loss = loss + regularization
        return loss, tf.gradients(loss, [weight.value for weight in model.trainable_variables])

    with (
        TRACE_LOCK,
        BUILD_LOCK,
        record_name_scopes(model) as layer_of_scope,
        record_calls() as calls,
        record_totals() as totals,
    ):
        function = tf.function(step, autograph=False).get_concrete_function(images_spec, labels_spec)
    paths = OpPaths(model, layer_of_scope, name or model.name)
    loss_name = "sparse_categorical_crossentropy" if has_classes else "mean_squared_error"
    specs = (images_spec, labels_spec)
    return _to_network(function, model, paths, calls, totals, step, specs, name or model.name, loss_name)


def _to_network(
    function: Any,
    model: keras.Model,
    paths: OpPaths,
    calls: Sequence[GradientCall],
    totals: Sequence[TotalGradient],
    step: Callable[..., Any],
    specs: Sequence[Any],
    name: str,
    loss_name: str,
) -> TracedNetwork:
    graph = function.graph
    inlined = InlinedGraph(graph)
    forward_ops = ForwardOps(inlined, calls, totals)
    calls = [call for call in calls if call.op.graph is graph]  # those in loops and called functions have others
    loss, weight_gradients = function.structured_outputs
    loss_op = op_of(_before_identity(graph, loss))
    ops, layers = drop_small_scopes(_ops(graph, inlined, paths, forward_ops, loss_op), paths.scopes, paths.layers, name)
    network = NetworkGraph(name, tuple(ops), layers)
    positions = {call.op.name: position for position, call in enumerate(calls)}
    handles = {id(outer): inner.op.name for outer, inner in captured_tensors(graph)}
    weights: dict[str, tuple[str, str]] = {}
    for variable, gradient in zip(model.trainable_variables, weight_gradients, strict=True):
        handle = handles.get(id(variable.value.handle))
        if handle is not None and gradient is not None:
            tensor = inlined.tensor(_before_identity(graph, gradient))
            weights[variable.path] = (network.group_of[handle], tensor)
    return TracedNetwork(
        network,
        model,
        loss_op,
        loss_name,
        function,
        step,
        specs,
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
    )


def _slots(calls: Sequence[GradientCall]) -> dict[tuple[str, int], str]:
    """Return the gradient that goes back through each argument of an op."""
    return {
        (call.op.name, slot): gradient.name
        for call in calls
        for slot, gradient in enumerate(call.gradients)
        if isinstance(gradient, tf.Tensor)
    }


def _ops(graph: Any, inlined: InlinedGraph, paths: OpPaths, forward_ops: ForwardOps, loss_op: str) -> list[GraphOp]:
    """Return all ops with their groups, and for each backward op its forward op."""
    operations = graph.get_operations()
    first = next((k for k, op in enumerate(operations) if op.name.startswith(_BACKWARD_SCOPE)), len(operations))
    # Behind the backward pass stand the copies of the function's outputs.
    backward_ops = {op.name for op in operations[first:] if op.name.startswith(_BACKWARD_SCOPE)}
    ops = []
    for each in inlined.ops:
        is_backward = each.outer.name in backward_ops
        forward = forward_ops.find(each) if is_backward else None
        if is_backward and forward is None and ("grad_ys" in each.outer.name or not each.op.inputs):
            forward = loss_op  # one of the ops that build the first gradient, which is that of the loss
        path = (LOSS_GROUP,) if is_backward else paths.path(each.name, inlined.inputs(each.name))
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
