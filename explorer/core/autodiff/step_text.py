"""Texts of a backward step: its formulas, the gradients that it completes, its rule and TensorFlow's entry."""

import re
from collections.abc import Mapping

import numpy as np

from explorer.core.autodiff.chain_rule_text import (
    FormulaLine,
    chain_lines,
    join_lines,
    mask_factor,
    opening_line,
    simplified_line,
)
from explorer.core.autodiff.folding import RESHAPE_TYPES
from explorer.core.autodiff.output_name import weights_name
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values
from explorer.core.expression.entry import entry_text
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.parser import parse
from explorer.core.number_format import format_value

_SHAPE_TYPES = RESHAPE_TYPES | {"Shape", "Const"}
"""Types of backward ops that only reshape a gradient, or say how."""

MAX_FORMULAS = 3
"""Formulas shown at once; ops with more inputs are rare, and their other gradients are on the graph."""


def opening_text(trace: Trace) -> str:
    """Return a sentence on the beginning of the backward pass."""
    if not trace.steps and trace.output in trace.variables.values():
        return "The output is the variable itself: its gradient is 1, and there is no step."
    if not trace.steps:
        return "Nothing here depends on a variable, so there is no gradient to pass back."
    if trace.summed:
        return (
            "The output is not a single number, so TensorFlow differentiates the sum of its entries: "
            "the backward pass begins with a 1 for each."
        )
    if trace.output_choice.entry is not None and trace.is_output_chosen:
        return (
            f"Entry {entry_text(trace.output_choice.entry)} of the output is differentiated (counted from 0): "
            "the backward pass begins with a 1 there and 0 everywhere else."
        )
    if trace.is_output_chosen:
        return (
            f"A weighted sum of the output's entries is differentiated: the backward pass begins with the weights "
            f"{weights_name(trace.expression)} = {format_value(trace.output_weights)}."
        )
    return "The backward pass begins at the output: its gradient with respect to itself is 1."


def completed_lines(
    trace: Trace, values: Values, number: int, simplified: Mapping[str, str | None]
) -> list[FormulaLine]:
    """Return the simplified gradients that are complete with step ``number``, where they differ from its line.

    One that has a value where the gradient is NaN is left out: 0·(1/x) is 0, but not at 0.
    """
    lines = []
    for name, tensor in trace.variables.items():
        if trace.last_step_of(tensor) != number:
            continue
        simplest = simplified.get(name)
        gradient = trace.gradients[name]
        if not simplest or simplest == gradient.chain:
            continue
        is_nan = np.any(np.isnan(values.get(gradient.tensor or "", 0)))
        if not is_nan or not _has_value(trace, values, simplest):
            lines.append(simplified_line(trace, name, simplest))
    return lines


def _has_value(trace: Trace, values: Values, formula: str) -> bool:
    program = parse(formula, MAX_FORMULA_OPS)
    point = {name: np.asarray(values[trace.variables[name]], dtype=np.float64) for name in program.variables}
    return bool(np.all(np.isfinite(evaluate_program(program, point))))


def step_lines(
    trace: Trace,
    values: Values,
    number: int,
    simplified: Mapping[str, str | None],
    hidden: frozenset[str],
    slots: frozenset[int] | None = None,
) -> list[FormulaLine]:
    """Return the formulas of step ``number`` of the backward pass (0: the seed), with ? for hidden values.

    hidden: tensors whose values are hidden. slots: argument slots whose gradient is asked for; None for all.
    """
    if number == 0 or not trace.steps:
        return [opening_line(trace)]
    step = trace.steps[number - 1]
    lines = chain_lines(trace, step)
    if hidden:
        pairs = zip(lines, step.inputs, strict=True)
        lines = [mask_factor(line) if _is_hidden(slot, hidden, slots) else line for line, slot in pairs]
    completed = completed_lines(trace, values, number, simplified) if not hidden else []
    one_line = join_lines(lines[0], completed[0]) if len(lines) == len(completed) == 1 else None
    return [one_line] if one_line is not None else [*lines, *completed][:MAX_FORMULAS]


def _is_hidden(slot: StepInput, hidden: frozenset[str], slots: frozenset[int] | None) -> bool:
    """Return whether the formula of a slot would reveal what is asked for."""
    asked_for = slot.gradient_tensor in hidden and (slots is None or slot.slot in slots)
    return slot.local_tensor in hidden or (asked_for and slot.local_formula == "1")


def rule_texts(step: Step, trace: Trace | None = None) -> tuple[str, str, str]:
    """Return the rule, TensorFlow's registered gradient function and the ops of a step; "" for what is missing.

    trace: tells which ops of a folded step only reshape; they are counted.
    """
    name, entry = _registered_gradient(step)
    rule = f"{step.rule}: {step.rule_formula}" if step.rule_formula else step.rule
    done = _ops_text(step, trace) if step.tf_ops else _no_op_text(step)
    return rule, f"TensorFlow's {name or 'entry'}: {entry}" if entry else name, f"done by {done}"


def _registered_gradient(step: Step) -> tuple[str, str]:
    """Return name and decisive source lines of the registered function, or "" and why the source is unavailable."""
    if step.source is None:
        return "", step.source_note or "the entry could not be read"
    name = re.search(r"def (\w+)", step.source)
    lines = [re.sub(r"\s+", " ", line).strip() for line in re.sub(r"\(\s*\n\s*", "(", step.source).splitlines()]
    returned = [line.removeprefix("return ") for line in lines if line.startswith("return ") and "grad" in line]
    assigned = [line for line in lines if re.match(r"\w+ = .*\bgrad\b", line) and "op.inputs" not in line]
    shown = "; ".join(returned[-1:] or assigned[:2])
    for module in ("gen_math_ops.", "gen_nn_ops.", "math_ops.", "array_ops."):
        shown = shown.replace(module, "")
    return (name.group(1) if name else ""), shown


def _ops_text(step: Step, trace: Trace | None) -> str:
    types = {node.id: node.type for node in trace.gradient_nodes} if trace is not None and step.output else {}
    shown = [name for name in step.tf_ops if types.get(name) not in _SHAPE_TYPES]
    hidden = len(step.tf_ops) - len(shown)
    text = ", ".join(shown) if shown else f"{hidden} ops that only reshape"
    return f"{text} and {hidden} ops that only reshape" if shown and hidden else text


def _no_op_text(step: Step) -> str:
    if any(slot.gradient_tensor is not None for slot in step.inputs):
        return "no op at all: it passes on the tensor that arrived"
    return "no op at all: nothing is passed on"
