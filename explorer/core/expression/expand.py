"""Expansion of composite functions, so that every application becomes one TensorFlow op."""

from functools import cache

from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Apply, Node, Variable


def expand_composites(node: Node) -> Node:
    """Return ``node`` with composites (``silu``, ``norm``, …) replaced by their expansion."""
    if not isinstance(node, Apply):
        return node
    args = []
    for argument in node.args:
        args.append(expand_composites(argument))
    row = op_table()[node.op]
    if row.expansion is None:
        return Apply(node.op, tuple(args), node.column)
    return substitute(parse_template(row.expansion), dict(zip("ab", args, strict=False)))


def substitute(node: Node, arguments: dict[str, Node]) -> Node:
    """Return a template with ``a`` and ``b`` replaced by ``arguments``."""
    if isinstance(node, Variable):
        return arguments[node.name]
    if isinstance(node, Apply):
        args = []
        for argument in node.args:
            args.append(substitute(argument, arguments))
        return Apply(node.op, tuple(args), node.column)
    return node


@cache
def parse_template(text: str) -> Node:
    """Return the tree of a template of the op table, in variables ``a`` and ``b``."""
    from explorer.core.expression.parser import parse

    return parse(text).output
