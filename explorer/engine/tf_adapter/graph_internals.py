"""Private parts of TensorFlow's graphs: bodies of nested functions, captured tensors, colocated ops.

Written for TensorFlow 2.18 to 2.21.
"""

from collections.abc import Sequence
from typing import Any

try:
    from tensorflow.python.framework.function_def_to_graph import function_def_to_graph as _to_graph
except ImportError:
    _to_graph = None

CALL_OPS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
"""Types of the ops that call a function of their graph."""


def called_graph(graph: Any, op: Any) -> tuple[Any, Any] | None:
    """Return the function of ``graph`` that ``op`` calls, as two graphs with ``inputs`` and ``outputs``.

    The first has the names that the ops have when the function runs, the second is the one that was traced. None if
    ``op`` is no call or its function is unknown. Uses ``tf.Graph._get_function``, ``function_def_to_graph`` and
    ``AtomicFunction.graph``; where the first two are missing the result is None as well, so that a call remains one op.
    """
    if op.type not in CALL_OPS or _to_graph is None:
        return None
    find = getattr(graph, "_get_function", None)
    function = None if find is None else find(op.get_attr("f").name)
    if function is None:
        return None
    body = _to_graph(function.cached_definition)
    return body, getattr(function, "graph", body)


def traced_names(operations: Sequence[Any], traced: Any) -> dict[str, str]:
    """Return the names in the graph ``traced`` of the ops of the function that was made from it.

    Where a name is that of an output as well, the op of the function has another one, with a number behind it; such ops
    stand in the same order in both.
    """
    arguments = {tensor.op.name for tensor in traced.inputs}
    types = {op.name: op.type for op in traced.get_operations() if op.name not in arguments}
    names = {op.name: op.name for op in operations if types.get(op.name) == op.type}
    left = [name for name in types if name not in names]
    for op in operations:
        if op.name not in names:
            found = next((name for name in left if types[name] == op.type and op.name.startswith(f"{name}_")), None)
            if found is not None:
                left.remove(found)
                names[op.name] = found
    return names


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
