"""The gradient that an op passes on, in terms of the upstream gradient: elementwise, or by a rule in matrix form."""

import re
from math import prod

from explorer.core.autodiff.chain_symbols import local_derivative
from explorer.core.autodiff.folding import RESHAPE_TYPES
from explorer.core.autodiff.formula_latex import factor_latex, formula_latex, needs_parentheses, parsed_formula
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES, matmul_gradients, with_latex, with_names
from explorer.core.autodiff.matrix_text import factor_ranks
from explorer.core.autodiff.output_name import unused_name, upstream_name
from explorer.core.autodiff.tensor_label import MAX_LABEL_LENGTH, label_latex, tensor_label
from explorer.core.autodiff.trace import GraphNode, Step, StepInput, Trace
from explorer.core.expression.latex import name_latex
from explorer.core.expression.printer import to_text
from explorer.core.ops.table import ops_by_type
from explorer.core.syntax_tree import Shape

SOFTMAX_NAMES = ("S", "P", "softmax")
"""Names of the value of softmax; the first that is no name of the expression is used."""

MAX_FACTOR_LENGTH = 60
"""Characters of a local derivative as a factor; a longer one is named after its op."""


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
    if local is None or len(local) > MAX_LABEL_LENGTH:
        local = _local_derivative_text(trace, node, slot) or local
    if local == "1":
        factor, parts = g, [(g_latex, "current")]
    else:
        if local is not None and len(local) <= MAX_FACTOR_LENGTH:
            factor, shown = f"({local})" if needs_parentheses(local) else local, factor_latex(local)
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
    trees = [parsed_formula(tensor_label(trace, tensor)) for tensor in node.inputs]
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
            s, s_latex = _softmax_name(trace)
            return (
                f"{s} ⊙ ({g} − Σ {s} ⊙ {g})",
                rf"{s_latex} \odot \left({g_latex} - \sum {s_latex} \odot {g_latex}\right)",
            )
        case "logsumexp":
            softmax = rf"\mathrm{{softmax}}\left({formula_latex(labels[0])}\right)"
            return f"{g} softmax({labels[0]})", rf"{g_latex} \, {softmax}"
        case "LogSoftmax":
            s, s_latex = _softmax_name(trace)
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


def _softmax_name(trace: Trace) -> tuple[str, str]:
    """Return what stands for the value of softmax, as text and as LaTeX."""
    name = unused_name(trace.expression, SOFTMAX_NAMES)
    return name, name_latex(name)


def _shape(trace: Trace, tensor: str) -> Shape:
    node = trace.nodes_by_tensor.get(tensor)
    return () if node is None or node.shape is None else node.shape
