"""A small training graph, made without TensorFlow."""

from explorer.core.network_graph.graph import GraphLayer, NetworkGraph
from explorer.core.network_graph.ops import GraphOp

_MEAN = "loss/Mean"


def op(name, type_, *inputs, path=(), backward=False, forward=None, shape=(2, 3), dtype="float32"):
    """Return an op with one output."""
    return GraphOp(name, type_, inputs, (shape,), (dtype,), path, backward, forward)


def toy_graph():
    """Return a graph in which x runs through a and b, with a skip from a to the sum in b, into a loss."""
    return NetworkGraph(
        "toy",
        (
            op("x", "Placeholder", path=("input",)),
            op("wa", "Placeholder", path=("a",), dtype="resource"),
            op("a/read", "ReadVariableOp", "wa:0", path=("a",)),
            op("a/mul", "Mul", "x:0", "a/read:0", path=("a",)),
            op("a/relu", "Relu", "a/mul:0", path=("a",)),
            op("b/cast", "Cast", "a/relu:0", path=("b", "inner")),
            op("b/mul", "Mul", "b/cast:0", "b/cast:0", path=("b", "inner")),
            op("b/add", "AddV2", "b/mul:0", "a/relu:0", path=("b",)),
            op("loss/Mean", "Mean", "b/add:0", path=("loss",), shape=()),
            op("gradients/g", "Fill", path=("loss",), backward=True, forward=_MEAN),
            op("gradients/c", "Const", path=("loss",), backward=True, forward=_MEAN),
            op("gradients/m", "Tile", "gradients/g:0", "gradients/c:0", path=("loss",), backward=True, forward=_MEAN),
            op("gradients/b", "Mul", "gradients/m:0", "b/cast:0", path=("loss",), backward=True, forward="b/mul"),
            op("gradients/k", "Cast", "gradients/b:0", path=("loss",), backward=True, forward="b/cast"),
            op("gradients/a", "ReluGrad", "gradients/k:0", "a/relu:0", path=("loss",), backward=True, forward="a/relu"),
            op("unsaid", "Mul", "gradients/a:0", path=("loss",), backward=True),
        ),
        {"a": GraphLayer("Dense", 6, (3,)), "b": GraphLayer("Block", 0), "b/inner": GraphLayer("Dense", 4)},
    )  # fmt: skip


ORDER = {"loss/Mean": 0, "b/add": 1, "b/mul": 2, "b/cast": 3, "a/relu": 4, "a/mul": 5}
"""Position of each forward op of the toy graph in the backward pass."""
