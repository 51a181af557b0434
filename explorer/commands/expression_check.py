"""Checks an expression and its values before anything slow is imported."""

from collections.abc import Sequence
from typing import Any

from explorer.core.expression.limits import MAX_OPS


def check_expression(text: str, point: dict[str, Any], variables: Sequence[str] = (), max_ops: int = MAX_OPS) -> None:
    """Raise ExpressionError if ``text``, the values of its variables, or a name in ``variables`` is invalid."""
    from explorer.core.expression.names import ascii_name
    from explorer.core.expression.parser import parse
    from explorer.core.expression.shapes import check_shapes
    from explorer.core.expression.values import bind, unknown_variable

    program = parse(text, max_ops)
    check_shapes(program, {name: value.shape for name, value in bind(program, point).items()})
    for name in variables:
        if ascii_name(name) not in program.variables:
            raise unknown_variable(name, program.variables)
