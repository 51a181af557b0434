"""Resolution of names: variables, assigned values, and references to earlier definitions."""

from collections.abc import Iterator, Sequence

from explorer.core.errors import ExpressionError
from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.limits import MAX_DEPTH, MAX_VARIABLES
from explorer.core.expression.names import CONSTANTS
from explorer.core.ops.table import function_names
from explorer.core.syntax_tree import Apply, FloatArray, Node, Program, Reference, Variable, walk

Statement = tuple[str | None, Node, int]
"""Name or None, right-hand side, column."""


def resolve(text: str, statements: Sequence[Statement], max_ops: int) -> Program:
    """Return the program of checked statements; raises ExpressionError."""
    _check_size([node for _, node, _ in statements], max_ops)
    definitions: dict[str, Node] = {}
    assignments: dict[str, FloatArray] = {}
    assigned: dict[str, Node] = {}
    used: dict[str, int] = {}
    output: Node | None = None
    for number, (name, node, column) in enumerate(statements, 1):
        if name is None:
            if number < len(statements):
                raise ExpressionError(
                    "Only the last statement may stand without a name: write h = … before this one.", max(column, 1)
                )
            output = _resolve_references(node, definitions)
            _record_variables(output, used)
            continue
        _check_name(name, column, definitions, assignments)
        bound = _resolve_references(node, definitions)
        inside = dict(_variables(bound))
        if name in inside:
            raise ExpressionError(f"{name} is defined by itself.", inside[name])
        if name in used:
            raise ExpressionError(f"{name} is used before it is defined: put this statement first.", column)
        if _has_no_names(bound):
            assignments[name], assigned[name] = evaluate(bound, {}, {}), bound
            used.setdefault(name, column)
            output = Variable(name, column)
        else:
            _record_variables(bound, used)
            definitions[name] = bound
            output = Reference(name, column)
    if len(used) > MAX_VARIABLES:
        raise ExpressionError(f"This text has {len(used):,} variables; up to {MAX_VARIABLES} are possible.")
    assert output is not None
    return Program(text, definitions, assignments, tuple(used), output, assigned)


def _check_name(name: str, column: int, definitions: dict[str, Node], assignments: dict[str, FloatArray]) -> None:
    if name in CONSTANTS:
        raise ExpressionError(f"{name} is a constant and cannot be defined anew.", column)
    if name in function_names():
        raise ExpressionError(f"{name} is a function and cannot be defined anew.", column)
    if name in definitions or name in assignments:
        raise ExpressionError(f"{name} is defined twice: give the second one another name.", column)


def _check_size(roots: Sequence[Node], max_ops: int) -> None:
    """Check the number and depth of operations without recursion, as a text may be as deep as its length allows."""
    count = 0
    stack = [(node, 1) for node in roots]
    while stack:
        node, depth = stack.pop()
        if not isinstance(node, Apply):
            continue
        count += 1
        if depth > MAX_DEPTH:
            raise ExpressionError(f"This expression is nested more than {MAX_DEPTH} operations deep.", node.column)
        stack.extend((argument, depth + 1) for argument in node.args)
    if count > max_ops:
        raise ExpressionError(f"This text has {count:,} operations; up to {max_ops:,} are possible here.")


def _resolve_references(node: Node, definitions: dict[str, Node]) -> Node:
    """Return ``node`` with the names of definitions turned into references."""
    if isinstance(node, Variable) and node.name in definitions:
        return Reference(node.name, node.column)
    if isinstance(node, Apply):
        args = []
        for argument in node.args:
            args.append(_resolve_references(argument, definitions))
        return Apply(node.op, tuple(args), node.column)
    return node


def _variables(node: Node) -> Iterator[tuple[str, int]]:
    return ((part.name, part.column) for part in walk(node) if isinstance(part, Variable))


def _record_variables(node: Node, used: dict[str, int]) -> None:
    for name, column in _variables(node):
        used.setdefault(name, column)


def _has_no_names(node: Node) -> bool:
    return not any(isinstance(part, Variable | Reference) for part in walk(node))
