"""Requests the float64 values that differ from those on the screen, once the user neither types nor drags."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.trace import Trace
from explorer.core.protocol.autodiff import PRECISION, PrecisionPayload, PrecisionReply
from explorer.core.syntax_tree import FloatArray
from explorer.session.engine_client.client import EngineClient
from explorer.session.timers import single_shot_timer

QUIET_MS = 250
"""Time without a new graph or new values after which the request is sent: it must not delay the next ones."""


class PrecisionCheck(QObject):
    """Compares the trace that ``current`` returns, None while it is outdated, with float64.

    different: the float64 values that differ, by tensor; empty until they arrive. Replaced, never changed in place.
    """

    changed = Signal(object)

    def __init__(
        self, client: EngineClient, current: Callable[[], Trace | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.different: Mapping[str, Any] = {}
        self._client = client
        self._current = current
        self._point: Mapping[str, FloatArray] = {}
        self._timer = single_shot_timer(self, self._request_now, QUIET_MS)

    @property
    def is_waiting(self) -> bool:
        """Whether a request will be sent shortly."""
        return self._timer.isActive()

    def begin(self, point: Mapping[str, FloatArray]) -> None:
        """Forget what belongs to earlier values, and compare those at ``point`` soon."""
        self._point = point
        if self.different:
            self.different = {}
        trace = self._current()
        if trace is None or trace.dtype == "float64":
            self._timer.stop()
        else:
            self._timer.start()

    def _request_now(self) -> None:
        trace = self._current()
        if trace is None:
            return
        point = self._point
        payload = PrecisionPayload(graph=trace.graph, point=dict(point))
        self._client.request(PRECISION, payload, lambda reply: self._receive(point, reply))

    def _receive(self, point: Mapping[str, FloatArray], reply: PrecisionReply) -> None:
        trace = self._current()
        if reply.get("error") is not None or trace is None or reply["graph"] != trace.graph or point is not self._point:
            return
        if reply["different"]:
            self.different = reply["different"]
            self.changed.emit(self.different)
