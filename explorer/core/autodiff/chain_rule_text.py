"""Formulas of the chain rule at one step, as the chain-rule panel shows them.

Pure functions of a trace. Formulas come from the op table; values are TensorFlow's and are shown elsewhere.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from explorer.core.autodiff.chain_symbols import local_derivative
from explorer.core.autodiff.folding import RESHAPE_TYPES
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES, matmul_gradients, with_latex, with_names
from explorer.core.autodiff.matrix_text import factor_ranks
from explorer.core.autodiff.output_name import (
    differentiated_latex,
    differentiated_name,
    output_latex,
    output_name,
    unused_name,
    upstream_name,
    weights_name,
)
from explorer.core.autodiff.trace import GraphNode, Step, StepInput, Trace
from explorer.core.errors import ExpressionError
from explorer.core.expression.entry import entry_text
from explorer.core.expression.latex import name_latex, to_latex
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import to_text
from explorer.core.ops.table import ops_by_type
from explorer.core.syntax_tree import Apply, Node, Shape

MAX_FORMULA_LENGTH = 60
"""Characters of a product that is legible from the back row; in a longer one G stands for the upstream gradient."""

SOFTMAX_NAMES = ("S", "P", "softmax")
"""Names of the value of softmax; the first that is no name of the expression is used."""

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
        f"{_derivative_name(trace, variable)} = {simplified}", ((head, "muted"), (formula_latex(simplified), "muted"))
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


def tensor_label(trace: Trace, tensor: str) -> str:
    """Return the label of a tensor in formulas: its variable, defined name, short formula, or the name of its op."""
    node = trace.nodes_by_tensor.get(tensor)
    if node is None:
        return tensor
    variable = trace.variable_of(tensor)
    if variable or node.defines:
        return variable or node.defines or tensor
    formula = node.formula if node.formula is not None else _reshape_or_product_text(trace, node)
    if formula is not None and len(formula) <= 24:
        return formula
    return node.id.rpartition("/")[2]


def _reshape_or_product_text(trace: Trace, node: GraphNode) -> str | None:
    """Return the value of an op that has no formula because it is only a part of one of our functions."""
    if node.type in RESHAPE_TYPES:
        return tensor_label(trace, node.inputs[0])
    if node.type == "MatMul" and not node.transposed:
        product = _parsed("@".join(f"({tensor_label(trace, tensor)})" for tensor in node.inputs))
        return to_text(product) if product is not None else None
    return None


def _slot_line(trace: Trace, step: Step, slot: StepInput) -> FormulaLine:
    label = tensor_label(trace, slot.tensor)
    left = _derivative_name(trace, label)
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
    parts = [(head, "normal")]
    others = _arrived_before(trace, step, slot) if slot.accumulated else []
    text = f"{left} = {' + '.join([*others, slot.chain])}"
    more = slot.accumulated and _more_arrives(trace, step, slot)
    if more:
        text += " + ..."
    if len(text) - len(left) > MAX_FORMULA_LENGTH:
        if others:
            parts.append((r"\ldots \, +", "muted"))
        parts += upstream_product(trace, step, slot)[1]
    else:
        parts += [(f"{formula_latex(chain)} +", "normal") for chain in others]
        if step.upstream_formula != "1":
            parts.append((rf"{_factor_latex(step.upstream_formula)} \cdot", "normal"))
        parts.append(
            (_factor_latex(slot.local_formula) if len(parts) > 1 else formula_latex(slot.local_formula), "current")
        )
    if more:
        parts.append((r"+ \, \ldots", "muted"))
    return FormulaLine(text, tuple(parts), short=len(text) - len(left) > MAX_FORMULA_LENGTH)


def upstream_product(
    trace: Trace, step: Step, slot: StepInput, upstream: tuple[str, str] | None = None
) -> tuple[str, list[tuple[str, str]]]:
    """Return the gradient that a slot passes on, in terms of the upstream gradient G: as text, and as LaTeX parts.

    For an elementwise op this is G times the local derivative (⊙ for arrays, with a sum if the input was broadcast),
    otherwise the rule in matrix form, such as ``G xᵀ``. upstream: what to write for G, as text and as LaTeX; None
    for `upstream_name`.
    """
    name = upstream_name(trace)
    g, g_latex = upstream = upstream or (name, name_latex(name))
    node = trace.nodes_by_name[step.op]
    argument = trace.nodes_by_tensor.get(slot.tensor)
    if slot.local_tensor is None:
        text, latex = _matrix_form(trace, step, slot, node, upstream)
        return text, [(latex, "current")]
    single = node.shape == ()
    summed = argument is not None and argument.shape != node.shape
    times, sign = (r"\cdot", "*") if single else (r"\odot", "⊙")
    local = slot.local_formula
    if local is None or len(local) > 24:
        local = _local_derivative_text(trace, node, slot) or local
    if local == "1":
        factor, parts = g, [(g_latex, "current")]
    else:
        if local is not None and len(local) <= MAX_FORMULA_LENGTH:
            factor, shown = f"({local})" if _needs_parentheses(local) else local, _factor_latex(local)
        else:
            factor = f"{node.type.lower()}′"
            shown = rf"\mathrm{{{node.type.lower()}}}'"
        factor = f"{g} {sign} {factor}"
        parts = [(rf"{g_latex} {times}", "normal"), (shown, "current")]
    if not summed:
        return factor, parts
    return f"Σ {factor}", [(r"\sum", "normal"), *parts]


def _local_derivative_text(trace: Trace, node: GraphNode, slot: StepInput) -> str | None:
    """Return the local derivative in terms of the op's arguments rather than of the variables."""
    row = ops_by_type().get(node.type)
    trees = [_parsed(tensor_label(trace, tensor)) for tensor in node.inputs]
    arguments = [tree for tree in trees if tree is not None]
    if row is None or len(arguments) < len(trees):
        return None
    local = local_derivative(row, slot.slot, arguments)
    return to_text(local) if local is not None else None


def _matrix_form(
    trace: Trace, step: Step, slot: StepInput, node: GraphNode, upstream: tuple[str, str]
) -> tuple[str, str]:
    """Return the rule in matrix form with the labels of the arguments, as text and as LaTeX."""
    g, g_latex = upstream
    labels = [tensor_label(trace, tensor) for tensor in node.inputs]
    latex = [label_latex(label) for label in labels]
    shown = [label if label.isidentifier() else f"({label})" for label in labels]
    match node.type:
        case kind if kind in MATMUL_TYPES:
            gradient = matmul_gradients(factor_ranks(trace, node), node.transposed)[slot.slot]
            return with_names(gradient, shown, g), with_latex(gradient, latex, g_latex)
        case "Transpose":
            return with_names("Gᵀ", shown, g), with_latex("Gᵀ", latex, g_latex)
        case "Sum":
            return f"{g}, for every entry", rf"{g_latex} \text{{, for every entry}}"
        case "Mean":
            count = f"{prod(_shape(trace, node.inputs[0])):,}"
            entries = rf"\text{{, for each of the }} {count} \text{{ entries}}"
            return f"{g}/{count}, for each of the {count} entries", rf"\frac{{1}}{{{count}}} {g_latex} {entries}"
        case "Softmax":
            s = unused_name(trace.expression, SOFTMAX_NAMES)
            s_latex = name_latex(s)
            return (
                f"{s} ⊙ ({g} − Σ {s} ⊙ {g})",
                rf"{s_latex} \odot \left({g_latex} - \sum {s_latex} \odot {g_latex}\right)",
            )
        case "logsumexp":
            softmax = rf"\mathrm{{softmax}}\left({formula_latex(labels[0])}\right)"
            return f"{g} softmax({labels[0]})", rf"{g_latex} \, {softmax}"
        case "LogSoftmax":
            s = unused_name(trace.expression, SOFTMAX_NAMES)
            s_latex = name_latex(s)
            return (
                f"{g} − {s} Σ{g}, {s} = softmax",
                rf"{g_latex} - {s_latex} \sum {g_latex},\; {s_latex} = \mathrm{{softmax}}",
            )
        case kind if kind in RESHAPE_TYPES:
            return f"reshape({g})", rf"\mathrm{{reshape}}\left({g_latex}\right)"
    words = f"{g}, by the rule below"
    if step.rule_formula is not None:
        rules = [part.partition(" = ")[2] for part in step.rule_formula.split(",  ")]
        # The rule's own letters may be names of the expression, where they would mean something else.
        own = {"A": labels[0], "G": g}
        words = re.sub(r"\b[AG]\b", lambda letter: own[letter[0]], rules[min(slot.slot, len(rules) - 1)]) or words
    return words, rf"\text{{{words}}}".replace("ᵀ", r"}^{\mathrm{T}}\text{").replace(r"\text{}", "")


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


def _derivative_name(trace: Trace, label: str) -> str:
    inner = label if label.isidentifier() else f"({label})"
    return f"d{differentiated_name(trace)}/d{inner}"


def _d_latex(trace: Trace) -> str:
    return r"\partial" if len(trace.variables) > 1 else "d"


def _derivative_latex(trace: Trace, label: str) -> str:
    d = _d_latex(trace)
    return rf"{d} {differentiated_latex(trace)} / {d} {label}"


def label_latex(label: str) -> str:
    """Return the label of a tensor as LaTeX, in parentheses if it is a formula."""
    if ":" in label or ("/" in label and not _parses(label)):
        return rf"\text{{{label.replace('_', ' ')}}}"
    node = _parsed(label)
    shown = formula_latex(label)
    return rf"\left({shown}\right)" if isinstance(node, Apply) else shown


def _factor_latex(formula: str) -> str:
    """Return the LaTeX of one factor of a product, in parentheses if it is a sum or begins with a sign."""
    return rf"\left({formula_latex(formula)}\right)" if _needs_parentheses(formula) else formula_latex(formula)


def _needs_parentheses(formula: str) -> bool:
    node = _parsed(formula)
    return formula.startswith("-") or (isinstance(node, Apply) and node.op in ("add", "sub", "neg"))


def _parses(formula: str) -> bool:
    return _parsed(formula) is not None


@lru_cache(maxsize=512)
def _parsed(formula: str) -> Node | None:
    try:
        return parse(formula).output
    except ExpressionError:
        return None


@lru_cache(maxsize=512)
def formula_latex(formula: str) -> str:
    """Return a formula as LaTeX; a text that is none, in upright letters."""
    node = _parsed(formula)
    return rf"\text{{{formula}}}" if node is None else to_latex(node)


def _shape(trace: Trace, tensor: str) -> Shape:
    node = trace.nodes_by_tensor.get(tensor)
    return () if node is None or node.shape is None else node.shape
