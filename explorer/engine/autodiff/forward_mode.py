"""Forward mode: the tangents of all tensors of a graph along one variable, computed by TensorFlow.

TensorFlow 1's graphs have the backward pass alone. Two backward passes make a forward pass: g = Σ Jᵢᵀ vᵢ is linear in
the vᵢ, and its gradient by vᵢ is Jᵢ times the direction. So two calls of `tf.gradients` give all tangents at once.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from explorer.core.errors import ExpressionError
from explorer.core.expression.names import ascii_name
from explorer.core.expression.values import bind
from explorer.core.graph.op_graph import descendants_of, op_graph
from explorer.engine.autodiff.tf_session import call_session
from explorer.engine.autodiff.tracing import TracedExpression


def compute_tangents(traced: TracedExpression, variable: str, point: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tangents along ``variable``, in a direction of ones, of the tensors that depend on it, by name.

    A tensor behind a `stop_gradient` has none. Raises ExpressionError for an unknown variable.
    """
    name = ascii_name(variable)
    if name not in traced.trace.variables:
        raise ExpressionError(f"{variable} does not occur in the expression.")
    if name not in traced.tangents:
        traced.tangents[name] = _build_tangents(traced, name)
    names, run = traced.tangents[name]
    values = list(bind(traced.program, point).values())
    return dict(zip(names, call_session(run, values), strict=True))


def _build_tangents(traced: TracedExpression, variable: str) -> tuple[list[str], Any]:
    """Return the names of the tensors that have a tangent, and a callable that computes the tangents."""
    trace, graph = traced.trace, traced.session.graph
    source = graph.get_tensor_by_name(trace.variables[variable])
    dependent = descendants_of(op_graph(trace.nodes), [source.op.name])
    tensors = [graph.get_tensor_by_name(node.tensor) for node in trace.nodes if node.id in dependent]
    tensors = [tensor for tensor in tensors if tensor.dtype.is_floating]
    with graph.as_default(), tf.name_scope("tangents"):
        cotangents = [tf.ones_like(tensor) for tensor in tensors]
        (backward,) = tf.gradients(tensors, [source], grad_ys=cotangents)
        tangents = tf.gradients(backward, cotangents, grad_ys=[tf.ones_like(source)])
    found = [(tensor.name, tangent) for tensor, tangent in zip(tensors, tangents, strict=True) if tangent is not None]
    feeds = [graph.get_tensor_by_name(tensor) for tensor in trace.variables.values()]
    run = traced.session.make_callable([tangent for _, tangent in found], feed_list=feeds)
    return [name for name, _ in found], run
