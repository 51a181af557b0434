"""Compares a gradient as computed by TensorFlow, SymPy and central differences."""

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.protocol.autodiff import COMPARE, ComparePayload, CompareReply
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient

COMPARE_DELAY_MS = 200
"""Time without a change before the comparison is requested again."""


class GradientCheckSession(QObject):
    """Requests the comparison while it is visible. reply: the last one, or None; message: why there is none."""

    changed = Signal(object)

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reply: CompareReply | None = None
        self.message = ""
        self.variable: str | None = None
        self._client = client
        self._session = session
        self._is_visible = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COMPARE_DELAY_MS)
        self._timer.timeout.connect(self._request)
        session.traceChanged.connect(lambda *_: self._request_later())
        session.valuesChanged.connect(lambda *_: self._request_later())

    @property
    def variables(self) -> list[str]:
        """The variables whose gradient can be compared: scalars."""
        return [name for name, value in self._session.point.items() if not value.ndim]

    @property
    def typed_expression(self) -> str:
        """The typed expression while the graph shows a derivative of it, which is not what is compared; else ""."""
        trace = self._session.trace
        return trace.expression if trace is not None and trace.differentiated_by else ""

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
        names, trace = self.variables, self._session.trace
        if self.variable not in names:
            self.variable = names[0] if names else None
        if self.variable is None or trace is None:
            self._set(None, "There is no variable with a single number to compare for.")
            return
        payload = ComparePayload(text=trace.expression, point=dict(self._session.point), variable=self.variable)
        self._client.request(COMPARE, payload, self._receive)

    def _receive(self, reply: CompareReply) -> None:
        if (error := reply.get("error")) is not None:
            self._set(None, error["message"])
        else:
            self._set(reply, "")

    def _set(self, reply: CompareReply | None, message: str) -> None:
        self.reply, self.message = reply, message
        self.changed.emit(reply)
