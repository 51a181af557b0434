"""The line of a gradient beside its link."""

from itertools import pairwise
from math import hypot

import pytest

from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX, Point, Side, backward_line, sample_curve


def straight(*corners: Point) -> list[Point]:
    """Return the control points of straight pieces between the corners."""
    points = [corners[0]]
    for (ax, ay), (bx, by) in pairwise(corners):
        points += [(ax + (bx - ax) * part, ay + (by - ay) * part) for part in (1 / 3, 2 / 3, 1)]
    return points


def turns_back(line: list[Point]) -> bool:
    """Return whether a line turns by more than a right angle."""
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(line)]
    return any(a[0] * b[0] + a[1] * b[1] < 0 for a, b in pairwise(steps) if hypot(*a) > 1e-9 and hypot(*b) > 1e-9)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("down", [24.0, -24.0, 60.0])
@pytest.mark.parametrize("right", [6.0, 18.0])
def test_the_line_of_a_gradient_has_no_hook_where_its_link_bends(sign: float, down: float, right: float) -> None:
    line = sample_curve(straight((0, 0), (110, 0), (110 + right, down)))
    beside = backward_line(line, Side(sign))
    assert not turns_back(beside)
    near = [min(hypot(x - a, y - b) for a, b in line) for x, y in beside]
    assert min(near) >= 0.9 * GRADIENT_OFFSET_PX
    assert max(near) < 1.6 * GRADIENT_OFFSET_PX


def test_the_gradient_of_a_straight_link_is_parallel() -> None:
    beside = backward_line(sample_curve(straight((0, 0), (100, 0))), Side(-1.0))
    assert [round(y, 6) for _, y in beside] == [GRADIENT_OFFSET_PX] * len(beside)
    assert beside[0][0] == pytest.approx(92)
    assert beside[-1][0] == pytest.approx(8)
