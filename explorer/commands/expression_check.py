"""Checks an expression and its values before anything slow is imported."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from explorer.core.expression.limits import MAX_OPS

if TYPE_CHECKING:
    from explorer.core.autodiff.output_choice import OutputChoice


def check_expression(
    text: str,
    point: dict[str, Any],
    variables: Sequence[str] = (),
    max_ops: int = MAX_OPS,
    *,
    again: Sequence[str] = (),
    output: Any = None,
) -> "OutputChoice":
    """Return which output is differentiated.

    Raises ExpressionError if ``text``, the values of its variables, a name in ``variables`` or ``again``, or the choice
    of the output is invalid.
    """
    from explorer.core.autodiff.output_choice import SUM, output_of_program, parse_output
    from explorer.core.expression.names import ascii_name
    from explorer.core.expression.parser import parse
    from explorer.core.expression.values import bind, unknown_variable

    program = parse(text, max_ops)
    values = bind(program, point)
    output_of_program(program, values, (), SUM)  # what does not fit comes before an unknown name
    for name in (*variables, *again):
        if ascii_name(name) not in program.variables:
            raise unknown_variable(name, program.variables)
    return output_of_program(program, values, [ascii_name(name) for name in again], parse_output(output))[0]
