"""Requests SymPy's shorter form of each gradient once the user stops typing."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.trace import Trace
from explorer.core.protocol.autodiff import SIMPLIFY, SimplifyReply
from explorer.core.syntax_tree import FloatArray
from explorer.session.autodiff.payloads import simplify_payloads
from explorer.session.engine_client.client import EngineClient
from explorer.session.timers import single_shot_timer

TYPING_DELAY_MS = 120
"""Time without a key press before the request is sent: SymPy must not compete with the next trace."""


class Simplifier(QObject):
    """Collects the simplified formulas of the trace that ``current`` returns, None while it is outdated.

    simplified: the formula by variable, None where SymPy found no shorter one; replaced, never changed in place.
    """

    changed = Signal(object)

    def __init__(
        self, client: EngineClient, current: Callable[[], Trace | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.simplified: dict[str, str | None] = {}
        self._client = client
        self._current = current
        self._point: Mapping[str, FloatArray] = {}
        self._timer = single_shot_timer(self, self._request_now)

    @property
    def is_waiting(self) -> bool:
        """Whether a request will be sent shortly."""
        return self._timer.isActive()

    def request(self, point: Mapping[str, FloatArray], typing: bool) -> None:
        """Request the formulas, after a delay if the user is typing.

        point: a shorter formula must have the same value there.
        """
        self._point = point
        if typing:
            self._timer.start(TYPING_DELAY_MS)
        else:
            self._request_now()

    def stop(self) -> None:
        """Drop the request that is not sent yet."""
        self._timer.stop()

    def clear(self) -> None:
        """Forget the formulas: they belong to another function."""
        self.simplified = {}

    def _request_now(self) -> None:
        trace = self._current()
        if trace is None:
            return
        for name, payload in simplify_payloads(trace, self._point).items():
            receive = partial(self._receive, name, trace.graph)
            self._client.request(SIMPLIFY, payload, receive, sublane=name)

    def _receive(self, name: str, graph: int, reply: SimplifyReply) -> None:
        trace = self._current()
        if trace is not None and trace.graph == graph and reply.get("simplified") is not None:
            self.simplified = {**self.simplified, name: reply["simplified"]}
            self.changed.emit(self.simplified)
