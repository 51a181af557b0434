"""Two variables: heights over a rectangle, and the path of gradient descent."""

from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.errors import UserError
from explorer.core.expression.values import parse_value
from explorer.core.protocol.plot import DESCEND, FIELD, DescendPayload, DescendReply, FieldPayload, FieldReply
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient

POINTS = 160
"""Points of the field along each axis."""

SETTLE = 120

STEPS = 200
"""Steps of a walk, unless it comes to rest before."""


class SurfaceSession(QObject):
    """What the heat map shows, while somebody watches.

    pair: the two variables on the axes, None if there are not two single numbers. reach: the rectangle goes from
    -reach to reach in both. rate: learning rate. path: (k, 2), heights: (k,), each point from TensorFlow; at: where
    on the path we are.
    """

    fieldChanged = Signal(object)
    pathChanged = Signal()
    pointChanged = Signal(object)
    noteChanged = Signal(str)

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
        self._watched = False
        self._timer = QTimer(self, singleShot=True, interval=SETTLE)
        self._timer.timeout.connect(self._ask)
        session.traceChanged.connect(self._trace_changed)
        session.valuesChanged.connect(lambda *_: self._values_changed())
        self._expression = ""
        self._others: dict[str, Any] = {}

    def watch(self, watched: bool) -> None:
        """Begin or end to follow the session."""
        self._watched = watched
        if watched:
            self._ask()

    def set_reach(self, text: str) -> None:
        """Show from minus this to this; raises UserError."""
        value = parse_value(text)
        if value.ndim or not 0 < float(value) < 1e9:
            raise UserError("The range must be a number above 0, for example 2*pi.")
        self.reach = float(value)
        self._ask()

    def set_rate(self, text: str) -> None:
        """Set the learning rate; raises UserError. A path that is shown is walked anew."""
        value = parse_value(text)
        if value.ndim or not np.isfinite(value) or float(value) <= 0:
            raise UserError("The learning rate must be a number above 0, for example 0.1.")
        self.rate = float(value)
        if len(self.path):
            self.descend(*self.path[0])

    def descend(self, x: float, y: float) -> None:
        """Let gradient descent walk from a point, with TensorFlow's gradients."""
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
            "steps": STEPS,
        }
        self._client.request(DESCEND, payload, self._take_path)

    def scrub(self, path_index: int) -> None:
        """Go to a point of the path: the inputs, and with them everything else, follow."""
        if not 0 <= path_index < len(self.path) or self.pair is None:
            return
        self.path_index = path_index
        for name, value in zip(self.pair, self.path[path_index], strict=True):
            self._session.set_value(name, float(value))

    @property
    def point(self) -> tuple[float, float, float, float] | None:
        """x, y and the gradient there, from the session's values; None where there is none."""
        session = self._session
        if self.pair is None or session.trace is None or any(name not in session.point for name in self.pair):
            return None  # another expression has come, and the surface will follow
        slopes = []
        for name in self.pair:
            info = session.trace.gradients.get(name)
            value = session.values.get(info.tensor) if info is not None and info.tensor is not None else None
            slopes.append(0.0 if value is None else float(np.asarray(value)))
        x, y = (float(session.point[name]) for name in self.pair)
        return x, y, slopes[0], slopes[1]

    def _trace_changed(self, trace: Any, _values: Any) -> None:
        if trace.expression == self._expression:
            self._values_changed()  # the same surface, traced anew
            return
        self._expression = trace.expression
        self.path, self.heights, self.path_index = np.empty((0, 2)), np.empty(0), 0
        self.pathChanged.emit()
        if self._watched:
            self._timer.start()

    def _values_changed(self) -> None:
        if not self._watched:
            return
        self.pointChanged.emit(self.point)
        point = self._session.point
        if any(name not in point or not np.array_equal(value, point[name]) for name, value in self._others.items()):
            self._timer.start()  # a third variable changes the whole surface

    def _ask(self) -> None:
        session = self._session
        scalars = [name for name, value in session.point.items() if not value.ndim]
        self.pair = (scalars[0], scalars[1]) if len(scalars) >= 2 else None
        if self.pair is None or session.trace is None:
            self.field = None
            self.fieldChanged.emit(None)
            self.noteChanged.emit(
                "A heat map needs two variables that are single numbers, for example x^2 + x*y + y^2."
            )
            return
        self._others = {name: value for name, value in session.point.items() if name not in self.pair}
        span = [-self.reach, self.reach]
        payload: FieldPayload = {
            "text": session.trace.expression,
            "point": dict(session.point),
            "dtype": session.dtype,
            "x": self.pair[0],
            "y": self.pair[1],
            "x_range": span,
            "y_range": span,
            "n": POINTS,
        }
        self._client.request(FIELD, payload, self._take_field)

    def _take_field(self, reply: FieldReply) -> None:
        if (error := reply.get("error")) is not None:
            self.noteChanged.emit(error["message"])
            return
        self.field = reply
        self.noteChanged.emit("")
        self.fieldChanged.emit(reply)
        self.pointChanged.emit(self.point)

    def _take_path(self, reply: DescendReply) -> None:
        if (error := reply.get("error")) is not None:
            self.noteChanged.emit(error["message"])
            return
        self.path, self.heights = np.asarray(reply["path"]), np.asarray(reply["values"])
        self.noteChanged.emit(reply.get("note") or "")
        self.scrub(0)
        self.pathChanged.emit()
