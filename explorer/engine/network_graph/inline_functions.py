"""Nested functions of a traced graph, inlined: the ops of a function stand in place of its call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from explorer.core.autodiff.trace import op_of
from explorer.engine.tf_adapter.graph_internals import CALL_OPS, called_graph, traced_names


@dataclass(frozen=True)
class InlinedOp:
    """An op of a graph with nested functions inlined.

    name: its name after inlining. outer: the op of the graph itself that it is or that called it. caller: name of the
    call in which it stands, "" for an op of the graph itself. graph, source: the graph in which it was traced, and its
    name there.
    """

    name: str
    op: Any
    outer: Any
    caller: str
    graph: Any
    source: str


class InlinedGraph:
    """The ops of a graph with nested functions inlined, named as TensorFlow itself would: ``call/op``.

    ops: all ops. calls: the calls in place of which ops stand, by name. originals: for tensors that a call returns,
    from their new name to their name in the graph itself.
    """

    def __init__(self, graph: Any) -> None:
        self.ops: list[InlinedOp] = []
        self.calls: dict[str, InlinedOp] = {}
        self.originals: dict[str, str] = {}
        self._graph = graph
        self._aliases: dict[str, str] = {}
        self._inputs: dict[str, tuple[str, ...]] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._arguments: dict[tuple[str, str], str] = {}
        self._copies: set[str] = set()
        for op in graph.get_operations():
            self._add([op], "", op, graph, {})
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

    def name_in_call(self, caller: str, source: str) -> str | None:
        """Return the name after inlining of an op or call that was traced as ``source``; None if there is none.

        caller: name of the call in which it stands, "" for the graph itself.
        """
        return self._names.get((caller, source))

    def tensor_in_call(self, caller: str, source: str, output: int) -> str | None:
        """Return the name after inlining of an output of an op that was traced as ``source``; None if there is none.

        An argument of the called function is the tensor that the call is given.
        """
        argument = self._arguments.get((caller, source))
        if argument is not None:
            return self.tensor(argument)
        name = self.name_in_call(caller, source)
        return None if name is None else self.tensor(f"{name}:{output}")

    def producer(self, tensor: str) -> str:
        """Return the op that computes a tensor: not one of the copies with which a function ends."""
        name = op_of(tensor)
        while name in self._copies:
            name = op_of(self.inputs(name)[0])
        return name

    def _record_outputs(self, call: Any) -> None:
        """Record the new names of the outputs of a call; the input of an Identity at its end has the same value."""
        for tensor in call.outputs:
            name = self.tensor(tensor.name)
            self.originals[name] = tensor.name
            if op_of(name) in self._copies:
                self.originals[self.inputs(op_of(name))[0]] = tensor.name

    def _add(self, operations: Sequence[Any], caller: str, outer: Any, graph: Any, sources: dict[str, str]) -> None:
        prefix = f"{caller}/" if caller else ""
        for op in operations:
            name, source = prefix + op.name, sources.get(op.name, op.name)
            inputs = tuple(prefix + tensor.name for tensor in op.inputs)
            one = InlinedOp(name, op, outer, caller, graph, source)
            self._names[caller, source] = name
            function = called_graph(self._graph, op)
            if function is None:
                self.ops.append(one)
                self._inputs[name] = inputs
                continue
            self.calls[name] = one
            inner, traced = function
            arguments = {tensor.op.name for tensor in inner.inputs}
            for tensor, argument, original in zip(inner.inputs, inputs, traced.inputs, strict=True):
                self._aliases[f"{name}/{tensor.name}"] = argument
                self._arguments[name, original.op.name] = argument
            for slot, tensor in enumerate(inner.outputs):
                self._aliases[f"{name}:{slot}"] = f"{name}/{tensor.name}"
            body = [each for each in inner.get_operations() if each.name not in arguments]
            self._copies |= {f"{name}/{tensor.op.name}" for tensor in inner.outputs if tensor.op.type == "Identity"}
            self._add(body, name, outer, traced, traced_names(body, traced))
