"""What a user's own rule, ``custom(f, df)``, and ``stop_gradient`` leave in TensorFlow's graph."""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.expression.tensorflow_code import decorated_custom_gradient
from explorer.core.syntax_tree import Apply, Node
from explorer.engine.tf_adapter import gradient_registry

CUSTOM, STOP = "IdentityN", "StopGradient"
"""TensorFlow's types of ops for `tf.custom_gradient` and `tf.stop_gradient`."""

CONSTANT = "A rule of your own takes this variable for a constant."

SLOT = 1
"""The argument slot of an IdentityN in which what it is differentiated along stands; slot 0 has the value."""


def custom_of(op: Any, trees: Mapping[str, Node]) -> Apply | None:
    """Return the tree ``custom(f, df, u)`` that ``op`` stands for, None for any other op."""
    tree = trees.get(op.outputs[0].name) if op.type == CUSTOM else None
    return tree if isinstance(tree, Apply) and tree.op == "custom" else None


def source(op: Any, trees: Mapping[str, Node]) -> tuple[str | None, str | None]:
    """Return the source of an op's gradient, as the registry's `gradient_source`; of a user's own rule, that rule."""
    custom = custom_of(op, trees)
    if custom is not None:
        return decorated_custom_gradient(custom.args), None
    if op.type == STOP:
        return None, "StopGradient is registered as not differentiable."
    return gradient_registry.gradient_source(op)


def stops(ops: Sequence[Any], totals: Mapping[str, str], graph: Any) -> list[gradient_registry.GradientCall]:
    """Return a call for each StopGradient at which a gradient arrived: TensorFlow asks nobody what to do there."""
    return [
        gradient_registry.GradientCall(op, [graph.get_tensor_by_name(totals[op.outputs[0].name])], [None], ())
        for op in ops
        if op.type == STOP and op.outputs[0].name in totals
    ]
