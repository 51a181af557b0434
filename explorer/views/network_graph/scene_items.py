"""The items of a network's graph on the scene, and how they move from one graph to the next."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem

from explorer.core.graph.graphviz_layout import Point, Size
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleNode
from explorer.views.graph.items import GraphItem
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.node_items import NodeItem
from explorer.views.network_graph.spatial_index import PlacedGraph, SpatialIndex
from explorer.views.network_graph.thumbnails import ThumbnailCache
from explorer.views.theme.theme import Theme

OVERHANG_PX = 40.0
"""Distance that an item may paint beyond its rectangle in the index: the shadow of a group, a thick line."""

SHIFT_TOLERANCE_PX = 1.0
"""Difference of shifts up to which the points of an edge move alike: Graphviz rounds to five digits."""

NO_OPTION = QStyleOptionGraphicsItem()

EdgeMove = tuple[EdgeItem, Sequence[Point], Sequence[Point], Point | None, Point | None]
"""An edge, its points before and after, and its label before and after."""


class NetworkSceneItems:
    """Creates, keeps, moves and removes items.

    Of a small graph all boxes are items (`put` and `move`): new ones come out of the group that was opened, and fade
    in. Of a large graph only those in a rectangle are (`load`).
    """

    def __init__(self, scene: QGraphicsScene, thumbnails: ThumbnailCache | None = None) -> None:
        self._scene, self._thumbnails = scene, thumbnails
        self._nodes: dict[str, NodeItem] = {}
        self._edges: dict[str, EdgeItem] = {}
        self._is_at_end = True
        self._node_moves: list[tuple[NodeItem, Point, Point]] = []
        self._node_resizes: list[tuple[NodeItem, Size, Size]] = []
        self._edge_moves: list[EdgeMove] = []
        self._edge_shifts: list[tuple[EdgeItem, float, float, Sequence[Point], Point | None]] = []
        self._new: list[NodeItem | EdgeItem] = []
        self._index: SpatialIndex | None = None
        self._to_remove: list[GraphItem] = []
        self._prepared_nodes: dict[str, NodeItem] = {}
        self._prepared_edges: dict[str, EdgeItem] = {}

    def boxes(self) -> Iterable[NodeItem]:
        """Return all boxes on the scene."""
        return self._nodes.values()

    def links(self) -> Iterable[EdgeItem]:
        """Return all edges on the scene."""
        return self._edges.values()

    def items(self) -> list[GraphItem]:
        """Return everything on the scene."""
        return [*self._edges.values(), *self._nodes.values()]

    def text_rects(self) -> Iterator[QRectF]:
        """Yield where the texts of edges are, in the scene."""
        return (edge.text_rect() for edge in self._edges.values() if edge.label is not None)

    def box(self, name: str) -> NodeItem:
        """Return a box on the scene; raises KeyError."""
        return self._nodes[name]

    def new_items(self) -> list[NodeItem | EdgeItem]:
        """Return the items that fade in."""
        return self._new

    def set_theme(self, theme: Theme) -> None:
        """Give every item the theme's colours."""
        for item in self.items():
            item.theme = theme

    def draw(self, painter: QPainter, index: SpatialIndex, area: QRectF) -> None:
        """Paint the items in a rectangle as the scene would; the scene would first ask all of its items."""
        nodes, edges = index.find(area.adjusted(-OVERHANG_PX, -OVERHANG_PX, OVERHANG_PX, OVERHANG_PX))
        items: list[GraphItem] = [self._edges[edge.key] for edge in edges if edge.key in self._edges]
        items += [self._nodes[node.id] for node in nodes if node.id in self._nodes]
        transform = painter.transform()
        for item in sorted(items, key=QGraphicsItem.zValue):
            painter.setTransform(QTransform.fromTranslate(item.x(), item.y()) * transform)
            painter.setOpacity(item.opacity())
            item.paint(painter, NO_OPTION)
        painter.setTransform(transform)
        painter.setOpacity(1.0)

    # -- all boxes of a small graph ---------------------------------------------------------------

    def prepare(self, placed: PlacedGraph) -> Generator[None, None, None]:
        """Create the items that a graph adds, one after another; `put` shows them."""
        self._prepared_nodes, self._prepared_edges = {}, {}
        for node in placed.visible.nodes:
            if node.id not in self._nodes:
                self._prepared_nodes[node.id] = self._create_node(node, placed)
                yield
        for edge in placed.visible.edges:
            if edge.key not in self._edges:
                self._prepared_edges[edge.key] = self._create_edge(edge, placed)
                yield

    def put(self, placed: PlacedGraph) -> None:
        """Take the items of another graph: new ones are added, and old ones stay where they are until `move`."""
        self._fix_shifted_edges()
        self._index = None
        self._node_moves, self._node_resizes, self._edge_moves, self._new = [], [], [], []
        while self._to_remove:
            self._scene.removeItem(self._to_remove.pop())
        self._put_nodes(placed)
        self._put_edges(placed)
        self._find_shifted_edges()
        self._is_at_end = False
        self._prepared_nodes, self._prepared_edges = {}, {}

    def move(self, progress: float) -> None:
        """Move all items to a progress from 0 to 1 between their old and their new places."""
        if self._is_at_end and progress == 1.0:
            return
        self._is_at_end = progress == 1.0
        for node, (ax, ay), (bx, by) in self._node_moves:
            node.setPos(ax + (bx - ax) * progress, ay + (by - ay) * progress)
        for node, (a_width, a_height), (b_width, b_height) in self._node_resizes:
            node.resize((a_width + (b_width - a_width) * progress, a_height + (b_height - a_height) * progress))
        for edge, start, end, label_start, label_end in self._edge_moves:
            if progress == 1.0:
                edge.set_points(end, label_end)
            elif progress > 0.0:
                points = [_interpolate(a, b, progress) for a, b in zip(start, end, strict=True)]
                label = label_end
                if label_start is not None and label_end is not None:
                    label = _interpolate(label_start, label_end, progress)
                edge.set_points(points, label)
        for edge, dx, dy, end, label_end in self._edge_shifts:
            if progress == 1.0:
                edge.set_points(end, label_end)
            else:
                edge.setPos(dx * progress, dy * progress)
        if progress == 1.0:
            self._clear_moves()

    def _clear_moves(self) -> None:
        self._node_moves, self._node_resizes, self._edge_moves, self._edge_shifts = [], [], [], []
        self._new = []

    def _put_nodes(self, placed: PlacedGraph) -> None:
        layout = placed.layout
        wanted = {node.id: node for node in placed.visible.nodes}
        before = {name: (item.x(), item.y()) for name, item in self._nodes.items()}
        for name in [name for name in self._nodes if name not in wanted]:
            self._scene.removeItem(self._nodes.pop(name))
        for name, node in wanted.items():
            centre, size = layout.centres[name], layout.sizes[name]
            item = self._nodes.get(name)
            if item is None:
                item = self._nodes[name] = self._take_node(node, placed)
                start = before.get(node.container)
                item.setPos(*(start or centre))
                if start is not None:
                    self._node_moves.append((item, start, centre))
                self._new.append(item)
                self._scene.addItem(item)
            else:
                item.set_node(node, compact=placed.is_compact_box(node))
                self._node_moves.append((item, (item.x(), item.y()), centre))
                if item.size != size:
                    self._node_resizes.append((item, item.size, size))

    def _put_edges(self, placed: PlacedGraph) -> None:
        layout = placed.layout
        wanted = {edge.key: edge for edge in placed.visible.edges}
        for key in [key for key in self._edges if key not in wanted]:
            self._scene.removeItem(self._edges.pop(key))
        for key, edge in wanted.items():
            end, label = layout.paths[key], layout.labels.get(key)
            item = self._edges.get(key)
            if item is None:
                item = self._edges[key] = self._take_edge(edge, placed)
                self._new.append(item)
                self._scene.addItem(item)
                continue
            item.set_edge(edge)
            if tuple(item.points) == tuple(end) and item.label == label:
                continue
            if len(item.points) == len(end):
                self._edge_moves.append((item, list(item.points), end, item.label, label))
            else:
                item.set_points(end, label)  # curves with different numbers of points cannot be interpolated

    def _take_node(self, node: VisibleNode, placed: PlacedGraph) -> NodeItem:
        item = self._prepared_nodes.pop(node.id, None)
        if item is None or item.node is not node or item.size != placed.layout.sizes[node.id]:
            item = self._create_node(node, placed)
        return item

    def _create_node(self, node: VisibleNode, placed: PlacedGraph) -> NodeItem:
        return NodeItem(node, placed.layout.sizes[node.id], self._thumbnails, compact=placed.is_compact_box(node))

    def _take_edge(self, edge: VisibleEdge, placed: PlacedGraph) -> EdgeItem:
        item = self._prepared_edges.pop(edge.key, None)
        if item is None or item.edge is not edge:
            return self._create_edge(edge, placed)
        item.set_points(placed.layout.paths[edge.key], placed.layout.labels.get(edge.key))
        return item

    def _create_edge(self, edge: VisibleEdge, placed: PlacedGraph) -> EdgeItem:
        item = EdgeItem(edge)
        item.set_points(placed.layout.paths[edge.key], placed.layout.labels.get(edge.key))
        return item

    # Most edges keep their form and are only shifted: their items are moved, and not computed anew in each frame.

    def _find_shifted_edges(self) -> None:
        others = []
        for move in self._edge_moves:
            edge, start, end, label_start, label_end = move
            shift = _common_shift(start, end, label_start, label_end)
            if shift is not None:
                self._edge_shifts.append((edge, *shift, end, label_end))
            else:
                others.append(move)
        self._edge_moves = others

    def _fix_shifted_edges(self) -> None:
        """Give edges that are being shifted the points at which they are now."""
        for edge, *_ in self._edge_shifts:
            x, y = edge.x(), edge.y()
            label = _shifted(edge.label, x, y) if edge.label is not None else None
            edge.set_points([_shifted(point, x, y) for point in edge.points], label)
        self._edge_shifts = []

    # -- the visible area of a large graph --------------------------------------------------------

    def load(
        self, index: SpatialIndex, area: QRectF, prepare: Callable[[GraphItem], None]
    ) -> Generator[None, None, None]:
        """Create the items in a rectangle and remove all others, one after another.

        prepare: called with each new item before it is added to the scene.
        """
        if self._index is not index:
            self._index = index
            self._clear_moves()
            self._is_at_end = True
            self._to_remove += self.items()
            self._nodes, self._edges = {}, {}
        nodes, edges = index.find(area)
        names, keys = {node.id for node in nodes}, {edge.key for edge in edges}
        self._to_remove += [self._nodes.pop(name) for name in [name for name in self._nodes if name not in names]]
        self._to_remove += [self._edges.pop(key) for key in [key for key in self._edges if key not in keys]]
        layout = index.placed.layout
        for node in nodes:
            if node.id not in self._nodes:
                node_item = self._nodes[node.id] = self._create_node(node, index.placed)
                node_item.setPos(*layout.centres[node.id])
                prepare(node_item)
                self._scene.addItem(node_item)
                yield
        for edge in edges:
            if edge.key not in self._edges:
                edge_item = self._edges[edge.key] = self._create_edge(edge, index.placed)
                prepare(edge_item)
                self._scene.addItem(edge_item)
                yield
        while self._to_remove:
            self._scene.removeItem(self._to_remove.pop())
            yield


def _common_shift(
    start: Sequence[Point], end: Sequence[Point], label_start: Point | None, label_end: Point | None
) -> Point | None:
    """Return the shift of all points of an edge and of its label; None if they are not all shifted alike."""
    if not start or len(start) != len(end) or (label_start is None) != (label_end is None):
        return None
    dx, dy = end[0][0] - start[0][0], end[0][1] - start[0][1]
    pairs = list(zip(start[1:], end[1:], strict=True))
    if label_start is not None and label_end is not None:
        pairs.append((label_start, label_end))
    for a, b in pairs:
        if abs(b[0] - a[0] - dx) > SHIFT_TOLERANCE_PX or abs(b[1] - a[1] - dy) > SHIFT_TOLERANCE_PX:
            return None
    return dx, dy


def _shifted(point: Point, dx: float, dy: float) -> Point:
    return point[0] + dx, point[1] + dy


def _interpolate(a: Point, b: Point, progress: float) -> Point:
    return a[0] + (b[0] - a[0]) * progress, a[1] + (b[1] - a[1]) * progress
