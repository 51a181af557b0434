"""Nested functions of a traced graph, taken apart: what they call stands where the call stood."""

from collections.abc import Callable, Sequence
from typing import Any

from tensorflow.python.framework.function_def_to_graph import function_def_to_graph

CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})


class Inlined:
    """The ops of a graph with nested functions inlined, as TensorFlow itself would name them: ``call/op``.

    ops: each op with its name, and the op of the graph itself that it is, or that called it. originals: of tensors that
    a call gives back, by their new names, what they are called in the graph itself.
    """

    def __init__(self, graph: Any) -> None:
        self.ops: list[tuple[str, Any, Any]] = []
        self.originals: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._inputs: dict[str, tuple[str, ...]] = {}
        for op in graph.get_operations():
            self._add([op], "", graph._get_function, op)
            if op.type in CALLS:
                self._note(op)

    def inputs(self, name: str) -> tuple[str, ...]:
        """Return the tensors that go into an op."""
        return tuple(self.tensor(tensor) for tensor in self._inputs[name])

    def tensor(self, name: str) -> str:
        """Return how a tensor is called now; that of a call is one of an op in it."""
        while name in self._names:
            name = self._names[name]
        return name

    def _note(self, call: Any) -> None:
        """Note under which names what a call gives back is known now; a copy at its end has the same value."""
        copies = {name: self.inputs(name)[0] for name, op, outer in self.ops if outer is call and op.type == "Identity"}
        for tensor in call.outputs:
            name = self.tensor(tensor.name)
            self.originals[name] = tensor.name
            if name.partition(":")[0] in copies:
                self.originals[copies[name.partition(":")[0]]] = tensor.name

    def _add(self, operations: Sequence[Any], prefix: str, function: Callable[[str], Any], outer: Any) -> None:
        for op in operations:
            name = prefix + op.name
            inputs = tuple(prefix + tensor.name for tensor in op.inputs)
            called = function(op.get_attr("f").name) if op.type in CALLS else None
            if called is None:
                self.ops.append((name, op, outer))
                self._inputs[name] = inputs
                continue
            inner = function_def_to_graph(called.cached_definition)
            given = {tensor.op.name for tensor in inner.inputs}
            for tensor, argument in zip(inner.inputs, inputs, strict=True):
                self._names[f"{name}/{tensor.name}"] = argument
            for slot, tensor in enumerate(inner.outputs):
                self._names[f"{name}:{slot}"] = f"{name}/{tensor.name}"
            rest = [one for one in inner.get_operations() if one.name not in given]
            self._add(rest, f"{name}/", function, outer)
