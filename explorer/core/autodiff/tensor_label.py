"""The label of a tensor in formulas and sentences: what a reader calls it."""

from explorer.core.autodiff.folding import RESHAPE_TYPES
from explorer.core.autodiff.formula_latex import formula_latex, parsed_formula
from explorer.core.autodiff.trace import GraphNode, Trace
from explorer.core.expression.printer import to_text
from explorer.core.syntax_tree import Apply

MAX_LABEL_LENGTH = 24
"""Characters of a formula that is a label."""


def tensor_label(trace: Trace, tensor: str) -> str:
    """Return the label of a tensor in formulas: its variable, defined name, short formula, or the name of its op."""
    node = trace.nodes_by_tensor.get(tensor)
    if node is None:
        return tensor
    variable = trace.variable_of(tensor)
    if variable or node.defines:
        return variable or node.defines or tensor
    formula = node.formula if node.formula is not None else _reshape_or_product_text(trace, node)
    if formula is not None and len(formula) <= MAX_LABEL_LENGTH:
        return formula
    return node.id.rpartition("/")[2]


def _reshape_or_product_text(trace: Trace, node: GraphNode) -> str | None:
    """Return the value of an op that has no formula because it is only a part of one of our functions."""
    if node.type in RESHAPE_TYPES:
        return tensor_label(trace, node.inputs[0])
    if node.type == "MatMul" and not node.transposed:
        product = parsed_formula("@".join(f"({tensor_label(trace, tensor)})" for tensor in node.inputs))
        return to_text(product) if product is not None else None
    return None


def label_latex(label: str) -> str:
    """Return the label of a tensor as LaTeX, in parentheses if it is a formula."""
    if ":" in label or ("/" in label and parsed_formula(label) is None):
        return rf"\text{{{label.replace('_', ' ')}}}"
    node = parsed_formula(label)
    shown = formula_latex(label)
    return rf"\left({shown}\right)" if isinstance(node, Apply) else shown
