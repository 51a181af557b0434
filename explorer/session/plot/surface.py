"""A function of two variables: its values on a rectangle, and the path of gradient descent."""

from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.errors import UserError
from explorer.core.expression.values import parse_value
from explorer.core.protocol.plot import DESCEND, FIELD, DescendPayload, DescendReply, FieldPayload, FieldReply
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient

GRID_SIZE = 160
"""Points of the field along each axis."""

FIELD_DELAY_MS = 120
"""Time without a change before the field is requested again."""

MAX_DESCENT_STEPS = 200
"""Steps of gradient descent, unless it comes to rest before."""


class SurfaceSession(QObject):
    """The data of the heat map, requested while it is visible.

    pair: the two variables on the axes, None without two scalars. reach: both axes go from -reach to reach. rate:
    learning rate. path (k, 2) and heights (k,): the points of gradient descent and the values there, from TensorFlow;
    path_index: the current point of the path. field: the engine's reply, None before the first.
    """

    fieldChanged = Signal(object)
    pathChanged = Signal()
    pointChanged = Signal(object)
    messageChanged = Signal(str)

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pair: tuple[str, str] | None = None
        self.reach = 4.0
        self.rate = 0.1
        self.path: Any = np.empty((0, 2))
        self.heights: Any = np.empty(0)
        self.path_index = 0
        self.field: FieldReply | None = None
        self._client = client
        self._session = session
        self._is_visible = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FIELD_DELAY_MS)
        self._timer.timeout.connect(self._request_field)
        session.traceChanged.connect(self._follow_trace)
        session.valuesChanged.connect(lambda *_: self._follow_values())
        self._expression = ""
        self._other_values: dict[str, Any] = {}

    def set_visible(self, visible: bool) -> None:
        """Follow the session while the heat map is visible."""
        self._is_visible = visible
        if visible:
            self._request_field()

    def set_reach(self, text: str) -> None:
        """Show both axes from minus this number to this number. Raises UserError."""
        value = parse_value(text)
        if value.ndim or not 0 < float(value) < 1e9:
            raise UserError("The range must be a number above 0, for example 2*pi.")
        self.reach = float(value)
        self._request_field()

    def set_rate(self, text: str) -> None:
        """Set the learning rate, and compute the path anew if there is one. Raises UserError."""
        value = parse_value(text)
        if value.ndim or not np.isfinite(value) or float(value) <= 0:
            raise UserError("The learning rate must be a number above 0, for example 0.1.")
        self.rate = float(value)
        if len(self.path):
            self.descend(*self.path[0])

    def descend(self, x: float, y: float) -> None:
        """Request the path of gradient descent from a point, with TensorFlow's gradients."""
        trace = self._session.trace
        if self.pair is None or trace is None:
            return
        payload: DescendPayload = {
            "text": trace.expression,
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

    @property
    def point(self) -> tuple[float, float, float, float] | None:
        """The inputs x, y and the gradient there (0 where there is none); None while the surface is outdated."""
        session = self._session
        if self.pair is None or session.trace is None or any(name not in session.point for name in self.pair):
            return None  # another expression has arrived, and the surface will follow
        slopes = []
        for name in self.pair:
            info = session.trace.gradients.get(name)
            value = session.values.get(info.tensor) if info is not None and info.tensor is not None else None
            slopes.append(0.0 if value is None else float(np.asarray(value)))
        x, y = (float(session.point[name]) for name in self.pair)
        return x, y, slopes[0], slopes[1]

    def _follow_trace(self, trace: Any, _values: Any) -> None:
        if trace.expression == self._expression:
            self._follow_values()  # the same surface was traced again
            return
        self._expression = trace.expression
        self.path, self.heights, self.path_index = np.empty((0, 2)), np.empty(0), 0
        self.pathChanged.emit()
        if self._is_visible:
            self._timer.start()

    def _follow_values(self) -> None:
        if not self._is_visible:
            return
        self.pointChanged.emit(self.point)
        point = self._session.point
        if any(
            name not in point or not np.array_equal(value, point[name]) for name, value in self._other_values.items()
        ):
            self._timer.start()  # a third variable changes the whole surface

    def _request_field(self) -> None:
        session = self._session
        scalars = [name for name, value in session.point.items() if not value.ndim]
        self.pair = (scalars[0], scalars[1]) if len(scalars) >= 2 else None
        if self.pair is None or session.trace is None:
            self.field = None
            self.fieldChanged.emit(None)
            self.messageChanged.emit(
                "A heat map needs two variables that are single numbers, for example x^2 + x*y + y^2."
            )
            return
        self._other_values = {name: value for name, value in session.point.items() if name not in self.pair}
        span = [-self.reach, self.reach]
        payload: FieldPayload = {
            "text": session.trace.expression,
            "point": dict(session.point),
            "dtype": session.dtype,
            "x": self.pair[0],
            "y": self.pair[1],
            "x_range": span,
            "y_range": span,
            "n": GRID_SIZE,
        }
        self._client.request(FIELD, payload, self._receive_field)

    def _receive_field(self, reply: FieldReply) -> None:
        if (error := reply.get("error")) is not None:
            self.messageChanged.emit(error["message"])
            return
        self.field = reply
        self.messageChanged.emit("")
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
