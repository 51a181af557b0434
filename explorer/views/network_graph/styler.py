"""Computes the styles of boxes and edges: numbers, colours, the step, the selection and the paths through it."""

from collections.abc import Callable
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, Signal

from explorer.core.protocol.network_graph import GraphProfileReply, GraphValuesReply
from explorer.views.graph.items import GraphItem
from explorer.views.network_graph.colours.heat_scale import HeatScale, heat_scale
from explorer.views.network_graph.displayed_graph import DisplayedGraph
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.item_styles import NetworkItemStyles
from explorer.views.network_graph.node_items import NodeItem
from explorer.views.network_graph.overview import Overview
from explorer.views.network_graph.scene_items import NetworkSceneItems
from explorer.views.theme.theme import Theme

FADED_OPACITY = 0.22
"""Opacity of boxes and edges that are not on a path through the selected box."""

TracePath: TypeAlias = tuple[frozenset[str], frozenset[str]]


class NodeStyler(QObject):
    """Owns what the styles depend on, and applies them to the items and the overview before they are painted.

    values, profile: the engine's replies, None for none. step: of the backward pass. selection: ("node", id) or
    ("edge", key). trace_path: boxes on the paths to the selected box, and on those from it. overlay: what the boxes
    are coloured by, "none" for nothing. is_stale: whether `apply` must be called before the next paint.

    changed: the styles are stale. overviewChanged: the overview looks different now.
    """

    changed = Signal()
    overviewChanged = Signal()

    def __init__(
        self, graph: DisplayedGraph, items: NetworkSceneItems, overview: Overview, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._graph, self._items, self._overview = graph, items, overview
        self.theme: Theme | None = None
        self.values: GraphValuesReply | None = None
        self.profile: GraphProfileReply | None = None
        self.step = 0
        self.selection: tuple[str, str] | None = None
        self.trace_path: TracePath | None = None
        self.overlay = "none"
        self.is_stale = False
        self._heat_scale: HeatScale | None = None
        self._new_item_key: tuple[Any, ...] = ()
        self._overview_key: tuple[Any, ...] = ()

    @property
    def selected_node(self) -> str | None:
        """The id of the selected box, None if no box is selected."""
        return self.selection[1] if self.selection is not None and self.selection[0] == "node" else None

    def heat_scale(self) -> HeatScale:
        """Return what the overlay colours, and the ends of its scale."""
        visible = self._graph.visible
        if visible is None or self.overlay == "none":
            return HeatScale(self.overlay)
        if self._heat_scale is None:
            self._heat_scale = heat_scale(visible, self.values, self.overlay, self.profile)
        return self._heat_scale

    # -- what the styles depend on ----------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.theme = self._overview.theme = theme
        self._items.set_theme(theme)
        self.invalidate()

    def set_values(self, values: GraphValuesReply | None) -> None:
        """Show the numbers of what is visible."""
        self.values = values
        self.invalidate()

    def set_profile(self, profile: GraphProfileReply | None) -> None:
        """Use time and memory of what is visible; None where they are unknown."""
        if profile is not self.profile:
            self.profile = profile
            self.invalidate()

    def set_step(self, step: int) -> bool:
        """Show a step of the backward pass; return whether it is another one."""
        is_new = step != self.step
        if is_new:
            self.step = step
            self.invalidate()
        return is_new

    def set_selection(self, selection: tuple[str, str] | None) -> bool:
        """Mark a box or an edge as selected; return whether it is another one."""
        is_new = selection != self.selection
        if is_new:
            self.selection, self.trace_path = selection, None
            self.invalidate()
        return is_new

    def set_trace_path(self, trace_path: TracePath | None) -> None:
        """Fade everything that is not on a path through the selected box."""
        self.trace_path = trace_path
        self.invalidate()

    def set_overlay(self, overlay: str) -> None:
        """Colour the boxes by a number."""
        self.overlay = overlay
        self.invalidate()

    def clear(self) -> None:
        """Forget everything about a graph that is removed."""
        self.step = 0
        self.values = self.selection = self.trace_path = None

    def invalidate(self) -> None:
        """Compute the styles anew before the next paint."""
        self.is_stale, self._heat_scale = True, None
        self.changed.emit()

    # -- applying the styles ----------------------------------------------------------------------

    def item_styler(self) -> Callable[[GraphItem], None]:
        """Return a function that gives a new item its present style."""
        self._new_item_key = self._key()
        theme, styles = self.theme, self._styles()

        def apply_style(item: GraphItem) -> None:
            item.theme = theme
            if isinstance(item, NodeItem):
                item.set_style(styles.of_node(item.node))
            elif isinstance(item, EdgeItem):
                item.set_style(styles.of_edge(item.edge))

        return apply_style

    def check_new_items(self) -> None:
        """Mark the styles as stale if they have changed since `item_styler`, or if items must be faded."""
        self.is_stale = self.trace_path is not None or self._new_item_key != self._key()

    def apply(self, *, is_overview: bool, is_moving: bool) -> None:
        """Apply the styles.

        is_overview: whether only the overview is painted. The items of a large graph then stay stale, until they are
        painted. is_moving: whether new items are still fading in, and keep their opacity.
        """
        if self._graph.visible is None:
            return
        styles = None
        overview_key = *self._key(), id(self._graph.index)
        if overview_key != self._overview_key:
            self._overview_key = overview_key
            styles = self._styles()
            self.overviewChanged.emit()
            self._overview.set_heats({name: share for name, (share, _) in styles.heats.items()}, self.step)
        if is_overview and self._graph.is_large:
            return
        self.is_stale = False
        styles = styles or self._styles()
        related = self._related()
        fading = set(map(id, self._items.new_items())) if is_moving else set()
        for node_item in self._items.boxes():
            node_item.set_style(styles.of_node(node_item.node))
            if id(node_item) not in fading:
                is_related = related is None or node_item.node.id in related
                node_item.setOpacity(1.0 if is_related else FADED_OPACITY)
        for edge_item in self._items.links():
            edge = edge_item.edge
            edge_item.set_style(styles.of_edge(edge))
            if id(edge_item) not in fading:
                is_related = related is None or (edge.source in related and edge.target in related)
                edge_item.setOpacity(1.0 if is_related else FADED_OPACITY)

    def _key(self) -> tuple[Any, ...]:
        """Return everything that the styles depend on, for comparison."""
        replies = id(self.values), id(self.profile)
        return self.theme, self.step, self.selection, self.trace_path, self.overlay, *replies

    def _styles(self) -> NetworkItemStyles:
        visible = self._graph.visible
        assert visible is not None
        return NetworkItemStyles(visible, self.values, self.step, self.selection, self.heat_scale().heats)

    def _related(self) -> set[str] | None:
        """Return the boxes on a path through the selected one, with all around and beside them; None if none is."""
        visible, selected = self._graph.visible, self.selected_node
        if self.trace_path is None or selected is None or visible is None:
            return None
        found = {selected, *self.trace_path[0], *self.trace_path[1]}
        for node in visible.nodes:
            if node.id in found:
                group = node.container
                while group:
                    found.add(group)
                    group = group.rpartition("/")[0]
        inside = {node.id for node in visible.nodes if node.container.startswith(selected) or node.beside in found}
        return found | inside
