"""Offers an entry of the output where the gradient of the sum is 0, as that of a softmax is."""

import numpy as np
from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.protocol.autodiff import TRACE, TraceReply
from explorer.core.rounding import rounding_errors
from explorer.session.autodiff.payloads import trace_payload
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.timers import single_shot_timer

OFFER_DELAY_MS = 150
"""Time without a change before the gradient of an entry is requested: the graph comes first."""

MAX_SUM_GRADIENT = 1e-3
"""Gradients of the sum that are larger than this cannot be rounding errors of an ordinary entry's gradient."""


class OutputOffer(QObject):
    """Compares the gradient of the sum with that of one entry.

    entry: the entry whose gradient is not 0 although that of the sum is; None if there is nothing to offer.
    """

    changed = Signal()

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entry: tuple[int, ...] | None = None
        self._client = client
        self._session = session
        self._timer = single_shot_timer(self, self._request, OFFER_DELAY_MS)
        session.traceChanged.connect(lambda *_: self._follow())
        session.valuesChanged.connect(lambda *_: self._follow())

    @property
    def is_waiting(self) -> bool:
        """Whether a request will be sent shortly."""
        return self._timer.isActive()

    def accept(self) -> None:
        """Differentiate the entry that is offered."""
        if self.entry is not None:
            self._session.set_output(OutputChoice(self.entry))

    def _follow(self) -> None:
        self._timer.stop()
        size = self._size_of_sum_gradient()
        if size is None or size > MAX_SUM_GRADIENT:
            self._set(None)
        else:
            self._timer.start()

    def _size_of_sum_gradient(self) -> float | None:
        """Return the largest entry of the gradients of the sum; None if no sum is differentiated, or by nothing."""
        session = self._session
        trace = session.trace
        if trace is None or not session.is_current or session.output_choice != SUM or not session.output_shape:
            return None
        return _largest(trace, session.values) if trace.chosen_order == len(trace.differentiated_by) else None

    def _request(self) -> None:
        session = self._session
        if session.program is None or self._size_of_sum_gradient() is None:
            return
        choice = OutputChoice((0,) * len(session.output_shape))
        payload = trace_payload(session.program, session.point, session.dtype, session.differentiated_by, choice)
        self._client.request(TRACE, payload, self._receive, sublane="offer")

    def _receive(self, reply: TraceReply) -> None:
        size = self._size_of_sum_gradient()
        if reply.get("error") is not None or size is None:
            return
        trace = Trace.from_dict(reply["trace"])
        if trace.expression != self._session.text:
            return
        of_entry = _largest(trace, dict(zip(trace.fetches, reply["values"], strict=True))) or 0.0
        is_rounding = size <= rounding_errors(of_entry, trace.dtype, ops=len(trace.gradient_nodes))
        self._set(trace.output_choice.entry if of_entry > 0 and is_rounding else None)

    def _set(self, entry: tuple[int, ...] | None) -> None:
        if entry != self.entry:
            self.entry = entry
            self.changed.emit()


def _largest(trace: Trace, values: Values) -> float | None:
    """Return the largest magnitude in the gradients, None if there are none or one is not finite."""
    found = [trace.gradient_value(name, values) for name in trace.variables_with_gradient]
    gradients = [gradient for gradient in found if gradient is not None]
    if not gradients or not all(np.all(np.isfinite(each)) for each in gradients):
        return None
    return max(float(np.max(np.abs(each))) for each in gradients)
