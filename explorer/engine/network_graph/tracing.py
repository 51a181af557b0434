"""TensorFlow's training graph of a network: forward pass, loss, and what `tf.gradients` adds, as traced."""

import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from explorer.core.graph.op_graph import op_of
from explorer.core.network_graph.graph import GraphLayer, NetworkGraph, ancestry
from explorer.core.network_graph.name_scopes import drop_small_scopes
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.stages import find_stages
from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.models.inspector import activation_name
from explorer.engine.network_graph.inline_functions import InlinedGraph
from explorer.engine.tf_adapter import gradient_registry
from explorer.engine.tf_adapter.graph_internals import captured_tensors, colocated_op
from explorer.engine.tf_adapter.keras_layers import all_layers, producing_operation, record_name_scopes

LOSS = "loss"
"""Group of the loss."""

GIVEN = {"images": "input", "labels": "truth"}
"""Groups of what is fed."""

TRACING = threading.Lock()
"""Held while a graph is traced: Keras keeps its name scopes for each thread, but layers are watched one at a time."""


@dataclass
class TracedNetwork:
    """A training graph with what is needed to run it.

    order: the place of each forward op in TensorFlow's backward pass. gradients: tensor to the tensor of its whole
    gradient. slots: (op, slot) to the tensor of the gradient that goes back through that argument. weights: name of a
    variable to its group and its gradient. step: what was traced; specs: its inputs. operations: TensorFlow's, by name.
    originals: what tensors out of nested functions are called in ``traced`` itself.
    """

    graph: NetworkGraph
    model: keras.Model
    loss: str
    traced: Any
    step: Callable[..., Any]
    specs: Sequence[Any]
    order: dict[str, int] = field(default_factory=dict)
    gradients: dict[str, str] = field(default_factory=dict)
    slots: dict[tuple[str, int], str] = field(default_factory=dict)
    weights: dict[str, tuple[str, str]] = field(default_factory=dict)
    operations: dict[str, Any] = field(default_factory=dict)
    originals: Mapping[str, str] = field(default_factory=dict)


def trace_network(model: keras.Model, batch: int, name: str | None = None) -> TracedNetwork:
    """Trace one training step (``training=True``) of a model with one input and one output for ``batch`` examples.

    The loss is the mean cross-entropy of whole labels where there are classes, else the mean square of the distance.
    Raises ValueError where the inputs have no fixed size, and whatever Keras raises for a model that cannot be called.
    """
    shape = tuple(model.inputs[0].shape[1:])
    if None in shape:
        raise ValueError("The network takes inputs of any size, so its graph has no sizes that could be shown.")
    outputs = model.outputs[0].shape
    classes = len(outputs) == 2 and (outputs[-1] or 0) > 1
    spec = tf.TensorSpec((batch, *shape), model.inputs[0].dtype, name="images")
    truth = (
        tf.TensorSpec((batch,), tf.int32, "labels") if classes else tf.TensorSpec((batch, *outputs[1:]), name="labels")
    )

    def step(images: Any, labels: Any) -> tuple[Any, list[Any]]:
        outputs = model(images, training=True)
        with tf.name_scope(LOSS):
            if classes:
                each = keras.losses.sparse_categorical_crossentropy(labels, outputs)
            else:
                each = tf.square(outputs - labels)
            loss = tf.reduce_mean(each)
            for extra in model.losses:
                loss = loss + extra
        return loss, tf.gradients(loss, [weight.value for weight in model.trainable_variables])

    with TRACING, BUILD_LOCK, record_name_scopes(model) as noted, gradient_registry.record_calls() as calls:
        traced = tf.function(step, autograph=False).get_concrete_function(spec, truth)
    return _told(traced, model, noted, calls, step, (spec, truth), name or model.name)


def _told(
    traced: Any,
    model: keras.Model,
    noted: Mapping[str, keras.Layer],
    calls: Sequence[gradient_registry.GradientCall],
    step: Callable[..., Any],
    specs: Sequence[Any],
    name: str,
) -> TracedNetwork:
    graph = traced.graph
    calls = [call for call in calls if call.op.graph is graph]
    operations = graph.get_operations()
    inlined = InlinedGraph(graph)
    begins = next((k for k, op in enumerate(operations) if op.name.startswith("gradients/")), len(operations))
    forward_of = {built: call.op.name for call in calls for built in call.built_ops}
    paths = _Paths(model, noted, name)
    loss = traced.structured_outputs[0]
    source = _through_identity(graph, loss)
    gradients: dict[str, str] = {}
    slots: dict[tuple[str, int], str] = {}
    for call in calls:
        for tensor, gradient in zip(call.op.outputs, call.upstream, strict=False):
            if _is_tensor(gradient):
                gradients[tensor.name] = gradient.name
        for slot, gradient in enumerate(call.gradients):
            if _is_tensor(gradient):
                slots[call.op.name, slot] = gradient.name
    # An AddN that sums gradients says the op of its first summand; it belongs to the tensor whose gradient it sums.
    sums = {op_of(gradient): op_of(tensor) for tensor, gradient in gradients.items()}
    ends = {op.name for op in operations[begins:] if not op.name.startswith("gradients/")}
    places = {op.name: place for place, op in enumerate(operations)}
    names = {name for name, _, _ in inlined.ops}
    ops = []
    for called, op, outer in inlined.ops:
        backward = places[outer.name] >= begins and outer.name not in ends
        forward = None
        if backward:
            forward = forward_of.get(outer.name)
            if forward is None:
                forward = sums.get(outer.name) or colocated_op(outer) or (source if "grad_ys" in outer.name else None)
            forward = _in_call(called.removeprefix(outer.name), forward, names)
        path = (LOSS,) if backward else paths.of(called, inlined.inputs(called))
        ops.append(_op(called, op, inlined.inputs(called), path, backward, forward))
    # The ops that make the first gradient belong to the loss, which it is of.
    ops = [_with_forward(op, source) if op.backward and op.forward is None and not op.inputs else op for op in ops]
    ops, layers = drop_small_scopes(ops, paths.scopes, paths.layers, name)
    made = NetworkGraph(name, tuple(ops), layers)
    told = TracedNetwork(made, model, source, traced, step, specs, slots=slots, originals=inlined.originals)
    told.operations = {name: op for name, op, _ in inlined.ops}
    told.gradients = {inlined.tensor(name): inlined.tensor(gradient) for name, gradient in gradients.items()}
    numbers = {call.op.name: number for number, call in enumerate(calls)}
    told.order = {name: numbers[outer.name] for name, _, outer in inlined.ops if outer.name in numbers}
    handles = {id(outer): inner.op.name for outer, inner in captured_tensors(graph)}
    for variable, gradient in zip(model.trainable_variables, traced.structured_outputs[1], strict=True):
        handle = handles.get(id(variable.value.handle))
        if handle is not None and gradient is not None:
            told.weights[variable.path] = (made.group_of[handle], inlined.tensor(_source_of(graph, gradient)))
    return told


def _is_tensor(value: Any) -> bool:
    return isinstance(value, tf.Tensor)


def _through_identity(graph: Any, tensor: Any) -> str:
    """The op that computes an output of the function, which TensorFlow copies at its end."""
    op = graph.get_operation_by_name(op_of(tensor.name))
    return str(op.inputs[0].op.name if op.type == "Identity" and op.inputs else op.name)


def _in_call(inner: str, forward: str | None, names: Collection[str]) -> str | None:
    """The forward op of a backward op: where that is a call, the op in it that the name of the inner one speaks of."""
    if forward is None or forward in names:
        return forward
    told = re.search(r"gradients/(.+?)_grad/", f"{inner}/")
    if told is not None and f"{forward}/{told[1]}" in names:
        return f"{forward}/{told[1]}"
    return next((name for name in sorted(names) if name.startswith(f"{forward}/")), None)


def _source_of(graph: Any, tensor: Any) -> str:
    """The tensor that is given back as an output of the function."""
    op = graph.get_operation_by_name(op_of(tensor.name))
    return str(op.inputs[0].name if op.type == "Identity" and op.inputs else tensor.name)


def _op(
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


def _with_forward(op: GraphOp, forward: str) -> GraphOp:
    return GraphOp(op.id, op.type, op.inputs, op.shapes, op.dtypes, op.path, op.backward, forward)


class _Paths:
    """The groups of forward ops: stages of layers, layers as Keras has them, and name scopes around and in them.

    layers: what Keras says of each group that is a layer. scopes: the groups that are name scopes.
    """

    def __init__(self, model: keras.Model, noted: Mapping[str, keras.Layer], name: str) -> None:
        self.layers: dict[str, GraphLayer] = {}
        self.scopes: set[str] = set()
        self._model = model
        self._noted = noted
        self._name = name
        self._stages = find_stages([layer.name for layer in model.layers], _before(model))
        self._in = {"/".join(stage[: k + 1]) for stage in self._stages.values() for k in range(len(stage))}
        self._in_stage: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._found: dict[str, tuple[str, ...]] = {}

    def of(self, op: str, inputs: Sequence[str]) -> tuple[str, ...]:
        """Return the path of a forward op, after those of the ops whose tensors it takes.

        One between layers, such as a sum, is in the stage of the last of these.
        """
        if op in GIVEN:
            return (GIVEN[op],)
        scope = op.rpartition("/")[0]
        if scope not in self._found:
            self._found[scope] = self._path(scope)
        path = self._found[scope]
        if path == (self._name,):
            path = max((self._in_stage.get(op_of(tensor), (-1, path)) for tensor in inputs), default=(-1, path))[1]
        stage = tuple(part for part, group in zip(path, ancestry("/".join(path)), strict=True) if group in self._in)
        if stage:
            self._in_stage[op] = (len(self._in_stage), stage)
        return path

    def _path(self, scope: str) -> tuple[str, ...]:
        parts = scope.split("/") if scope else []
        if not parts or parts[0].startswith(LOSS):
            return self._with_scopes([LOSS], parts[1:])
        path: list[str] = []
        in_model = in_layer = False
        for k, part in enumerate(parts):
            layer = self._noted.get("/".join(parts[: k + 1]))
            if layer is None:
                path = list(self._with_scopes(path, [part])) if in_model else path
            elif layer is self._model:
                in_model = True
            else:
                path += [*(() if in_layer else self._stages.get(layer.name, ())), layer.name]
                in_layer = True
                parameters = int(layer.count_params()) if layer.built and not _has_layers(layer) else 0
                self.layers["/".join(path)] = GraphLayer(
                    type(layer).__name__, parameters, _shape(layer), activation_name(layer)
                )
        return tuple(path) or (self._name,)

    def _with_scopes(self, path: Sequence[str], scopes: Sequence[str]) -> tuple[str, ...]:
        made = tuple(path)
        for scope in scopes:
            made = (*made, scope)
            self.scopes.add("/".join(made))
        return made


def _before(model: keras.Model) -> dict[str, list[str]] | None:
    """The layers whose outputs each layer takes; None for a model that is not made of layers that are called once."""
    try:
        made = {id(tensor): layer.name for layer in model.layers for tensor in keras.tree.flatten(layer.output)}
        found: dict[str, list[str]] = {}
        for layer in model.layers:
            found[layer.name] = []
            taken = [] if isinstance(layer, keras.layers.InputLayer) else keras.tree.flatten(layer.input)
            while taken:
                tensor = taken.pop()
                if id(tensor) in made:
                    found[layer.name].append(made[id(tensor)])
                else:  # of an operation that is no layer, such as a sum
                    taken += keras.tree.flatten(producing_operation(tensor).input)
    except (AttributeError, ValueError):
        return None
    return found


def _has_layers(layer: keras.Layer) -> bool:
    """Whether it is made of layers, which have its parameters."""
    return any(inner is not layer for inner in all_layers(layer, include_self=False))


def _shape(layer: keras.Layer) -> tuple[int | None, ...] | None:
    """The shape of a layer's output without the batch; None where it has none, or several."""
    try:
        return tuple(layer.output.shape[1:])
    except (AttributeError, ValueError):
        return None
