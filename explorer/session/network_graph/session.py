"""The tab "Network": which network's graph is shown, which groups are open, the step of the backward pass."""

from collections.abc import Iterable
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.network_graph.backward_position import matching_step
from explorer.core.network_graph.chunks import join_chunks
from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.sources import CURRENT_RUN, source_title
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.core.protocol.network_graph import (
    GRAPH_OPEN,
    GRAPH_PROFILE,
    GRAPH_VIEW,
    GraphOpenPayload,
    GraphOpenReply,
    GraphViewReply,
    Hit,
)
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.current_network import CurrentNetworkSession
from explorer.session.network_graph.graph_numbers import GraphNumbers
from explorer.session.network_graph.layout_client import LayoutClient
from explorer.session.network_graph.requests import GraphRequests
from explorer.session.network_graph.search import GraphSearch
from explorer.session.network_graph.selection import GraphSelection
from explorer.session.network_graph.state import PROFILE_OVERLAYS, NetworkGraphState
from explorer.session.network_graph.thumbnails import ThumbnailLoader
from explorer.session.time_slicing import TimeSlicedTask

LARGE_GRAPH_OPS = 1000
"""Ops above which the layout process is started early, and the values are requested after the boxes have moved."""

NO_RUN = "There is no network in training: train one, or choose another one above."

FIRST_SOURCE = "mlp"
"""The network whose graph is shown before the user has trained or chosen one."""


class NetworkGraphSession(QObject):
    """Opens graphs and groups, and steps through the backward pass.

    state: what is shown. numbers, selection, search, thumbnails, layouts: see the classes of these parts.
    """

    infoChanged = Signal()
    visibleChanged = Signal()
    stepChanged = Signal()
    stateChanged = Signal()
    overlayChanged = Signal()

    def __init__(self, client: EngineClient, network: CurrentNetworkSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client, self._network = client, network
        self.state = NetworkGraphState()
        self._requests = GraphRequests(client, self)
        self._requests.failed.connect(self._fail)
        self._requests.recovered.connect(self._recover)
        self.numbers = GraphNumbers(self._requests, self.state, self)
        self.numbers.profileChanged.connect(self.stateChanged)
        self.selection = GraphSelection(self._requests, self.state, self)
        self.search = GraphSearch(self._requests, self)
        self.search.hitChosen.connect(self._go_to_hit)
        self.thumbnails = ThumbnailLoader(self._requests, self)
        self.layouts = LayoutClient(self)
        self._decoding = TimeSlicedTask(self)
        self._is_visible = False
        self._node_to_select: str | None = None
        self._has_new_images = False
        self._open_error = ""
        self._images = ""
        network.networkChanged.connect(self._handle_network)
        network.compileEndedWithoutNetwork.connect(self._handle_aborted_compilation)
        network.weightsChanged.connect(self._handle_new_weights)
        client.died.connect(self._handle_engine_death)

    @property
    def progress_message(self) -> str:
        """What the engine is working on, "" for nothing."""
        state = self.state
        if state.pending_title and state.requested_source == CURRENT_RUN and self._network.is_compiling:
            return "TensorFlow is still compiling the network in training. Its graph follows by itself."
        if state.pending_title:
            return f"TensorFlow traces the training graph of {state.pending_title} …"
        return "TensorFlow measures how long each op takes …" if self.numbers.is_measuring else ""

    @property
    def is_settled(self) -> bool:
        """Whether what the user asked for has been received, with its numbers."""
        state, numbers = self.state, self.numbers
        is_complete = state.visible is not None and numbers.values is not None and not numbers.is_profile_pending
        return is_complete and not state.pending_title and not state.is_view_pending

    # -- what the user asks for -------------------------------------------------------------------

    def set_visible(self, visible: bool) -> None:
        """Start or stop requesting data: only while the tab is on the screen."""
        self._is_visible = self.numbers.is_active = visible
        if visible and not self.state.source and self.state.requested_source in ("", CURRENT_RUN):
            is_run = bool(self._network.number) or self.state.requested_source == CURRENT_RUN
            self.open(CURRENT_RUN if is_run else FIRST_SOURCE)
        elif visible and self._has_new_images:
            self._open_again()
        elif visible:
            self.numbers.request_values()

    def open(self, source: str, open_groups: frozenset[str] = frozenset(), *, loss: str = "", data: str = "") -> None:
        """Show the graph of another network, with some of its groups open.

        loss: a loss instead of the network's own. data: a file with the batch.
        """
        state = self.state
        if GraphOpenPayload(source=source, loss=loss, data=data) == state.requested and not state.message:
            return
        if source == CURRENT_RUN and not self._network.number and not self._network.is_expected:
            self._show_no_run()
            return
        state.requested_source, state.requested_loss, state.requested_data = source, loss, data
        state.pending_title = source_title(source) if source != CURRENT_RUN else "the network in training"
        state.message = ""
        self._has_new_images = False
        self.stateChanged.emit()
        if source == CURRENT_RUN and self._network.is_expected:
            return  # `_handle_network` opens it
        requested = state.requested
        self._client.request(GRAPH_OPEN, requested, lambda reply: self._receive_graph(requested, reply, open_groups))

    def set_loss(self, loss: str) -> None:
        """Trace the network again with another loss of Keras, or with "" for its own."""
        state = self.state
        self.open(state.requested_source, loss=loss, data=state.requested_data)

    def set_data(self, path: str) -> None:
        """Trace the network again with a batch from a file, or with "" for the images of the tab Data."""
        state = self.state
        self.open(state.requested_source, loss=state.requested_loss, data=path)

    def handle_images(self, name: str) -> None:
        """Trace the network again if the tab Data has other images now, which are its batch or may be."""
        info, before, self._images = self.state.info, self._images, name
        if info is None or self.state.data or self.state.source == CURRENT_RUN or name == before:
            return
        if not before and (info["batch"]["is_random"] or name in info["batch"]["description"]):
            return  # the images that the graph was opened with
        self._has_new_images = True
        if self._is_visible:
            self._open_again()

    def _open_again(self) -> None:
        state = self.state
        source, state.requested_source = state.requested_source, ""
        self.open(source, state.open_groups, loss=state.requested_loss, data=state.requested_data)

    def toggle(self, group: str) -> None:
        """Open a closed group, or close an open one and all groups in it."""
        open_groups = self.state.open_groups
        if group in open_groups:
            self._set_open(name for name in open_groups if name != group and not name.startswith(f"{group}/"))
        else:
            self._set_open([*open_groups, *ancestry(group)])

    def toggle_repeated_blocks(self) -> None:
        """Open the selected block and all that are built like it, or close them all."""
        blocks, open_groups = self.selection.repeated_blocks, self.state.open_groups
        if blocks and self.selection.node in open_groups:
            self._set_open(name for name in open_groups if not any(outer in blocks for outer in ancestry(name)))
        elif blocks:
            self._set_open([*open_groups, *blocks])

    def set_level(self, level: int) -> None:
        """Open all groups down to a level; level 0 opens none."""
        if self.state.info is not None:
            self._set_open(self.state.groups_above(level))

    def change_level(self, by: int) -> None:
        """Open one level more (``by`` = 1), or one less (-1)."""
        state = self.state
        if state.info is not None:
            level = state.level
            if level is None:
                level = max((name.count("/") + 1 for name in state.open_groups), default=0)
            self.set_level(min(max(level + by, 0), int(state.info["levels"])))

    def set_helpers(self, show: bool) -> None:
        """Show helper ops as boxes of their own, or hide them."""
        if show != self.state.show_helpers:
            self.state.show_helpers = show
            self._request_view()

    def set_backward(self, show: bool) -> None:
        """Show backward ops as boxes of their own, or hide them."""
        if show != self.state.show_backward:
            self.state.show_backward = show
            self._request_view()

    def set_overlay(self, overlay: str) -> None:
        """Colour the boxes by one of `OVERLAYS`."""
        if overlay == self.state.overlay:
            return
        self.state.overlay = overlay
        self.overlayChanged.emit()
        if overlay in PROFILE_OVERLAYS and not self.numbers.is_profiling:
            self.numbers.is_profiling = True
            self.numbers.request_profile()
            self.stateChanged.emit()
        elif overlay not in PROFILE_OVERLAYS:
            self._requests.forget_error(GRAPH_PROFILE.name)

    def set_step(self, step: int) -> None:
        """Go to a step of the backward pass; a step out of range becomes the nearest one."""
        step = min(max(step, 0), self.state.total_steps)
        if step != self.state.step:
            self.state.step = step
            self.stepChanged.emit()

    def go_to(self, name: str, group: str, *, helpers: bool = False, backward: bool = False) -> None:
        """Open the groups around an op or group, and select it.

        group: the innermost group around it. helpers, backward: whether it is a box only if these ops are shown.
        """
        state = self.state
        self._node_to_select = name
        if state.visible is not None and (state.info is None or state.contains(("node", name))):
            self._select_node()
            return
        show_helpers, show_backward = state.show_helpers or helpers, state.show_backward or backward
        is_shown = (show_helpers, show_backward) == (state.show_helpers, state.show_backward)
        state.show_helpers, state.show_backward = show_helpers, show_backward
        if not self._set_open([*state.open_groups, *ancestry(group)], is_other=not is_shown):
            self._select_node()

    def _go_to_hit(self, hit: Hit) -> None:
        self.go_to(hit["id"], hit["group"], helpers=hit["hidden"], backward=hit["backward"])

    def restore(self, source: str, visible: VisibleGraph | None) -> None:
        """Return to the view that is on the screen: the layout of the next one was cancelled or has failed."""
        state = self.state
        self.layouts.cancel()
        self._decoding.stop()
        if visible is None or visible is state.visible:
            return
        if source != state.source:  # the engine has closed that graph
            self.open(source, frozenset(visible.open))
            return
        state.visible, state.open_groups = visible, frozenset(visible.open)
        state.show_helpers, state.show_backward = visible.helpers, visible.backward
        state.step = min(state.step, state.total_steps)
        self.numbers.invalidate()
        self.visibleChanged.emit()
        self.stepChanged.emit()
        self.numbers.request_values()
        self.numbers.request_profile()

    def stop(self) -> None:
        """End the layout process."""
        self._decoding.stop()
        self.numbers.stop()
        self.layouts.stop()

    # -- requests and replies ---------------------------------------------------------------------

    def _set_open(self, open_groups: Iterable[str], *, is_other: bool = False) -> bool:
        """Open exactly these groups; return whether that is a change. is_other: whether other ops are shown, too."""
        requested = frozenset(open_groups)
        if requested == self.state.open_groups and not is_other:
            return False
        self.state.open_groups = requested
        self._request_view()
        return True

    def _request_view(self) -> None:
        state = self.state
        open_groups = state.open_groups
        state.is_view_pending = state.info is not None
        state.requested_at = monotonic()
        self._decoding.stop()
        if self._open_error:  # the user goes on with the graph that is there
            self._recover(self._open_error)
            self._open_error = ""
        self._requests.request(GRAPH_VIEW, state.view_payload(), lambda reply: self._receive_view(open_groups, reply))

    def _receive_graph(self, requested: GraphOpenPayload, reply: GraphOpenReply, open_groups: frozenset[str]) -> None:
        state, source = self.state, requested["source"]
        if requested != state.requested or reply.get("superseded"):
            return
        if (error := reply.get("error")) is not None:
            if source == CURRENT_RUN and self._network.is_compiling:  # a new run has started since the request
                self.stateChanged.emit()
                return
            state.requested_source, state.requested_loss, state.requested_data = state.source, state.loss, state.data
            self._open_error = error["message"]
            self._fail(error["message"])
            return
        is_same = state.info is not None and state.info["model"] == reply["model"] and source == state.source
        state.source, state.info, state.message = source, reply, ""
        state.loss, state.data = state.requested_loss, state.requested_data
        self._requests.graph = reply["graph"]
        self._decoding.stop()
        if not is_same:
            state.open_groups, state.step = open_groups, 0
        self.numbers.invalidate()
        self.numbers.is_profiling = state.overlay in PROFILE_OVERLAYS
        self.selection.clear()
        self.search.clear()
        if int(reply["ops"]) > LARGE_GRAPH_OPS:
            self.layouts.warm_up()
        self.infoChanged.emit()
        self._request_view()

    def _receive_view(self, open_groups: frozenset[str], reply: GraphViewReply) -> None:
        if open_groups == self.state.open_groups:
            self._decoding.start(join_chunks(reply["chunks"]), lambda visible: self._show(open_groups, visible))

    def _show(self, open_groups: frozenset[str], visible: VisibleGraph) -> None:
        state = self.state
        if open_groups != state.open_groups:
            return
        before = state.visible
        state.visible, state.is_view_pending, state.pending_title = visible, False, ""
        state.step = matching_step(before, state.step, visible) if before is not None else 0
        self.numbers.invalidate()
        self.selection.follow_graph()
        self.visibleChanged.emit()
        self.stateChanged.emit()
        self.stepChanged.emit()
        if state.info is not None and int(state.info["ops"]) > LARGE_GRAPH_OPS:
            self.numbers.request_values_later()
        else:
            self.numbers.request_values()
        self.numbers.request_profile()
        self._select_node()

    def _select_node(self) -> None:
        """Select the box that `go_to` asked for."""
        name, self._node_to_select = self._node_to_select, None
        if name is not None and self.state.contains(("node", name)):
            self.selection.select("node", name)

    def _fail(self, message: str) -> None:
        self.state.is_view_pending = False
        self.state.message, self.state.pending_title = message, ""
        self.stateChanged.emit()

    def _recover(self, message: str) -> None:
        """Remove an error with what caused it."""
        if message and self.state.message == message:
            self.state.message = ""
            self.stateChanged.emit()

    # -- the network in training ------------------------------------------------------------------

    def _show_no_run(self) -> None:
        """Report that there is no network in training, and remove its graph; that of another network stays."""
        state = self.state
        if state.source != CURRENT_RUN:
            state.requested_source = state.source or CURRENT_RUN
            self._fail(NO_RUN)
            return
        self._decoding.stop()
        self.layouts.cancel()
        self._requests.graph = None
        state.source, state.requested_source = "", CURRENT_RUN
        state.loss = state.data = state.requested_loss = state.requested_data = ""
        state.info = state.visible = None
        state.open_groups, state.step = frozenset(), 0
        self._node_to_select = None
        self.numbers.is_profiling = False
        self.numbers.invalidate()
        self._fail(NO_RUN)
        self.infoChanged.emit()
        self.visibleChanged.emit()
        self.selection.clear()
        self.search.clear()
        self.numbers.clear()
        self.stepChanged.emit()

    def _handle_network(self, info: dict[str, Any] | None) -> None:
        """Open the graph of a new network in training, or remove that of one that is gone."""
        state = self.state
        is_run = CURRENT_RUN in (state.source, state.requested_source)
        if info is None:
            if is_run:
                self._show_no_run()
        elif (is_run or not state.source) and self._is_visible:
            state.requested_source = ""  # another network of the same source
            self.open(CURRENT_RUN)
        elif is_run:
            state.source = state.requested_source = ""  # `set_visible` opens it

    def _handle_aborted_compilation(self) -> None:
        state = self.state
        if state.requested_source != CURRENT_RUN or not state.pending_title:
            return
        state.requested_source = state.source
        if self._network.number:  # there is still the network of an earlier run
            state.requested_source = ""
            self.open(CURRENT_RUN)
        else:
            self._fail("There is no network yet: the run ended before it was compiled. Train one.")

    def _handle_new_weights(self) -> None:
        if self.state.source == CURRENT_RUN:
            self.numbers.follow()

    def _handle_engine_death(self, _message: str) -> None:
        """Trace the graph again in the new engine process; that of a run is gone with the run."""
        state = self.state
        state.info, state.pending_title = None, ""
        state.requested_source = CURRENT_RUN if state.requested_source == CURRENT_RUN else ""
        self._requests.graph = None
        self._decoding.stop()
        if state.source and state.source != CURRENT_RUN:
            self.open(state.source, loss=state.loss, data=state.data)
