"""What the window says about a step or a selection, in sentences: pure functions of a trace and its values."""

from collections.abc import Sequence

from explorer.core.autodiff.tensor_text import consumers, find_op, gradient_of, op_text, producer, tensor_text
from explorer.core.autodiff.trace import GraphNode, Trace, Values
from explorer.core.autodiff.visible_steps import GIVEN, forward_groups
from explorer.core.number_format import format_value
from explorer.core.ops.table import ops_by_type


def forward_sentence(trace: Trace, values: Values, step: int, digits: int = 4) -> str:
    """Return what forward step ``step`` does; step 0 is the graph as built."""
    if step == 0:
        return "TensorFlow has built the graph. Nothing is calculated yet: a node says what to do, not what comes out."
    group = forward_groups(trace)[step - 1]
    ops = {node.id: node for node in trace.nodes}
    if ops[group[0]].type in GIVEN:
        given = [
            f"{name} = {format_value(values[tensor], digits)}"
            for name, tensor in trace.variables.items()
            if tensor in values
        ]
        return f"The inputs are fed: {', '.join(given)}." if given else "There is no input: only constants."
    op = ops[group[0]]
    row = ops_by_type().get(op.type)
    taken = [format_value(values[tensor], digits) if tensor in values else tensor for tensor in op.inputs]
    result = format_value(values[op.tensor], digits) if op.tensor in values else "a value that was not fetched"
    return f"{row.symbol if row else op.type} takes {_listed(taken)} and gives {result}."


def selection_details(trace: Trace, values: Values, selection: tuple[str, str] | None) -> tuple[str, str]:
    """Return a title, as TensorFlow prints the op or tensor, and what else is known of it; empty texts for None."""
    if selection is None:
        return "", ""
    kind, name = selection
    return _op_details(trace, values, name) if kind == "node" else _tensor_details(trace, values, name)


def _op_details(trace: Trace, values: Values, name: str) -> tuple[str, str]:
    op = find_op(trace, name)
    if op is None:
        return "", ""
    parts = []
    if isinstance(op, GraphNode):
        if op.formula is not None and op.type not in GIVEN:
            parts.append(f"computes {op.formula}" + (f", called {op.defines}" if op.defines else ""))
    else:
        parts.append(f"belongs to the backward pass of {op.forward}" if op.forward else "begins the backward pass")
        if op.sums is not None:
            parts.append(f"sums the gradients of {op.sums}")
    if op.inputs:
        parts.append(f"takes {_listed(op.inputs)}")
    parts.append(f"gives {tensor_text(trace, op.tensor)}{_value(values, op.tensor)}")
    parts.append(_users(trace, op.tensor))
    return op_text(trace, name), _joined([*parts, _device(op.device)])


def _tensor_details(trace: Trace, values: Values, tensor: str) -> tuple[str, str]:
    op = producer(trace, tensor)
    parts = [f"made by {op.id} ({op.type})" if op is not None else "", _users(trace, tensor)]
    if (forward := gradient_of(trace, tensor)) is not None:
        parts.append(f"the gradient of the output with respect to {forward}")
    parts.append(f"value{_value(values, tensor)}" if tensor in values else "")
    return tensor_text(trace, tensor), _joined([*parts, _device(op.device if op is not None else "")])


def _users(trace: Trace, tensor: str) -> str:
    used = [f"{name} (argument {slot + 1})" for name, slot in consumers(trace, tensor)]
    if used:
        return f"used by {_listed(used)}"
    return "the output" if tensor == trace.output else "used by no other op"


def _value(values: Values, tensor: str) -> str:
    return f" = {format_value(values[tensor], 9)}" if tensor in values else ""


def _device(device: str) -> str:
    return f"on {device}" if device else ""


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
