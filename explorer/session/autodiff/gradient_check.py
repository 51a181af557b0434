"""Compares a gradient as computed by TensorFlow, SymPy and central differences."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.causes.cause_text import missing_derivative
from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.core.autodiff.output_name import base_name, chosen_name, without_parentheses
from explorer.core.errors import ExpressionError
from explorer.core.expression.coordinate import coordinate_in, coordinates, parse_coordinate
from explorer.core.protocol.autodiff import COMPARE, ComparePayload, CompareReply
from explorer.core.syntax_tree import FloatArray
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.autodiff.stepper import COVERED
from explorer.session.engine_client.client import EngineClient
from explorer.session.timers import single_shot_timer

COMPARE_DELAY_MS = 200
"""Time without a change before the comparison is requested again."""


class GradientCheckSession(QObject):
    """Requests the comparison while it is visible.

    reply: the last one, or None; message: why there is none. variable: the coordinate, ``x`` or ``W[0,1]``, for which
    the gradient is compared; None without a variable.
    """

    changed = Signal(object)

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reply: CompareReply | None = None
        self.message = ""
        self.variable: str | None = None
        self._client = client
        self._session = session
        self._is_visible = False
        self._timer = single_shot_timer(self, self._request, COMPARE_DELAY_MS)
        session.traceChanged.connect(lambda *_: self._request_later())
        session.valuesChanged.connect(lambda *_: self._request_later())
        session.stepper.coverChanged.connect(lambda _on: self._request() if self._is_visible else None)

    @property
    def point_values(self) -> Mapping[str, FloatArray]:
        """The values of the variables, for each number of which the gradient can be compared."""
        return self._session.point

    @property
    def _output(self) -> OutputChoice:
        """The chosen output of the typed expression; the sum if the output of its derivative was chosen."""
        return self._session.output_choice if self._session.typed_shape else SUM

    @property
    def output_name(self) -> str:
        """The name of what is differentiated: ``y``, ``Σ y``, ``y[1]``."""
        text = self._session.trace.expression if self._session.trace is not None else self._session.text
        name = base_name(text)
        if self._output != SUM:
            return without_parentheses(chosen_name(name, self._output, text))
        return f"Σ {name}" if self._session.typed_shape else name

    @property
    def typed_expression(self) -> str:
        """The typed expression while the graph shows a derivative of it, which is not what is compared; else ""."""
        trace = self._session.trace
        return trace.expression if trace is not None and trace.differentiated_by else ""

    @property
    def missing_derivative(self) -> str:
        """Why there is no derivative to compare at this point, or at an entry of the variable; "" if there is one."""
        session, variable = self._session, self.variable
        if session.trace is None or variable is None or self.typed_expression or not session.is_current:
            return ""
        name = parse_coordinate(variable).variable
        if name not in session.trace.gradients:
            return ""
        return missing_derivative(session.trace, session.values, name, session.different) or ""

    @property
    def is_of_entry(self) -> bool:
        """Whether the gradient is compared for an entry of a vector or matrix."""
        return self.variable is not None and bool(parse_coordinate(self.variable).index)

    def set_visible(self, visible: bool) -> None:
        """Follow the session while the comparison is visible."""
        self._is_visible = visible
        if visible:
            self._request()

    def set_variable(self, name: str) -> None:
        """Compare the gradient for another variable."""
        self.variable = name
        self._request()

    def _request_later(self) -> None:
        if self._is_visible:
            self._timer.start()

    def _request(self) -> None:
        point, trace = self._session.point, self._session.trace
        try:
            self.variable = coordinate_in(self.variable or "", point).text
        except ExpressionError:
            first = next(coordinates(point), None)
            self.variable = None if first is None else first.text
        if self.variable is None or trace is None:
            self._set(None, "There is no variable to compare for.")
            return
        if self._session.stepper.covered:
            self._set(None, COVERED)
            return
        payload = ComparePayload(
            text=trace.expression, point=dict(point), variable=self.variable, output=self._output.text
        )
        self._client.request(COMPARE, payload, self._receive)

    def _receive(self, reply: CompareReply) -> None:
        if self._session.stepper.covered:
            self._set(None, COVERED)
        elif (error := reply.get("error")) is not None:
            self._set(None, error["message"])
        else:
            self._set(reply, "")

    def _set(self, reply: CompareReply | None, message: str) -> None:
        self.reply, self.message = reply, message
        self.changed.emit(reply)
