"""The current network, of the latest run or from a file, which the tabs that look into it share."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.protocol.events import TrainingEvent
from explorer.core.protocol.models import (
    NETWORK_INFO,
    OPEN_NETWORK,
    SAVE_NETWORK,
    SHOW_RUN,
    LayerInfo,
    NetworkInfoReply,
    OpenNetworkPayload,
    OpenNetworkReply,
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
    path : path of the file that it was loaded from, "" for that of a run; it is loaded again into a new engine.
    has_run : whether there is the network of a run, to which `show_run` returns from that of a file.
    is_compiling : whether a run has started whose network is not built yet.

    Signals: `networkChanged` with the new ``info``; `weightsChanged` while it trains; `messageChanged` with what is
    wrong, "" if nothing is; `saved` with the path; `compileEndedWithoutNetwork` when a run ends before its network is
    built; `isExpectedChanged`.
    """

    networkChanged = Signal(object)
    weightsChanged = Signal()
    messageChanged = Signal(str)
    saved = Signal(str)
    compileEndedWithoutNetwork = Signal()
    isExpectedChanged = Signal()

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.number = 0
        self.info: NetworkInfoReply | None = None
        self.steps: list[int] = []
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
        self.number, self.steps, self.info = 0, [], None
        self.networkChanged.emit(None)

    def open(self, path: str) -> None:
        """Load the network of a ``.keras`` file; the current one stays if that fails."""
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

    def _receive_info_of(self, generation: int, reply: NetworkInfoReply) -> None:
        if generation == self._generation:  # else the run was reset meanwhile
            self._set_expectation(self.is_compiling, False)
            self._receive_info(reply)

    def _receive_info(self, reply: NetworkInfoReply) -> None:
        if (error := reply.get("error")) is not None:
            self.messageChanged.emit(error["message"])
            return
        self.number, self.steps, self.info = int(reply["network"]), reply["steps"], reply
        self.messageChanged.emit("")
        self.networkChanged.emit(reply)

    def _receive_opened(self, path: str, reply: OpenNetworkReply) -> None:
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
