"""Local derivatives of elementwise ops: TensorFlow's registered gradient functions, called with ones.

The derivative of an op's output by an operand is that of each entry, in the shape of the output. A gradient function
returns the sum for an operand that was broadcast. There the op is built once more, on operands that
`tf.broadcast_to` has brought to the output's shape, so that nothing is summed.
"""

from collections.abc import Set
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE
from explorer.core.ops.table import is_elementwise
from explorer.engine.autodiff.steps import BackwardPass
from explorer.engine.tf_adapter.gradient_registry import GradientCall, gradient_function


def add_local_derivatives(backward: BackwardPass, on_path: Set[str]) -> None:
    """Build the local derivatives of all elementwise ops in the default graph, for slots of the ops ``on_path``.

    Sets ``backward.locals``, and ``backward.products`` for operands that were broadcast.
    """
    builder = _LocalDerivatives(backward)
    for call in backward.calls.values():
        if is_elementwise(call.op.type):
            builder.add(call, [slot for slot, tensor in enumerate(call.op.inputs) if tensor.op.name in on_path])


class _LocalDerivatives:
    """Builds local derivatives; constants of one shape and type are built once."""

    def __init__(self, backward: BackwardPass) -> None:
        self._backward = backward
        self._constants: dict[tuple[float, Any, tuple[int, ...]], Any] = {}

    def add(self, call: GradientCall, slots: list[int]) -> None:
        op, backward = call.op, self._backward
        shape = op.outputs[0].shape
        # The value of a custom gradient has not always the shape of its argument, and is never broadcast to it.
        can_broadcast = op.type != CUSTOM_GRADIENT_TYPE
        repeated = [slot for slot in slots if can_broadcast and op.inputs[slot].shape != shape]
        single = _with_operands_of_shape(op, shape) if repeated else op
        locals_ = _gradients(single, self._constant(1.0, op.outputs[0]))
        for slot in slots:
            # TensorFlow passes none through a step function, a condition or where it was told to stop.
            local = locals_[slot] if locals_[slot] is not None else self._constant(0.0, op.outputs[0])
            backward.locals[op.name, slot] = local.name
        passing = [slot for slot in repeated if call.gradients[slot] is not None]
        if passing:
            products = _gradients(single, call.upstream[0])
            for slot in passing:
                backward.products[op.name, slot] = products[slot].name

    def _constant(self, value: float, like: Any) -> Any:
        key = (value, like.dtype, tuple(like.shape.as_list()))
        if key not in self._constants:
            self._constants[key] = tf.constant(np.full(key[2], value, like.dtype.as_numpy_dtype))
        return self._constants[key]


def _gradients(op: Any, upstream: Any) -> list[Any]:
    """Return what the registered gradient function of ``op`` gives for each input, None where it gives nothing."""
    function = gradient_function(op)
    if function is None:
        return [None] * len(op.inputs)
    result = function(op, upstream, *[None] * (len(op.outputs) - 1))
    return list(result) if isinstance(result, list | tuple) else [result]


def _with_operands_of_shape(op: Any, shape: Any) -> Any:
    """Return a copy of an elementwise op whose operands all have the shape of its output."""
    inputs = [tensor if tensor.shape == shape else tf.broadcast_to(tensor, shape) for tensor in op.inputs]
    attributes = {name: value for name, value in op.node_def.attr.items() if not name.startswith("_")}
    return op.graph.create_op(op.type, inputs, [tensor.dtype for tensor in op.outputs], attrs=attributes)
