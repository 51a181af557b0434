"""Forward mode: what a change of one input does to every tensor of a graph, computed by TensorFlow.

TensorFlow 1's graphs know only the backward pass. Twice backward is forward: g = Σ Jᵢᵀ vᵢ is linear in the vᵢ, and its
gradient for vᵢ is Jᵢ times the direction. So two calls of `tf.gradients` give the tangents of all tensors at once.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from explorer.core.errors import ExpressionError
from explorer.core.expression.names import ascii_name
from explorer.core.expression.values import bind
from explorer.core.graph.op_graph import descendants_of, op_graph
from explorer.engine.autodiff.tracing import Traced, run_quietly


def tangents(traced: Traced, variable: str, point: Mapping[str, Any]) -> dict[str, Any]:
    """Return tensor name to its tangent along ``variable`` (a direction of ones), for tensors that it reaches.

    A tensor through which nothing passes, behind a `stop_gradient`, has none. Raises ExpressionError.
    """
    trace, name = traced.trace, ascii_name(variable)
    if name not in trace.variables:
        raise ExpressionError(f"{variable} does not occur in the expression.")
    if name not in traced.tangents:
        traced.tangents[name] = _built(traced, name)
    names, run = traced.tangents[name]
    values = list(bind(traced.program, point).values())
    return dict(zip(names, run_quietly(run, values), strict=True))


def _built(traced: Traced, variable: str) -> tuple[list[str], Any]:
    trace, graph = traced.trace, traced.session.graph
    source = graph.get_tensor_by_name(trace.variables[variable])
    reached = descendants_of(op_graph(trace.nodes), [source.op.name])
    tensors = [graph.get_tensor_by_name(node.tensor) for node in trace.nodes if node.id in reached]
    tensors = [tensor for tensor in tensors if tensor.dtype.is_floating]
    with graph.as_default(), tf.name_scope("tangents"):
        arriving = [tf.ones_like(tensor) for tensor in tensors]
        (backward,) = tf.gradients(tensors, [source], grad_ys=arriving)
        found = tf.gradients(backward, arriving, grad_ys=[tf.ones_like(source)])
    passed = [(tensor.name, result) for tensor, result in zip(tensors, found, strict=True) if result is not None]
    feeds = [graph.get_tensor_by_name(tensor) for tensor in trace.variables.values()]
    run = traced.session.make_callable([result for _, result in passed], feed_list=feeds)
    return [name for name, _ in passed], run
