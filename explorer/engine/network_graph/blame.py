"""Why an op passes on another gradient than it gets: measured from the values that go in and come out."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import op_of
from explorer.core.network_graph.gradient_health import Blame, BlameKind, Passage
from explorer.core.network_graph.graph import NetworkGraph, ancestry
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.search import GraphVariable
from explorer.engine.network_graph.op_paths import LOSS_GROUP
from explorer.engine.network_graph.open_graph import OpenGraph
from explorer.engine.network_graph.variables import graph_variables

FLAT = 0.01
"""Share of its largest derivative below which an activation is saturated."""

MIN_SHARE = 0.5
"""Share of outputs that must be 0, or saturated, for an activation to be blamed for that."""

_RELUS = frozenset({"Relu", "Relu6"})
_PRODUCTS = {"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Conv2D", "Conv3D", "DepthwiseConv2dNative",
             "Einsum", "Mul"}  # fmt: skip
_MEANS = frozenset({"Mean", "AvgPool", "AvgPool3D"})
_CLIPS = frozenset({"Minimum", "Maximum", "ClipByValue"})
_CHOICES = frozenset({"MaxPool", "MaxPool3D", "Max", "Min", "GatherV2", "StridedSlice", "Slice", "Select", "SelectV2"})
_ERRORS = frozenset(
    {
        "SquaredDifference",
        "Square",
        "Sub",
        "Abs",
        "SparseSoftmaxCrossEntropyWithLogits",
        "SoftmaxCrossEntropyWithLogits",
    }
)
_PASSING = frozenset({"ReadVariableOp", "Cast", "Identity", "Reshape", "ExpandDims", "Squeeze", "Transpose"})
_TRANSPOSED = frozenset({"Conv2DBackpropInput", "Conv3DBackpropInputV2"})


class Blamer:
    """Explains what an op does to a gradient, from the values of its operands and outputs for the batch."""

    def __init__(self, graph: OpenGraph) -> None:
        self._open, self._graph = graph, graph.traced.graph
        self._variables = {variable.handle: variable for variable in graph_variables(graph.traced)}

    def layer_of_group(self, group: str) -> str:
        """Return the name of the innermost layer around a group, "" for the loss; elsewhere its own name."""
        if group.partition("/")[0] == LOSS_GROUP:
            return ""
        layers = [name for name in ancestry(group) if name in self._graph.layers]
        return (layers[-1] if layers else group).rpartition("/")[2]

    def place(self, op: str) -> Blame:
        """Return where an op is, without a reason."""
        name = op if op in self._graph.by_name else next(n for n in self._graph.by_name if n.startswith(f"{op}/"))
        type_ = self._graph.by_name[name].type if name == op else "a function"
        group = self._graph.group_of[name]
        layer = self._graph.layers.get(group)
        if type_ == "IdentityN" and layer is not None and layer.activation:
            type_ = layer.activation  # TensorFlow keeps a gradient of its own at such an op, as for silu
        return Blame(BlameKind.OTHER, self.layer_of_group(group), op, type_)

    def cancelled(self, tensor: str, count: int) -> Blame:
        """Return that the gradients that come to a tensor add up to 0."""
        at = self.place(op_of(tensor))
        return Blame(BlameKind.CANCELS, at.layer, at.op, at.type, count=count)

    def of_zero_value(self, op: str) -> Blame:
        """Return why all outputs of an op are 0 though not all of its operands are."""
        at = self.place(op)
        for tensor in self._graph.by_name[op].inputs if at.type in _PRODUCTS else ():
            variable, value = self._variable(tensor), self._value(tensor)
            if variable is not None and value is not None and not np.any(value):
                return Blame(BlameKind.WEIGHTS, at.layer, op, at.type, array=_array(variable), scale=0.0)
        return at

    def blame(self, passage: Passage, others: int = 0) -> Blame:
        """Return why an op passes on what it does. others: of other ops on the way that have a part in it."""
        at = self.place(passage.op)
        kind, measured = self._reason(passage, at.type)
        return Blame(kind, at.layer, at.op, at.type, passage.factor, others=others, **measured)

    def _reason(self, passage: Passage, type_: str) -> tuple[BlameKind, Mapping[str, Any]]:
        is_blocked = passage.passed == 0
        output = self._value(passage.output) if type_ in (*_RELUS, *_ERRORS, *_DERIVATIVES) else None
        if type_ in _RELUS and output is not None:
            share = float(np.mean((output == 0) | ((output == 6) & (type_ == "Relu6"))))
            return (BlameKind.INACTIVE if share >= MIN_SHARE or is_blocked else BlameKind.OTHER), {"share": share}
        if type_ in _DERIVATIVES and output is not None:
            share = float(np.mean(_DERIVATIVES[type_](output) < FLAT))
            return (BlameKind.SATURATED if share >= MIN_SHARE or is_blocked else BlameKind.DERIVATIVE), {"share": share}
        if type_ in _ERRORS and is_blocked and output is not None and not np.any(output):
            return BlameKind.EXACT, {}
        if type_ in _CLIPS and is_blocked:
            return BlameKind.CLIPPED, {}
        if type_ in _CHOICES and is_blocked:
            return BlameKind.NOT_SELECTED, {}
        if type_ in _MEANS:
            return BlameKind.SPREAD, {"count": self._mean_count(passage)}
        if type_ in _PRODUCTS or type_ in _TRANSPOSED:
            return self._product(passage, type_)
        return BlameKind.OTHER, {}

    def _product(self, passage: Passage, type_: str) -> tuple[BlameKind, Mapping[str, Any]]:
        inputs = self._graph.by_name[passage.op].inputs
        other = inputs[3 - passage.slot] if type_ in _TRANSPOSED else inputs[1 - passage.slot]
        value = self._value(other)
        scale = None if value is None else float(np.sqrt(np.mean(np.square(value, dtype=np.float64))))
        variable = self._variable(other)
        if variable is not None:
            return BlameKind.WEIGHTS, {"scale": scale, "array": _array(variable)}
        if self._variable(inputs[passage.slot]) is not None:
            return BlameKind.INPUT, {"scale": scale}
        return BlameKind.FACTOR, {"scale": scale}

    def _variable(self, tensor: str) -> GraphVariable | None:
        """Return the variable whose value a tensor is, reshaped or cast at most."""
        name = op_of(tensor)
        while name not in self._variables:
            op = self._graph.by_name.get(name)
            if op is None or op.type not in _PASSING or not op.inputs:
                return None
            name = op_of(op.inputs[0])
        return self._variables[name]

    def _mean_count(self, passage: Passage) -> int:
        """Return how many numbers are averaged to one."""
        before = self._graph.tensor_size(self._graph.by_name[passage.op].inputs[0])
        after = self._graph.tensor_size(passage.output)
        return round(before / after) if after else 0

    def _value(self, tensor: str) -> Any | None:
        """Return the value of a tensor, None where it cannot be computed."""
        batch = self._open.traced.batch
        return self._open.values.run(batch.inputs, batch.labels, [tensor]).get(tensor)


def ops_before(graph: NetworkGraph, op: str) -> list[GraphOp]:
    """Return the ops on whose outputs an op depends."""
    found: dict[str, GraphOp] = {}
    waiting = [op]
    while waiting:
        for tensor in graph.by_name[waiting.pop()].inputs:
            name = op_of(tensor)
            if name not in found and name in graph.by_name:
                found[name] = graph.by_name[name]
                waiting.append(name)
    return list(found.values())


def _array(variable: GraphVariable) -> str:
    return variable.path.rpartition("/")[2]


_DERIVATIVES: Mapping[str, Any] = {
    "Sigmoid": lambda y: 4 * y * (1 - y),
    "Tanh": lambda y: 1 - np.square(y),
    "Elu": lambda y: np.where(y > 0, 1, y + 1),
    "Selu": lambda y: np.where(y > 0, 1, (y + 1.7580993) / 1.0507010),
    "Softplus": lambda y: 1 - np.exp(-y),
    "Softmax": lambda y: 4 * np.max(y * (1 - y), axis=-1),
}
"""Of activations the derivative, from the output, divided by its largest value; of softmax the largest of a row."""
