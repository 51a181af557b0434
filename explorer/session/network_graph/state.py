"""What is known of the graph in the tab "Network", and how the engine is asked about it."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.network_graph.sources import CURRENT_RUN
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.current_network import CurrentNetworkSession
from explorer.session.network_graph.thumbnails import ThumbnailLoader

PROFILE_OVERLAYS = ("time", "memory")
"""Overlays whose numbers are measured when they are asked for."""

OVERLAYS = ("none", "gradient", "size", "spread", "dead", "parameters", *PROFILE_OVERLAYS)


class NetworkGraphState(QObject):
    """source: see `core.network.sources`. head: the engine's ``graph_open``, None before the first. opened: groups.

    shown: what is seen, None before the first; asked_at: when it was asked for, by `time.monotonic`. values: the
    engine's ``graph_values`` for it, None while they are on their way. step: of the backward pass, of so many in
    ``shown.steps``. selection: ("node", id) or ("edge", key). profile: the engine's ``graph_profile`` of it, None where
    nobody asked. details: the engine's ``graph_op`` of a selected op. trail: boxes on the way to and from the selected
    one. hits: what the search found, total: how many there are. sentence: what is wrong, "" when all is well.
    """

    headChanged = Signal()
    shownChanged = Signal()
    valuesChanged = Signal()
    profileChanged = Signal()
    stepChanged = Signal()
    selectionChanged = Signal()
    detailsChanged = Signal()
    hitsChanged = Signal()
    stateChanged = Signal()
    overlayChanged = Signal()

    def __init__(self, client: EngineClient, network: CurrentNetworkSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client, self._network = client, network
        self.pictures = ThumbnailLoader(client, self)
        self.source = ""
        self.head: dict[str, Any] | None = None
        self.opened: frozenset[str] = frozenset()
        self.helpers = self.backward = False
        self.overlay = OVERLAYS[0]
        self.shown: VisibleGraph | None = None
        self.values: dict[str, Any] | None = None
        self.profile: dict[str, Any] | None = None
        self._measures = False
        self.asked_at = 0.0
        self.step = 0
        self.selection: tuple[str, str] | None = None
        self.details: dict[str, Any] | None = None
        self.trail: tuple[frozenset[str], frozenset[str]] | None = None
        self.hits: list[dict[str, Any]] = []
        self.total = 0
        self.sought = ""
        self.sentence = ""
        self.waits_for = ""
        self._wanted = ""
        self._asked_values = self._view_asked = False

    # -- what is known ----------------------------------------------------------------------------

    @property
    def wanted(self) -> str:
        """Whose graph is wanted; while it is traced another one may still be shown."""
        return self._wanted

    @property
    def waits(self) -> str:
        """What is waited for, in a sentence; "" for nothing."""
        if self.waits_for and self._wanted == CURRENT_RUN and self._network.is_compiling:
            return "TensorFlow is still compiling the network in training. Its graph follows by itself."
        if self.waits_for:
            return f"TensorFlow traces the training graph of {self.waits_for} …"
        return "TensorFlow measures how long each op takes …" if self.is_measuring else ""

    @property
    def is_measuring(self) -> bool:
        """Whether time and memory of the ops are wanted, and not there yet."""
        return self._measures and self.profile is None and self.shown is not None

    @property
    def is_settled(self) -> bool:
        """Whether what is shown is what is wanted, with its numbers."""
        is_there = self.shown is not None and self.values is not None
        return is_there and not self.waits_for and not self._view_asked and not self.is_measuring

    @property
    def total_steps(self) -> int:
        """The number of the last step."""
        return len(self.shown.steps) if self.shown is not None else 0

    @property
    def level(self) -> int | None:
        """The level at which exactly these groups are open; None where they were opened one by one."""
        if self.head is None:
            return None
        depths = {group["id"]: str(group["id"]).count("/") for group in self.head["groups"]}
        for level in range(int(self.head["levels"]) + 1):
            if self.opened == {name for name, depth in depths.items() if depth < level}:
                return level
        return None

    # -- asking -----------------------------------------------------------------------------------

    def _seen(self) -> dict[str, Any]:
        return {"open": sorted(self.opened), "helpers": self.helpers, "backward": self.backward}

    def _request(self, kind: str, payload: dict[str, Any], take: Callable[[dict[str, Any]], None], lane: str) -> None:
        if self.head is None:
            return
        number = self.head["graph"]

        def answered(reply: dict[str, Any]) -> None:
            if kind == "graph_values":
                self._asked_values = False
            if self.head is None or number != self.head["graph"] or reply.get("superseded"):
                return
            if (error := reply.get("error")) is not None:
                self._measures = self._measures and kind != "graph_profile"
                if error.get("message") != "gone":
                    self._fail(str(error.get("message")))
                return
            take(reply)

        self._client.request(kind, {**payload, "graph": number}, answered, lane=lane)

    def _fail(self, sentence: str) -> None:
        self._view_asked = False
        self.sentence, self.waits_for = sentence, ""
        self.stateChanged.emit()

    def _is_seen(self, selection: tuple[str, str]) -> bool:
        assert self.shown is not None
        kind, name = selection
        if kind == "node":
            return any(node.id == name for node in self.shown.nodes)
        return any(wire.key == name for wire in self.shown.edges)
