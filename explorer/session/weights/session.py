"""What the tab "Weights" shows: which layer, which moment of training, which part of it."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from explorer.core.protocol.events import TrainingEvent
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

INTERVAL = 200
"""Milliseconds between two looks at weights that move, at least."""

DEAD_AFTER = 250
"""Milliseconds after which it is asked which units are dead: while a slider is moved, the weights come first."""

DEAD_INTERVAL = 2000
"""Milliseconds between two such questions: each sends some hundred images through the network."""

Chosen: TypeAlias = tuple[int, int, int | None, int, int]


@dataclass(frozen=True)
class Kept:
    """A picture that was kept to be compared with. title: of what. layer: as `CurrentNetworkSession.layers` has it."""

    title: str
    layer: LayerInfo
    shown: WeightsReply
    is_last: bool


class WeightsSession(QObject):
    """Follows the network in view while somebody looks.

    layer: its place. step: the moment that is shown, by its steps; None follows the newest. channel: the input channel
    of filters. start: the first unit of many. own: whether each image has a scale of its own. shown: the engine's
    reply that is shown, None while there is none. dead: units of the layer that gave 0 for each of ``dead_images``
    images, None where nobody knows yet.

    kept: a picture that stays beside the one that is shown, of another moment or another run; None for none.

    changed: what is wanted changed. arrived: ``shown`` is new. deadChanged: ``dead`` is new.
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
        self.step: int | None = None
        self.channel, self.first_unit = 0, 0
        self.scale_per_image = False
        self.message = ""
        self.shown: WeightsReply | None = None
        self.pinned: Kept | None = None
        self.dead_units: list[int] | None = None
        self.dead_images = 0
        self._epoch_steps: dict[int, tuple[int, int]] = {}
        self._shown_selection: Chosen | None = None
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
        client.training.connect(self._handle_event)

    # -- what is asked ----------------------------------------------------------------------------

    @property
    def network(self) -> CurrentNetworkSession:
        """The network in view."""
        return self._network

    @property
    def is_complete(self) -> bool:
        """Whether what is wanted is what is shown, and nothing newer is on its way."""
        settled = (self.dead_units is not None or not self._has_units) and not (self._has_changed or self._is_waiting)
        return self.shown is not None and self._shown_selection == self._selection and settled

    def title(self) -> str:
        """Return of which network, layer and moment the weights are that are shown."""
        info = self._network.info
        if info is None or self.shown is None:
            return ""
        return f"{info['title']} · {info['layers'][self.shown['layer']]['name']} · {self.step_text()}"

    def step_text(self) -> str:
        """Return in words after which step the weights are those that are shown."""
        step = 0 if self.shown is None else int(self.shown["step"])
        steps, epochs = self._epoch_steps.get(self._network.number, (0, 0))
        if not steps:
            return f"after step {step:,}" if step else "as they were opened"
        if not step:
            return "before the first step"
        epoch = -(-step // steps)
        end = "the end of " if step == epoch * steps else ""
        return f"after step {step:,}, {end}epoch {epoch} of {max(epoch, epochs)}"

    # -- what the user wants ----------------------------------------------------------------------

    def set_visible(self, visible: bool) -> None:
        """Somebody looks, or nobody does any more: then nothing is asked."""
        if visible != self._visible:
            self._visible = visible
            if visible:
                self._request()

    def set_layer(self, layer: int) -> None:
        """Show another layer."""
        if layer != self.layer and 0 <= layer < len(self._network.layers):
            self.layer, self.channel, self.first_unit = layer, 0, 0
            self._layer_name = str(self._network.layers[layer]["name"])
            self._clear_dead_units()
            self._handle_selection_change()

    def set_step(self, step: int | None) -> None:
        """Show another moment; None: the newest, from now on."""
        if step != self.step:
            self.step = step
            self._clear_dead_units()
            self._handle_selection_change()

    def move(self, by: int) -> None:
        """Go so many moments on in training, or back."""
        steps = self._network.steps
        if steps:
            shown = steps[-1] if self.step is None else self.step
            now = min(range(len(steps)), key=lambda place: abs(steps[place] - shown))
            index = min(max(now + by, 0), len(steps) - 1)
            self.set_step(steps[index] if index < len(steps) - 1 else None)

    def set_channel(self, channel: int) -> None:
        """Show the filters of another input channel."""
        if channel != self.channel:
            self.channel = channel
            self._handle_selection_change()

    def set_first_unit(self, start: int) -> None:
        """Show units from ``start`` on, where they are too many to be shown at once."""
        if start != self.first_unit:
            self.first_unit = start
            self._handle_selection_change()

    def set_scale_per_image(self, own: bool) -> None:
        """Give each image a scale of its own, or all the same."""
        if own != self.scale_per_image:
            self.scale_per_image = own
            self.changed.emit()

    def set_pinned(self, keep: bool) -> None:
        """Keep what is shown beside what will be shown, or no more."""
        info, shown = self._network.info, self.shown
        if not keep:
            self.pinned = None
        elif info is not None and shown is not None:
            layers = self._network.layers
            self.pinned = Kept(self.title(), layers[shown["layer"]], shown, shown["layer"] == len(layers) - 1)
        self.pinnedChanged.emit()

    def save(self, path: str) -> None:
        """Save all arrays of the moment that is shown as an ``.npz`` file."""
        step = None if self.shown is None else self.shown["step"]
        payload = SaveWeightsPayload(path=str(Path(path).absolute()), snapshot=step)
        self._client.request(SAVE_WEIGHTS, payload, self._receive_saved)

    # -- asking -----------------------------------------------------------------------------------

    @property
    def _selection(self) -> Chosen:
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
        """Ask again, but not sooner than `INTERVAL` after the last time."""
        if self._has_changed and not self._is_waiting and self._visible and not self._timer.isActive():
            past = int(self._since_request.elapsed()) if self._since_request.isValid() else INTERVAL
            self._timer.start(max(0, INTERVAL - past))

    def _request_dead_units(self) -> None:
        if not self._are_dead_units_stale or not self._visible or not self._has_units:
            return
        self._are_dead_units_stale = False
        self._dead_timer.start(DEAD_INTERVAL)
        payload = DeadUnitsPayload(layer=self.layer, snapshot=self.step)
        self._client.request(DEAD_UNITS, payload, partial(self._receive_dead_units, self._selection))

    @property
    def _has_units(self) -> bool:
        """Whether the layer has weights, and units that can be at 0 for good: probabilities cannot."""
        layers = self._network.layers
        known = 0 <= self.layer < len(layers)
        return known and bool(layers[self.layer]["weights"]) and layers[self.layer]["activation"] != "softmax"

    # -- what comes -------------------------------------------------------------------------------

    def _receive_weights(self, chosen: Chosen, reply: WeightsReply) -> None:
        if chosen != self._selection:
            return  # another answer is under way
        self._is_waiting = False
        if (error := reply.get("error")) is not None:
            self._set_message(error["message"])
            return
        if not self._network.is_current(reply):
            return
        before = self.shown
        self.shown, self._shown_selection = reply, chosen
        self._set_message("")
        if (
            before is None
            or (before["layer"], before["step"]) != (reply["layer"], reply["step"])
            or self.dead_units is None
        ):
            self._are_dead_units_stale = True
            if not self._dead_timer.isActive():
                self._dead_timer.start(DEAD_AFTER)
        self.shownChanged.emit()
        self._request_soon()

    def _receive_dead_units(self, chosen: Chosen, reply: DeadUnitsReply) -> None:
        if reply.get("error") is None and chosen[:3] == self._selection[:3] and reply["network"] == chosen[0]:
            self.dead_units, self.dead_images = reply["units"].tolist(), int(reply["images"])
            self.deadUnitsChanged.emit()

    def _handle_network_change(self, info: NetworkInfoReply | None) -> None:
        layers = self._network.layers
        weighted = [place for place, layer in enumerate(layers) if layer["weights"]]
        # The layer of the same name is the one that was looked at; else the first that has weights.
        named = [place for place in weighted if layers[place]["name"] == self._layer_name]
        self.layer = (named or weighted or [0])[0]
        self.step, self.channel, self.first_unit = None, 0, 0
        self.shown = self._shown_selection = None
        self._is_waiting = False
        self._clear_dead_units()
        self.changed.emit()
        if info is not None:
            self._request()

    def _handle_weights_change(self) -> None:
        self._has_changed = True
        self._request_soon()

    def _handle_event(self, event: TrainingEvent) -> None:
        """Learn how many steps an epoch of the network in view has."""
        if "network" in event:
            self._epoch_steps = {int(event["network"]): (int(event["steps"]), int(event["epochs"]))}
        elif "epochs" in event:
            epochs = int(event["epochs"])
            self._epoch_steps = {number: (steps, epochs) for number, (steps, _) in self._epoch_steps.items()}

    def _clear_dead_units(self) -> None:
        self._dead_timer.start(DEAD_AFTER)
        if self.dead_units is not None:
            self.dead_units = None
            self.deadUnitsChanged.emit()

    def _receive_saved(self, reply: SaveWeightsReply) -> None:
        if (error := reply.get("error")) is not None:
            self.messageReported.emit(error["message"])
        else:
            self.messageReported.emit(f"Saved: {reply['path']}, {reply['arrays']} arrays after step {reply['step']:,}")

    def _set_message(self, sentence: str) -> None:
        if sentence != self.message:
            self.message = sentence
            self.messageChanged.emit(sentence)
