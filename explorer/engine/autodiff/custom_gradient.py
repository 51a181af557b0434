"""Ops that `tf.custom_gradient` (``custom(f, df)``) and `tf.stop_gradient` leave in TensorFlow's graph."""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.expression.tensorflow_code import decorated_custom_gradient
from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE, STOP_GRADIENT_TYPE
from explorer.core.syntax_tree import Apply, Node
from explorer.engine.tf_adapter.gradient_registry import GradientCall, gradient_source

CONSTANT_MESSAGE = "A rule of your own takes this variable for a constant."

ARGUMENT_SLOT = 1
"""The slot of an IdentityN that has the argument by which it is differentiated; slot 0 has the value."""


def custom_tree(op: Any, trees: Mapping[str, Node]) -> Apply | None:
    """Return the tree ``custom(f, df, u)`` that ``op`` stands for, None for any other op."""
    tree = trees.get(op.outputs[0].name) if op.type == CUSTOM_GRADIENT_TYPE else None
    return tree if isinstance(tree, Apply) and tree.op == "custom" else None


def rule_source(op: Any, trees: Mapping[str, Node]) -> tuple[str | None, str | None]:
    """Return the source of an op's gradient function and None, or None and a message that says why there is none."""
    custom = custom_tree(op, trees)
    if custom is not None:
        return decorated_custom_gradient(custom.args), None
    if op.type == STOP_GRADIENT_TYPE:
        return None, "StopGradient is registered as not differentiable."
    return gradient_source(op)


def stop_gradient_calls(ops: Sequence[Any], totals: Mapping[str, str], graph: Any) -> list[GradientCall]:
    """Return a call for each StopGradient at which a gradient arrives; TensorFlow calls no function for these.

    totals: from a tensor's name to that of its total gradient.
    """
    return [
        GradientCall(op, [graph.get_tensor_by_name(totals[op.outputs[0].name])], [None], graph, ())
        for op in ops
        if op.type == STOP_GRADIENT_TYPE and op.outputs[0].name in totals
    ]
