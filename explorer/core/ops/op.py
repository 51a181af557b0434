"""One row for each op: what it is called, how TensorFlow builds it, its derivatives, how it is written.

Adding an op is adding a row to `core.optable`; every row is tested against TensorFlow, SymPy and central
differences by the same test. Symbols are ours; the numbers on the screen never come from here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from explorer.core.syntax_tree import FloatArray


@dataclass(frozen=True)
class Kink:
    """A place where an op has no derivative, and what TensorFlow does there.

    ``where`` takes the op's input values (arrays, broadcast as the op does) and says, element by element,
    whether they lie on it. ``says`` is one sentence for a student.
    """

    where: Callable[..., Any]
    says: str


@dataclass(frozen=True)
class Op:
    """A row of the op table.

    name: key in `OPS`, and the name in the language (operators have words: ``add``, ``mul``, …).
    symbol: what a node shows large: ``sin``, ``×``.
    rule: the rule's name as a textbook calls it.
    arity: number of arguments.
    derivatives: for each argument the local derivative, as text of our own language in ``a``, ``b`` (the
        arguments), or None where the op is not elementwise or has none.
    matrix_rule: for ops that are not elementwise, the rule in matrix form: G is the upstream gradient.
    python: how Python code builds it, ``{a}`` and ``{b}`` standing for the arguments, ``tf`` for TensorFlow.
    latex: the same for LaTeX; None means an upright function name with parentheses.
    numpy: the op on float64 arrays.
    tf_types: the types of the TensorFlow op that it becomes; empty for a composite.
    aliases: other names in the language.
    expansion: for a composite, the text it stands for; TensorFlow has no single op for it.
    domain: where it is defined, in words, or None for everywhere.
    kinks: where the derivative does not exist.
    operator: True for what is written with an operator rather than a name.
    """

    name: str
    symbol: str
    rule: str
    arity: int
    derivatives: tuple[str | None, ...]
    python: str
    numpy: Callable[..., FloatArray]
    latex: str | None = None
    tf_types: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    expansion: str | None = None
    matrix_rule: str | None = None
    domain: str | None = None
    kinks: tuple[Kink, ...] = ()
    operator: bool = False

    @property
    def elementwise(self) -> bool:
        """True where each element of the output depends on the same element of the inputs alone."""
        return self.matrix_rule is None


def equal_to(value: float) -> Callable[..., Any]:
    """Return a predicate on one array: where is it exactly ``value``?"""
    return lambda a: np.equal(a, value)


@cache
def op_table() -> dict[str, Op]:
    """Return all rows by name."""
    from explorer.core.ops.table import ROWS

    return {row.name: row for row in ROWS}


@cache
def function_names() -> dict[str, str]:
    """Return each name that can stand before ``(``, aliases included, with the row's name."""
    return {name: row.name for row in op_table().values() if not row.operator for name in (row.name, *row.aliases)}


@cache
def rows_by_type() -> dict[str, Op]:
    """Return the row for each TensorFlow op type that one of them becomes, and for those that only gradients have."""
    from explorer.core.ops.gradient_ops import GRADIENTS

    return {kind: row for row in (*GRADIENTS, *op_table().values()) for kind in row.tf_types}
