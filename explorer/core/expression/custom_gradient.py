"""A rule of one's own for a function: ``custom(f, df)``, or ``custom(f, df, u)``.

Its value is f. Its derivative along u is what df says, whatever f's own derivative is; everything else in it is a
constant. u is the one name in f, or is said: a name, or a part of f, such as ``sin(x)``. In the tree u always stands.
"""

from explorer.core.errors import ExpressionError
from explorer.core.syntax_tree import Apply, Node, Reference, Shape, Variable, walk

USAGE = "write custom(value, derivative), such as custom(x^2, 3*x)"


def make_custom(args: tuple[Node, ...], column: int) -> Apply:
    """Return the tree of ``custom(…)`` with these arguments; raises ExpressionError."""
    if not 2 <= len(args) <= 3:
        given = "none is" if not args else "one is" if len(args) == 1 else f"{len(args)} are"
        raise ExpressionError(f"custom takes two or three arguments, but {given} given: {USAGE}.", column)
    function = args[0]
    if len(args) == 3:
        if args[2] not in set(walk(function)):
            raise ExpressionError(
                "The third argument of custom says along what its derivative is: a variable of its first argument.",
                args[2].column or column,
            )
        if not names_in(args[2]):
            raise ExpressionError("The third argument of custom is a number, and there is no change along it.", column)
        return Apply("custom", args, column)
    found = names_in(function)
    if not found:
        raise ExpressionError(f"There is no variable in the first argument of custom: {USAGE}.", column)
    if len(found) > 1:
        several = " and ".join([", ".join(found[:-1]), found[-1]])
        raise ExpressionError(
            f"The first argument of custom has {several} in it: say along which its derivative is, "
            f"custom(value, derivative, {found[0]}).",
            column,
        )
    wrt = next(part for part in walk(function) if isinstance(part, Variable | Reference))
    return Apply("custom", (function, args[1], wrt), column)


def names_in(root: Node) -> tuple[str, ...]:
    """Return the variables and defined names in a tree, in the order in which they are read."""
    return tuple(dict.fromkeys(part.name for part in walk(root) if isinstance(part, Variable | Reference)))


def can_omit_wrt(node: Apply, replaced: bool) -> bool:
    """Whether ``custom(f, df)`` says all; ``replaced``: whether defined names are written out."""
    function, _, wrt = node.args
    plain = isinstance(wrt, Variable) or (isinstance(wrt, Reference) and not replaced)
    return plain and len(names_in(function)) == 1


def replace_subtree(root: Node, old: Node, new: Node) -> Node:
    """Return ``root`` with each part that equals ``old`` replaced."""
    if root == old:
        return new
    if isinstance(root, Apply):
        args = []
        for argument in root.args:
            args.append(replace_subtree(argument, old, new))
        return Apply(root.op, tuple(args), root.column)
    return root


def custom_shape(node: Apply, shapes: list[Shape]) -> Shape:
    """Return the shape of ``custom(f, df, u)``; raises ExpressionError where df does not fit."""
    import numpy as np

    value, slope, wrt = shapes
    try:
        passed: Shape | None = np.broadcast_shapes(value, slope)
    except ValueError:
        passed = None
    if passed != wrt:
        raise ExpressionError(
            f"The value of custom has shape {value} and its derivative {slope}, but what it is differentiated "
            f"along has {wrt}: their product must have that shape too.",
            node.column or None,
        )
    return value


def gradient_overrides_in(roots: "list[Node]") -> tuple[str, ...]:
    """Return which of ``stop_gradient`` and ``custom`` occur: there a gradient is not the slope of the value."""
    found = {part.op for root in roots for part in walk(root) if isinstance(part, Apply)}
    return tuple(name for name in ("stop_gradient", "custom") if name in found)
