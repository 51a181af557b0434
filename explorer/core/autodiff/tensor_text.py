"""Tensors and ops of a trace: search, producers and consumers, and their text as TensorFlow prints it."""

from explorer.core.autodiff.trace import GradientNode, GraphNode, Trace, op_of
from explorer.core.number_format import format_list


def find_op(trace: Trace, name: str) -> GraphNode | GradientNode | None:
    """Return the forward or backward op ``name``, or None."""
    backward = (op for op in trace.gradient_nodes if op.id == name)
    return trace.nodes_by_name.get(name) or next(backward, None)


def producer(trace: Trace, tensor: str) -> GraphNode | GradientNode | None:
    """Return the op that produces ``tensor``, or None."""
    return trace.nodes_by_tensor.get(tensor) or find_op(trace, op_of(tensor))


def consumers(trace: Trace, tensor: str) -> tuple[tuple[str, int], ...]:
    """Return (op, argument slot) of all ops that consume ``tensor``, forward ops first."""
    ops: tuple[GraphNode | GradientNode, ...] = (*trace.nodes, *trace.gradient_nodes)
    return tuple((op.id, slot) for op in ops for slot, name in enumerate(op.inputs) if name == tensor)


def tensor_repr(trace: Trace, tensor: str) -> str:
    """Return a tensor as TensorFlow prints it: ``Tensor("add:0", shape=(), dtype=float32)``.

    An unknown shape is left out, as in TensorFlow; of an op that the trace lacks only the name is known.
    """
    op = producer(trace, tensor)
    if op is None:
        return f'Tensor("{tensor}")'
    shape = "" if op.shape is None else f", shape={op.shape}"
    return f'Tensor("{tensor}"{shape}, dtype={op.dtype})'


def op_repr(trace: Trace, name: str) -> str:
    """Return an op as TensorFlow prints it: ``<tf.Operation 'Sin' type=Sin>``."""
    op = find_op(trace, name)
    if isinstance(op, GraphNode) and op.function is not None and op.type == op.function and op.folded:
        return f"{op.function}, of which {name} is the last op"
    return f"<tf.Operation '{name}' type={op.type if op is not None else 'unknown'}>"


def folded_text(op: GraphNode) -> str:
    """Return which ops are folded into ``op``: ``with ExpandDims, Squeeze and a constant``; "" for none."""
    if not op.folded:
        return ""
    shown = [kind for _, kind in op.folded if kind != "Const"]
    constants = len(op.folded) - len(shown)
    shown += [f"{constants} constants" if constants > 1 else "a constant"] * bool(constants)
    return f"with {format_list(shown)}"


def differentiated_tensor(trace: Trace, tensor: str) -> str | None:
    """Return the forward tensor whose complete gradient is ``tensor``, or None."""
    return next((forward for forward, gradient in trace.tensor_gradients.items() if gradient == tensor), None)
