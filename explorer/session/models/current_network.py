"""The current network, of the latest run or from a file, which the tabs that look into it share."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.models.input_scale import InputScale
from explorer.core.protocol.events import TrainingEvent
from explorer.core.protocol.models import (
    NETWORK_INFO,
    OPEN_NETWORK,
    SAVE_NETWORK,
    SHOW_RUN,
    LayerInfo,
    NetworkInfoReply,
    OpenNetworkPayload,
    SaveNetworkPayload,
    SaveNetworkReply,
)
from explorer.core.protocol.request_kind import EmptyPayload
from explorer.session.engine_client.client import EngineClient


class CurrentNetworkSession(QObject):
    """The current network of the engine.

    Parameters
    ----------
    number : number of the network, 0 for none; replies with another number are stale.
    info : the engine's reply about it, None for none.
    steps : training steps of which there are snapshots of the weights.
    step : the step whose weights are shown by all tabs that look into the network, None to follow the newest.
    scale : how images are fed; that of the network, until the user chooses another one.
    path : path of the file that it was loaded from, "" for that of a run; it is loaded again into a new engine.
    has_run : whether there is the network of a run, to which `show_run` returns from that of a file.
    is_compiling : whether a run has started whose network is not built yet.

    Signals: `networkChanged` with the new ``info``; `weightsChanged` while it trains; `messageChanged` with what is
    wrong, "" if nothing is; `saved` with the path; `compileEndedWithoutNetwork` when a run ends before its network is
    built; `isExpectedChanged`; `stepChanged`; `scaleChanged`.
    """

    networkChanged = Signal(object)
    weightsChanged = Signal()
    messageChanged = Signal(str)
    saved = Signal(str)
    compileEndedWithoutNetwork = Signal()
    isExpectedChanged = Signal()
    stepChanged = Signal()
    scaleChanged = Signal()

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.number = 0
        self.info: NetworkInfoReply | None = None
        self.steps: list[int] = []
        self.step: int | None = None
        self.scale = InputScale.UNIT
        self._epoch_steps: dict[int, tuple[int, int]] = {}
        self.path = ""
        self.has_run = self.is_compiling = False
        self._generation = 0
        self._last_discarded_run = -1
        self._is_requested = False
        self._client = client
        client.training.connect(self._handle_event)
        client.died.connect(self._handle_engine_death)

    @property
    def layers(self) -> list[LayerInfo]:
        """The layers in their order."""
        return [] if self.info is None else self.info["layers"]

    @property
    def title(self) -> str:
        """Title of the network, "" for none."""
        return "" if self.info is None else str(self.info["title"])

    @property
    def own_scale(self) -> InputScale:
        """How images are fed unless the user chooses otherwise."""
        return InputScale.UNIT if self.info is None else InputScale(self.info["scale"])

    @property
    def scales(self) -> tuple[InputScale, ...]:
        """The scales that may be chosen: that of a network that was trained here is known."""
        if not self.path:
            return (self.own_scale,)
        is_own = self.own_scale is InputScale.OWN
        return InputScale.UNIT, InputScale.OWN if is_own else InputScale.RAW

    def set_scale(self, scale: InputScale) -> None:
        """Choose how images are fed."""
        if scale != self.scale and scale in self.scales:
            self.scale = scale
            self.scaleChanged.emit()

    def set_step(self, step: int | None) -> None:
        """Show the weights after a training step, None to follow the newest."""
        if step != self.step:
            self.step = step
            self.stepChanged.emit()

    def move(self, offset: int) -> None:
        """Go forward by a number of snapshots, or back if it is negative."""
        steps = self.steps
        if steps:
            shown = steps[-1] if self.step is None else self.step
            current = min(range(len(steps)), key=lambda index: abs(steps[index] - shown))
            index = min(max(current + offset, 0), len(steps) - 1)
            self.set_step(steps[index] if index < len(steps) - 1 else None)

    def step_text(self, step: int) -> str:
        """Return a training step as text, such as ``after step 266, the end of epoch 1 of 3``."""
        steps, epochs = self._epoch_steps.get(self.number, (0, 0))
        if not steps:
            return f"after step {step:,}" if step else "as they were opened"
        if not step:
            return "before the first step"
        epoch = -(-step // steps)
        end = "the end of " if step == epoch * steps else ""
        return f"after step {step:,}, {end}epoch {epoch} of {max(epoch, epochs)}"

    @property
    def is_expected(self) -> bool:
        """Whether the network of a run is being built, or is built and requested."""
        return self.is_compiling or self._is_requested

    def _set_expectation(self, is_compiling: bool, is_requested: bool) -> None:
        was_expected = self.is_expected
        self.is_compiling, self._is_requested = is_compiling, is_requested
        if self.is_expected != was_expected:
            self.isExpectedChanged.emit()

    def discard_run(self, run: int) -> None:
        """Drop the network of a run that was reset; one from a file stays.

        ``run`` is the number of the run. Events of it that are still on their way are ignored.
        """
        self._generation += 1
        self._last_discarded_run = max(self._last_discarded_run, run)
        self._set_expectation(self.is_compiling, False)
        self.has_run = False
        if self.number and not self.path:
            self._clear()

    def _clear(self) -> None:
        self._set_info(0, [], None)

    def _set_info(self, number: int, steps: list[int], info: NetworkInfoReply | None) -> None:
        self.number, self.steps, self.info = number, steps, info
        self.step, self.scale = None, self.own_scale
        self.networkChanged.emit(info)

    def open(self, path: str) -> None:
        """Load the network of a ``.keras`` file; the current one stays if that fails."""
        self.messageChanged.emit("")
        self._client.request(OPEN_NETWORK, OpenNetworkPayload(path=path), partial(self._receive_opened, path))

    def show_run(self) -> None:
        """Return from the network of a file to that of the latest run."""
        if self.has_run and self.path:
            self._client.request(SHOW_RUN, EmptyPayload(), self._receive_run)

    def _receive_run(self, reply: NetworkInfoReply) -> None:
        if reply.get("error") is None:
            self.path = ""
        self._receive_info(reply)

    def save(self, path: str, step: int | None = None) -> None:
        """Save the network with the weights after a step, None for the newest; completely or not at all."""
        self._client.request(SAVE_NETWORK, SaveNetworkPayload(path=path, snapshot=step), self._receive_saved)

    def is_current(self, reply: Mapping[str, Any]) -> bool:
        """Whether a reply is about the current network; if so, remember the snapshots that it lists."""
        if reply.get("network") != self.number:
            return False
        self.steps = reply.get("steps", self.steps)
        return True

    def _handle_event(self, event: TrainingEvent) -> None:
        self._remember_epoch(event)
        was_compiling = self.is_compiling
        is_built = "network" in event and int(event.get("run", self._last_discarded_run + 1)) > self._last_discarded_run
        self._set_expectation(event.get("state") == "compiling", self._is_requested or is_built)
        if was_compiling and not self.is_compiling and not is_built:
            self.compileEndedWithoutNetwork.emit()
        if is_built:
            self.path, self.has_run = "", True
            self._client.request(NETWORK_INFO, EmptyPayload(), partial(self._receive_info_of, self._generation))
        elif ("step" in event or event.get("state") == "failed") and self.number:
            self.weightsChanged.emit()

    def _remember_epoch(self, event: TrainingEvent) -> None:
        """Remember how many steps an epoch of the current network has."""
        if "network" in event and "steps" in event:
            self._epoch_steps = {int(event["network"]): (int(event["steps"]), int(event["epochs"]))}
        elif "epochs" in event:
            epochs = int(event["epochs"])
            self._epoch_steps = {number: (steps, epochs) for number, (steps, _) in self._epoch_steps.items()}

    def _receive_info_of(self, generation: int, reply: NetworkInfoReply) -> None:
        if generation == self._generation:  # else the run was reset meanwhile
            self._set_expectation(self.is_compiling, False)
            self._receive_info(reply)

    def _receive_info(self, reply: NetworkInfoReply) -> None:
        if (error := reply.get("error")) is not None:
            self.messageChanged.emit(error["message"])
            return
        self.messageChanged.emit("")
        self._set_info(int(reply["network"]), reply["steps"], reply)

    def _receive_opened(self, path: str, reply: NetworkInfoReply) -> None:
        if reply.get("error") is None:
            self.path = path
        self._receive_info(reply)

    def _receive_saved(self, reply: SaveNetworkReply) -> None:
        if (error := reply.get("error")) is not None:
            self.messageChanged.emit(error["message"])
        else:
            self.messageChanged.emit("")
            self.saved.emit(str(reply["path"]))

    def _handle_engine_death(self, _message: str) -> None:
        # The network is lost with the engine: that of a run until the run is resumed; that of a file is loaded again.
        had_network, self.has_run = bool(self.number), False
        self._set_expectation(False, False)
        self._clear()
        if self.path:
            self.open(self.path)
        elif had_network:
            self.messageChanged.emit(
                "TensorFlow's process ended, and the network with it. Train one again, or go on with its run."
            )
