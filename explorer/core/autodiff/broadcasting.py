"""What broadcasting does to gradients: each entry has its own, and what was broadcast gets their sum."""

from explorer.core.syntax_tree import Shape


def summed_axes(operand: Shape, output: Shape) -> tuple[int, ...]:
    """Return the axes of ``output`` along which an operand of an elementwise op is repeated.

    These are the axes that the operand lacks, and those along which it has one entry and the output more.
    """
    missing = len(output) - len(operand)
    return tuple(
        axis for axis, length in enumerate(output) if axis < missing or (operand[axis - missing] == 1 and length != 1)
    )
