"""Wires, and the ports at which they leave and enter boxes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
PORT_SPACING_PX, GRADIENT_PORT_SPACING_PX = 16.0, 30.0
"""Space between two ports whose arrow heads do not touch, without and with gradients beside the wires."""


@dataclass(frozen=True)
class Wire:
    """A link to route.

    tensor: what it carries; wires of one tensor may share their way. has_gradient: a gradient runs back beside it.
    is_forward: it follows the direction of the layout if it can.
    """

    key: str
    source: str
    target: str
    tensor: str
    has_gradient: bool = False
    is_forward: bool = True


def spread(wanted: Sequence[float], gaps: Sequence[float], low: float, high: float) -> list[float]:
    """Return places near ``wanted``, in that order, with the gaps between them, within the limits if they fit."""
    total = sum(gaps)
    if total > max(high - low, 0.0):
        gaps = [gap * max(high - low, 0.0) / total for gap in gaps]
        total = sum(gaps)
    offsets = [0.0, *_cumulative(gaps)]
    # The mean of what each would like, per group that cannot be pulled apart (pool adjacent violators).
    blocks: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=True):
        blocks.append((value - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (b, m), (a, n) = blocks.pop(), blocks.pop()
            blocks.append(((a * n + b * m) / (n + m), n + m))
    starts = [start for start, count in blocks for _ in range(count)]
    return [min(max(start, low), high - total) + offset for start, offset in zip(starts, offsets, strict=True)]


def _cumulative(values: Iterable[float]) -> list[float]:
    total, found = 0.0, []
    for value in values:
        total += value
        found.append(total)
    return found
