"""The items of a network's graph: what opens comes out of its group, what closes goes back into it."""

from collections.abc import Callable, Generator, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem

from explorer.core.graph.graphviz_layout import Point, Size
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleNode
from explorer.views.graph.items import GraphItem
from explorer.views.graph.scene_items import SceneItems
from explorer.views.network_graph.edge_items import EdgeItem
from explorer.views.network_graph.node_items import NodeItem
from explorer.views.network_graph.placement import PlacedGraph
from explorer.views.network_graph.spatial_index import SpatialIndex
from explorer.views.network_graph.thumbnails import ThumbnailCache

AROUND = 40.0
"""Pixels that something reaches beyond its place: the shadow of a group, a thick line."""

ALIKE = 1.0
"""Pixels within which points are moved alike: Graphviz tells them with five digits."""

NO_OPTION = QStyleOptionGraphicsItem()


class NetworkSceneItems(SceneItems):
    """Moves boxes and lets them grow. What is new fades in, from where its group was."""

    def __init__(self, scene: QGraphicsScene) -> None:
        super().__init__(scene)
        self._grow: list[tuple[NodeItem, Size, Size]] = []
        self._new: list[NodeItem | EdgeItem] = []
        self._carried: list[tuple[EdgeItem, float, float, Sequence[Point], Point | None]] = []
        self.thumbs: ThumbnailCache | None = None
        self._crowd: SpatialIndex | None = None
        self._left: list[GraphItem] = []
        self._ready_boxes: dict[str, NodeItem] = {}
        self._ready_links: dict[str, EdgeItem] = {}

    def draw(self, painter: QPainter, crowd: SpatialIndex, place: QRectF) -> None:
        """Paint the items that are in a rectangle, as the scene would; it would ask each item of the scene first."""
        boxes, links = crowd.near(place.adjusted(-AROUND, -AROUND, AROUND, AROUND))
        items: list[GraphItem] = [self._links[wire.key] for wire in links if wire.key in self._links]
        items += [self._boxes[node.id] for node in boxes if node.id in self._boxes]
        look = painter.transform()
        for item in sorted(items, key=QGraphicsItem.zValue):
            painter.setTransform(QTransform.fromTranslate(item.x(), item.y()) * look)
            painter.setOpacity(item.opacity())
            item.paint(painter, NO_OPTION)
        painter.setTransform(look)
        painter.setOpacity(1.0)

    def make(self, placed: PlacedGraph) -> Generator[None, None, None]:
        """Make the items that are new in a picture, one after another; `put` shows them."""
        self._ready_boxes, self._ready_links = {}, {}
        for node in placed.picture.boxes:
            if node.id not in self._boxes:
                self._ready_boxes[node.id] = NodeItem(node, placed.sizes[node.id], self.thumbs)
                yield
        for wire in placed.picture.links:
            if wire.key not in self._links:
                link = self._ready_links[wire.key] = EdgeItem(wire)
                link.set_points(placed.curves[wire.key], placed.labels.get(wire.key))
                yield

    def put(self, placed: PlacedGraph) -> None:
        """Take a new picture: old items stay where they are until `move`."""
        self._grow, self._new, self._crowd = [], [], None
        for link, *_ in self._carried:  # it stays where it has come to
            x, y = link.x(), link.y()
            label = _shifted(link.label, x, y) if link.label is not None else None
            link.set_points([_shifted(point, x, y) for point in link.points], label)
        self._carried = []
        while self._left:
            self._scene.removeItem(self._left.pop())
        super().put(placed)
        self._find_carried()
        self._ready_boxes, self._ready_links = {}, {}

    def _find_carried(self) -> None:
        """Most wires keep their course, and are but carried along: those are moved, not made anew in each frame."""
        others = []
        for move in self._link_moves:
            link, start, end, label_start, label_end = move
            shift = _shift(start, end, label_start, label_end)
            if shift is not None and isinstance(link, EdgeItem):
                self._carried.append((link, *shift, end, label_end))
            else:
                others.append(move)
        self._link_moves = others

    def reveal(
        self, crowd: SpatialIndex, place: QRectF, dress: Callable[[GraphItem], None]
    ) -> Generator[None, None, None]:
        """Make the items of a crowd that are in a rectangle, and take away all others; one after another.

        dress: says how each looks.
        """
        if self._crowd is not crowd:  # nothing of what was there is there now
            self._crowd = crowd
            self._grow, self._new, self._box_moves, self._link_moves, self._carried = [], [], [], [], []
            self._moved = 1.0
            self._left += self.items()
            self._boxes, self._links = {}, {}
        boxes, links = crowd.near(place)
        names, keys = {node.id for node in boxes}, {wire.key for wire in links}
        self._left += [self._boxes.pop(name) for name in [name for name in self._boxes if name not in names]]
        self._left += [self._links.pop(key) for key in [key for key in self._links if key not in keys]]
        placed = crowd.placed
        for node in boxes:
            if node.id not in self._boxes:
                box = self._boxes[node.id] = NodeItem(node, placed.sizes[node.id], self.thumbs)
                box.setPos(*placed.centres[node.id])
                dress(box)
                self._add(box)
                yield
        for wire in links:
            if wire.key not in self._links:
                link = self._links[wire.key] = EdgeItem(wire)
                link.set_points(placed.curves[wire.key], placed.labels.get(wire.key))
                dress(link)
                self._add(link)
                yield
        while self._left:
            self._scene.removeItem(self._left.pop())
            yield

    def move(self, t: float) -> None:
        """Bring everything to share ``t`` of its way; 1 is there."""
        super().move(t)
        for item, (aw, ah), (bw, bh) in self._grow:
            item.resize((aw + (bw - aw) * t, ah + (bh - ah) * t))
        for link, dx, dy, end, label in self._carried:
            if t == 1.0:
                link.set_points(end, label)
            else:
                link.setPos(dx * t, dy * t)
        if t == 1.0:
            self._grow, self._new, self._carried = [], [], []

    def new_items(self) -> list[NodeItem | EdgeItem]:
        """Return what fades in."""
        return self._new

    def _put_boxes(self, placed: PlacedGraph) -> None:
        wanted = {box.id: box for box in placed.picture.boxes}
        was = {name: (item.x(), item.y()) for name, item in self._boxes.items()}
        for name in [name for name in self._boxes if name not in wanted]:
            self._scene.removeItem(self._boxes.pop(name))
        for name, node in wanted.items():
            item, place, size = self._boxes.get(name), placed.centres[name], placed.sizes[name]
            if item is None:
                item = self._boxes[name] = self._new_box(node, size)
                start = was.get(node.container)
                if start is not None:
                    item.setPos(*start)
                    self._box_moves.append((item, start, place))
                else:
                    item.setPos(*place)
                self._new.append(item)
                self._add(item)
            else:
                item.set_box(node)
                self._box_moves.append((item, (item.x(), item.y()), place))
                if item.size != size:
                    self._grow.append((item, item.size, size))

    def _new_box(self, node: VisibleNode, size: Size) -> NodeItem:
        ready = self._ready_boxes.pop(node.id, None)
        if ready is None or ready.box is not node or ready.size != size:
            ready = NodeItem(node, size, self.thumbs)
        return ready

    def _new_link(self, link: VisibleEdge) -> EdgeItem:
        made = self._ready_links.pop(link.key, None)
        if made is None or made.link is not link:
            made = EdgeItem(link)
        self._new.append(made)
        return made


def _shift(
    start: Sequence[Point], end: Sequence[Point], label_start: Point | None, label_end: Point | None
) -> Point | None:
    """By how much all points of a line and its label are moved; None where they are not all moved alike."""
    if not start or len(start) != len(end) or (label_start is None) != (label_end is None):
        return None
    dx, dy = end[0][0] - start[0][0], end[0][1] - start[0][1]
    ends = [(*start[1:], label_start), (*end[1:], label_end)] if label_start else [start[1:], end[1:]]
    for a, b in zip(*ends, strict=True):
        if abs(b[0] - a[0] - dx) > ALIKE or abs(b[1] - a[1] - dy) > ALIKE:
            return None
    return dx, dy


def _shifted(point: Point, dx: float, dy: float) -> Point:
    return point[0] + dx, point[1] + dy
