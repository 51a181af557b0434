"""The weights that the tab "Weights" shows: of which layer, after which training step, and which part of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from explorer.core.protocol.models import (
    DEAD_UNITS,
    SAVE_WEIGHTS,
    WEIGHTS,
    DeadUnitsPayload,
    DeadUnitsReply,
    LayerInfo,
    NetworkInfoReply,
    SaveWeightsPayload,
    SaveWeightsReply,
    WeightsPayload,
    WeightsReply,
)
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.current_network import CurrentNetworkSession

MIN_INTERVAL_MS = 200
"""Minimum time between two requests while the weights change."""

DEAD_UNITS_DELAY_MS = 250
"""Delay of the request for dead units, so that the weights come first while a slider is moved."""

DEAD_UNITS_INTERVAL_MS = 2000
"""Minimum time between two such requests: for each, some hundred images go through the network."""

Selection: TypeAlias = tuple[int, int, int | None, int, int]
"""Network, layer, step, channel and first unit."""


@dataclass(frozen=True)
class PinnedWeights:
    """Weights that stay on the screen for comparison, with the title and the layer to which they belong."""

    title: str
    layer: LayerInfo
    shown: WeightsReply
    is_last: bool


class WeightsSession(QObject):
    """The selected weights of the current network, which are followed while the tab is visible.

    Attributes
    ----------
    layer : index of the layer.
    channel : input channel of filters.
    first_unit : first of the units that are shown, where there are many.
    scale_per_image : whether each image has a colour scale of its own.
    shown : the engine's reply that is shown, None while there is none.
    dead_units : units of the layer whose output was 0 for each of ``dead_images`` images, None while unknown.
    pinned : weights of another step or run that stay on the screen, None for none.
    message : why no weights can be shown, "" if they can.

    Signals: `changed` when the selection or the scale changes; `shownChanged`, `deadUnitsChanged`, `pinnedChanged` and
    `messageChanged` for their attributes; `messageReported` when weights have been saved or could not be.
    """

    changed = Signal()
    shownChanged = Signal()
    deadUnitsChanged = Signal()
    pinnedChanged = Signal()
    messageChanged = Signal(str)
    messageReported = Signal(str)

    def __init__(self, client: EngineClient, network: CurrentNetworkSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer = 0
        self.channel, self.first_unit = 0, 0
        self.scale_per_image = False
        self.message = ""
        self.shown: WeightsReply | None = None
        self.pinned: PinnedWeights | None = None
        self.dead_units: list[int] | None = None
        self.dead_images = 0
        self._shown_selection: Selection | None = None
        self._layer_name = ""
        self._visible = False
        self._is_waiting = False
        self._has_changed = False
        self._client = client
        self._network = network
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._request_if_changed)
        self._since_request = QElapsedTimer()
        self._dead_timer = QTimer(self, singleShot=True)
        self._dead_timer.timeout.connect(self._request_dead_units)
        self._are_dead_units_stale = False
        network.networkChanged.connect(self._handle_network_change)
        network.weightsChanged.connect(self._handle_weights_change)
        network.stepChanged.connect(self._handle_step_change)
        network.scaleChanged.connect(self._handle_scale_change)

    # -- properties --------------------------------------------------------------------------

    @property
    def network(self) -> CurrentNetworkSession:
        """The current network."""
        return self._network

    @property
    def step(self) -> int | None:
        """Training step of the weights, None to follow the newest."""
        return self._network.step

    @property
    def is_complete(self) -> bool:
        """Whether the selected weights are shown, and no newer ones are expected."""
        settled = (self.dead_units is not None or not self._has_units) and not (self._has_changed or self._is_waiting)
        return self.shown is not None and self._shown_selection == self._selection and settled

    def title(self) -> str:
        """Return the network, the layer and the step of the shown weights as text."""
        info = self._network.info
        if info is None or self.shown is None:
            return ""
        return f"{info['title']} · {info['layers'][self.shown['layer']]['name']} · {self.step_text()}"

    def step_text(self) -> str:
        """Return the step of the shown weights as text."""
        return self._network.step_text(0 if self.shown is None else int(self.shown["step"]))

    # -- the selection --------------------------------------------------------------------

    def set_visible(self, visible: bool) -> None:
        """Show or hide the weights; nothing is requested while they are hidden."""
        if visible != self._visible:
            self._visible = visible
            if visible:
                self._request()

    def set_layer(self, layer: int) -> None:
        """Select a layer."""
        if layer != self.layer and 0 <= layer < len(self._network.layers):
            self.layer, self.channel, self.first_unit = layer, 0, 0
            self._layer_name = str(self._network.layers[layer]["name"])
            self._clear_dead_units()
            self._handle_selection_change()

    def set_channel(self, channel: int) -> None:
        """Select an input channel of filters."""
        if channel != self.channel:
            self.channel = channel
            self._handle_selection_change()

    def set_first_unit(self, unit: int) -> None:
        """Select the first unit that is shown, where they are too many to be shown at once."""
        if unit != self.first_unit:
            self.first_unit = unit
            self._handle_selection_change()

    def set_scale_per_image(self, on: bool) -> None:
        """Give each image a colour scale of its own, or all the same."""
        if on != self.scale_per_image:
            self.scale_per_image = on
            self.changed.emit()

    def set_pinned(self, pin: bool) -> None:
        """Keep the shown weights on the screen for comparison, or remove those that were kept."""
        info, shown = self._network.info, self.shown
        if not pin:
            self.pinned = None
        elif info is not None and shown is not None:
            layers = self._network.layers
            self.pinned = PinnedWeights(self.title(), layers[shown["layer"]], shown, shown["layer"] == len(layers) - 1)
        self.pinnedChanged.emit()

    def save(self, path: str) -> None:
        """Save all arrays of the shown step as an ``.npz`` file."""
        step = None if self.shown is None else self.shown["step"]
        payload = SaveWeightsPayload(path=str(Path(path).absolute()), snapshot=step)
        self._client.request(SAVE_WEIGHTS, payload, self._receive_saved)

    # -- requests ---------------------------------------------------------------------------------

    @property
    def _selection(self) -> Selection:
        return self._network.number, self.layer, self.step, self.channel, self.first_unit

    def _handle_selection_change(self) -> None:
        self.changed.emit()
        self._request()

    def _request(self) -> None:
        if not self._visible or not self._network.number:
            return
        self._has_changed, self._is_waiting = False, True
        self._since_request.start()
        part = {"channel": self.channel, "start": self.first_unit}
        payload = WeightsPayload(layer=self.layer, snapshot=self.step, part=part)
        self._client.request(WEIGHTS, payload, partial(self._receive_weights, self._selection))

    def _request_if_changed(self) -> None:
        if self._has_changed and not self._is_waiting:
            self._request()

    def _request_soon(self) -> None:
        """Request changed weights, but not within `MIN_INTERVAL_MS` after the last request."""
        if self._has_changed and not self._is_waiting and self._visible and not self._timer.isActive():
            elapsed = int(self._since_request.elapsed()) if self._since_request.isValid() else MIN_INTERVAL_MS
            self._timer.start(max(0, MIN_INTERVAL_MS - elapsed))

    def _request_dead_units(self) -> None:
        if not self._are_dead_units_stale or not self._visible or not self._has_units:
            return
        self._are_dead_units_stale = False
        self._dead_timer.start(DEAD_UNITS_INTERVAL_MS)
        payload = DeadUnitsPayload(layer=self.layer, snapshot=self.step, scale=self._network.scale.value)
        self._client.request(DEAD_UNITS, payload, partial(self._receive_dead_units, self._selection))

    @property
    def _has_units(self) -> bool:
        """Whether the layer has weights and units that can be dead, which those of a softmax cannot."""
        layers = self._network.layers
        known = 0 <= self.layer < len(layers)
        return known and bool(layers[self.layer]["weights"]) and layers[self.layer]["activation"] != "softmax"

    # -- replies and events -----------------------------------------------------------------------------

    def _receive_weights(self, selection: Selection, reply: WeightsReply) -> None:
        if selection != self._selection:
            return  # the reply to a newer request will follow
        self._is_waiting = False
        if (error := reply.get("error")) is not None:
            self._set_message(error["message"])
            return
        if not self._network.is_current(reply):
            return
        before = self.shown
        self.shown, self._shown_selection = reply, selection
        self._set_message("")
        if (
            before is None
            or (before["layer"], before["step"]) != (reply["layer"], reply["step"])
            or self.dead_units is None
        ):
            self._are_dead_units_stale = True
            if not self._dead_timer.isActive():
                self._dead_timer.start(DEAD_UNITS_DELAY_MS)
        self.shownChanged.emit()
        self._request_soon()

    def _receive_dead_units(self, selection: Selection, reply: DeadUnitsReply) -> None:
        if reply.get("error") is None and selection[:3] == self._selection[:3] and reply["network"] == selection[0]:
            self.dead_units, self.dead_images = reply["units"].tolist(), int(reply["images"])
            self.deadUnitsChanged.emit()

    def _handle_network_change(self, info: NetworkInfoReply | None) -> None:
        layers = self._network.layers
        weighted = [index for index, layer in enumerate(layers) if layer["weights"]]
        # The layer with the name of the one that was selected, else the first with weights.
        named = [index for index in weighted if layers[index]["name"] == self._layer_name]
        self.layer = (named or weighted or [0])[0]
        self.channel, self.first_unit = 0, 0
        self.shown = self._shown_selection = None
        self._is_waiting = False
        self._clear_dead_units()
        self.changed.emit()
        if info is not None:
            self._request()

    def _handle_weights_change(self) -> None:
        self._has_changed = True
        self._request_soon()

    def _handle_step_change(self) -> None:
        self._clear_dead_units()
        self._handle_selection_change()

    def _handle_scale_change(self) -> None:
        self._are_dead_units_stale = True
        self._clear_dead_units()

    def _clear_dead_units(self) -> None:
        self._dead_timer.start(DEAD_UNITS_DELAY_MS)
        if self.dead_units is not None:
            self.dead_units = None
            self.deadUnitsChanged.emit()

    def _receive_saved(self, reply: SaveWeightsReply) -> None:
        if (error := reply.get("error")) is not None:
            self.messageReported.emit(error["message"])
        else:
            self.messageReported.emit(f"Saved: {reply['path']}, {reply['arrays']} arrays after step {reply['step']:,}")

    def _set_message(self, message: str) -> None:
        if message != self.message:
            self.message = message
            self.messageChanged.emit(message)
