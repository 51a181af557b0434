"""Higher-order derivatives: TensorFlow's own gradient of the output becomes the output."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.autodiff.chain_symbols import ONE, ZERO, add, apply_op, choose, comparison
from explorer.core.autodiff.explain_json import json_value
from explorer.core.autodiff.higher_order import MAX_ORDER, derivative_text
from explorer.core.errors import ExpressionError
from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.expand import expand_composites, parse_template, substitute
from explorer.core.ops.table import CHOICE_TYPES, ops_by_type
from explorer.core.syntax_tree import FloatArray, Node, Number
from explorer.engine.autodiff.build import ForwardGraph
from explorer.engine.tf_adapter.gradient_registry import GradientCall, record_calls

CONSTANT_TYPES = frozenset({"Const", "Fill", "OnesLike", "ZerosLike"})
"""Types of ops whose value is known without running them, where the shape is known."""

GRADIENT_CONSTANTS = ("2/sqrt(pi)",)
"""Irrational constants that TensorFlow's gradient functions contain as numbers: that of erf."""


@dataclass(frozen=True)
class Differentiation:
    """One of the differentiations that come before the one that is traced.

    output: the tensor that was differentiated. variable: the name by which. gradient: the result, a tensor. calls:
    TensorFlow's calls of gradient functions, in its order.
    """

    output: Any
    variable: str
    gradient: Any
    calls: tuple[GradientCall, ...]


def weights_tensor(output: Any, weights: FloatArray | None) -> list[Any] | None:
    """Return the upstream gradient of ``output`` as `tf.gradients` takes it: a constant, or None for ones."""
    if weights is None:
        return None
    with output.graph.colocate_with(output.op):  # so that it belongs to the output's op, as TensorFlow's ones do
        return [tf.constant(weights, output.dtype, name="output_weights")]


def differentiate_output(
    forward: ForwardGraph,
    differentiated_by: Sequence[str],
    max_ops: int,
    chosen_order: int = 0,
    weights: FloatArray | None = None,
) -> tuple[Differentiation, ...]:
    """Replace ``forward.output`` by its gradient by each variable, one after the other; raises ExpressionError.

    weights: of the entries of the output at ``chosen_order``, None for the sum. Trees of the backward ops are added to
    ``forward.trees``, where everything is scalar and in the op table. Returns what was differentiated, in this order.
    """
    if len(differentiated_by) > MAX_ORDER:
        raise ExpressionError(f"Up to {MAX_ORDER} derivatives can be shown, one behind the other.")
    done: list[Differentiation] = []
    for number, name in enumerate(differentiated_by):
        graph = forward.output.graph
        version = graph.version
        seed = weights_tensor(forward.output, weights if number == chosen_order else None)
        with record_calls() as calls:
            (gradient,) = tf.gradients(forward.output, [forward.placeholders[name]], grad_ys=seed)
        if gradient is None:
            raise ExpressionError(
                f"TensorFlow has no gradient of {derivative_text(differentiated_by[:number])} for {name}, "
                "so there is nothing to differentiate again."
            )
        done.append(Differentiation(forward.output, name, gradient, tuple(calls)))
        forward.output = gradient
        guarded = {name for call in calls if call.op.type == "Pow" for name in call.built_ops}
        for op in graph.get_operations()[version:]:
            _add_condition(op, forward, is_guard=op.name in guarded)
            _add_tree(op, forward)
        count = len(_ancestors(gradient.op))
        if count > max_ops:
            derivative = derivative_text(differentiated_by[: number + 1])
            raise ExpressionError(f"The graph of {derivative} has {count:,} ops; up to {max_ops:,} can be shown.")
    return tuple(done)


def _ancestors(op: Any) -> set[str]:
    """Return the names of an op and of all ops on which it depends."""
    found, waiting = {op.name}, [op]
    while waiting:
        for tensor in waiting.pop().inputs:
            if tensor.op.name not in found:
                found.add(tensor.op.name)
                waiting.append(tensor.op)
    return found


def _add_condition(op: Any, forward: ForwardGraph, *, is_guard: bool) -> None:
    """Add the formula of a comparison, by which a gradient chooses.

    is_guard: whether the gradient of a power asks whether the logarithm of its base exists. The formula is that of the
    derivative where it does.
    """
    if not op.outputs or op.outputs[0].shape.rank != 0 or len(op.inputs) != 2:
        return
    one, other = (forward.trees.get(tensor.name) for tensor in op.inputs)
    if one is not None and other is not None and (condition := comparison(op.type, one, other)) is not None:
        forward.conditions[op.outputs[0].name] = (ONE, ZERO) if is_guard else condition


def _add_tree(op: Any, forward: ForwardGraph) -> None:
    if not op.outputs or op.outputs[0].shape.rank != 0 or not op.outputs[0].dtype.is_floating:
        return
    tensor = op.outputs[0]
    if tensor.name in forward.trees:
        return
    tree = _constant_tree(tensor) if op.type in CONSTANT_TYPES else _computed_tree(op, forward)
    if tree is not None:
        forward.trees[tensor.name] = tree


def _constant_tree(tensor: Any) -> Node | None:
    if tensor.op.type in ("OnesLike", "ZerosLike"):
        return Number(float(tensor.op.type == "OnesLike"))
    value = tf.get_static_value(tensor)
    if value is None or not np.isfinite(value):
        return None
    for text in GRADIENT_CONSTANTS:
        constant = parse_template(text)
        if value == value.dtype.type(evaluate(constant, {}, {})):
            return constant
    return Number(float(json_value(value)))


def _computed_tree(op: Any, forward: ForwardGraph) -> Node | None:
    if op.type in CHOICE_TYPES:
        condition = forward.conditions.get(op.inputs[0].name)
        chosen, other = (forward.trees.get(tensor.name) for tensor in op.inputs[1:])
        return None if condition is None or chosen is None or other is None else choose(condition, chosen, other)
    row = ops_by_type().get(op.type)
    arguments = [forward.trees.get(tensor.name) for tensor in op.inputs]
    known = [argument for argument in arguments if argument is not None]
    if row is None or len(known) < len(arguments) or not known:
        return None
    if op.type == "AddN":
        return add(known)
    if row.expansion is not None:
        return substitute(expand_composites(parse_template(row.expansion)), dict(zip("ab", known, strict=False)))
    return apply_op(row.name, known) if row.name != "custom" else None
