"""What the tab "Network" shows: plain data, without signals."""

from dataclasses import dataclass
from typing import TypeAlias

from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.core.protocol.network_graph import GraphOpenPayload, GraphOpenReply, VisiblePayload

PROFILE_OVERLAYS = ("time", "memory")
"""Overlays whose numbers TensorFlow measures on request only: this takes seconds."""

OVERLAYS = ("none", "gradient", "size", "spread", "dead", "parameters", *PROFILE_OVERLAYS)

SelectedItem: TypeAlias = tuple[str, str]
"""("node", id) or ("edge", key)."""


@dataclass
class NetworkGraphState:
    """The graph that is shown, and how much of it. `NetworkGraphSession` is the only one that changes it.

    source: name of the network whose graph is shown, see `core.network_graph.sources`; "" before the first.
    requested_source: the network the user asked for; another one is shown until it has been traced.
    loss, data: the loss and the file of data that were chosen for the graph that is shown, "" for neither.
    requested_loss, requested_data: those that the user asked for; like ``requested_source``.
    pending_title: title of the network that is being traced, "" for none.
    message: the latest error, "" for none.
    info: the engine's reply to ``graph_open``, None before the first.
    open_groups: ids of the groups that are open.
    show_helpers, show_backward: whether helper ops, or backward ops, are boxes of their own.
    overlay: one of `OVERLAYS`.
    visible: the boxes and edges that are shown, None before the first.
    requested_at: when they were requested, by `time.monotonic`.
    is_view_pending: whether other boxes and edges have been requested, and not received.
    step: step of the backward pass, from 0 (before the first) to `total_steps`.
    """

    source: str = ""
    requested_source: str = ""
    loss: str = ""
    data: str = ""
    requested_loss: str = ""
    requested_data: str = ""
    pending_title: str = ""
    message: str = ""
    info: GraphOpenReply | None = None
    open_groups: frozenset[str] = frozenset()
    show_helpers: bool = False
    show_backward: bool = False
    overlay: str = OVERLAYS[0]
    visible: VisibleGraph | None = None
    requested_at: float = 0.0
    is_view_pending: bool = False
    step: int = 0

    @property
    def requested(self) -> GraphOpenPayload:
        """What the user asked for, as a request."""
        return {"source": self.requested_source, "loss": self.requested_loss, "data": self.requested_data}

    @property
    def shown(self) -> GraphOpenPayload:
        """What is shown, as a request."""
        return {"source": self.source, "loss": self.loss, "data": self.data}

    @property
    def total_steps(self) -> int:
        """The number of the last step."""
        return len(self.visible.steps) if self.visible is not None else 0

    @property
    def level(self) -> int | None:
        """The level down to which exactly the open groups are open; None if they were opened one by one."""
        if self.info is None:
            return None
        depths = self._depths()
        for level in range(int(self.info["levels"]) + 1):
            if self.open_groups == {name for name, depth in depths.items() if depth < level}:
                return level
        return None

    def groups_above(self, level: int) -> frozenset[str]:
        """Return the groups that are open when all groups down to a level are; level 0 opens none."""
        return frozenset(name for name, depth in self._depths().items() if depth < level)

    def view_payload(self) -> VisiblePayload:
        """Return the fields of a request that describe which boxes are wanted."""
        return {"open": sorted(self.open_groups), "helpers": self.show_helpers, "backward": self.show_backward}

    def contains(self, item: SelectedItem) -> bool:
        """Return whether a box or an edge is visible."""
        if self.visible is None:
            return False
        kind, name = item
        if kind == "node":
            return any(node.id == name for node in self.visible.nodes)
        return any(edge.key == name for edge in self.visible.edges)

    def _depths(self) -> dict[str, int]:
        """Return how many groups each group is nested in."""
        groups = self.info["groups"] if self.info is not None else []
        return {str(group["id"]): str(group["id"]).count("/") for group in groups}
