"""All that TensorFlow knows about one op of a training graph."""

from typing import Any

from explorer.core.network_graph.search import shape_text
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.tf_adapter.devices import devices
from explorer.engine.tf_adapter.gradient_registry import gradient_source

MAX_ATTRIBUTE_LENGTH = 120
"""Characters of an attribute's value; longer ones, such as constants, are cut."""

_OMITTED_ATTRIBUTES = ("_class", "_XlaCompile", "_output_shapes")


def describe_op(traced: TracedNetwork, name: str) -> dict[str, Any]:
    """Return type, attributes, inputs, outputs and device of an op, and the ops that belong to it.

    ``source``: the gradient function of the op, or of its forward op for a backward op; ``note``: why there is none.
    """
    graph = traced.graph
    op, known = traced.operations[name], graph.by_name[name]
    forward = graph.forward_op_of.get(name)
    differentiated = traced.operations[forward] if forward is not None else op
    source, note = gradient_source(differentiated)
    return {
        "id": name,
        "type": op.type,
        "group": graph.group_of[name],
        "hidden": graph.helper_kinds.get(name),
        "backward": known.backward,
        "forward": forward,
        "forward_type": differentiated.type,
        "device": op.device or (devices()[0] if len(devices()) == 1 else "where TensorFlow puts it"),
        "attributes": {key: _text(op, key) for key in sorted(op.node_def.attr) if key not in _OMITTED_ATTRIBUTES},
        "inputs": [f"{name}  {_shape(tensor)}" for name, tensor in zip(known.inputs, op.inputs, strict=True)],
        "outputs": [f"{tensor.name}  {_shape(tensor)}" for tensor in op.outputs],
        "source": source,
        "note": note,
    }


def _shape(tensor: Any) -> str:
    shape = None if tensor.shape.rank is None else tuple(tensor.shape.as_list())
    return f"{shape_text(shape, '×')} {tensor.dtype.name}"


def _text(op: Any, key: str) -> str:
    value = op.get_attr(key)
    text = getattr(value, "name", None) or (value.decode(errors="replace") if isinstance(value, bytes) else str(value))
    text = " ".join(str(text).split())
    return text if len(text) <= MAX_ATTRIBUTE_LENGTH else f"{text[: MAX_ATTRIBUTE_LENGTH - 1]}…"
