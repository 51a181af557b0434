"""Formulas of the chain rule at one step, as the chain-rule panel shows them.

Pure functions of a trace. Formulas come from the op table; values are TensorFlow's and are shown elsewhere.
"""

from dataclasses import dataclass

from explorer.core.autodiff.formula_latex import factor_latex, formula_latex
from explorer.core.autodiff.output_name import (
    differentiated_latex,
    differentiated_name,
    output_latex,
    output_name,
    weights_name,
)
from explorer.core.autodiff.tensor_label import label_latex, tensor_label
from explorer.core.autodiff.trace import Step, StepInput, Trace
from explorer.core.autodiff.upstream_product import upstream_product
from explorer.core.expression.entry import entry_text
from explorer.core.expression.latex import name_latex

MAX_FORMULA_LENGTH = 60
"""Characters of a product that is legible from the back row; in a longer one G stands for the upstream gradient."""

MAX_JOINED_LENGTH = 40
"""Characters of two formulas that fit side by side."""


@dataclass(frozen=True)
class FormulaLine:
    """One formula, as plain text and as LaTeX.

    parts: (LaTeX, role) pairs; roles are ``normal``, ``current`` and ``muted``.
    short: whether the upstream gradient is abbreviated by `upstream_name`.
    """

    text: str
    parts: tuple[tuple[str, str], ...]
    short: bool = False


def opening_line(trace: Trace) -> FormulaLine:
    """Return the line of step 0: the gradient of the output with respect to itself."""
    name = output_name(trace)
    if trace.summed:
        text = f"d(sum {name})/d{name} = 1 for every entry"
        latex = output_latex(trace)
        head = rf"{_d_latex(trace)} \sum {latex} / {_d_latex(trace)} {latex} = 1"
        return FormulaLine(text, ((head, "normal"),))
    if trace.is_output_chosen:
        return _chosen_opening_line(trace, name)
    head = f"{_derivative_latex(trace, output_latex(trace))} ="
    return FormulaLine(f"d{name}/d{name} = 1", ((head, "normal"), ("1", "current")))


def _chosen_opening_line(trace: Trace, name: str) -> FormulaLine:
    """Return the line of step 0 if an entry of the output or a weighted sum is differentiated."""
    left, head = f"d{differentiated_name(trace)}/d{name}", f"{_derivative_latex(trace, output_latex(trace))} ="
    entry = trace.output_choice.entry
    if entry is None:
        weights = weights_name(trace.expression)
        return FormulaLine(f"{left} = {weights}", ((head, "normal"), (name_latex(weights), "current")))
    place = entry_text(entry)
    shown = rf"1 \text{{ at }} [{place}] \text{{, 0 elsewhere}}"
    return FormulaLine(f"{left} = 1 at [{place}], 0 elsewhere", ((head, "normal"), (shown, "current")))


def forward_line(trace: Trace, op: str) -> FormulaLine | None:
    """Return the formula of a forward op, with the name of its output if it has one; None if too long or an input."""
    node = trace.nodes_by_name.get(op)
    if node is None or node.formula is None or len(node.formula) > MAX_FORMULA_LENGTH or not node.inputs:
        return None
    name = node.defines or (output_name(trace) if node.tensor == trace.output else None)
    if name is None:
        return FormulaLine(node.formula, ((formula_latex(node.formula), "normal"),))
    shown = output_latex(trace) if node.tensor == trace.output and not node.defines else formula_latex(name)
    return FormulaLine(f"{name} = {node.formula}", ((f"{shown} = {formula_latex(node.formula)}", "normal"),))


def chain_lines(trace: Trace, step: Step) -> list[FormulaLine]:
    """Return one line for each slot of ``step``, with the local derivative as the current factor."""
    return [_slot_line(trace, step, slot) for slot in step.inputs]


def simplified_line(trace: Trace, variable: str, simplified: str) -> FormulaLine:
    """Return the complete gradient of ``variable`` in its simplified form."""
    head = f"{_derivative_latex(trace, formula_latex(variable))} ="
    return FormulaLine(
        f"{derivative_text(trace, variable)} = {simplified}", ((head, "muted"), (formula_latex(simplified), "muted"))
    )


def mask_factor(line: FormulaLine) -> FormulaLine:
    """Return ``line`` with ? for its current factor, and nothing after it."""
    parts: list[tuple[str, str]] = []
    for latex, role in line.parts:
        if role == "current":
            parts.append(("?", role))
            break
        parts.append((latex, role))
    return FormulaLine(f"{line.text.partition(' = ')[0]} = ?", tuple(parts), line.short)


def join_lines(line: FormulaLine, simplified: FormulaLine) -> FormulaLine | None:
    """Return ``line`` followed by its simplified form, or None if both are too long for one line."""
    if line.short or len(line.text) + len(simplified.text) > MAX_JOINED_LENGTH:
        return None
    return FormulaLine(f"{line.text}\n{simplified.text}", (*line.parts, (r"\; =", "muted"), simplified.parts[-1]))


def _slot_line(trace: Trace, step: Step, slot: StepInput) -> FormulaLine:
    label = tensor_label(trace, slot.tensor)
    left = derivative_text(trace, label)
    head = f"{_derivative_latex(trace, label_latex(label))} ="
    if slot.gradient_tensor is None and slot.tensor in trace.tensor_gradients:
        return FormulaLine(
            f"{left}: nothing on this path", ((head, "normal"), (r"\ldots + \text{nothing on this path}", "current"))
        )
    if slot.gradient_tensor is None:
        return FormulaLine(
            f"{left}: TensorFlow passes no gradient on", ((head, "normal"), (r"\text{no gradient}", "current"))
        )
    if slot.chain is None or step.upstream_formula is None or slot.local_formula is None:
        text, parts = upstream_product(trace, step, slot)
        return FormulaLine(f"{left} = {text}", ((head, "normal"), *parts), short=True)
    others = _arrived_before(trace, step, slot) if slot.accumulated else []
    more = slot.accumulated and _more_arrives(trace, step, slot)
    text = f"{left} = {' + '.join([*others, slot.chain, *(['...'] if more else [])])}"
    is_long = len(text) - len(left) > MAX_FORMULA_LENGTH
    parts = [(head, "normal")]
    if is_long:
        parts += [(r"\ldots \, +", "muted")] if others else []
        parts += upstream_product(trace, step, slot)[1]
    else:
        parts += [(f"{formula_latex(chain)} +", "normal") for chain in others]
        if step.upstream_formula != "1":
            parts.append((rf"{factor_latex(step.upstream_formula)} \cdot", "normal"))
        is_alone = len(parts) == 1
        parts.append((formula_latex(slot.local_formula) if is_alone else factor_latex(slot.local_formula), "current"))
    if more:
        parts.append((r"+ \, \ldots", "muted"))
    return FormulaLine(text, tuple(parts), short=is_long)


def _arrived_before(trace: Trace, step: Step, slot: StepInput) -> list[str]:
    """Return the products that arrived at the same tensor before, in the order of the steps."""
    found: list[str] = []
    for other in trace.steps:
        for argument in other.inputs:
            if other.op == step.op and argument.slot == slot.slot:
                return found
            if argument.tensor == slot.tensor and argument.gradient_tensor is not None and argument.chain is not None:
                found.append(argument.chain)
    return found


def _more_arrives(trace: Trace, step: Step, slot: StepInput) -> bool:
    """Return whether a later slot passes a gradient on to the same tensor."""
    order = [(other.op, argument) for other in trace.steps for argument in other.inputs]
    index = next(k for k, (op, argument) in enumerate(order) if op == step.op and argument.slot == slot.slot)
    return any(
        argument.tensor == slot.tensor and argument.gradient_tensor is not None for _, argument in order[index + 1 :]
    )


def derivative_text(trace: Trace, label: str) -> str:
    """Return the derivative of the output by a tensor, ``dy/dx`` or ``dy/d(2*x)``."""
    inner = label if label.isidentifier() else f"({label})"
    return f"d{differentiated_name(trace)}/d{inner}"


def _d_latex(trace: Trace) -> str:
    return r"\partial" if len(trace.variables) > 1 else "d"


def _derivative_latex(trace: Trace, label: str) -> str:
    d = _d_latex(trace)
    return rf"{d} {differentiated_latex(trace)} / {d} {label}"
