"""The forward op of each backward op, as TensorFlow's own calls and sums tell."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from explorer.engine.network_graph.inline_functions import InlinedGraph, InlinedOp
from explorer.engine.tf_adapter.gradient_registry import GradientCall, TotalGradient
from explorer.engine.tf_adapter.graph_internals import colocated_op


class ForwardOps:
    """Finds the forward op of a backward op.

    A backward op belongs to the op whose gradient function built it, or to the op that computes the tensor whose
    gradients it sums. Only for the few ops that are built in neither way is the attribute read that `tf.gradients`
    sets: that of a sum names the op of its first summand.
    """

    def __init__(self, inlined: InlinedGraph, calls: Sequence[GradientCall], totals: Sequence[TotalGradient]) -> None:
        self._inlined = inlined
        self._recorded: dict[tuple[int, str], tuple[Any, int]] = {}
        for call in calls:
            for name in call.built_ops:
                self._recorded[id(call.graph), name] = call.op, 0
        for total in totals:
            for name in total.built_ops:
                self._recorded[id(total.graph), name] = total.op, _summed_output(total, name)
        for call in calls:  # zeros for an output from which nothing came are built outside the call
            for output, gradient in enumerate(call.upstream):
                if isinstance(gradient, tf.Tensor):
                    self._recorded.setdefault((id(gradient.graph), gradient.op.name), (call.op, output))

    def find(self, backward_op: InlinedOp) -> str | None:
        """Return the name of the forward op after inlining, None where TensorFlow names none.

        Of a backward op that belongs to a call as a whole it is the op that computes the output of the call.
        """
        call = self._forward_call(backward_op.caller) if backward_op.caller else ""
        if call is None:
            return None
        recorded = self._recorded.get((id(backward_op.graph), backward_op.source))
        source, output = (recorded[0].name, recorded[1]) if recorded is not None else (colocated_op(backward_op.op), 0)
        tensor = self._inlined.tensor_in_call(call, source, output) if source is not None else None
        if tensor is None and call:
            tensor = self._inlined.tensor(f"{call}:0")
        return self._inlined.producer(tensor) if tensor is not None else None

    def _forward_call(self, name: str) -> str | None:
        """Return the call whose gradient a call in the backward pass computes."""
        call = self._inlined.calls[name]
        recorded = self._recorded.get((id(call.graph), call.source))
        outer = self._forward_call(call.caller) if call.caller else ""
        return None if recorded is None or outer is None else self._inlined.name_in_call(outer, recorded[0].name)


def _summed_output(total: TotalGradient, name: str) -> int:
    """Return the output whose gradients the op ``name`` sums, 0 for an op that serves the sum of any output."""
    return total.output if isinstance(total.total, tf.Tensor) and total.total.op.name == name else 0
