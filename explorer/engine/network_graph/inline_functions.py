"""Nested functions of a traced graph, inlined: the ops of a function stand in place of its call."""

from collections.abc import Sequence
from typing import Any

from explorer.engine.tf_adapter.graph_internals import CALL_OPS, called_graph


class InlinedGraph:
    """The ops of a graph with nested functions inlined, named as TensorFlow itself would: ``call/op``.

    ops: for each op its name, the op, and the op of the graph itself that it is or that called it. originals: for
    tensors that a call returns, from their new name to their name in the graph itself.
    """

    def __init__(self, graph: Any) -> None:
        self.ops: list[tuple[str, Any, Any]] = []
        self.originals: dict[str, str] = {}
        self._graph = graph
        self._aliases: dict[str, str] = {}
        self._inputs: dict[str, tuple[str, ...]] = {}
        for op in graph.get_operations():
            self._add([op], "", op)
            if op.type in CALL_OPS:
                self._record_outputs(op)

    def inputs(self, name: str) -> tuple[str, ...]:
        """Return the names of the tensors that go into an op."""
        return tuple(self.tensor(tensor) for tensor in self._inputs[name])

    def tensor(self, name: str) -> str:
        """Return the name of a tensor after inlining; an output of a call is one of an op in the called function."""
        while name in self._aliases:
            name = self._aliases[name]
        return name

    def _record_outputs(self, call: Any) -> None:
        """Record the new names of the outputs of a call; the input of an Identity at its end has the same value."""
        copies = {name: self.inputs(name)[0] for name, op, outer in self.ops if outer is call and op.type == "Identity"}
        for tensor in call.outputs:
            name = self.tensor(tensor.name)
            self.originals[name] = tensor.name
            if name.partition(":")[0] in copies:
                self.originals[copies[name.partition(":")[0]]] = tensor.name

    def _add(self, operations: Sequence[Any], prefix: str, outer: Any) -> None:
        for op in operations:
            name = prefix + op.name
            inputs = tuple(prefix + tensor.name for tensor in op.inputs)
            inner = called_graph(self._graph, op)
            if inner is None:
                self.ops.append((name, op, outer))
                self._inputs[name] = inputs
                continue
            arguments = {tensor.op.name for tensor in inner.inputs}
            for tensor, argument in zip(inner.inputs, inputs, strict=True):
                self._aliases[f"{name}/{tensor.name}"] = argument
            for slot, tensor in enumerate(inner.outputs):
                self._aliases[f"{name}:{slot}"] = f"{name}/{tensor.name}"
            body = [each for each in inner.get_operations() if each.name not in arguments]
            self._add(body, f"{name}/", outer)
