"""The points at which an answer is compared: the one that is shown, and random ones."""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import Trace
from explorer.core.practice.answer import Answer
from explorer.core.syntax_tree import Array, FloatArray, Node, Number, walk

COMPARED_POINT_COUNT = 25
"""Points at which a formula is compared, besides the one that is shown."""


def points_to_compare(
    trace: Trace,
    answer: Answer,
    assigned: Mapping[str, Any],
    point: Mapping[str, FloatArray],
    everywhere: bool = False,
    fixed: Collection[str] = (),
) -> list[dict[str, FloatArray]]:
    """Return the points at which an answer is compared, beginning with ``point``, the one that is shown.

    A variable for which the answer has its value, as in ``2*(2*x-1)`` with w = 2 and b = -1, keeps it. assigned: the
    variables whose values stand in the expression. everywhere: whether also a number is compared at many points.
    fixed: variables that keep their value whatever the answer is.
    """
    if answer.is_number and not everywhere:
        return [dict(point)]
    names = answer.names
    literals = [node for node in walk(answer.program.output) if isinstance(node, Number | Array)]
    held = {
        name
        for name, value in point.items()
        if name in fixed
        or (name not in names and not everywhere and (name in assigned or _is_written(value, literals)))
    }
    if set(point) <= held:
        return [dict(point)]
    return [dict(point), *random_points(point, held, np.dtype(trace.dtype))]


def random_points(
    centre: Mapping[str, FloatArray], held: Set[str] = frozenset(), dtype: Any = np.float64, seed: int = 4
) -> list[dict[str, FloatArray]]:
    """Return points around 0, above 0, up to 1, around ``centre`` and near it: some lie within nearly every domain.

    held: variables that keep their value. dtype: the numbers are exact in it, so that TensorFlow computes with these.
    """
    rng = np.random.default_rng(seed)
    points = []
    for number in range(COMPARED_POINT_COUNT):
        point = {}
        for name, value in centre.items():
            noise = rng.normal(size=value.shape)
            match number % 5:
                case 0:
                    drawn = 1.5 * noise
                case 1:
                    drawn = rng.uniform(0.1, 2.5, value.shape)
                case 2:
                    drawn = rng.uniform(0.0, 1.0, value.shape)
                case 3:
                    drawn = value + 0.3 * noise * np.maximum(np.abs(value), 1.0)
                case _:
                    drawn = value + 0.02 * noise * np.maximum(np.abs(value), 1e-3)
            point[name] = np.asarray(value if name in held else drawn, dtype).astype(np.float64)
        points.append(point)
    return points


def _is_written(value: FloatArray, literals: Sequence[Node]) -> bool:
    """Return whether a value other than 0, 1 and -1 stands in an answer instead of its variable."""
    if value.ndim:
        return any(isinstance(node, Array) and np.array_equal(node.value, value) for node in literals)
    number = abs(float(value))
    written = (abs(node.value) for node in literals if isinstance(node, Number))
    return number not in (0.0, 1.0) and any(np.isclose(each, number, rtol=1e-6) for each in written)
