"""TensorFlow's table of gradient functions, and a record of the calls that `tf.gradients` makes to them.

`tf.gradients` looks each op's gradient function up with ``tensorflow.python.framework.ops.get_gradient_function``. This
module replaces that function by one that wraps the result while a recording runs. The recorded calls tell, from
TensorFlow itself, which upstream gradients went in, which gradient came out for which argument slot, and which ops were
built for it.

Before each call `tf.gradients` sums the gradients that have come to the outputs of the op, with
``tensorflow.python.ops.gradients_util._AggregatedGrads``. That function is wrapped in the same way: the record tells of
which output a gradient is the total, and to which op an ``AddN`` belongs.

Written for TensorFlow 2.18 to 2.21. Where the look-up function is missing, `AVAILABLE` is False, nothing is recorded,
and the window shows `NOT_AVAILABLE_MESSAGE`. Where only the aggregation is missing, `record_totals` records nothing.
"""

import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

try:
    from tensorflow.python.framework import ops as _ops

    _look_up: Callable[[Any], Any] | None = _ops.get_gradient_function
except (ImportError, AttributeError):
    _ops, _look_up = None, None

try:
    from tensorflow.python.ops import gradients_util as _gradients_util

    _aggregate: Callable[..., Any] | None = _gradients_util._AggregatedGrads
except (ImportError, AttributeError):
    _gradients_util, _aggregate = None, None

AVAILABLE = _look_up is not None
"""Whether this version of TensorFlow has the look-up function."""

NOT_AVAILABLE_MESSAGE = "This version of TensorFlow does not let us read its look-up table."


@dataclass(frozen=True)
class GradientCall:
    """One call of a registered gradient function.

    upstream: for each output of ``op`` the gradient that arrived, a tensor or None. gradients: for each input the
    gradient that was returned, a tensor or None. graph: the graph in which these are. built_ops: names of the ops in
    it that the call built.
    """

    op: Any
    upstream: Sequence[Any]
    gradients: Sequence[Any]
    graph: Any
    built_ops: tuple[str, ...]


@dataclass(frozen=True)
class TotalGradient:
    """The total gradient of an output of an op, as `tf.gradients` aggregates it.

    output: index of the output. total: a tensor, or IndexedSlices; the only gradient itself if just one has come, else
    their sum. graph: the graph in which the total is. built_ops: names of the ops in it that were built for the
    outputs of ``op``, such as an AddN.
    """

    op: Any
    output: int
    total: Any
    graph: Any
    built_ops: tuple[str, ...]


class _ThreadState(threading.local):
    calls: list[GradientCall] | None = None
    totals: list[TotalGradient] | None = None


_thread = _ThreadState()
_sources: dict[Any, str] = {}


@contextmanager
def record_calls() -> Iterator[list[GradientCall]]:
    """Record the calls of registered gradient functions in this thread, in TensorFlow's order."""
    _thread.calls = []
    try:
        yield _thread.calls
    finally:
        _thread.calls = None


@contextmanager
def record_totals() -> Iterator[list[TotalGradient]]:
    """Record the total gradient of each output that `tf.gradients` reaches in this thread, in TensorFlow's order."""
    _thread.totals = []
    try:
        yield _thread.totals
    finally:
        _thread.totals = None


def _recording_aggregation(gradients: Any, op: Any, *rest: Any, **options: Any) -> Any:
    assert _aggregate is not None
    records = _thread.totals
    if records is None:
        return _aggregate(gradients, op, *rest, **options)
    graph = _ops.get_default_graph()
    version = graph.version
    totals = _aggregate(gradients, op, *rest, **options)
    built_ops = _names_of_ops_since(version, graph)
    for output, total in enumerate(totals):
        if total is not None:
            records.append(TotalGradient(op, output, total, graph, built_ops))
    return totals


def _names_of_ops_since(version: int, graph: Any) -> tuple[str, ...]:
    """Return the names of the ops that were added to ``graph`` since it had this version."""
    if graph.version == version:
        return ()
    return tuple(op.name for op in graph.get_operations()[version:])


def _recording_look_up(op: Any) -> Any:
    assert _look_up is not None
    function = _look_up(op)
    calls = _thread.calls
    if calls is None or function is None:
        return function

    def recorded(op: Any, *upstream: Any) -> Any:
        graph = _ops.get_default_graph()  # that of a called function has its gradients in a graph of their own
        version = graph.version
        result = function(op, *upstream)
        gradients = result if isinstance(result, list | tuple) else [result]
        calls.append(GradientCall(op, upstream, gradients, graph, _names_of_ops_since(version, graph)))
        return result

    return recorded


if AVAILABLE:
    _ops.get_gradient_function = _recording_look_up
if _aggregate is not None:
    _gradients_util._AggregatedGrads = _recording_aggregation


def gradient_function(op: Any) -> Callable[..., Any] | None:
    """Return the function registered as the gradient of ``op``, or None."""
    if _look_up is None:
        return None
    try:
        function: Callable[..., Any] | None = _look_up(op)
    except LookupError:
        return None
    return function


def gradient_source(op: Any) -> tuple[str | None, str | None]:
    """Return the source text of the gradient function of ``op`` and None, or None and a message that says why not."""
    if not AVAILABLE:
        return None, NOT_AVAILABLE_MESSAGE
    function = gradient_function(op)
    if function is None:
        return None, f"TensorFlow has no gradient registered for {op.type}."
    if function not in _sources:
        try:
            _sources[function] = inspect.getsource(function)
        except (OSError, TypeError):
            return None, f"The source of the gradient registered for {op.type} cannot be read here."
    return _sources[function], None


def release_custom_gradients(graph: Any) -> None:
    """Remove the gradients that `tf.custom_gradient` registered for ``graph``; each of them keeps the graph alive.

    Uses ``gradient_registry._registry`` and the attribute ``_gradient_op_type`` of the IdentityN ops. Where the table
    is missing, nothing is removed.
    """
    table = getattr(getattr(_ops, "gradient_registry", None), "_registry", None)
    if isinstance(table, dict):
        for op in graph.get_operations():
            if op.type == "IdentityN":
                table.pop(op.node_def.attr["_gradient_op_type"].s.decode(), None)


def preload_sources(types: Sequence[str]) -> None:
    """Read the sources of the gradient functions of ``types`` in advance: the first access to a file is slow."""

    class StubOp:
        """The attributes of an op that the look-up function reads."""

        inputs = (None,)
        _gradient_function = None

        def __init__(self, kind: str) -> None:
            self.type = kind

        def get_attr(self, name: str) -> Any:
            raise ValueError(name)

    for kind in types:
        if AVAILABLE:
            gradient_source(StubOp(kind))
