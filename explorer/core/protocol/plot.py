"""Requests about curves and surfaces."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from explorer.core.protocol.autodiff import Point
from explorer.core.protocol.request_kind import Reply, RequestKind, Worker


class CurvePayload(TypedDict):
    """A curve along one coordinate.

    differentiated_by: the derivative by these variables is plotted instead of the expression. output: which output, as
    in a trace. variable: a variable, or an entry such as ``W[0,1]``. tensor: a tensor of the expression, None for its
    output; of one that is no single number the sum is plotted. low, high: the range of ``variable``. points: how many
    are computed. pixels: the width to which they are thinned. orders: 0 for f, 1 for f′, 2 for f″. joined: whether no
    gaps are sought.
    """

    text: str
    differentiated_by: NotRequired[Sequence[str]]
    output: NotRequired[str]
    point: NotRequired[Point]
    dtype: NotRequired[str]
    variable: str
    tensor: NotRequired[str | None]
    low: float
    high: float
    points: int
    pixels: NotRequired[int]
    orders: NotRequired[Sequence[int]]
    joined: NotRequired[bool]


class Curve(TypedDict):
    """x, y: (n,) arrays of the request's dtype, None if TensorFlow has no gradient of this order. NaN in y is a gap."""

    order: int
    x: Any
    y: Any


class CurveReply(Reply):
    """points: how many were computed. note: what should be known about the curves, or None."""

    curves: list[Curve]
    points: int
    note: str | None


class CurveTablePayload(CurvePayload):
    """A part of a curve as CSV: ``count`` points from ``start`` on, not thinned."""

    start: int
    count: int


class CurveTableReply(Reply):
    """lines: CSV without a header, ASCII. points: how many the whole curve has."""

    lines: bytes
    points: int


class CheckPayload(CurvePayload):
    """claim: what f′ is said to be, as text."""

    claim: str


class CheckReply(Reply):
    """Whether a claim about f′ holds at all points of the curve.

    deviation: the largest difference, ``where`` it is, and f′ and the claim there. If they differ only in that the
    claim is undefined, the deviation is None and ``where`` such a point. compared, undefined: numbers of points at
    which both are defined, and of the others. tolerance: relative to the larger of 1 and the value.
    """

    holds: bool
    deviation: float | None
    where: float | None
    gradient: NotRequired[float]
    claimed: NotRequired[float]
    compared: int
    undefined: int
    tolerance: NotRequired[float]


class FieldPayload(TypedDict):
    """f over a rectangle of the coordinates ``x`` and ``y`` (``W[0,1]``), at n by n points.

    differentiated_by, output: as in `CurvePayload`. f is computed at fewer points if vectors or matrices are large.
    """

    text: str
    differentiated_by: NotRequired[Sequence[str]]
    output: NotRequired[str]
    point: NotRequired[Point]
    dtype: NotRequired[str]
    x: str
    y: str
    x_range: Sequence[float]
    y_range: Sequence[float]
    n: int


class FieldReply(Reply):
    """values: (n, n), a row for each y. x_axis, y_axis: (n,)."""

    values: Any
    x_axis: Any
    y_axis: Any


class DescendPayload(TypedDict):
    """Gradient descent over ``variables`` from ``start``, at most ``steps`` steps with the learning rate ``rate``.

    variables: coordinates; they, differentiated_by and output are as in `CurvePayload`.
    """

    text: str
    differentiated_by: NotRequired[Sequence[str]]
    output: NotRequired[str]
    point: NotRequired[Point]
    dtype: NotRequired[str]
    variables: Sequence[str]
    start: Sequence[float]
    rate: float
    steps: int


class DescendReply(Reply):
    """path: (k, variables). values: (k,), f at each point. note: why it ended before the last step, or None."""

    path: Any
    values: Any
    note: str | None


CURVE = RequestKind("curve", CurvePayload, CurveReply, "plot", Worker.CURVE, lane="curve")
CURVE_TABLE = RequestKind("curve_table", CurveTablePayload, CurveTableReply, "plot", Worker.CURVE)
CHECK = RequestKind("check", CheckPayload, CheckReply, "plot", Worker.CURVE, lane="check")
FIELD = RequestKind("field", FieldPayload, FieldReply, "plot", Worker.CURVE, lane="field")
DESCEND = RequestKind("descend", DescendPayload, DescendReply, "plot", Worker.CURVE, lane="descend")

KINDS = (CURVE, CURVE_TABLE, CHECK, FIELD, DESCEND)
