"""The explanation of the gradient of one weight for one batch."""

from functools import partial

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from explorer.core.protocol.models import EXPLAIN_WEIGHT, ExplainWeightPayload, ExplainWeightReply
from explorer.session.engine_client.client import EngineClient
from explorer.session.weights.session import WeightsSession

MIN_INTERVAL_MS = 1000
"""Minimum time between two explanations while the network trains: each needs a forward and a backward pass."""


class GradientExplanationSession(QObject):
    """The explanation of the selected weight at the step that the tab shows.

    Attributes
    ----------
    chosen : layer, name of the array and index in it, None for no weight.
    batch : index of the batch in the epoch, None for the next one.
    shown : the engine's explanation, None while there is none.
    message : why there is none, "" if nothing is wrong.
    """

    changed = Signal()

    def __init__(self, client: EngineClient, weights: WeightsSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chosen: tuple[int, str, tuple[int, ...]] | None = None
        self.batch: int | None = None
        self.shown: ExplainWeightReply | None = None
        self.message = ""
        self._number = 0
        self._requested_step: int | None = None
        self._client = client
        self._weights = weights
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._request)
        self._since_request = QElapsedTimer()
        weights.shownChanged.connect(self._handle_new_weights)
        weights.network.networkChanged.connect(self._handle_network_change)

    @property
    def has_batches(self) -> bool:
        """Whether the current network is trained with batches: one from a file is not."""
        return not self._weights.network.path

    @property
    def is_complete(self) -> bool:
        """Whether the requested explanation is there, or a message about why not."""
        return self.chosen is None or ((self.shown is not None or bool(self.message)) and not self._timer.isActive())

    def choose(self, chosen: tuple[int, str, tuple[int, ...]] | None) -> None:
        """Explain another weight, or none."""
        if chosen != self.chosen:
            self.chosen = chosen
            self._restart()

    def set_batch(self, batch: int | None) -> None:
        """Explain the weight for another batch of the epoch, None for the next one."""
        if batch != self.batch:
            self.batch = batch
            self._request()

    def _restart(self) -> None:
        self.shown, self.message, self.batch = None, "", None
        self.changed.emit()
        self._request()

    def _handle_network_change(self, _info: object) -> None:
        self.choose(None)
        self.changed.emit()

    def _handle_new_weights(self) -> None:
        """Follow the shown weights, which may be of another step or another layer."""
        shown = self._weights.shown
        if self.chosen is None or shown is None:
            return
        if shown["layer"] != self.chosen[0]:
            self.choose(None)
        elif shown["step"] != self._requested_step and not self._timer.isActive():
            elapsed = int(self._since_request.elapsed()) if self._since_request.isValid() else MIN_INTERVAL_MS
            # A slider is followed at once, a run only now and then.
            self._timer.start(0 if self._weights.step is not None else max(0, MIN_INTERVAL_MS - elapsed))

    def _request(self) -> None:
        shown = self._weights.shown
        if self.chosen is None or shown is None:
            return
        self._since_request.start()
        self._requested_step = int(shown["step"])
        self._number += 1
        number = self._number
        layer, array, index = self.chosen
        payload = ExplainWeightPayload(
            layer=layer, array=array, index=list(index), snapshot=shown["step"], batch=self.batch
        )
        self._client.request(EXPLAIN_WEIGHT, payload, partial(self._receive_explanation, number))

    def _receive_explanation(self, number: int, reply: ExplainWeightReply) -> None:
        if number != self._number or self.chosen is None:
            return
        error = reply.get("error")
        if error is None and reply["network"] != self._weights.network.number:
            return
        self.message = "" if error is None else error["message"]
        self.shown = reply if error is None else None
        self.changed.emit()
