"""One gradient in three independent ways, on demand."""

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient

SETTLE = 200
"""Milliseconds without a change after which the comparison is made anew."""


class GradientCheckSession(QObject):
    """Asks for the comparison while somebody watches. reply: the engine's last answer, or None."""

    changed = Signal(object)

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reply: dict[str, Any] | None = None
        self.variable: str | None = None
        self._client = client
        self._session = session
        self._watched = False
        self._timer = QTimer(self, singleShot=True, interval=SETTLE)
        self._timer.timeout.connect(self._ask)
        session.traceChanged.connect(lambda *_: self._later())
        session.valuesChanged.connect(lambda *_: self._later())

    @property
    def variables(self) -> list[str]:
        """The variables whose gradient can be compared: single numbers."""
        return [name for name, value in self._session.point.items() if not value.ndim]

    @property
    def derived(self) -> str:
        """What was typed, where the graph shows a derivative of it, which is not what is compared; else ""."""
        trace = self._session.trace
        return trace.expression if trace is not None and trace.differentiated_by else ""

    def watch(self, watched: bool) -> None:
        """Begin or end to follow the session."""
        self._watched = watched
        if watched:
            self._ask()

    def set_variable(self, name: str) -> None:
        """Compare the gradient with respect to another variable."""
        self.variable = name
        self._ask()

    def _later(self) -> None:
        if self._watched:
            self._timer.start()

    def _ask(self) -> None:
        names, trace = self.variables, self._session.trace
        if self.variable not in names:
            self.variable = names[0] if names else None
        if self.variable is None or trace is None:
            self._take({"error": {"message": "There is no variable with a single number to compare for."}})
            return
        payload = {"text": trace.expression, "point": dict(self._session.point), "variable": self.variable}
        self._client.request("compare", payload, self._take)

    def _take(self, reply: dict[str, Any]) -> None:
        self.reply = reply
        self.changed.emit(reply)
