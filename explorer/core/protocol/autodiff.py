"""Requests about an expression: its graph, values, tangents, and formulas of its gradients."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypeAlias, TypedDict

from explorer.core.errors import ErrorCode
from explorer.core.protocol.request_kind import Reply, RequestKind, Worker

Point: TypeAlias = Mapping[str, Any]
"""Values of the variables, by name: arrays or numbers."""


class TracePayload(TypedDict):
    """An expression to trace, differentiate and run.

    point: variables left out are 1. dtype: ``float32`` (default) or ``float64``. wrt: the variables to differentiate
    for, None for all. differentiated_by: trace the derivative by these variables, one after the other, instead.
    output: which output is differentiated, as `core.autodiff.output_choice.parse_output` reads it; the sum by default.
    visible_graph: for a prefetch, the graph on the screen, which must not be closed for it.
    """

    text: str
    point: NotRequired[Point]
    dtype: NotRequired[str]
    wrt: NotRequired[Sequence[str] | None]
    differentiated_by: NotRequired[Sequence[str]]
    output: NotRequired[str]
    visible_graph: NotRequired[int]


class TraceReply(Reply):
    """trace: a `core.autodiff.trace.Trace` in its wire form. values: arrays, in the order of its ``fetches``.

    retained: numbers of the graphs that stay open whatever is typed next, the most recently used last.
    """

    trace: dict[str, Any]
    values: list[Any]
    retained: list[int]


class ValuesPayload(TypedDict):
    """graph: the number of a trace."""

    graph: int
    point: NotRequired[Point]


class ValuesReply(Reply):
    """values: as in `TraceReply`."""

    graph: int
    values: list[Any]


class PrecisionPayload(TypedDict):
    """graph: the number of a trace in float32."""

    graph: int
    point: NotRequired[Point]


class PrecisionReply(Reply):
    """different: float64 arrays by tensor, of those that differ from float32 by more than a thousandth."""

    graph: int
    different: dict[str, Any]


class PointsPayload(TypedDict):
    """points: where the graph is evaluated; those beyond a limit are left out."""

    graph: int
    points: Sequence[Point]


class PointsReply(Reply):
    """values: for each point the values of all fetches."""

    values: list[list[Any]]


class TangentsPayload(TypedDict):
    """variable: the one whose change is followed, in a direction of ones."""

    graph: int
    variable: str
    point: NotRequired[Point]


class TangentsReply(Reply):
    """tangents: tensor name to array, for the tensors that the variable reaches."""

    tangents: dict[str, Any]


class SimplifyPayload(TypedDict):
    """formula: text of our language. point: where the simplified formula must have the same value."""

    formula: str
    point: NotRequired[Point]


class SimplifyReply(Reply):
    """simplified: SymPy's shorter form, None if there is none. note: why there is none."""

    simplified: str | None
    note: str | None


class ComparePayload(TypedDict):
    """variable: the coordinate (``x``, ``W[0,1]``) for which the gradient is compared. output: as in `TracePayload`."""

    text: str
    variable: str
    output: NotRequired[str]
    point: NotRequired[Point]


class Difference(TypedDict):
    """A central difference of step size ``h``; error: its distance from the exact gradient, None if that is unknown."""

    h: float
    value: float
    error: float | None


class CompareReply(Reply):
    """One gradient by three methods.

    tensorflow, float32: TensorFlow's, in float64 and in float32, None if there is none. sympy: SymPy's, or None with
    ``sympy_note`` saying why. differences: central differences by NumPy. rules: names of the functions whose gradient
    is changed on purpose, such as ``stop_gradient``.
    """

    tensorflow: float | None
    float32: float | None
    sympy: float | None
    sympy_note: str | None
    differences: list[Difference]
    rules: list[str]


class EvaluatePayload(TypedDict):
    """Expressions in the names of another one, which is traced for it; see `core.lessons.value_names.parse_value`.

    text: the expression whose names they have, left out for none; the keys after it as in `TracePayload`. numbers: of
    training, data and network, by the text of their name.
    """

    expressions: Sequence[str]
    text: NotRequired[str]
    point: NotRequired[Point]
    dtype: NotRequired[str]
    differentiated_by: NotRequired[Sequence[str]]
    output: NotRequired[str]
    numbers: NotRequired[Mapping[str, float]]


class EvaluateReply(Reply):
    """For each expression its value, None if it has none, and a message that says why, "" for none."""

    values: list[Any]
    messages: list[str]


_OF_GRAPH = (ErrorCode.INVALID_INPUT, ErrorCode.GRAPH_CLOSED)

TRACE = RequestKind("trace", TracePayload, TraceReply, "autodiff", Worker.EXPRESSION, lane="trace")
VALUES = RequestKind("values", ValuesPayload, ValuesReply, "autodiff", Worker.EXPRESSION, "values", _OF_GRAPH)
POINTS = RequestKind("points", PointsPayload, PointsReply, "autodiff", Worker.EXPRESSION, "points", _OF_GRAPH)
PRECISION = RequestKind(
    "precision", PrecisionPayload, PrecisionReply, "autodiff", Worker.EXPRESSION, "precision", _OF_GRAPH
)
TANGENTS = RequestKind("tangents", TangentsPayload, TangentsReply, "autodiff", Worker.EXPRESSION, "tangents", _OF_GRAPH)
SIMPLIFY = RequestKind("simplify", SimplifyPayload, SimplifyReply, "autodiff", Worker.SYMPY, lane="simplify")
COMPARE = RequestKind("compare", ComparePayload, CompareReply, "autodiff", Worker.SYMPY, lane="compare")
EVALUATE = RequestKind("evaluate", EvaluatePayload, EvaluateReply, "autodiff", Worker.EXPRESSION, lane="evaluate")

KINDS = (TRACE, VALUES, POINTS, PRECISION, TANGENTS, SIMPLIFY, COMPARE, EVALUATE)
