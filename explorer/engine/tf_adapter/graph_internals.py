"""Private parts of TensorFlow's graphs: bodies of nested functions, captured tensors, colocated ops.

Written for TensorFlow 2.18 to 2.21.
"""

from typing import Any

try:
    from tensorflow.python.framework.function_def_to_graph import function_def_to_graph as _to_graph
except ImportError:
    _to_graph = None

CALL_OPS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
"""Types of the ops that call a function of their graph."""


def called_graph(graph: Any, op: Any) -> Any | None:
    """Return the body of the function of ``graph`` that ``op`` calls as a graph with ``inputs`` and ``outputs``.

    None if ``op`` is no call or its function is unknown. Uses ``tf.Graph._get_function`` and ``function_def_to_graph``;
    where either is missing the result is None as well, so that a call remains one op.
    """
    if op.type not in CALL_OPS or _to_graph is None:
        return None
    find = getattr(graph, "_get_function", None)
    function = None if find is None else find(op.get_attr("f").name)
    return None if function is None else _to_graph(function.cached_definition)


def captured_tensors(graph: Any) -> list[tuple[Any, Any]]:
    """Return the tensors that a traced function takes from outside, as pairs of the outer and the inner tensor.

    Variables are captured by their handle. Uses ``FuncGraph.captures``; raises AttributeError where it is missing.
    """
    return list(graph.captures)


def colocated_op(op: Any) -> str | None:
    """Return the name of the forward op that the attribute ``_class`` (``loc:@NAME``) of a backward op names, or None.

    `tf.gradients` sets the attribute; where it is missing the result is None.
    """
    try:
        names = op.get_attr("_class")
    except ValueError:
        return None
    for name in names:
        text = name.decode()
        if text.startswith("loc:@"):
            return str(text.removeprefix("loc:@"))
    return None
