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
    moved = Signal()
    sentenceChanged = Signal(str)
    saved = Signal(str)
    compiledNothing = Signal()
    comingChanged = Signal()

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.number = 0
        self.info: NetworkInfoReply | None = None
        self.steps: list[int] = []
        self.path = ""
        self.has_run = self.is_compiling = False
        self._life = 0
        self._over = -1
        self._is_asked = False
        self._client = client
        client.training.connect(self._take_event)
        client.died.connect(self._died)

    @property
    def layers(self) -> list[LayerInfo]:
        """The layers in their order, each with name, type, shape, parameters, activation and weights."""
        return [] if self.info is None else self.info["layers"]

    @property
    def title(self) -> str:
        """What the network is called, empty for none."""
        return "" if self.info is None else str(self.info["title"])

    @property
    def is_coming(self) -> bool:
        """Whether the network of a run is compiled, or there and about to be told of."""
        return self.is_compiling or self._is_asked

    def _expect(self, is_compiling: bool, is_asked: bool) -> None:
        was_coming = self.is_coming
        self.is_compiling, self._is_asked = is_compiling, is_asked
        if self.is_coming != was_coming:
            self.comingChanged.emit()

    def forget(self, run: int) -> None:
        """Let go of the network of a run that was reset: whoever looks begins anew. One from a file stays.

        run: its number. What the engine has said of it meanwhile is still on its way.
        """
        self._life += 1
        self._over = max(self._over, run)
        self._expect(self.is_compiling, False)
        self.has_run = False
        if self.number and not self.path:
            self._leave()

    def _leave(self) -> None:
        self.number, self.steps, self.info = 0, [], None
        self.networkChanged.emit(None)

    def open(self, path: str) -> None:
        """Put the network of a ``.keras`` file in view; the one that is there stays if the file cannot be opened."""
        self._client.request(OPEN_NETWORK, OpenNetworkPayload(path=path), partial(self._take_opened, path))

    def back_to_run(self) -> None:
        """Put the network of the latest run in view again, in place of the file's."""
        if self.has_run and self.path:
            self._client.request(SHOW_RUN, EmptyPayload(), self._take_run)

    def _take_run(self, reply: NetworkInfoReply) -> None:
        if reply.get("error") is None:
            self.path = ""
        self._take_info(reply)

    def save(self, path: str, step: int | None = None) -> None:
        """Save the network as it was after a step, None: as it is now, whole or not at all."""
        self._client.request(SAVE_NETWORK, SaveNetworkPayload(path=path, snapshot=step), self._take_saved)

    def is_current(self, reply: Mapping[str, Any]) -> bool:
        """Whether a reply is about the network in view; notes which snapshots there are."""
        if reply.get("network") != self.number:
            return False
        self.steps = reply.get("steps", self.steps)
        return True

    def _take_event(self, event: TrainingEvent) -> None:
        was_compiling = self.is_compiling
        is_there = "network" in event and int(event.get("run", self._over + 1)) > self._over
        self._expect(event.get("state") == "compiling", self._is_asked or is_there)
        if was_compiling and not self.is_compiling and not is_there:
            self.compiledNothing.emit()
        if is_there:
            self.path, self.has_run = "", True
            self._client.request(NETWORK_INFO, EmptyPayload(), partial(self._take_info_of, self._life))
        elif ("step" in event or event.get("state") == "failed") and self.number:
            self.moved.emit()

    def _take_info_of(self, life: int, reply: NetworkInfoReply) -> None:
        if life == self._life:  # else its run was reset meanwhile
            self._expect(self.is_compiling, False)
            self._take_info(reply)

    def _take_info(self, reply: NetworkInfoReply) -> None:
        if (error := reply.get("error")) is not None:
            self.sentenceChanged.emit(error["message"])
            return
        self.number, self.steps, self.info = int(reply["network"]), reply["steps"], reply
        self.sentenceChanged.emit("")
        self.networkChanged.emit(reply)

    def _take_opened(self, path: str, reply: OpenNetworkReply) -> None:
        if reply.get("error") is None:
            self.path = path
        self._take_info(reply)

    def _take_saved(self, reply: SaveNetworkReply) -> None:
        if (error := reply.get("error")) is not None:
            self.sentenceChanged.emit(error["message"])
        else:
            self.sentenceChanged.emit("")
            self.saved.emit(str(reply["path"]))

    def _died(self, _sentence: str) -> None:
        # The network was in the engine: that of a run is gone until it goes on, that of a file is opened again.
        had_network, self.has_run = bool(self.number), False
        self._expect(False, False)
        self._leave()
        if self.path:
            self.open(self.path)
        elif had_network:
            self.sentenceChanged.emit(
                "TensorFlow's process ended, and the network with it. Train one again, or go on with its run."
            )
