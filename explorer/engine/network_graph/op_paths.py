"""The group of each forward op of a training graph: stages of layers, Keras's layers, and name scopes in them."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import keras

from explorer.core.autodiff.trace import op_of
from explorer.core.network_graph.graph import GraphLayer, ancestry
from explorer.core.network_graph.stages import find_stages
from explorer.engine.models.inspector import activation_name
from explorer.engine.tf_adapter.keras_layers import all_layers, producing_operation

LOSS_GROUP = "loss"
"""Group of the ops that compute the loss, and name scope in which they are built."""

_NO_SETTINGS = frozenset(
    {"name", "seed", "rate", "build_config", "shared_object_id", "batch_input_shape", "batch_shape"}
)
"""Entries of a layer's configuration in which repeated layers may differ. A rate of dropout often grows from block to
block."""


class OpPaths:
    """Finds the path of a forward op: the names of the groups that contain it, from the outermost to the innermost.

    layers: for each group that is a Keras layer its type, parameter count, output shape and activation. scopes: the
    groups that are name scopes. input_groups: the groups of the placeholders.
    loss_scopes: how many name scopes inside that of the loss are no groups.
    """

    def __init__(
        self,
        model: keras.Model,
        layer_of_scope: Mapping[str, keras.Layer],
        name: str,
        input_groups: Mapping[str, str],
        loss_scopes: int = 0,
    ) -> None:
        self.layers: dict[str, GraphLayer] = {}
        self.scopes: set[str] = set()
        self._model = model
        self._layer_of_scope = layer_of_scope
        self._name = name
        self._input_groups = input_groups
        self._loss_scopes = loss_scopes
        self._stages = find_stages([layer.name for layer in model.layers], _input_layers(model), _followers(model))
        self._stage_groups = {"/".join(stage[: k + 1]) for stage in self._stages.values() for k in range(len(stage))}
        self._stage_of_op: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._path_of_scope: dict[str, tuple[str, ...]] = {}

    def path(self, op: str, inputs: Sequence[str]) -> tuple[str, ...]:
        """Return the path of a forward op; must be called for the ops that produce its ``inputs`` before.

        An op between layers, such as a sum, is in the stage of the latest of these.
        """
        if op in self._input_groups:
            return (self._input_groups[op],)
        scope = op.rpartition("/")[0]
        if scope not in self._path_of_scope:
            self._path_of_scope[scope] = self._find_path(scope)
        path = self._path_of_scope[scope]
        if path == (self._name,):
            path = max((self._stage_of_op.get(op_of(tensor), (-1, path)) for tensor in inputs), default=(-1, path))[1]
        groups = ancestry("/".join(path))
        stage = tuple(part for part, group in zip(path, groups, strict=True) if group in self._stage_groups)
        if stage:
            self._stage_of_op[op] = (len(self._stage_of_op), stage)
        return path

    def _find_path(self, scope: str) -> tuple[str, ...]:
        parts = scope.split("/") if scope else []
        if not parts or (parts[0].startswith(LOSS_GROUP) and parts[0] not in self._layer_of_scope):
            return self._append_scopes([LOSS_GROUP], parts[1 + self._loss_scopes :])
        path: list[str] = []
        in_model = in_layer = False
        for k, part in enumerate(parts):
            layer = self._layer_of_scope.get("/".join(parts[: k + 1]))
            if layer is None:
                path = list(self._append_scopes(path, [part])) if in_model else path
            elif layer is self._model:
                in_model = True
            else:
                path += [*(() if in_layer else self._stages.get(layer.name, ())), layer.name]
                in_layer = True
                group = "/".join(path)
                if group not in self.layers:
                    self.layers[group] = GraphLayer(
                        type(layer).__name__,
                        _own_parameters(layer),
                        _output_shape(layer),
                        activation_name(layer),
                        _settings(layer),
                    )
        return tuple(path) or (self._name,)

    def _append_scopes(self, path: Sequence[str], scopes: Sequence[str]) -> tuple[str, ...]:
        result = tuple(path)
        for scope in scopes:
            result = (*result, scope)
            self.scopes.add("/".join(result))
        return result


def _input_layers(model: keras.Model) -> dict[str, list[str]] | None:
    """Return the layers whose outputs each layer takes; None for a model that is no graph of layers called once."""
    try:
        producers = {id(tensor): layer.name for layer in model.layers for tensor in keras.tree.flatten(layer.output)}
        found: dict[str, list[str]] = {}
        for layer in model.layers:
            found[layer.name] = []
            waiting = [] if isinstance(layer, keras.layers.InputLayer) else keras.tree.flatten(layer.input)
            while waiting:
                tensor = waiting.pop()
                if id(tensor) in producers:
                    found[layer.name].append(producers[id(tensor)])
                else:  # produced by an operation that is no layer, such as a sum
                    waiting += keras.tree.flatten(producing_operation(tensor).input)
    except (AttributeError, ValueError):
        return None
    return found


def _own_parameters(layer: keras.Layer) -> int:
    """Return the number of a layer's parameters without those of the layers in it."""
    inner = {id(weight) for each in all_layers(layer, include_self=False) for weight in each.weights}
    return sum(prod(weight.shape) for weight in layer.weights if id(weight) not in inner)


def _followers(model: keras.Model) -> set[str]:
    """Return the normalizations and activations, which finish what the layer before them has begun."""
    kinds = (
        keras.layers.BatchNormalization, keras.layers.LayerNormalization, keras.layers.GroupNormalization,
        keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.PReLU, keras.layers.ELU,
    )  # fmt: skip
    return {layer.name for layer in model.layers if isinstance(layer, kinds)}


def _output_shape(layer: keras.Layer) -> tuple[int | None, ...] | None:
    """Return the shape of a layer's output without the batch; None where it has none, or several."""
    try:
        return tuple(layer.output.shape[1:])
    except (AttributeError, ValueError):
        return None


def _settings(layer: keras.Layer) -> str:
    """Return the configuration of a layer without what only names it or draws its initial weights."""

    def cleaned(value: Any) -> Any:
        if isinstance(value, Mapping):
            return sorted(
                (str(key), cleaned(entry))
                for key, entry in value.items()
                if key not in _NO_SETTINGS and not str(key).endswith("_initializer")
            )
        return [cleaned(entry) for entry in value] if isinstance(value, list | tuple) else repr(value)

    try:
        return repr(cleaned(layer.get_config()))
    except Exception:  # the user's own layer may raise anything, and most often NotImplementedError
        return ""
