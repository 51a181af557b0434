"""A function of two coordinates: its values on a rectangle, and the path of gradient descent."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.output_name import output_name, standalone_name
from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.coordinate import Coordinate, coordinate_in, coordinates
from explorer.core.expression.values import is_same_point, parse_value
from explorer.core.protocol.plot import DESCEND, FIELD, DescendPayload, DescendReply, FieldPayload, FieldReply
from explorer.core.syntax_tree import FloatArray
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.timers import single_shot_timer

GRID_SIZE = 160
"""Points of the field along each axis."""

FIELD_DELAY_MS = 120
"""Time without a change before the field is requested again."""

MAX_DESCENT_STEPS = 200
"""Steps of gradient descent, unless it comes to rest before."""

MAX_RATIO = 8.0
"""Ratio of the two ranges up to which both axes can have one unit: beyond it the plot would be a strip."""

TOO_FEW = "A heat map needs two variables or entries that can vary, for example x^2 + x*y + y^2."
STRIP = "The ranges differ too much for equal axes: the plot would be a strip."
COARSE = "Large vectors or matrices are on the way, so f was computed at {n} by {n} points."


class SurfacePoint(NamedTuple):
    """The point on the surface, and the slopes along both axes there, each None where TensorFlow has no gradient."""

    x: float
    y: float
    slope_x: float | None
    slope_y: float | None


class SurfaceSession(QObject):
    """The data of the heat map, requested while it is visible.

    pair: the two coordinates on the axes as text, ``x`` or ``W[0,1]``; None if there are not two. reaches: half the
    range of each axis. equal_axes: whether both axes should have one unit of length. rate: learning rate. path (k, 2)
    and heights (k,): the points of gradient descent and the values there, from TensorFlow; path_index: the current
    point of the path. field: the engine's reply, None before the first.
    """

    fieldChanged = Signal(object)
    pathChanged = Signal()
    pairChanged = Signal()
    axesChanged = Signal()
    pointChanged = Signal(object)
    messageChanged = Signal(str)

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pair: tuple[str, str] | None = None
        self.reaches = (4.0, 4.0)
        self.equal_axes = True
        self.rate = 0.1
        self.path: Any = np.empty((0, 2))
        self.heights: Any = np.empty(0)
        self.path_index = 0
        self.field: FieldReply | None = None
        self._client = client
        self._session = session
        self._is_visible = False
        self._aspect = 1.0
        self._timer = single_shot_timer(self, self._request_field, FIELD_DELAY_MS)
        session.traceChanged.connect(lambda *_: self._follow_trace())
        session.valuesChanged.connect(lambda *_: self._follow_values())
        self._function: tuple[Any, ...] = ()
        self._held: dict[str, FloatArray] = {}

    def set_visible(self, visible: bool) -> None:
        """Follow the session while the heat map is visible."""
        self._is_visible = visible
        if visible:
            self._request_field()

    # -- options ----------------------------------------------------------------------------------

    def set_axis(self, axis: int, coordinate: str) -> None:
        """Put another coordinate on an axis (0: x, 1: y); if it is on the other axis, they change places."""
        if self.pair is None or self.pair[axis] == coordinate:
            return
        other = self.pair[1 - axis] if self.pair[1 - axis] != coordinate else self.pair[axis]
        self.pair = (coordinate, other) if axis == 0 else (other, coordinate)
        self._clear_path()
        self._request_field()

    def set_reach(self, text: str, axis: int | None = None) -> None:
        """Show an axis, or both, from minus this number to this number. Raises UserError."""
        value = parse_value(text)
        if value.ndim or not 0 < float(value) < 1e9:
            raise UserError("The range must be a number above 0, for example 2*pi.")
        reach = float(value)
        x, y = self.reaches
        self.reaches = (reach if axis != 1 else x, reach if axis != 0 else y)
        self.axesChanged.emit()
        self._request_field()

    def set_equal_axes(self, on: bool) -> None:
        """Give both axes one unit of length, which shows that the gradient is perpendicular to the contours."""
        if on != self.equal_axes:
            self.equal_axes = on
            self.axesChanged.emit()
            self._request_field()

    @property
    def can_have_equal_axes(self) -> bool:
        """Whether the ranges are comparable; otherwise the plot would be a strip."""
        return max(self.reaches) <= MAX_RATIO * min(self.reaches)

    @property
    def has_equal_axes(self) -> bool:
        """Whether both axes have one unit of length."""
        return self.equal_axes and self.can_have_equal_axes

    def set_aspect(self, aspect: float) -> None:
        """Set width by height of the plot; equal axes show more of the longer side."""
        if abs(aspect - self._aspect) > 0.01 * self._aspect:
            self._aspect = aspect
            if self._is_visible and self.has_equal_axes:
                self._timer.start()

    def set_rate(self, text: str) -> None:
        """Set the learning rate, and compute the path anew if there is one. Raises UserError."""
        value = parse_value(text)
        if value.ndim or not np.isfinite(value) or float(value) <= 0:
            raise UserError("The learning rate must be a number above 0, for example 0.1.")
        self.rate = float(value)
        if len(self.path):
            self.descend(*self.path[0])

    # -- what is shown ----------------------------------------------------------------------------

    @property
    def point_values(self) -> Mapping[str, FloatArray]:
        """The values of the variables, of which any two numbers can be on the axes."""
        return self._session.point

    @property
    def title(self) -> str:
        """The name of what is shown: ``y``, ``Σ y``, ``y[1]``, ``y′``."""
        trace = self._session.trace
        if trace is None:
            return "f"
        return f"Σ {output_name(trace)}" if trace.summed else standalone_name(trace)

    @property
    def held_values(self) -> dict[str, FloatArray]:
        """The values that are held still: of the other variables, and of arrays of which an entry is on an axis."""
        on_axes = [coordinate for coordinate in self._coordinates() if not coordinate.index]
        return {
            name: value
            for name, value in self._session.point.items()
            if name not in {coordinate.variable for coordinate in on_axes}
        }

    @property
    def point(self) -> SurfacePoint | None:
        """The inputs and the gradient there; None while the surface is outdated."""
        session, found = self._session, self._coordinates()
        trace = session.trace
        if len(found) < 2 or trace is None:
            return None  # another expression has arrived, and the surface will follow
        slopes: list[float | None] = []
        for coordinate in found:
            gradient = trace.gradient_value(coordinate.variable, session.values)
            fits = gradient is not None and np.shape(gradient) == session.point[coordinate.variable].shape
            slopes.append(float(np.asarray(gradient)[coordinate.index]) if fits else None)
        x, y = (coordinate.value(session.point) for coordinate in found)
        return SurfacePoint(x, y, *slopes)

    @property
    def has_value(self) -> bool:
        """Whether what is differentiated is a number at the inputs; where it is none, it has no gradient."""
        trace, values = self._session.trace, self._session.values
        if trace is None or trace.output not in values:
            return False
        value = np.asarray(values[trace.output])
        if trace.output_weights is not None:
            value = value[np.asarray(trace.output_weights) != 0]
        return not np.any(np.isnan(value))

    def _coordinates(self) -> list[Coordinate]:
        """Return the coordinates on the axes that exist."""
        found = []
        for text in self.pair or ():
            try:
                found.append(coordinate_in(text, self._session.point))
            except ExpressionError:
                continue
        return found

    # -- requests ---------------------------------------------------------------------------------

    def descend(self, x: float, y: float) -> None:
        """Request the path of gradient descent from a point, with TensorFlow's gradients."""
        trace = self._session.trace
        if self.pair is None or trace is None:
            return
        payload: DescendPayload = {
            "text": trace.expression,
            "differentiated_by": list(trace.differentiated_by),
            "output": trace.output_choice.text,
            "point": dict(self._session.point),
            "dtype": self._session.dtype,
            "variables": list(self.pair),
            "start": [float(x), float(y)],
            "rate": self.rate,
            "steps": MAX_DESCENT_STEPS,
        }
        self._client.request(DESCEND, payload, self._receive_path)

    def set_path_index(self, path_index: int) -> None:
        """Set the inputs to a point of the path."""
        if not 0 <= path_index < len(self.path) or self.pair is None:
            return
        self.path_index = path_index
        with self._session.batch:
            for name, value in zip(self.pair, self.path[path_index], strict=True):
                self._session.set_value(name, float(value))

    def _follow_trace(self) -> None:
        trace = self._session.trace
        assert trace is not None
        function = trace.expression, trace.differentiated_by, trace.output_choice
        if function == self._function and len(self._coordinates()) == 2:
            self._follow_values()  # the same surface was traced again
            return
        self._function = function
        self._clear_path()
        if self._is_visible:
            self._timer.start()

    def _follow_values(self) -> None:
        if not self._is_visible:
            return
        self.pointChanged.emit(self.point)
        if not is_same_point(self._held, self._held_still()):
            self._timer.start()  # what is held still has changed, and with it the whole surface

    def _held_still(self) -> dict[str, FloatArray]:
        """Return the values on which the surface depends; the numbers on the axes are 0."""
        values = dict(self._session.point)
        for coordinate in self._coordinates():
            values[coordinate.variable] = coordinate.moved(values, 0.0)
        return values

    def _clear_path(self) -> None:
        self.path, self.heights, self.path_index = np.empty((0, 2)), np.empty(0), 0
        self.pathChanged.emit()

    def _choose_pair(self) -> None:
        """Keep the coordinates on the axes while they exist, else use the first two."""
        if len(self._coordinates()) == 2:
            return
        first = [each.text for each, _ in zip(coordinates(self._session.point), range(2), strict=False)]
        self.pair = (first[0], first[1]) if len(first) == 2 else None

    def _request_field(self) -> None:
        session = self._session
        self._choose_pair()
        self.pairChanged.emit()
        if self.pair is None or session.trace is None:
            self.field = None
            self.fieldChanged.emit(None)
            self.messageChanged.emit(TOO_FEW)
            return
        self._held = self._held_still()
        x_range, y_range = self._ranges()
        payload: FieldPayload = {
            "text": session.trace.expression,
            "differentiated_by": list(session.trace.differentiated_by),
            "output": session.trace.output_choice.text,
            "point": dict(session.point),
            "dtype": session.dtype,
            "x": self.pair[0],
            "y": self.pair[1],
            "x_range": x_range,
            "y_range": y_range,
            "n": GRID_SIZE,
        }
        self._client.request(FIELD, payload, self._receive_field)

    def _ranges(self) -> tuple[list[float], list[float]]:
        """Return the ranges of both axes; with one unit of length, more is shown along the longer side of the plot."""
        x, y = self.reaches
        if self.has_equal_axes:
            x, y = max(x, y * self._aspect), max(y, x / self._aspect)
        return [-x, x], [-y, y]

    def _receive_field(self, reply: FieldReply) -> None:
        if (error := reply.get("error")) is not None:
            self.messageChanged.emit(error["message"])
            return
        self.field = reply
        n = len(reply["x_axis"])
        notes = [COARSE.format(n=n)] * (n < GRID_SIZE) + [STRIP] * (self.equal_axes and not self.can_have_equal_axes)
        self.messageChanged.emit(" ".join(notes))
        self.fieldChanged.emit(reply)
        self.pointChanged.emit(self.point)

    def _receive_path(self, reply: DescendReply) -> None:
        if (error := reply.get("error")) is not None:
            self.messageChanged.emit(error["message"])
            return
        self.path, self.heights = np.asarray(reply["path"]), np.asarray(reply["values"])
        self.messageChanged.emit(reply.get("note") or "")
        self.set_path_index(0)
        self.pathChanged.emit()
