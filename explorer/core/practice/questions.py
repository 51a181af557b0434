"""Questions about the numbers of a trace: each says what is asked for, and where the answer is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.core.autodiff.output_name import differentiated_name, output_name
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.trace import GraphNode, Step, StepInput, Trace, Values
from explorer.core.autodiff.visible_steps import FORWARD, completed_sums, forward_steps, local_tensors, new_tensors
from explorer.core.expression.names import display_name
from explorer.core.number_format import format_value
from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE

VALUE, SEED, LOCAL, PRODUCT, PASSED, SUM, GRADIENT = "value", "seed", "local", "product", "passed", "sum", "gradient"
"""Kinds of questions."""

MAX_KEY_LENGTH = 120
"""Characters of an array of up to 8 entries as a key shows it: enough for two digits and an exponent each."""

_OPERANDS = {
    "Mul": (("left factor", "right factor"), "other factor"),
    "MatMul": (("left factor", "right factor"), "other factor"),
    "BatchMatMulV2": (("left factor", "right factor"), "other factor"),
    "RealDiv": (("dividend", "divisor"), None),
    "Pow": (("base", "exponent"), None),
    "AddV2": (("left term", "right term"), "other term"),
    "Sub": (("left term", "right term"), "other term"),
}
"""By type of op: what its operands are called, and the other one; None where that has a name of its own."""

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@dataclass(frozen=True)
class Question:
    """A question about one number or array.

    kind: `VALUE`, `SEED`, `LOCAL`, `PRODUCT`, `PASSED`, `SUM` or `GRADIENT`. tensor: TensorFlow's name of the tensor
    with the answer. text: the question. step, slot: the step of the backward pass and its input, for `LOCAL`, `PRODUCT`
    and `PASSED`. of: the forward tensor that the question is about; for gradients the one whose gradient is asked for.
    held: what is held still, "" for nothing.
    """

    kind: str
    tensor: str
    text: str
    step: Step | None = None
    slot: StepInput | None = None
    of: str = ""
    held: str = ""


def answer_key(question: Question, values: Values, digits: int = 4) -> str:
    """Return TensorFlow's answer as it is printed and shown."""
    value = np.asarray(values[question.tensor])
    return format_value(value.astype(int) if value.dtype == bool else value, digits, MAX_KEY_LENGTH)


def next_question(trace: Trace, pass_: str, step: int, revealed: int, local_known: bool) -> Question | None:
    """Return the question about the next hidden number of a step, None if no number is hidden."""
    numbers = new_tensors(trace, pass_, step)
    if revealed >= len(numbers):
        return None
    if pass_ == FORWARD:
        fed = len(forward_steps(trace)[step - 1]) > 1
        return value_question(trace, trace.nodes_by_tensor[numbers[revealed]], fed)
    if not step:
        return seed_question(trace, numbers[revealed])
    done = trace.steps[step - 1]
    slots = [slot for slot in done.inputs if slot.gradient_tensor is not None]
    if revealed >= len(slots):
        return sum_question(trace, completed_sums(trace, step)[revealed - len(slots)])
    slot = slots[revealed]
    local = local_tensors(trace, pass_, step, revealed)
    if local and local[0] and not local_known:
        return local_question(trace, done, slot)
    return passed_question(trace, done, slot)


def value_question(trace: Trace, node: GraphNode, is_fed: bool = False) -> Question:
    """Return the question about the value of an op; is_fed: whether it is one of the inputs."""
    label = node.defines or tensor_label(trace, node.tensor)
    if is_fed or not node.inputs:
        return Question(VALUE, node.tensor, f"What is fed for {label}?")
    shown = node.formula if node.formula is not None and len(node.formula) <= 40 else node.type
    truth = " Enter 1 for true, 0 for false." if node.dtype == "bool" else ""
    text = f"What comes out of {shown}{_size(trace, node.tensor)}?{truth}"
    return Question(VALUE, node.tensor, text, of=node.tensor)


def seed_question(trace: Trace, tensor: str) -> Question:
    """Return the question about the gradient with which the backward pass begins."""
    y, of_what = differentiated_name(trace), "itself"
    if trace.is_output_chosen:
        of_what = output_name(trace)
    elif trace.summed:
        y, of_what = f"the sum of {y}", f"each entry of {y}"
    return Question(SEED, tensor, f"The backward pass begins: what is the gradient of {y} with respect to {of_what}?")


def local_question(trace: Trace, step: Step, slot: StepInput) -> Question:
    """Return the question about the local derivative of an elementwise op by one of its operands."""
    assert slot.local_tensor is not None
    name, label = tensor_label(trace, step.tensor), tensor_label(trace, slot.tensor)
    by, held = label, ""
    if (names := operand_names(trace, step, slot)) is not None:
        by, held = f"its {names[0]} {label}", names[1]
    each = f", for each of its {size} entries" if (size := _shape_text(trace, step.tensor)) else ""
    still = f", with the {held} held still" if held else ""
    text = f"What is the local derivative of {name} with respect to {by}{still}{each}?"
    return Question(LOCAL, slot.local_tensor, text, step, slot, slot.tensor, held)


def product_question(trace: Trace, step: Step, slot: StepInput) -> Question:
    """Return the question about upstream gradient times local derivative, before it is summed."""
    assert slot.product_tensor is not None
    label, size = tensor_label(trace, slot.tensor), _shape_text(trace, step.tensor)
    text = f"What is the upstream gradient times the local derivative by {label}, for each of the {size} entries?"
    return Question(PRODUCT, slot.product_tensor, text, step, slot, slot.tensor)


def passed_question(trace: Trace, step: Step, slot: StepInput) -> Question:
    """Return the question about the gradient that is passed on to one operand of an op."""
    assert slot.gradient_tensor is not None
    to = tensor_label(trace, slot.tensor)
    is_repeated = sum(other.tensor == slot.tensor for other in step.inputs) > 1
    if is_repeated and (names := operand_names(trace, step, slot)) is not None:
        to = f"{to}, the {names[0]} of {tensor_label(trace, step.tensor)}"
    to += _size(trace, slot.tensor)
    if is_broadcast(trace, step, slot):
        to += f", which was broadcast to {_shape_text(trace, step.tensor)} entries"
    more = ", on this path" if slot.accumulated else ""
    return Question(PASSED, slot.gradient_tensor, f"What gradient is passed on to {to}{more}?", step, slot, slot.tensor)


def sum_question(trace: Trace, tensor: str) -> Question:
    """Return the question about the sum of the gradients that arrive at a forward tensor."""
    label = tensor_label(trace, tensor)
    text = f"Several gradients arrived at {label}. What is {_derivative(trace, label)}{_size(trace, tensor)}?"
    return Question(SUM, trace.tensor_gradients[tensor], text, of=tensor)


def gradient_question(trace: Trace, variable: str) -> Question | None:
    """Return the question about the gradient of a variable, None if TensorFlow has no gradient for it."""
    info = trace.gradients.get(variable)
    if info is None or info.tensor is None:
        return None
    tensor = trace.variables[variable]
    return Question(GRADIENT, info.tensor, f"What is {_derivative(trace, variable)}{_size(trace, tensor)}?", of=tensor)


def fixed_text(names: Sequence[str]) -> str:
    """Return the sentence of a question about variables that keep their values."""
    shown = [display_name(name) for name in names]
    listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f"{listed} keep{'s its value' if len(shown) == 1 else ' their values'}."


def operand_names(trace: Trace, step: Step, slot: StepInput) -> tuple[str, str] | None:
    """Return what this operand and the other one are called, None where the label alone says which one is meant.

    It does not if the operands have a variable in common: in ``x*sin(x)`` the derivative by x could be that of the
    whole product.
    """
    node = trace.nodes_by_tensor.get(step.tensor)
    if node is None or len(node.inputs) < 2 or step.type == CUSTOM_GRADIENT_TYPE:
        return None
    own = _variables_behind(trace, slot.tensor)
    others = [tensor for number, tensor in enumerate(node.inputs) if number != slot.slot]
    if not any(own & _variables_behind(trace, tensor) for tensor in others):
        return None
    names, other = _OPERANDS.get(step.type, (tuple(f"{ordinal} argument" for ordinal in _ORDINALS), ""))
    if other is None:
        other = names[1 - slot.slot]
    return names[slot.slot], other or ("other argument" if len(node.inputs) == 2 else "other arguments")


def is_broadcast(trace: Trace, step: Step, slot: StepInput) -> bool:
    """Return whether an operand has fewer entries than the output of its op, so that its gradient is a sum."""
    operand, output = trace.nodes_by_tensor.get(slot.tensor), trace.nodes_by_tensor.get(step.tensor)
    if not slot.summed_axes or operand is None or output is None or operand.shape is None or output.shape is None:
        return False
    return bool(np.prod(operand.shape) < np.prod(output.shape))


def _variables_behind(trace: Trace, tensor: str) -> set[str]:
    """Return the placeholders on which a forward tensor depends."""
    return trace.dependencies(tensor) & set(trace.variables.values())


def _derivative(trace: Trace, label: str) -> str:
    y = differentiated_name(trace)
    return f"d{f'(sum {y})' if trace.summed else y}/d{label if label.isidentifier() else f'({label})'}"


def _shape_text(trace: Trace, tensor: str) -> str:
    """Return ``4`` or ``2×3`` for the shape of a forward tensor, "" for a scalar."""
    node = trace.nodes_by_tensor.get(tensor)
    return "" if node is None or not node.shape else "×".join(f"{length:,}" for length in node.shape)


def _size(trace: Trace, tensor: str) -> str:
    """Return `` (2×3 numbers)``, or "" for a scalar."""
    shape = _shape_text(trace, tensor)
    return "" if not shape else f" ({shape} number{'s' * (shape != '1')})"
