"""Formulas as LaTeX, and which of them need parentheses as factors."""

from functools import lru_cache

from explorer.core.errors import ExpressionError
from explorer.core.expression.latex import to_latex
from explorer.core.expression.parser import parse
from explorer.core.syntax_tree import Apply, Node


@lru_cache(maxsize=512)
def parsed_formula(formula: str) -> Node | None:
    """Return the tree of a formula; None for a text that is none."""
    try:
        return parse(formula).output
    except ExpressionError:
        return None


@lru_cache(maxsize=512)
def formula_latex(formula: str) -> str:
    """Return a formula as LaTeX; a text that is none, in upright letters."""
    node = parsed_formula(formula)
    return rf"\text{{{formula}}}" if node is None else to_latex(node)


def factor_latex(formula: str) -> str:
    """Return the LaTeX of one factor of a product, in parentheses if it is a sum or begins with a sign."""
    return rf"\left({formula_latex(formula)}\right)" if needs_parentheses(formula) else formula_latex(formula)


def needs_parentheses(formula: str) -> bool:
    """Return whether a factor needs parentheses in a product: a sum, or one that begins with a sign."""
    node = parsed_formula(formula)
    return formula.startswith("-") or (isinstance(node, Apply) and node.op in ("add", "sub", "neg"))
