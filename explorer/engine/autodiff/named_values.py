"""Values of expressions in the names of a trace, such as those in the text of a lesson, computed by TensorFlow."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.entry import entry_in_shape
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.lessons.value_names import SceneValue, ValueName, is_fact, parse_value, program_names, tensor_of
from explorer.engine.autodiff.build import build_forward
from explorer.engine.autodiff.tf_session import call_session, session_config
from explorer.engine.autodiff.tracing import TracedExpression, new_graph

tf1 = tf.compat.v1


def evaluate_values(
    sources: Sequence[str], traced: TracedExpression | None, numbers: Mapping[str, float]
) -> tuple[list[Any], list[str]]:
    """Return the value of each expression, None if it has none, and a message that says why, "" for none.

    sources: as `parse_value` reads them. traced: the expression whose names they have. numbers: of training, data and
    network, by the text of their name. A value that only names a tensor has the tensor's dtype; others are computed in
    the dtype of the trace, without one in float64.
    """
    evaluator = _Evaluator(traced, numbers)
    values: list[Any] = []
    messages: list[str] = []
    for source in sources:
        try:
            values.append(evaluator.value(source))
            messages.append("")
        except UserError as error:
            values.append(None)
            messages.append(error.message)
        except (ValueError, TypeError, tf.errors.OpError) as error:
            values.append(None)
            messages.append(f"TensorFlow cannot compute this: {str(error).splitlines()[0]}")
    return values, messages


class _Evaluator:
    def __init__(self, traced: TracedExpression | None, numbers: Mapping[str, float]) -> None:
        self._trace = traced.trace if traced is not None else None
        self._values = dict(zip(traced.trace.fetches, traced.values, strict=True)) if traced is not None else {}
        self._names = program_names(parse(traced.trace.expression)) if traced is not None else ()
        self._dtype = traced.trace.dtype if traced is not None else "float64"
        self._numbers = numbers

    def value(self, source: str) -> Any:
        """Return the value of one expression; raises UserError."""
        found = parse_value(source, self._names)
        known = {key: self._named(name) for key, name in found.names.items()}
        value = next(iter(known.values())) if found.only_name is not None else self._computed(found, known)
        return value[entry_in_shape(found.entry, np.shape(value), "the result")] if found.entry else value

    def _named(self, name: ValueName) -> Any:
        if is_fact(name, self._names):
            if name.text not in self._numbers:
                raise ExpressionError(f"{name.text} is not known here.")
            value: Any = np.asarray(self._numbers[name.text])
        elif self._trace is None:
            raise ExpressionError(f"There is no {name.text} here: the scene shows no expression.")
        else:
            value = np.asarray(self._values[tensor_of(self._trace, name)])
        if not name.entry:
            return value
        if not value.ndim:
            raise ExpressionError(f"{name.text} is a single number, so that it has no entries.")
        return np.asarray(value[entry_in_shape(name.entry, value.shape, name.text)])

    def _computed(self, found: SceneValue, known: Mapping[str, Any]) -> Any:
        shapes = {key: np.shape(value) for key, value in known.items()}
        check_shapes(found.program, shapes)
        with np.errstate(all="ignore"), new_graph() as graph, graph.as_default():
            forward = build_forward(found.program, shapes, self._dtype)
            with tf1.Session(graph=graph, config=session_config()) as session:
                run = session.make_callable([forward.output], feed_list=list(forward.placeholders.values()))
                return call_session(run, [np.asarray(value, self._dtype) for value in known.values()])[0]
