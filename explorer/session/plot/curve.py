"""The curve beside the graph: its range, points and derivatives, and claims about the derivative."""

import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.output_name import derivative_name, output_name, standalone_name
from explorer.core.autodiff.tensor_text import find_op, producer
from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.coordinate import Coordinate, coordinate_in, coordinates, parse_coordinate
from explorer.core.expression.parser import parse
from explorer.core.expression.values import is_same_point, parse_value
from explorer.core.protocol.plot import CHECK, CURVE, CheckPayload, CheckReply, CurvePayload, CurveReply
from explorer.core.settings import SETTINGS
from explorer.core.syntax_tree import FloatArray, Shape
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.plot.point_precision import point_note
from explorer.session.timers import single_shot_timer

CURVE_DELAY_MS = 40
"""Time without a new trace before the curve is requested: while the user types, the graph comes first."""

CURVE_NAMES = ("f", "f′", "f″")
"""Names of the curves, by order of the derivative."""

DEFAULT_RANGE = (-float(np.pi), float(np.pi))
"""The initial range."""


MAX_END, MIN_WIDTH = 1e300, 1e-300
"""Largest magnitude of the ends of a range, and its smallest width: painting needs numbers beyond them."""


class CurvePoint(NamedTuple):
    """The point on the curve: scalars of TensorFlow's type; the slope is None where it is unknown."""

    x: Any
    y: Any
    slope: Any


class CurveSession(QObject):
    """What is plotted against one coordinate.

    variable: the coordinate on the axis, ``x`` or ``W[0,1]``, None if there is no variable. low, high: its range.
    points: number of points that the engine computes; pixels: number that it sends at most. first, second: whether f′
    and f″ are plotted. overlay: a second expression, "" for none. claim: what the user claims f′ to be, "" for none;
    answer: the engine's reply to it, None before it arrives. curves: ``(x, y)`` by name; point_counts: number of
    computed points by name. point: that of TensorFlow's latest reply, None where it is unknown. message: why there is
    no curve. is_outdated: whether the curves are those of another function than the present one, which are awaited.
    """

    curvesChanged = Signal(object)
    pointChanged = Signal(object)
    pointNoteChanged = Signal(str)
    rangeChanged = Signal(float, float)
    variableChanged = Signal(object)
    messageChanged = Signal(str)
    overlayErrorChanged = Signal(str)
    checkChanged = Signal(object)
    optionsChanged = Signal()
    outdatedChanged = Signal(bool)
    functionChanged = Signal()
    """Another expression, derivative or output: what was typed about the one before has ended."""

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.variable: str | None = None
        self.low, self.high = DEFAULT_RANGE
        self.points = int(SETTINGS["points"].default)
        self.pixels = 1000
        self.first, self.second = True, False
        self.overlay = ""
        self.claim = ""
        self.answer: CheckReply | None = None
        self._awaited_check: CheckPayload | None = None
        self._function: tuple[Any, ...] | None = None
        self.curves: dict[str, tuple[Any, Any]] = {}
        self.point_counts: dict[str, int] = {}
        self.point: CurvePoint | None = None
        self.message = ""
        self.is_outdated = False
        self._plotted: tuple[Any, ...] | None = None
        self._chosen: str | None = None
        self._axes: tuple[str | None, list[tuple[str, Shape]]] = None, []  # what was reported, and what it is one of
        self._requested: CurvePayload | None = None
        self._is_visible, self._is_late = True, False
        self._client = client
        self._session = session
        self._timer = single_shot_timer(self, self._request_curve, CURVE_DELAY_MS)
        session.programChanged.connect(lambda _program: self._follow_function())
        session.outputChanged.connect(self._follow_function)
        session.traceChanged.connect(self._follow_trace)
        session.valuesChanged.connect(self._follow_values)
        session.selectionChanged.connect(lambda _: self._request_curve())
        session.differentChanged.connect(lambda _: self.pointNoteChanged.emit(self.point_note))
        self._slope_was_hidden = False
        for changed in (session.stepper.quizChanged, session.stepper.stepChanged):
            changed.connect(self._update_hidden)

    # -- options ----------------------------------------------------------------------------------

    def set_variable(self, name: str) -> None:
        """Plot against another coordinate: a variable, or an entry of a vector or matrix."""
        self._chosen = name
        self._choose_variable()
        self._request_curve()

    def set_range(self, low: str | float, high: str | float) -> None:
        """Set the range as numbers or texts such as ``-2*pi``. Raises UserError."""
        ends = [float(parse_value(end)) if isinstance(end, str) else float(end) for end in (low, high)]
        if not (np.all(np.isfinite(ends)) and ends[0] < ends[1]):
            raise UserError("The range must begin below its end.")
        if max(map(abs, ends)) > MAX_END or ends[1] - ends[0] < MIN_WIDTH:
            raise UserError(f"The range must lie within ±{MAX_END:g}, and be wider than {MIN_WIDTH:g}.")
        if ends != [self.low, self.high]:
            self.low, self.high = ends
            self._request_curve()
            self.rangeChanged.emit(self.low, self.high)

    def set_points(self, points: int) -> None:
        """Set the number of points, at least 2."""
        points = SETTINGS["points"].validated(int(points))
        if points != self.points:
            self.points = points
            self._request_curve()
            self.optionsChanged.emit()

    def set_pixels(self, pixels: int) -> None:
        """Set the width of the plot in device pixels, to which the engine reduces the number of points."""
        if pixels > 1.5 * self.pixels or pixels < 0.6 * self.pixels:
            self.pixels = pixels
            if self._is_visible:
                self._request_curve()
            else:
                self._is_late = True

    def set_visible(self, visible: bool) -> None:
        """Set whether the plot is visible; requests of a hidden plot are sent once it is visible again."""
        self._is_visible = visible
        if visible and self._is_late:
            self._is_late, self._requested = False, None
            self._request_curve()

    def set_first(self, on: bool) -> None:
        """Show or hide f′, which fills the plot if the function jumps."""
        if on != self.first:
            self.first = on
            self._request_curve()

    def set_second(self, on: bool) -> None:
        """Show or hide f″."""
        if on != self.second:
            self.second = on
            self._request_curve()
            self.optionsChanged.emit()

    def set_overlay(self, text: str) -> None:
        """Plot a second expression; "" for none. Raises ExpressionError and keeps the previous one."""
        text = text.strip()
        if text:
            parse(text)
        if text != self.overlay:
            self.overlay = text
            self.overlayErrorChanged.emit("")
            if not text:
                self._remove_curve("g")
            self._request_overlay()
            self.optionsChanged.emit()

    def check(self, claim: str) -> None:
        """Request whether f′ equals ``claim`` at all points of this curve and each one after it; "" ends it.

        Raises ExpressionError for a claim that cannot be parsed.
        """
        claim = claim.strip()
        if claim:
            parse(claim)
        self.claim, self.answer = claim, None
        self._awaited_check = None
        self.optionsChanged.emit()
        payload = self.payload
        if not claim:
            self.checkChanged.emit(None)
        elif payload is not None:
            self._request_check(payload)

    def _request_check(self, payload: CurvePayload) -> None:
        """Request the check of the claim again with each curve: an answer about another curve would be wrong."""
        if self.claim:
            check = self._awaited_check = CheckPayload(**payload, claim=self.claim)
            self._client.request(CHECK, check, partial(self._receive_check, check))

    def _follow_function(self) -> None:
        """End the claim with the function that it is about."""
        session = self._session
        text = session.program.text if session.program is not None else ""
        function = text, session.differentiated_by, session.output_choice
        if function != self._function:
            self._function = function
            if self.claim:
                self.check("")
            self.functionChanged.emit()

    # -- requests ---------------------------------------------------------------------------------

    def _follow_trace(self, _trace: Any, _values: Any) -> None:
        self._follow_function()
        self._choose_variable()
        self._timer.start()
        self._update_outdated()
        self._update_point()

    def _follow_values(self, _values: Any) -> None:
        payload = self.payload
        if payload is None or self._requested is None or _differs(payload, self._requested):
            self._request_curve()
        self._update_point()

    @property
    def point_values(self) -> Mapping[str, FloatArray]:
        """The values of the variables, against each number of which can be plotted."""
        return self._session.point

    @property
    def default_variable(self) -> str | None:
        """The coordinate that is plotted against unless another is chosen; None if there is no variable."""
        first = next(coordinates(self._session.point), None)
        return None if first is None else first.text

    @property
    def coordinate(self) -> Coordinate | None:
        """The coordinate on the axis; None if there is none, or if the values have changed their shape since."""
        try:
            return None if self.variable is None else coordinate_in(self.variable, self._session.point)
        except ExpressionError:
            return None

    def _choose_variable(self) -> None:
        """Keep the chosen coordinate while it exists, else use the first."""
        variable = self.default_variable
        with contextlib.suppress(ExpressionError):
            variable = coordinate_in(self._chosen or "", self._session.point).text
        self.variable = variable
        axes = variable, [(name, value.shape) for name, value in self._session.point.items()]
        if axes != self._axes:
            self._axes = axes
            self.variableChanged.emit(variable)

    @property
    def tensor(self) -> str | None:
        """The tensor that is plotted: that of the selected forward op or edge, None for the output."""
        session = self._session
        if session.selection is None or session.trace is None:
            return None
        kind, name = session.selection
        op = find_op(session.visible_trace or session.trace, name) if kind == "node" else None
        tensor = op.tensor if op is not None else name
        forward = tensor in session.trace.nodes_by_tensor
        if session.trace.differentiated_by and tensor.startswith("gradients"):
            return None  # the curve's graph has vectors as inputs, and no op of that name
        return tensor if forward and tensor != session.trace.output else None

    @property
    def hides_slope(self) -> bool:
        """Whether the user has to find gradients, so that the plot must show neither f′ nor the tangent."""
        return self._session.stepper.hides_gradients

    @property
    def point_note(self) -> str:
        """What float64 has instead of the numbers of the point; "" where they agree or that is not known."""
        if not self._session.different:
            return ""
        point, coordinate = self.point, self.coordinate
        if point is None or coordinate is None or self.tensor is not None:
            return ""
        return point_note(self._session, coordinate, point._replace(slope=None) if self.hides_slope else point)

    @property
    def is_waiting(self) -> bool:
        """Whether a curve will be requested shortly."""
        return self._timer.isActive()

    @property
    def title(self) -> str:
        """The text of f: the typed expression, or its selected part."""
        session = self._session
        if session.trace is None:
            return ""
        if self.tensor is None:
            return session.trace.expression
        op = producer(session.trace, self.tensor)
        return getattr(op, "formula", None) or self.tensor

    @property
    def derivative(self) -> str:
        """The name of the derivative that is plotted as f, such as ``y′``; "" if f is not a derivative."""
        trace = self._session.trace
        if trace is None or not trace.differentiated_by or self.tensor is not None:
            return ""
        return derivative_name(trace, trace.differentiated_by)

    @property
    def part(self) -> str:
        """What of an output with several entries is plotted as f: ``Σ y``, ``y[1]``; "" of a single number."""
        trace = self._session.trace
        if trace is None or self.tensor is not None:
            return ""
        return f"Σ {output_name(trace)}" if trace.summed else standalone_name(trace) * trace.is_output_chosen

    @property
    def payload(self) -> CurvePayload | None:
        """The payload for the present curve, None if there is no variable."""
        session, coordinate = self._session, self.coordinate
        if coordinate is None or session.trace is None or coordinate.variable not in session.trace.variables:
            return None
        return {
            "text": session.trace.expression,
            "differentiated_by": list(session.trace.differentiated_by),
            "output": session.trace.output_choice.text,
            "point": {name: value for name, value in session.point.items() if name in session.trace.variables},
            "dtype": session.dtype,
            "variable": coordinate.text,
            "tensor": self.tensor,
            "low": self.low,
            "high": self.high,
            "points": self.points,
            "pixels": self.pixels,
            "orders": [0, *[1] * self.first, *[2] * self.second],
        }

    def _update_outdated(self) -> None:
        payload = self.payload
        is_outdated = payload is not None and _function_of(payload) != self._plotted
        if is_outdated != self.is_outdated:
            self.is_outdated = is_outdated
            self.outdatedChanged.emit(is_outdated)

    def _request_curve(self) -> None:
        payload = self.payload
        self._update_outdated()
        if payload is None:
            self._requested = None
            if self._session.trace is not None:
                self._plotted = None
                self._set_curves({}, {}, "There is no variable, so there is nothing to plot along.")
            return
        if self._requested is not None and not _differs(payload, self._requested):
            self._requested = payload
            self._update_point()
            return
        self._requested = payload
        if self._is_visible:
            self._client.request(CURVE, payload, partial(self._receive_curves, _function_of(payload)))
            self._request_overlay()
            self._request_point(payload)
        else:
            self._is_late, self._plotted = True, None
            self._set_curves({}, {}, self.message)  # the present ones belong to another graph
        self._request_check(payload)

    def _request_overlay(self) -> None:
        payload = self.payload
        if payload is not None and self.overlay:
            overlay: CurvePayload = {
                **payload,
                "text": self.overlay,
                "differentiated_by": [],
                "output": "sum",
                "point": dict(self._session.point),
                "tensor": None,
                "orders": [0],
            }
            self._client.request(CURVE, overlay, self._receive_overlay, sublane="overlay")

    def _request_point(self, payload: CurvePayload) -> None:
        """Request the slope of a sub-expression; that of the output is among the values."""
        x = self._current_x()
        if payload["tensor"] is not None and x is not None:
            span = max(abs(x), 1.0) * 1e-3
            point: CurvePayload = {
                **payload,
                "low": x,
                "high": x + span,
                "points": 2,
                "orders": [0, 1],
                "joined": True,
            }
            self._client.request(CURVE, point, partial(self._receive_point, payload["tensor"]), sublane="point")

    def _update_hidden(self) -> None:
        """Report curves and point again when f′ and the tangent are hidden or revealed."""
        if self.hides_slope != self._slope_was_hidden:
            self._slope_was_hidden = self.hides_slope
            self.curvesChanged.emit(self.curves)
            self.pointChanged.emit(self.point)

    # -- replies ----------------------------------------------------------------------------------

    def _receive_curves(self, function: tuple[Any, ...], reply: CurveReply) -> None:
        self._plotted = function
        self._update_outdated()
        if (error := reply.get("error")) is not None:
            self._set_curves({}, {}, error["message"])
            self._update_point()
            return
        curves, point_counts = {}, {}
        for curve in reply["curves"]:
            if curve["y"] is not None:
                name = CURVE_NAMES[int(curve["order"])]
                curves[name] = (curve["x"], curve["y"])
                point_counts[name] = int(reply["points"])
        if "g" in self.curves and self.overlay:
            curves["g"], point_counts["g"] = self.curves["g"], self.point_counts["g"]
        self._set_curves(curves, point_counts, reply.get("note") or "")
        self._update_point()

    def _receive_overlay(self, reply: CurveReply) -> None:
        if (error := reply.get("error")) is not None:
            self.overlayErrorChanged.emit(error["message"])
            self._remove_curve("g")
        elif self.overlay:
            curve = reply["curves"][0]
            self._set_curves(
                {**self.curves, "g": (curve["x"], curve["y"])},
                {**self.point_counts, "g": int(reply["points"])},
                self.message,
            )

    def _receive_point(self, tensor: str, reply: CurveReply) -> None:
        if reply.get("error") is None and tensor == self.tensor:
            found = {int(curve["order"]): curve for curve in reply["curves"]}
            slopes = found[1]["y"] if 1 in found else None
            slope = None if slopes is None else slopes[0]
            self._set_point(CurvePoint(found[0]["x"][0], found[0]["y"][0], slope))

    def _receive_check(self, check: CheckPayload, reply: CheckReply) -> None:
        if check is self._awaited_check:
            self.answer = reply
            self.checkChanged.emit(reply)

    def _remove_curve(self, name: str) -> None:
        if name in self.curves:
            curves = {other: curve for other, curve in self.curves.items() if other != name}
            self._set_curves(curves, {other: self.point_counts[other] for other in curves}, self.message)

    def _set_curves(self, curves: dict[str, tuple[Any, Any]], point_counts: dict[str, int], message: str) -> None:
        self.curves, self.point_counts = curves, point_counts
        self.curvesChanged.emit(curves)
        if message != self.message:
            self.message = message
            self.messageChanged.emit(message)

    def _current_x(self) -> float | None:
        coordinate = self.coordinate
        return None if coordinate is None else coordinate.value(self._session.point)

    def _update_point(self) -> None:
        session, trace, coordinate = self._session, self._session.trace, self.coordinate
        if trace is None or coordinate is None or coordinate.variable not in trace.variables:
            self._set_point(None)
            return
        if self.tensor is not None:
            payload = self.payload
            if payload is not None:
                self._request_point(payload)
            return
        values = session.values
        # During a drag the variable has its next value already, but y and slope do not.
        at = session.computed_point.get(coordinate.variable)
        value = values.get(trace.output)
        slope = trace.gradient_value(coordinate.variable, values)
        shape = session.point[coordinate.variable].shape
        if value is None or at is None or at.shape != shape or (slope is not None and np.shape(slope) != shape):
            self._set_point(None)  # a trace for the new shape is on its way
            return
        # Of an output with several entries TensorFlow differentiates one number.
        with np.errstate(over="ignore", invalid="ignore"):  # infinity and NaN are shown as what they are
            number = trace.output_choice.number(value) if trace.is_output_chosen else np.sum(value)
            x = np.asarray(at, trace.dtype)[coordinate.index]
        slope = None if slope is None else _scalar(np.asarray(slope)[coordinate.index])
        self._set_point(CurvePoint(_scalar(x), _scalar(number), slope))

    def _set_point(self, point: CurvePoint | None) -> None:
        if point is not None and np.isnan(point.y):
            point = point._replace(
                slope=None
            )  # where there is no value, there is no slope, whatever TensorFlow returns
        self.point = point
        self.pointChanged.emit(point)
        self.pointNoteChanged.emit(self.point_note)


def _function_of(payload: CurvePayload) -> tuple[Any, ...]:
    """Return what decides which function a request plots, not where, how finely or at which values."""
    order = tuple(payload.get("differentiated_by", ()))
    return payload["text"], order, payload.get("output"), payload.get("tensor"), payload["variable"]


def _scalar(value: Any) -> Any:
    """Return a number of TensorFlow's with its type."""
    return np.asarray(value)[()]


def _differs(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two requests have different curves as replies; the value of the coordinate on the axis is irrelevant."""
    if any(one[key] != other[key] for key in one if key != "point"):
        return True
    a, b = one["point"], other["point"]
    if any(np.shape(a[name]) != np.shape(b.get(name)) for name in a):
        return True
    axis = parse_coordinate(one["variable"])
    return not is_same_point({**a, axis.variable: axis.moved(a, 0.0)}, {**b, axis.variable: axis.moved(b, 0.0)})
