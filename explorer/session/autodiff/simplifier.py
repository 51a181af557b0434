"""SymPy's shorter form of each gradient, asked for when nobody types any more."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.autodiff.trace import Trace
from explorer.core.syntax_tree import FloatArray
from explorer.session.autodiff.payloads import simplify_questions
from explorer.session.engine_client.client import EngineClient

SIMPLIFY_AFTER = 120
"""Milliseconds without a key after which SymPy is asked where somebody types: it must not compete with that."""


class Simplifier(QObject):
    """simplified: variable to what SymPy said of its gradient; ``current`` gives the trace, None while it is old."""

    changed = Signal(object)

    def __init__(self, client: EngineClient, current: Callable[[], Trace | None], parent: QObject) -> None:
        super().__init__(parent)
        self.simplified: dict[str, str | None] = {}
        self._client = client
        self._current = current
        self._point: Mapping[str, FloatArray] = {}
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._ask_now)

    @property
    def is_waiting(self) -> bool:
        """Whether SymPy will be asked in a moment."""
        return self._timer.isActive()

    def ask(self, point: Mapping[str, FloatArray], typing: bool) -> None:
        """Ask, or soon; ``point``: the point at which a shorter form must have the same value."""
        self._point = point
        if typing:
            self._timer.start(SIMPLIFY_AFTER)
        else:
            self._ask_now()

    def stop(self) -> None:
        """Do not ask any more."""
        self._timer.stop()

    def _ask_now(self) -> None:
        trace = self._current()
        if trace is None:
            return
        for name, question in simplify_questions(trace, self._point).items():
            take = partial(self._take, name, trace.graph)
            self._client.request("simplify", question, take, lane=f"simplify {name}")

    def _take(self, name: str, graph: int, reply: dict[str, Any]) -> None:
        trace = self._current()
        if trace is not None and trace.graph == graph and reply.get("simplified") is not None:
            self.simplified[name] = reply["simplified"]
            self.changed.emit(self.simplified)
