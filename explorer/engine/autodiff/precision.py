"""The graph of an expression once more in float64, on the inputs and constants of float32: what has float32 lost?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.autodiff.output_choice import output_of_program
from explorer.core.autodiff.precision import different_values
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.values import bind
from explorer.engine.autodiff.build import build_forward
from explorer.engine.autodiff.tf_session import call_session, session_config
from explorer.engine.autodiff.tracing import TracedExpression, build_passes, new_graph
from explorer.engine.tf_adapter.gradient_registry import release_custom_gradients
from explorer.engine.tf_adapter.product_gradient import float32_operand_order

tf1 = tf.compat.v1


class Float64Graph:
    """The same ops as those of a traced expression, by the same names, in float64."""

    def __init__(self, traced: TracedExpression) -> None:
        self._traced = traced
        trace, program = traced.trace, traced.program
        values = bind(program, trace.point)
        chosen = output_of_program(program, values, trace.differentiated_by, trace.output_choice)
        with np.errstate(all="ignore"), new_graph() as graph, graph.as_default(), float32_operand_order(graph):
            shapes = {name: value.shape for name, value in values.items()}
            forward = build_forward(program, shapes, "float64", np.dtype(trace.dtype).type)
            build_passes(graph, forward, list(trace.gradients), trace.differentiated_by, chosen, MAX_FORMULA_OPS)
            fetches = [graph.get_tensor_by_name(name) for name in trace.fetches]
            self.graph = graph
            self._session = tf1.Session(graph=graph, config=session_config())
            self._run = self._session.make_callable(fetches, feed_list=list(forward.placeholders.values()))

    def different_values(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return the float64 values that differ by more than a thousandth from those of the trace's dtype, by tensor.

        Both are TensorFlow's, computed from the same numbers: those of ``point`` and of the text in the trace's dtype.
        Raises ExpressionError if a shape has changed.
        """
        trace = self._traced.trace
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite
            values = dict(zip(trace.fetches, self._traced.compute(point), strict=True))
            fed = [each.astype(trace.dtype).astype(np.float64) for each in bind(self._traced.program, point).values()]
        return different_values(trace, values, dict(zip(trace.fetches, call_session(self._run, fed), strict=True)))

    def close(self) -> None:
        """Free the session's memory."""
        release_custom_gradients(self.graph)
        self._session.close()
