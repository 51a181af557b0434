"""The numbers on the boxes and edges of a network's graph."""

from PySide6.QtCore import QObject, Signal

from explorer.core.protocol.network_graph import (
    GRAPH_PROFILE,
    GRAPH_VALUES,
    GraphProfileReply,
    GraphValuesReply,
    VisiblePayload,
)
from explorer.session.network_graph.requests import GraphRequests
from explorer.session.network_graph.state import NetworkGraphState
from explorer.session.timers import single_shot_timer

FOLLOW_INTERVAL_MS = 400
"""Shortest interval between requests for the numbers of a network that is being trained."""

MAX_FOLLOW_SHARE = 0.03
"""Largest share of a run's time that the requests may take: the slower they are answered, the rarer they are sent."""

DELAY_MS = 200
"""Delay of the request for a large graph: TensorFlow uses the whole processor, and the boxes are still moving."""


class GraphNumbers(QObject):
    """Statistics of the visible tensors, and on request the profile of the visible ops.

    values: the engine's reply to ``graph_values`` for what is visible, None until it is received.
    profile: its reply to ``graph_profile`` (seconds and bytes), None unless it was requested and received.
    is_active: whether the graph is on the screen; values are requested only then.
    is_profiling: whether the profile is wanted, now and after each change of what is visible.
    """

    valuesChanged = Signal()
    profileChanged = Signal()

    def __init__(self, requests: GraphRequests, state: NetworkGraphState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests, self._state = requests, state
        self.values: GraphValuesReply | None = None
        self.profile: GraphProfileReply | None = None
        self.is_active = False
        self.is_profiling = False
        self._is_pending = False
        self._measured_graph: int | None = None
        self._follow = single_shot_timer(self, self.request_values, FOLLOW_INTERVAL_MS)
        self._delay = single_shot_timer(self, self.request_values, DELAY_MS)

    @property
    def is_profile_pending(self) -> bool:
        """Whether the profile is wanted and has not been received."""
        return self.is_profiling and self.profile is None and self._state.visible is not None

    @property
    def is_measuring(self) -> bool:
        """Whether TensorFlow measures the ops, which it does once for each graph."""
        return self.is_profile_pending and self._measured_graph != self._requests.graph

    def invalidate(self) -> None:
        """Drop the numbers without a signal: views keep showing them until there are new ones."""
        self.values = self.profile = None
        self._is_pending = False

    def clear(self) -> None:
        """Drop the numbers."""
        self.invalidate()
        self.valuesChanged.emit()

    def stop(self) -> None:
        """Send no request that is still delayed."""
        self._delay.stop()

    def request_values(self) -> None:
        """Request the values of what is visible, unless a request is in progress or the graph is not on the screen."""
        is_open = self._state.visible is not None and self._requests.graph is not None
        if not is_open or not self.is_active or self._is_pending:
            return
        self._is_pending = True
        payload = self._state.view_payload()
        self._requests.request(
            GRAPH_VALUES,
            payload,
            lambda reply: self._receive_values(payload, reply),
            on_end=self._end_request,
        )

    def request_values_later(self) -> None:
        """Request the values after `DELAY_MS`."""
        self._delay.start()

    def follow(self) -> None:
        """Request the values again soon: the weights have changed."""
        if self.is_active and not self._follow.isActive():
            self._follow.start()

    def request_profile(self) -> None:
        """Request the profile of what is visible, if it is wanted."""
        if self.is_profiling and self._state.visible is not None:
            payload = self._state.view_payload()
            self._requests.request(
                GRAPH_PROFILE,
                payload,
                lambda reply: self._receive_profile(payload, reply),
                on_error=self._fail_profile,
            )

    def _end_request(self) -> None:
        self._is_pending = False

    def _receive_values(self, payload: VisiblePayload, reply: GraphValuesReply) -> None:
        if payload == self._state.view_payload():  # otherwise something else is visible by now
            self.values = reply
            interval = round(1000 * float(reply["seconds"]) / MAX_FOLLOW_SHARE)
            self._follow.setInterval(max(FOLLOW_INTERVAL_MS, interval))
            self.valuesChanged.emit()

    def _receive_profile(self, payload: VisiblePayload, reply: GraphProfileReply) -> None:
        self._measured_graph = self._requests.graph
        if payload == self._state.view_payload():
            self.profile = reply
            self.profileChanged.emit()

    def _fail_profile(self, message: str) -> None:
        self.is_profiling = False
        if message:
            self._requests.report_error(GRAPH_PROFILE.name, message)
