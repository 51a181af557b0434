"""The network in view: of the latest run, or from a file. Shared by the tabs that look into it."""

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
    """number: of the network in view, 0 for none; replies about another one are stale. info: the engine's
    ``network_info`` (``title``, ``layers``, ``parameters``). steps: those of which there are snapshots.

    path: of the file that it was opened from, empty for that of a run; it is opened again when the engine was lost.

    has_run: whether there is the network of a run, to which `back_to_run` goes from that of a file.

    is_compiling: whether a run has begun whose network is not there yet.

    networkChanged: another network is in view, ``info`` is new (None: there is none any more). moved: its weights
    changed, as it trains. sentenceChanged: what is wrong, empty when all is well. saved: it was, to this path.
    compiledNothing: no network follows from a run that was compiled. comingChanged: `is_coming` is another.
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
        """The layers in their order, each with name, type, shape, parameters, activation and weights."""
        return [] if self.info is None else self.info["layers"]

    @property
    def title(self) -> str:
        """What the network is called, empty for none."""
        return "" if self.info is None else str(self.info["title"])

    @property
    def is_expected(self) -> bool:
        """Whether the network of a run is compiled, or there and about to be told of."""
        return self.is_compiling or self._is_requested

    def _set_expectation(self, is_compiling: bool, is_asked: bool) -> None:
        was_coming = self.is_expected
        self.is_compiling, self._is_requested = is_compiling, is_asked
        if self.is_expected != was_coming:
            self.isExpectedChanged.emit()

    def discard_run(self, run: int) -> None:
        """Let go of the network of a run that was reset: whoever looks begins anew. One from a file stays.

        run: its number. What the engine has said of it meanwhile is still on its way.
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
        """Put the network of a ``.keras`` file in view; the one that is there stays if the file cannot be opened."""
        self._client.request(OPEN_NETWORK, OpenNetworkPayload(path=path), partial(self._receive_opened, path))

    def show_run(self) -> None:
        """Put the network of the latest run in view again, in place of the file's."""
        if self.has_run and self.path:
            self._client.request(SHOW_RUN, EmptyPayload(), self._receive_run)

    def _receive_run(self, reply: NetworkInfoReply) -> None:
        if reply.get("error") is None:
            self.path = ""
        self._receive_info(reply)

    def save(self, path: str, step: int | None = None) -> None:
        """Save the network as it was after a step, None: as it is now, whole or not at all."""
        self._client.request(SAVE_NETWORK, SaveNetworkPayload(path=path, snapshot=step), self._receive_saved)

    def is_current(self, reply: Mapping[str, Any]) -> bool:
        """Whether a reply is about the network in view; notes which snapshots there are."""
        if reply.get("network") != self.number:
            return False
        self.steps = reply.get("steps", self.steps)
        return True

    def _handle_event(self, event: TrainingEvent) -> None:
        was_compiling = self.is_compiling
        is_there = "network" in event and int(event.get("run", self._last_discarded_run + 1)) > self._last_discarded_run
        self._set_expectation(event.get("state") == "compiling", self._is_requested or is_there)
        if was_compiling and not self.is_compiling and not is_there:
            self.compileEndedWithoutNetwork.emit()
        if is_there:
            self.path, self.has_run = "", True
            self._client.request(NETWORK_INFO, EmptyPayload(), partial(self._receive_info_of, self._generation))
        elif ("step" in event or event.get("state") == "failed") and self.number:
            self.weightsChanged.emit()

    def _receive_info_of(self, life: int, reply: NetworkInfoReply) -> None:
        if life == self._generation:  # else its run was reset meanwhile
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

    def _handle_engine_death(self, _sentence: str) -> None:
        # The network was in the engine: that of a run is gone until it goes on, that of a file is opened again.
        had_network, self.has_run = bool(self.number), False
        self._set_expectation(False, False)
        self._clear()
        if self.path:
            self.open(self.path)
        elif had_network:
            self.messageChanged.emit(
                "TensorFlow's process ended, and the network with it. Train one again, or go on with its run."
            )
