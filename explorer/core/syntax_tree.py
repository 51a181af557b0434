"""The checked tree of an expression: what the parser makes and everybody else reads.

All nodes are frozen. ``column`` counts from 1 in the typed text and takes no part in comparisons.
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
    """A literal such as ``2`` or ``1e-3``, also the result of arithmetic between literals."""

    value: float
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """``pi`` or ``e``."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Array:
    """A literal vector or matrix of numbers; ``value`` is a nested tuple, rank 1 or 2."""

    value: tuple[float, ...] | tuple[tuple[float, ...], ...]
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """A free variable, becomes a placeholder."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that an earlier statement defined; stands for that statement's one node."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """An op of the table (`core.ops`) applied to its arguments; ``op`` is a key of `core.ops.OPS`."""

    op: str
    args: "tuple[Node, ...]"
    column: int = field(default=0, compare=False)


Node: TypeAlias = Number | Constant | Array | Variable | Reference | Apply


def walk(root: Node) -> Iterator[Node]:
    """Yield ``root`` and all that it is made of, in the order in which it is read; a Reference is not followed."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Apply):
            stack.extend(reversed(node.args))


@dataclass(frozen=True)
class Program:
    """A whole checked text.

    ``definitions`` holds the statements ``h = …`` that contain variables, in order; ``assignments`` the values
    of statements without variables (``x = pi/4``), as float64 arrays of rank 0 to 2. ``variables`` are all
    placeholders in order of first appearance. ``output`` is the last statement's expression: a Reference
    where it defines a name, a Variable where it sets one.
    """

    text: str
    definitions: Mapping[str, Node]
    assignments: Mapping[str, FloatArray]
    variables: tuple[str, ...]
    output: Node
