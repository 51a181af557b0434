"""The gradient of a product with the operands in float32's order, for other dtypes.

For float32 TensorFlow's ``_MulGrad`` returns ``grad*y, grad*x``, for float64 ``grad*y, x*grad``. The numbers are the
same, but in higher derivatives the ops with the same names would differentiate by different operands.

Written for TensorFlow 2.18 to 2.21.
"""

from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import tensorflow as tf

from explorer.engine.tf_adapter.gradient_registry import gradient_function

_NAME = "AutodiffExplorerProduct"


def _gradient_of_product(op: Any, gradient: Any) -> Any:
    x, y = op.inputs
    shapes = [tensor.shape for tensor in (x, y, gradient)]
    if all(shape.is_fully_defined() and shape == shapes[0] for shape in shapes):
        return tf.raw_ops.Mul(x=gradient, y=y), tf.raw_ops.Mul(x=gradient, y=x)
    stub = SimpleNamespace(type=op.type, inputs=(None,), _gradient_function=None, get_attr=_no_attribute)
    own = gradient_function(stub)  # without the attribute that led here
    assert own is not None
    return own(op, gradient)


def _no_attribute(name: str) -> Any:
    raise ValueError(name)


tf.RegisterGradient(_NAME)(_gradient_of_product)


def float32_operand_order(graph: Any) -> AbstractContextManager[None]:
    """Return a context in which products of ``graph`` are differentiated with the ops of float32."""
    context: AbstractContextManager[None] = graph.gradient_override_map({"Mul": _NAME})
    return context
