"""What the tab "Network" shows: whose graph, which groups are open, the step of the backward pass, what is selected."""

from collections.abc import Iterable
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, QTimer

from explorer.core.network_graph.backward_position import matching_step
from explorer.core.network_graph.chunks import join_chunks
from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.sources import CURRENT_RUN, source_title
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.current_network import CurrentNetworkSession
from explorer.session.network_graph.layout_client import LayoutClient
from explorer.session.network_graph.selection import GraphSelection
from explorer.session.network_graph.state import PROFILE_OVERLAYS
from explorer.session.time_slicing import TimeSlicedTask

FOLLOW = 400
"""Milliseconds after which the numbers of a network that trains are asked for again."""

SHARE = 0.03
"""Of the time of a run, what following it may take at most: where numbers take long, they are asked for less often."""

LARGE = 1000
"""Ops above which a process that lays out is started beforehand."""

AFTER_MOVE = 200
"""Milliseconds after which the numbers of a large graph are asked for: TensorFlow takes all of the processor for them,
and what opens or closes is still moving."""

NO_RUN = "There is no network in training: train one, or choose another one above."

FIRST = "mlp"
"""Whose graph is shown before anything was trained or chosen."""


class NetworkGraphSession(GraphSelection):
    """Does what the user wants with the graph: another one, groups that open and close, numbers, a run to follow."""

    def __init__(self, client: EngineClient, network: CurrentNetworkSession, parent: QObject | None = None) -> None:
        super().__init__(client, network, parent)
        self.layouts = LayoutClient(self)
        self._reads = TimeSlicedTask(self)
        self._visible = False
        self._go_to: str | None = None
        self._follow = QTimer(self, singleShot=True, interval=FOLLOW)
        self._follow.timeout.connect(self.ask_values)
        self._after_move = QTimer(self, singleShot=True, interval=AFTER_MOVE)
        self._after_move.timeout.connect(self.ask_values)
        network.networkChanged.connect(self._network_changed)
        network.compiledNothing.connect(self._compiled_nothing)
        network.moved.connect(self._moved)
        client.died.connect(self._died)

    # -- what the user wants ----------------------------------------------------------------------

    def set_visible(self, visible: bool) -> None:
        """Ask only while somebody looks."""
        self._visible = visible
        if visible and not self.source:
            self.open(CURRENT_RUN if self._network.number or self._wanted == CURRENT_RUN else FIRST)
        elif visible:
            self.ask_values()

    def open(self, source: str, opened: frozenset[str] = frozenset()) -> None:
        """Show the graph of another network, with some groups open."""
        if source == self._wanted and not self.sentence:
            return
        if source == CURRENT_RUN and not self._network.number and not self._network.is_coming:
            self._no_run()
            return
        self._wanted = source
        self.waits_for = source_title(source) if source != CURRENT_RUN else "the network in training"
        self.sentence = ""
        self.stateChanged.emit()
        if source == CURRENT_RUN and self._network.is_coming:
            return  # asked for when it is there
        self._client.request(
            "graph_open", {"source": source}, lambda reply: self._opened(source, reply, opened), lane="graph"
        )

    def toggle(self, group: str) -> None:
        """Open a closed group, or close an open one with all that is open in it."""
        if group in self.opened:
            self._set_open(name for name in self.opened if name != group and not name.startswith(f"{group}/"))
        else:
            self._set_open([*self.opened, *ancestry(group)])

    def toggle_repeated_blocks(self) -> None:
        """Open the selected block and all that are made like it, or close them all."""
        kin, selection = self.repeated_blocks, self.selection
        if kin and selection is not None and selection[1] in self.opened:
            self._set_open(name for name in self.opened if not any(outer in kin for outer in ancestry(name)))
        elif kin:
            self._set_open([*self.opened, *kin])

    def set_level(self, level: int) -> None:
        """Open all groups down to a level: 0 none."""
        if self.head is not None:
            depth = {str(group["id"]): str(group["id"]).count("/") for group in self.head["groups"]}
            self._set_open(name for name in depth if depth[name] < level)

    def deeper(self, by: int) -> None:
        """Open one level more, or one less."""
        if self.head is not None:
            now = self.level
            if now is None:
                now = max((name.count("/") + 1 for name in self.opened), default=0)
            self.set_level(min(max(now + by, 0), int(self.head["levels"])))

    def set_helpers(self, on: bool) -> None:
        """Show helper ops as boxes of their own."""
        if on != self.helpers:
            self.helpers = on
            self._ask_view()

    def set_backward(self, on: bool) -> None:
        """Show backward ops as boxes of their own."""
        if on != self.backward:
            self.backward = on
            self._ask_view()

    def set_overlay(self, overlay: str) -> None:
        """Colour boxes by one of `OVERLAYS`."""
        if overlay != self.overlay:
            self.overlay = overlay
            self.overlayChanged.emit()
            if overlay in PROFILE_OVERLAYS and not self._measures:
                self._measures = True
                self._request_profile()
                self.stateChanged.emit()

    def set_step(self, step: int) -> None:
        """Go to a step of the backward pass."""
        step = min(max(step, 0), self.total_steps)
        if step != self.step:
            self.step = step
            self.stepChanged.emit()

    def go_to(self, name: str, group: str) -> None:
        """Open what a found op or group is in, and select it. ``group``: the innermost one around it."""
        self._go_to = name
        if self.head is not None and name not in {node.id for node in self.shown.nodes} if self.shown else True:
            before = self.opened
            self._set_open([*self.opened, *ancestry(group)])
            if before != self.opened:
                return
        self._arrive()

    def stay(self, source: str, seen: VisibleGraph | None) -> None:
        """Go back to what is on the screen: the layout of what was wanted was given up."""
        self.layouts.cancel()
        self._reads.stop()
        if seen is None or seen is self.shown:
            return
        if source != self.source:  # the engine has left that graph, and comes back to it
            self.open(source, frozenset(seen.open))
            return
        self.shown, self.opened = seen, frozenset(seen.open)
        self.helpers, self.backward = seen.helpers, seen.backward
        self.values = None
        self.shownChanged.emit()
        self.set_step(min(self.step, self.total_steps))
        self.stepChanged.emit()
        self._asked_values = False
        self.ask_values()

    def stop(self) -> None:
        """End the process that lays out."""
        self._reads.stop()
        self._after_move.stop()
        self.layouts.stop()

    # -- asking -----------------------------------------------------------------------------------

    def ask_values(self) -> None:
        """Ask for the numbers of what is seen, if somebody looks; one request is under way at most."""
        if self.shown is None or not self._visible or self._asked_values:
            return
        self._asked_values = True
        seen = self._seen()
        self._request("graph_values", seen, lambda reply: self._take_values(seen, reply), lane="graph values")

    def _request_profile(self) -> None:
        if self._measures and self.shown is not None:
            seen = self._seen()
            self._request("graph_profile", seen, lambda reply: self._receive_profile(seen, reply), lane="graph profile")

    def _receive_profile(self, seen: dict[str, Any], reply: dict[str, Any]) -> None:
        if seen == self._seen():
            self.profile = reply
            self.profileChanged.emit()
            self.stateChanged.emit()

    def _set_open(self, opened: Iterable[str]) -> None:
        wanted = frozenset(opened)
        if wanted != self.opened:
            self.opened = wanted
            self._ask_view()

    def _ask_view(self) -> None:
        opened = self.opened
        self._view_asked = self.head is not None
        self.asked_at = monotonic()
        self._reads.stop()
        self._request("graph_view", self._seen(), lambda reply: self._take_view(opened, reply), lane="graph view")

    # -- taking -----------------------------------------------------------------------------------

    def _opened(self, source: str, reply: dict[str, Any], opened: frozenset[str] = frozenset()) -> None:
        if source != self._wanted or reply.get("superseded"):
            return
        if (error := reply.get("error")) is not None:
            if source == CURRENT_RUN and self._network.is_compiling:  # it has begun since
                self.stateChanged.emit()
                return
            self._wanted = self.source
            self._fail(str(error.get("message")))
            return
        same = self.head is not None and self.head["model"] == reply["model"] and source == self.source
        self.source, self.head = source, reply
        self.pictures.of(reply["graph"])
        self._reads.stop()
        self.sentence = ""
        self.selection, self.details, self.trail, self.values = None, None, None, None
        self._asked_values = False
        self.profile, self._measures = None, self.overlay in PROFILE_OVERLAYS
        if not same:
            self.opened = opened
            self.step = 0
        self.hits, self.total, self.sought = [], 0, ""
        if int(reply["ops"]) > LARGE:
            self.layouts.warm()
        self.headChanged.emit()
        self._ask_view()

    def _take_view(self, opened: frozenset[str], reply: dict[str, Any]) -> None:
        if opened == self.opened:
            self._reads.start(join_chunks(reply["chunks"]), lambda seen: self._take_seen(opened, seen))

    def _take_seen(self, opened: frozenset[str], seen: VisibleGraph) -> None:
        if opened != self.opened:
            return
        self._view_asked = False
        before = self.shown
        self.shown = seen
        self.waits_for = ""
        self.values = self.profile = None
        self.step = matching_step(before, self.step, seen) if before is not None else 0
        if self.selection is not None and not self._is_seen(self.selection):
            self.selection, self.details, self.trail = None, None, None
            self.selectionChanged.emit()
        self.shownChanged.emit()
        self.stateChanged.emit()
        self.stepChanged.emit()
        self._asked_values = False
        if self.head is not None and int(self.head["ops"]) > LARGE:
            self._after_move.start()
        else:
            self.ask_values()
        self._request_profile()
        self._arrive()

    def _arrive(self) -> None:
        name, self._go_to = self._go_to, None
        if name is not None and self._is_seen(("node", name)):
            self.select("node", name)

    def _take_values(self, seen: dict[str, Any], reply: dict[str, Any]) -> None:
        if seen == self._seen():  # otherwise they are of what was seen before, and the next are on their way
            self.values = reply
            self._follow.setInterval(max(FOLLOW, round(1000 * float(reply["seconds"]) / SHARE)))
            self.valuesChanged.emit()

    # -- the network in training ------------------------------------------------------------------

    def _no_run(self) -> None:
        """Say that there is no network in training. Only the picture of another one stays."""
        if self.source != CURRENT_RUN:
            self._wanted = self.source or CURRENT_RUN
            self._fail(NO_RUN)
            return
        self._reads.stop()
        self.layouts.cancel()
        self.pictures.of(None)
        self.source, self._wanted = "", CURRENT_RUN
        self._measures = False
        self.head = self.shown = self.values = self.profile = self.selection = self.details = self.trail = None
        self.opened, self.step, self._go_to = frozenset(), 0, None
        self.hits, self.total, self.sought = [], 0, ""
        self._asked_values = False
        self._fail(NO_RUN)
        for changed in (self.headChanged, self.shownChanged, self.selectionChanged, self.hitsChanged):
            changed.emit()
        self.valuesChanged.emit()
        self.stepChanged.emit()

    def _network_changed(self, info: dict[str, Any] | None) -> None:
        if info is None and CURRENT_RUN in (self.source, self._wanted):
            self._no_run()
            return
        is_wanted = info is not None and CURRENT_RUN in (self.source, self._wanted)
        if (is_wanted or (info is not None and not self.source)) and self._visible:
            self._wanted = ""  # another network of the same source
            self.open(CURRENT_RUN)
        elif is_wanted:
            self.source = self._wanted = ""  # it is opened when somebody looks

    def _compiled_nothing(self) -> None:
        if self._wanted == CURRENT_RUN and self.waits_for:
            self._wanted = self.source
            if self._network.number:
                self._wanted = ""
                self.open(CURRENT_RUN)  # the one that was there before
            else:
                self._fail("There is no network yet: the run ended before it was compiled. Train one.")

    def _moved(self) -> None:
        if self.source == CURRENT_RUN and self._visible and not self._follow.isActive():
            self._follow.start()

    def _died(self, _sentence: str) -> None:
        # The graph was in the engine. That of a run is gone with the run, any other is traced again.
        source, self.head, self._asked_values = self.source, None, False
        self._wanted = CURRENT_RUN if self._wanted == CURRENT_RUN else ""
        self.waits_for = ""
        self.pictures.of(None)
        self._reads.stop()
        if source and source != CURRENT_RUN:
            self.open(source)
