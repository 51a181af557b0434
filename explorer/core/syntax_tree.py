"""The syntax tree of an expression, as the parser returns it.

All nodes are frozen. ``column`` counts from 1 in the typed text and is ignored by comparisons.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A literal such as ``2`` or ``1e-3``, or the result of arithmetic between literals.

    exact: the arithmetic of which ``value`` is the float, where no decimal says it: the tree of ``1/3`` or ``2*pi``.
    digits: the literal as it was typed, where ``value`` is not exactly that: ``12345678901234567890``.
    """

    value: float
    column: int = field(default=0, compare=False)
    exact: "Apply | None" = None
    digits: str | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """``pi`` or ``e``."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Array:
    """A literal vector or matrix; ``value`` is a nested tuple of rank 1 or 2."""

    value: tuple[float, ...] | tuple[tuple[float, ...], ...]
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """A free variable; it becomes a placeholder."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that an earlier statement defined; all references share that statement's node."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """An op applied to its arguments; ``op`` is a key of `core.ops.table.op_table`."""

    op: str
    args: "tuple[Node, ...]"
    column: int = field(default=0, compare=False)


Node: TypeAlias = Number | Constant | Array | Variable | Reference | Apply


def walk(root: Node) -> Iterator[Node]:
    """Yield ``root`` and all nodes below it in reading order; a Reference is not followed."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Apply):
            stack.extend(reversed(node.args))


@dataclass(frozen=True)
class Program:
    """A complete checked text.

    definitions: statements that contain variables (``h = 2*x``), in order.
    assignments: values of statements without variables (``x = pi/4``), float64 arrays of rank 0 to 2.
    variables: all placeholders in order of first appearance.
    output: the last statement's expression; a Reference if it defines a name, a Variable if it assigns one.
    assigned: the expressions of which ``assignments`` has the values.
    """

    text: str
    definitions: Mapping[str, Node]
    assignments: Mapping[str, FloatArray]
    variables: tuple[str, ...]
    output: Node
    assigned: Mapping[str, Node] = field(default_factory=dict)
