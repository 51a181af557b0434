"""Private parts of Keras's layers: nested layers, producing operations, calls and their name scopes.

Written for Keras 3.6 to 3.15. Where a private part is missing, AttributeError is raised.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import keras
import tensorflow as tf
from keras.src.backend.common import global_state

_NAME_COUNTS = "object_name_uids"

Known = TypeVar("Known")


def all_layers(layer: keras.Layer, include_self: bool = True) -> list[keras.Layer]:
    """Return the layers nested in ``layer``, at any depth. Uses ``Layer._flatten_layers``."""
    return list(layer._flatten_layers(include_self=include_self, recursive=True))


def producing_operation(tensor: Any) -> Any:
    """Return the layer or operation that computes a symbolic Keras tensor. Uses ``KerasTensor._keras_history``."""
    return tensor._keras_history.operation


def output_index(tensor: Any) -> int:
    """Return which output of the operation that computes it a symbolic tensor is. Uses ``_keras_history``."""
    return int(tensor._keras_history.tensor_index)


def input_structure(model: keras.Model) -> Any:
    """Return the symbolic inputs of a model in the structure with which it was built, None for a sequential one.

    Uses ``Functional._inputs_struct``.
    """
    return getattr(model, "_inputs_struct", None)


def pack_inputs(model: keras.Model, tensors: Sequence[Any]) -> Any:
    """Return inputs in the structure with which a model was built."""
    structure = input_structure(model)
    if structure is None:
        return tensors[0] if len(tensors) == 1 else list(tensors)
    return keras.tree.pack_sequence_as(structure, list(tensors))


def output_structure(model: keras.Model) -> Any:
    """Return the symbolic outputs of a model in the structure that it returns: a tensor, a list or a dict."""
    return model.outputs[0] if isinstance(model, keras.Sequential) else model.output


class RecordedScopes(dict[str, keras.Layer]):
    """The layers that are called first in each name scope. failed: the innermost layer whose call raised an error."""

    failed: keras.Layer | None = None


@contextmanager
def record_name_scopes(model: keras.Model) -> Iterator[RecordedScopes]:
    """Record the layer that is called first in each name scope while ``model`` is traced, as a dict.

    Keras numbers its name scopes, so that their names alone do not identify a layer. The method ``call`` of each layer
    is replaced meanwhile, past Keras's own ``__setattr__``, which would track the function as a part of the layer.
    """
    scopes = RecordedScopes()
    layers = all_layers(model)

    def replace_call(layer: keras.Layer) -> None:
        call = layer.call

        def recorded(*args: Any, **kwargs: Any) -> Any:
            scopes.setdefault(tf.compat.v1.get_default_graph().get_name_scope(), layer)
            try:
                return call(*args, **kwargs)
            except Exception:  # whatever it is, it is raised again
                scopes.failed = scopes.failed or layer
                raise

        object.__setattr__(layer, "call", recorded)

    for layer in layers:
        replace_call(layer)
    try:
        yield scopes
    finally:
        for layer in layers:
            object.__delattr__(layer, "call")


def inner_model(operation: Any) -> keras.Model | None:
    """Return the model that a call runs: itself, or the one that TimeDistributed runs for each step; else None."""
    inner = operation.layer if isinstance(operation, keras.layers.TimeDistributed) else operation
    return inner if isinstance(inner, keras.Model) else None


@dataclass(frozen=True)
class LayerCall:
    """A call of a layer or operation in a model: its arguments, and the symbolic tensors that go in and come out."""

    operation: Any
    arguments: Sequence[Any]
    inputs: Sequence[Any]
    outputs: Sequence[Any]


def layer_calls(model: keras.Model) -> list[LayerCall]:
    """Return the calls in a functional or sequential model, each after those whose outputs it takes; [] for others.

    Uses ``Functional._nodes_by_depth`` and ``Sequential._functional``.
    """
    graph = model._functional if isinstance(model, keras.Sequential) else model
    depths = getattr(graph, "_nodes_by_depth", {})
    nodes = [node for depth in sorted(depths, reverse=True) for node in depths[depth] if not node.is_input]
    return [LayerCall(node.operation, node.arguments.args, node.input_tensors, node.outputs) for node in nodes]


def graph_ends(model: keras.Model) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the symbolic inputs and outputs of a model's own calls (`layer_calls`).

    Those of a sequential model belong to its ``_functional``.
    """
    graph = model._functional if isinstance(model, keras.Sequential) else model
    return graph.inputs, graph.outputs


def follow_inputs(
    model: keras.Model,
    entering: Sequence[Known | None],
    pass_on: Callable[[LayerCall, list[Known]], Known | None],
) -> list[Known | None]:
    """Return what is known of the outputs of a model from what is known of its inputs, None for nothing.

    pass_on: function that returns what is known of the outputs of a call. Its second argument lists what is known of
    the call's inputs; where that is nothing, it is not called. It is called for the calls in nested models as well.
    """
    inputs, outputs = graph_ends(model)
    found = {id(tensor): known for tensor, known in zip(inputs, entering, strict=False)}
    for call in layer_calls(model):
        inside = [found.get(id(tensor)) for tensor in call.inputs]
        known = [each for each in inside if each is not None]
        if not known:
            continue
        inner = inner_model(call.operation)
        if inner is not None:
            leaving = follow_inputs(inner, inside, pass_on)
        else:
            leaving = [pass_on(call, known)] * len(call.outputs)
        found.update((id(tensor), each) for tensor, each in zip(call.outputs, leaving, strict=False))
    return [found.get(id(tensor)) for tensor in outputs]


@contextmanager
def restarted_names() -> Iterator[None]:
    """Number the names that Keras gives to unnamed layers from the start, as in a new process.

    Uses Keras's global attribute ``object_name_uids``, which each thread has for itself, and restores it.
    """
    counts = global_state.get_global_attribute(_NAME_COUNTS)
    global_state.set_global_attribute(_NAME_COUNTS, defaultdict(int))
    try:
        yield
    finally:
        global_state.set_global_attribute(_NAME_COUNTS, counts)
