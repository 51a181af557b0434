"""The curve beside the graph: range, points, what is plotted, and claims about it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.autodiff.chain_rule_text import base_name
from explorer.core.autodiff.higher_order import derivative_text
from explorer.core.autodiff.tensor_text import find_op
from explorer.core.errors import UserError
from explorer.core.expression.parser import parse
from explorer.core.expression.values import parse_value
from explorer.core.protocol.plot import CHECK, CURVE, CheckPayload, CheckReply, CurvePayload, CurveReply
from explorer.core.settings import SETTINGS
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient

SETTLE = 40
"""Milliseconds without a new trace after which the curve is asked for: while somebody types, the graph comes first."""

NAMES = ("f", "f′", "f″")
"""What the curves are called, by order of the derivative."""

START = (-float(np.pi), float(np.pi))
"""The range in the beginning."""


class CurveSession(QObject):
    """What is plotted along one variable.

    variable: the one on the axis, None if no variable is a single number. low, high: its range. points: how many.
    first, second: whether f′ and f″ are wanted. overlay: a second expression, "" for none.
    claim: what f′ is said to be; answer: the engine's to the latest one, None before it.
    curves: name to ``(x, y)``, thinned to the screen by the engine; shown: name to the number of points behind it.
    point: x, y and slope at the variable's value, each from TensorFlow; None where it is unknown.
    """

    curvesChanged = Signal(object)
    pointChanged = Signal(object)
    rangeChanged = Signal(float, float)
    variableChanged = Signal(object)
    noteChanged = Signal(str)
    overlayErrorChanged = Signal(str)
    checkChanged = Signal(object)
    wantedChanged = Signal()

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.variable: str | None = None
        self.low, self.high = START
        self.points = int(SETTINGS["points"].default)
        self.pixels = 1000
        self.first, self.second = True, False
        self.overlay = ""
        self.claim = ""
        self.answer: CheckReply | None = None
        self.curves: dict[str, tuple[Any, Any]] = {}
        self.shown: dict[str, int] = {}
        self.point: tuple[float, float, float | None] | None = None
        self.note = ""
        self._chosen: str | None = None
        self._asked: CurvePayload | None = None
        self._seen, self._due = True, False
        self._client = client
        self._session = session
        self._timer = QTimer(self, singleShot=True, interval=SETTLE)
        self._timer.timeout.connect(self._ask)
        session.traceChanged.connect(self._trace_changed)
        session.valuesChanged.connect(self._values_changed)
        session.selectionChanged.connect(lambda _: self._ask())
        self._hid = False
        for changed in (session.stepper.quizChanged, session.stepper.stepChanged):
            changed.connect(self._hide_or_show)

    # -- what is wanted ---------------------------------------------------------------------------

    def set_variable(self, name: str) -> None:
        """Plot along another variable."""
        self._chosen = name
        self._choose()
        self._ask()

    def set_range(self, low: str | float, high: str | float) -> None:
        """Set the range; texts such as ``-2*pi`` are understood. Raises UserError."""
        ends = [float(parse_value(end)) if isinstance(end, str) else float(end) for end in (low, high)]
        if not (np.all(np.isfinite(ends)) and ends[0] < ends[1]):
            raise UserError("The range must begin below its end.")
        if ends != [self.low, self.high]:
            self.low, self.high = ends
            self._ask()
            self.rangeChanged.emit(self.low, self.high)

    def set_points(self, points: int) -> None:
        """Set how many points the curve has, at least 2."""
        points = SETTINGS["points"].validated(int(points))
        if points != self.points:
            self.points = points
            self._ask()
            self.wantedChanged.emit()

    def set_pixels(self, pixels: int) -> None:
        """Say how wide the plot is, in device pixels: more points than that are thinned by the engine."""
        if pixels > 1.5 * self.pixels or pixels < 0.6 * self.pixels:
            self.pixels = pixels
            self._ask()

    def set_seen(self, seen: bool) -> None:
        """Say whether the plot is on the screen: what nobody sees is asked for as soon as it is seen again."""
        self._seen = seen
        if seen and self._due:
            self._due, self._asked = False, None
            self._ask()

    def set_first(self, on: bool) -> None:
        """Show f′ beside f, or not: of a function that jumps it would fill the plot."""
        if on != self.first:
            self.first = on
            self._ask()

    def set_second(self, on: bool) -> None:
        """Show f″ too, or not."""
        if on != self.second:
            self.second = on
            self._ask()
            self.wantedChanged.emit()

    def set_overlay(self, text: str) -> None:
        """Lay a second expression over the plot; "" for none. Raises ExpressionError and keeps the last one."""
        text = text.strip()
        if text:
            parse(text)
        if text != self.overlay:
            self.overlay = text
            self.overlayErrorChanged.emit("")
            if not text:
                self._drop("g")
            self._ask_overlay()
            self.wantedChanged.emit()

    def check(self, claim: str) -> None:
        """Ask whether f′ equals ``claim`` at all points, of this curve and all that follow; "" ends it.

        Raises ExpressionError for a claim that cannot be read.
        """
        claim = claim.strip()
        if claim:
            parse(claim)
        self.claim, self.answer = claim, None
        self.wantedChanged.emit()
        payload = self._payload()
        if not claim:
            self.checkChanged.emit(None)
        elif payload is not None:
            self._ask_check(payload)

    def _ask_check(self, payload: CurvePayload) -> None:
        """Ask anew with every curve: an answer about another one would be worse than none."""
        if self.claim:
            self._client.request(CHECK, CheckPayload(**payload, claim=self.claim), self._take_check)

    # -- following the session --------------------------------------------------------------------

    def _trace_changed(self, _trace: Any, _values: Any) -> None:
        self._choose()
        self._timer.start()
        self._show_point()

    def _values_changed(self, _values: Any) -> None:
        payload = self._payload()
        if payload is None or self._asked is None or _differs(payload, self._asked):
            self._ask()
        self._show_point()

    @property
    def variables(self) -> list[str]:
        """The variables along which can be plotted: single numbers."""
        return [name for name, value in self._session.point.items() if not value.ndim]

    def _choose(self) -> None:
        """Keep the chosen variable while there is one of that name, else take the first single number."""
        scalars = self.variables
        variable = self._chosen if self._chosen in scalars else (scalars[0] if scalars else None)
        if variable != self.variable:
            self.variable = variable
        self.variableChanged.emit(variable)

    @property
    def tensor(self) -> str | None:
        """The tensor that is plotted: that of a selected forward op or edge, None for the output."""
        session = self._session
        if session.selection is None or session.trace is None:
            return None
        kind, name = session.selection
        tensor = f"{name}:0" if kind == "node" else name
        forward = any(node.tensor == tensor for node in session.trace.nodes)
        if session.trace.differentiated_by and tensor.startswith("gradients"):
            return None  # in the curve's graph, whose inputs are vectors, there is no op of that name
        return tensor if forward and tensor != session.trace.output else None

    @property
    def hides_slope(self) -> bool:
        """Whether slopes are what is asked for now: then neither f′ nor a tangent may stand in the plot."""
        return self._session.stepper.hides_gradients

    @property
    def is_waiting(self) -> bool:
        """Whether a curve will be asked for in a moment."""
        return self._timer.isActive()

    @property
    def title(self) -> str:
        """What f is, as text: what was typed, or the part of it that is selected."""
        session = self._session
        if session.trace is None:
            return ""
        if self.tensor is None:
            return session.trace.expression
        op = find_op(session.trace, self.tensor.rpartition(":")[0])
        return getattr(op, "formula", None) or self.tensor

    @property
    def derivative(self) -> str:
        """What the derivative that is plotted as f is called, such as ``y′``; "" where no derivative is."""
        trace = self._session.trace
        if trace is None or not trace.differentiated_by or self.tensor is not None:
            return ""
        return derivative_text(trace.differentiated_by, base_name(trace.expression), len(trace.variables) == 1)

    def _payload(self) -> CurvePayload | None:
        session = self._session
        if self.variable is None or session.trace is None or self.variable not in session.trace.variables:
            return None
        return {
            "text": session.trace.expression,
            "differentiated_by": list(session.trace.differentiated_by),
            "point": {name: value for name, value in session.point.items() if name in session.trace.variables},
            "dtype": session.dtype,
            "variable": self.variable,
            "tensor": self.tensor,
            "low": self.low,
            "high": self.high,
            "points": self.points,
            "pixels": self.pixels,
            "orders": [0, *[1] * self.first, *[2] * self.second],
        }

    @property
    def wanted(self) -> CurvePayload | None:
        """What the engine is asked for now, None where there is nothing to plot along."""
        return self._payload()

    def _ask(self) -> None:
        payload = self._payload()
        if payload is None:
            self._asked = None
            if self._session.trace is not None:
                self._set_curves(
                    {}, {}, "There is no variable with a single number, so there is nothing to plot along."
                )
            return
        if self._asked is not None and not _differs(payload, self._asked):
            self._asked = payload
            self._show_point()
            return
        self._asked = payload
        if self._seen:
            self._client.request(CURVE, payload, self._take_curves)
            self._ask_overlay()
            self._ask_point(payload)
        else:
            self._due = True
            self._set_curves({}, {}, self.note)  # those that are there are of another graph
        self._ask_check(payload)

    def _ask_overlay(self) -> None:
        payload = self._payload()
        if payload is not None and self.overlay:
            wanted: CurvePayload = {
                **payload,
                "text": self.overlay,
                "differentiated_by": [],
                "point": dict(self._session.point),
                "tensor": None,
                "orders": [0],
            }
            self._client.request(CURVE, wanted, self._take_overlay, sublane="overlay")

    def _ask_point(self, payload: CurvePayload) -> None:
        """Where a sub-expression is plotted, its slope is asked for; the output's is among the values."""
        x = self._x()
        if payload["tensor"] is not None and x is not None:
            tiny = max(abs(x), 1.0) * 1e-3
            wanted: CurvePayload = {**payload, "low": x, "high": x + tiny, "points": 2, "orders": [0, 1]}
            self._client.request(CURVE, wanted, self._take_point, sublane="point")

    def _hide_or_show(self) -> None:
        """What may be seen of curves and point has changed, not they."""
        if self.hides_slope != self._hid:
            self._hid = self.hides_slope
            self.curvesChanged.emit(self.curves)
            self.pointChanged.emit(self.point)

    # -- answers ----------------------------------------------------------------------------------

    def _take_curves(self, reply: CurveReply) -> None:
        if (error := reply.get("error")) is not None:
            self._set_curves({}, {}, error["message"])
            return
        curves, shown = {}, {}
        for curve in reply["curves"]:
            if curve["y"] is not None:
                name = NAMES[int(curve["order"])]
                curves[name] = (curve["x"], curve["y"])
                shown[name] = int(reply["points"])
        if "g" in self.curves and self.overlay:
            curves["g"], shown["g"] = self.curves["g"], self.shown["g"]
        self._set_curves(curves, shown, reply.get("note") or "")
        self._show_point()

    def _take_overlay(self, reply: CurveReply) -> None:
        if (error := reply.get("error")) is not None:
            self.overlayErrorChanged.emit(error["message"])
            self._drop("g")
        elif self.overlay:
            curve = reply["curves"][0]
            self._set_curves(
                {**self.curves, "g": (curve["x"], curve["y"])}, {**self.shown, "g": int(reply["points"])}, self.note
            )

    def _take_point(self, reply: CurveReply) -> None:
        x = self._x()
        if reply.get("error") is None and x is not None:
            found = {int(curve["order"]): curve["y"] for curve in reply["curves"]}
            slope = None if found.get(1) is None else float(found[1][0])
            self._set_point((x, float(found[0][0]), slope))

    def _take_check(self, reply: CheckReply) -> None:
        if self.claim:
            self.answer = reply
            self.checkChanged.emit(reply)

    def _drop(self, name: str) -> None:
        if name in self.curves:
            curves = {other: curve for other, curve in self.curves.items() if other != name}
            self._set_curves(curves, {other: self.shown[other] for other in curves}, self.note)

    def _set_curves(self, curves: dict[str, tuple[Any, Any]], shown: dict[str, int], note: str) -> None:
        self.curves, self.shown = curves, shown
        self.curvesChanged.emit(curves)
        if note != self.note:
            self.note = note
            self.noteChanged.emit(note)

    def _x(self) -> float | None:
        value = self._session.point.get(self.variable) if self.variable is not None else None
        return float(value) if value is not None and not value.ndim else None

    def _show_point(self) -> None:
        session, trace, x = self._session, self._session.trace, self._x()
        if trace is None or x is None or self.variable is None or self.variable not in trace.variables:
            self._set_point(None)
            return
        if self.tensor is not None:
            payload = self._payload()
            if payload is not None:
                self._ask_point(payload)
            return
        value = session.values.get(trace.output)
        info = trace.gradients.get(self.variable)
        slope = session.values.get(info.tensor) if info is not None and info.tensor is not None else None
        if value is None or np.ndim(value):
            self._set_point(None)
            return
        self._set_point((x, float(value), None if slope is None else float(slope)))

    def _set_point(self, point: tuple[float, float, float | None] | None) -> None:
        self.point = point
        self.pointChanged.emit(point)


def _differs(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two requests give different curves: the value of the variable on the axis makes no difference."""
    if any(one[key] != other[key] for key in one if key != "point"):
        return True
    a, b = one["point"], other["point"]
    return list(a) != list(b) or any(
        name != one["variable"] and not np.array_equal(a[name], b[name], equal_nan=True) for name in a
    )
