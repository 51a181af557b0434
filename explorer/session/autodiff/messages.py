"""Messages about the current step and the selection: pure functions of the view state."""

from collections.abc import Sequence

import numpy as np

from explorer.core.autodiff.broadcast_text import broadcast_lines
from explorer.core.autodiff.causes.derivative_caveat import derivative_caveat
from explorer.core.autodiff.causes.precision_text import different_numbers
from explorer.core.autodiff.step_sentence import step_sentence
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.tensor_text import (
    consumers,
    differentiated_tensor,
    find_op,
    folded_text,
    op_repr,
    producer,
    tensor_repr,
)
from explorer.core.autodiff.trace import GraphNode, Step, Trace, Values
from explorer.core.autodiff.visible_steps import BACKWARD, SOURCE_TYPES, forward_steps, visible_tensors
from explorer.core.number_format import (
    format_full,
    format_list,
    format_shape,
    format_table,
    format_value,
    with_typeset_numbers,
)
from explorer.core.ops.table import ops_by_type
from explorer.session.autodiff.stepper import COVERED
from explorer.session.autodiff.view_state import ExpressionViewState, Selection


def forward_message(state: ExpressionViewState) -> str:
    """Return what the current step of the forward pass does, or asks; "" without a trace."""
    if state.trace is None:
        return ""
    if state.hidden:
        return "What comes out here?"
    text = forward_step_text(state.trace, state.values, state.step, state.digits)
    return f"{text} {COVERED}" if state.covered else text


def backward_messages(state: ExpressionViewState) -> str:
    """Return what there is to say about the current step of the backward pass, a line for each message."""
    messages = [step_message(state), *broadcast_messages(state), kink_message(state), *precision_messages(state)]
    return "\n".join(filter(None, messages))


def step_message(state: ExpressionViewState) -> str:
    """Return the backward step in one sentence, with ? for hidden numbers; "" in the forward pass."""
    trace = state.trace
    if trace is None or _backward_step(state) is None:
        return ""
    return step_sentence(trace, state.values, state.step, state.digits, state.hidden, state.hidden_slots)


def kink_message(state: ExpressionViewState) -> str | None:
    """Return which derivative TensorFlow uses if the op of the backward step has a kink at its input, else None.

    It would tell a number that is asked for.
    """
    trace, step = state.trace, _backward_step(state)
    if trace is None or step is None or state.hidden:
        return None
    return derivative_caveat(state.whole or trace, state.values, step)


def broadcast_messages(state: ExpressionViewState) -> list[str]:
    """Return what is summed because operands of the backward step's op were broadcast, without hidden sums."""
    trace, step = state.trace, _backward_step(state)
    if trace is None or step is None:
        return []
    return broadcast_lines(trace, state.values, step, state.digits, state.hidden)


def precision_messages(state: ExpressionViewState) -> list[str]:
    """Return which numbers of the backward step differ in float64, with both of them; hidden ones are left out."""
    trace, step = state.trace, _backward_step(state)
    if trace is None or step is None:
        return []
    named = {step.upstream_tensor: "What arrived"}
    for slot in step.inputs:
        label = tensor_label(trace, slot.tensor)
        named.setdefault(slot.local_tensor, f"The local derivative by {label}")
        named.setdefault(slot.gradient_tensor, f"The gradient for {label}")
    return [
        with_typeset_numbers(f"{name} is {different_numbers(state.values, state.different, tensor)}.")
        for tensor, name in named.items()
        if tensor is not None and tensor in state.different and tensor not in state.hidden
    ]


def details(state: ExpressionViewState) -> tuple[str, str]:
    """Return title and text about the selection, without hidden numbers; empty strings where there is none."""
    trace = state.trace
    if trace is None or state.selection is None:
        return "", ""
    return selection_details(trace, _known_values(state, trace), state.selection)


def details_table(state: ExpressionViewState) -> str:
    """Return all numbers of the selected op's or edge's array, "" for a number, or if they are hidden."""
    trace = state.trace
    if trace is None or state.selection is None:
        return ""
    kind, name = state.selection
    op = find_op(trace, name) if kind == "node" else None
    value = _known_values(state, trace).get(op.tensor if op is not None else name)
    return "" if value is None or not np.ndim(value) else format_table(value)


def _known_values(state: ExpressionViewState, trace: Trace) -> Values:
    """Return the values without those that are hidden, or belong to a later step of a quiz or of the forward pass."""
    if not state.quiz and state.pass_ == BACKWARD:
        return state.values
    shown = visible_tensors(trace, state.pass_, state.step) - state.hidden
    return {tensor: value for tensor, value in state.values.items() if tensor in shown}


def _backward_step(state: ExpressionViewState) -> Step | None:
    """Return the current step of the backward pass; None before the first one, and in the forward pass."""
    trace = state.trace
    if trace is None or state.pass_ != BACKWARD or not 0 < state.step <= len(trace.steps):
        return None
    return trace.steps[state.step - 1]


def forward_step_text(trace: Trace, values: Values, step: int, digits: int = 4) -> str:
    """Return what step ``step`` of the forward pass does; step 0 is the graph as built."""
    if step == 0:
        return "TensorFlow has built the graph. Nothing is computed yet: a node is an operation, not a result."
    group = forward_steps(trace)[step - 1]
    op = trace.nodes_by_name[group[0]]
    if op.type in SOURCE_TYPES:
        given = [
            f"{name} = {format_value(values[tensor], digits)}"
            for name, tensor in trace.variables.items()
            if tensor in values
        ]
        return f"The inputs are fed: {', '.join(given)}." if given else "There is no input: only constants."
    row = ops_by_type().get(op.type)
    taken = [format_value(values[tensor], digits) if tensor in values else tensor for tensor in op.inputs]
    result = format_value(values[op.tensor], digits) if op.tensor in values else "a value that was not fetched"
    return f"{row.symbol if row else op.type} takes {format_list(taken)} and gives {result}."


def selection_details(trace: Trace, values: Values, selection: Selection) -> tuple[str, str]:
    """Return the selected op or tensor as TensorFlow prints it, and what else is known about it."""
    kind, name = selection
    return _op_details(trace, values, name) if kind == "node" else _tensor_details(trace, values, name)


def _op_details(trace: Trace, values: Values, name: str) -> tuple[str, str]:
    op = find_op(trace, name)
    if op is None:
        return "", ""
    parts = []
    if isinstance(op, GraphNode):
        if op.formula is not None and op.type not in SOURCE_TYPES:
            parts.append(f"computes {op.formula}" + (f", called {op.defines}" if op.defines else ""))
        if op.folded:
            parts.append(f"{folded_text(op)}: {format_list([folded for folded, _ in op.folded])}")
    else:
        parts.append(f"belongs to the backward pass of {op.forward}" if op.forward else "begins the backward pass")
        if op.sums is not None:
            parts.append(f"sums the gradients of {op.sums}")
    if op.inputs:
        parts.append(f"takes {format_list(op.inputs)}")
    parts.append(f"gives {tensor_repr(trace, op.tensor)}{_value(values, op.tensor)}")
    parts.append(_users(trace, op.tensor))
    return op_repr(trace, name), _joined([*parts, _device(op.device)])


def _tensor_details(trace: Trace, values: Values, tensor: str) -> tuple[str, str]:
    op = producer(trace, tensor)
    parts = [f"made by {op.id} ({op.type})" if op is not None else "", _users(trace, tensor)]
    if (forward := differentiated_tensor(trace, tensor)) is not None:
        parts.append(f"the gradient of the output with respect to {forward}")
    parts.append(f"value{value}" if (value := _value(values, tensor)) else "")
    return tensor_repr(trace, tensor), _joined([*parts, _device(op.device if op is not None else "")])


def _users(trace: Trace, tensor: str) -> str:
    used = [f"{name} (argument {slot + 1})" for name, slot in consumers(trace, tensor)]
    if used:
        return f"used by {format_list(used)}"
    return "the output" if tensor == trace.output else "used by no other op"


def _value(values: Values, tensor: str) -> str:
    if tensor not in values:
        return ""
    value = values[tensor]
    text = format_value(value, 9) if np.ndim(value) else format_full(value)
    return "" if text == format_shape(value) else f" = {text}"  # the table below has its numbers


def _device(device: str) -> str:
    return f"on {device}" if device else ""


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)
