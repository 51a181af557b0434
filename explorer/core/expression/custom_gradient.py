"""Functions with a custom gradient: ``custom(f, df)`` or ``custom(f, df, u)``.

The value is f. The derivative with respect to u is df, whatever f's own derivative is; everything else in f counts as
constant. Without u it is the only name in f; otherwise u is a name or a subexpression of f, such as ``sin(x)``. In the
tree u is always present.
"""

from explorer.core.errors import ExpressionError
from explorer.core.syntax_tree import Apply, Node, Reference, Shape, Variable, walk

USAGE = "write custom(value, derivative), such as custom(x^2, 3*x)"


def make_custom(args: tuple[Node, ...], column: int) -> Apply:
    """Return the node of ``custom(…)`` with these arguments; raises ExpressionError."""
    if not 2 <= len(args) <= 3:
        given = "none is" if not args else "one is" if len(args) == 1 else f"{len(args)} are"
        raise ExpressionError(f"custom takes two or three arguments, but {given} given: {USAGE}.", column)
    function = args[0]
    if len(args) == 3:
        if args[2] not in set(walk(function)):
            raise ExpressionError(
                "The third argument of custom must occur in its first: its derivative is with respect to that.",
                args[2].column or column,
            )
        if not names_in(args[2]):
            raise ExpressionError(
                "The third argument of custom is a number, so nothing can be differentiated with respect to it.", column
            )
        return Apply("custom", args, column)
    found = names_in(function)
    if not found:
        raise ExpressionError(f"There is no variable in the first argument of custom: {USAGE}.", column)
    if len(found) > 1:
        several = " and ".join([", ".join(found[:-1]), found[-1]])
        raise ExpressionError(
            f"The first argument of custom has {several} in it: say which one its derivative is for, "
            f"custom(value, derivative, {found[0]}).",
            column,
        )
    wrt = next(part for part in walk(function) if isinstance(part, Variable | Reference))
    return Apply("custom", (function, args[1], wrt), column)


def names_in(root: Node) -> tuple[str, ...]:
    """Return the variables and defined names in a tree, in reading order."""
    return tuple(dict.fromkeys(part.name for part in walk(root) if isinstance(part, Variable | Reference)))


def can_omit_wrt(node: Apply, references_expanded: bool) -> bool:
    """Return whether ``custom(f, df)`` is unambiguous; ``references_expanded``: whether defined names are replaced."""
    function, _, wrt = node.args
    plain = isinstance(wrt, Variable) or (isinstance(wrt, Reference) and not references_expanded)
    return plain and len(names_in(function)) == 1


def replace_subtree(root: Node, old: Node, new: Node) -> Node:
    """Return ``root`` with each subtree that equals ``old`` replaced by ``new``."""
    if root == old:
        return new
    if isinstance(root, Apply):
        args = []
        for argument in root.args:
            args.append(replace_subtree(argument, old, new))
        return Apply(root.op, tuple(args), root.column)
    return root


def custom_shape(node: Apply, shapes: list[Shape]) -> Shape:
    """Return the shape of ``custom(f, df, u)``; raises ExpressionError if df does not fit."""
    import numpy as np

    value, slope, wrt = shapes
    try:
        passed: Shape | None = np.broadcast_shapes(value, slope)
    except ValueError:
        passed = None
    if passed != wrt:
        raise ExpressionError(
            f"The value of custom has shape {value} and its derivative {slope}, but what it is differentiated "
            f"by has {wrt}: their product must have that shape too.",
            node.column or None,
        )
    return value


def gradient_overrides_in(roots: "list[Node]") -> tuple[str, ...]:
    """Return which of ``stop_gradient`` and ``custom`` occur: with them a gradient is not the slope of the value."""
    found = {part.op for root in roots for part in walk(root) if isinstance(part, Apply)}
    return tuple(name for name in ("stop_gradient", "custom") if name in found)
