"""The items on the scene, kept by name from one picture to the next so that they can move."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsScene

from explorer.core.graph.backward_blocks import connecting_curve
from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX
from explorer.core.graph.graph_walk import ItemKey
from explorer.core.graph.graphviz_layout import Point
from explorer.core.graph.placement import PlacedPicture, label_size
from explorer.views.graph.badge_place import NO_RECTS, Rects
from explorer.views.graph.items import BoxItem, GraphItem, LinkItem, text_width
from explorer.views.theme.theme import Theme

AREA_MARGIN_PX = 16.0
"""Distance by which something may be outside of the area of its graph: the view leaves so much free."""


class SceneItems:
    """Creates, moves and removes items. A transition goes from where the items are to their places in a picture."""

    def __init__(self, scene: QGraphicsScene) -> None:
        self._scene = scene
        self._boxes: dict[str, BoxItem] = {}
        self._links: dict[str, LinkItem] = {}
        self._box_moves: list[tuple[BoxItem, Point, Point]] = []
        self._link_moves: list[tuple[LinkItem, Sequence[Point], Sequence[Point], Point | None, Point | None]] = []
        self._moved = 1.0
        self._wires: dict[str, Rects] = {}

    def boxes(self) -> Iterable[BoxItem]:
        """Return all boxes on the scene."""
        return self._boxes.values()

    def links(self) -> Iterable[LinkItem]:
        """Return all links on the scene."""
        return self._links.values()

    def box(self, name: str) -> BoxItem | None:
        """Return a box by its id, None if it is not on the scene."""
        return self._boxes.get(name)

    def link(self, key: str) -> LinkItem | None:
        """Return a link by its key, None if it is not on the scene."""
        return self._links.get(key)

    def find(self, key: ItemKey) -> BoxItem | LinkItem | None:
        """Return a box or a link by its kind and name, None if it is not on the scene."""
        kind, name = key
        return self._boxes.get(name) if kind == "node" else self._links.get(name)

    def items(self) -> list[GraphItem]:
        """Return everything on the scene."""
        return [*self._links.values(), *self._boxes.values()]

    def areas(self, view: QRectF) -> Iterator[QRectF]:
        """Yield rectangles of the scene that cover boxes, texts and links, with their gradients, as far as in view."""
        for box in self._boxes.values():
            if (rect := box.mapRectToScene(box.rect())).intersects(view):
                yield rect
        margin = GRADIENT_OFFSET_PX + 8  # the gradient has a width and an arrow head
        left, right = view.left() - margin, view.right() + margin
        top, bottom = view.top() - margin, view.bottom() + margin
        for link in self._links.values():
            if not link.sceneBoundingRect().intersects(view):
                continue
            if (text := link.text_rect()).intersects(view):
                yield text
            ends = link.segments()
            seen = (ends[:, 0] <= right) & (ends[:, 2] >= left) & (ends[:, 1] <= bottom) & (ends[:, 3] >= top)
            for x1, y1, x2, y2 in ends[seen].tolist():
                yield QRectF(x1 - margin, y1 - margin, x2 - x1 + 2 * margin, y2 - y1 + 2 * margin)

    def _wires_at(self, name: str) -> Rects:
        """Return where wires, gradients and texts of a box's links are, in the coordinates of the box."""
        found = self._wires.get(name)
        if found is None:
            grow = np.array([-3.0, -3.0, 3.0, 3.0])  # lines have a width
            rects = [NO_RECTS]
            for link in self._links.values():
                if name in (link.link.source, link.link.target) and link.points:
                    lines = np.vstack([link.segments(), link.gradient_segments()])
                    text = link.text_rect()
                    place = [text.left(), text.top(), text.right(), text.bottom()]
                    rects += [lines + grow, np.array([place])]
            box = self._boxes[name]
            found = self._wires[name] = np.vstack(rects) - (box.x(), box.y(), box.x(), box.y())
        return found

    def whole_area(self, size: tuple[float, float]) -> QRectF:
        """Return the area of the scene that holds a graph of ``size``, and what was moved out of this."""
        area = QRectF(0.0, 0.0, *size)
        margin = AREA_MARGIN_PX
        inner = area.adjusted(-margin, -margin, margin, margin)
        rects = [box.mapRectToScene(box.rect()) for box in self._boxes.values()]
        for link in self._links.values():
            rects += [link.text_rect(), link.polygon().boundingRect()]
        for rect in rects:
            if not rect.isEmpty() and not inner.contains(rect):
                area = area.united(rect)
        return area

    def around(self, name: str) -> QRectF:
        """Return the area of a box and of the texts beside its links."""
        rect = self._boxes[name].sceneBoundingRect()
        for item in self._links.values():
            if name in (item.link.source, item.link.target):
                rect = rect.united(item.text_rect())
        return rect

    def set_theme(self, theme: Theme) -> None:
        """Set the colours of all items."""
        for item in self.items():
            item.theme = theme

    def put(self, placed: PlacedPicture) -> None:
        """Begin the transition to a picture: until `move`, old items stay where they are."""
        self._box_moves, self._link_moves = [], []
        self._put_boxes(placed)
        self._put_links(placed)
        self._moved = 0.0

    def move(self, t: float) -> None:
        """Show the transition at a progress ``t`` from 0 to 1."""
        if self._moved == 1.0 and t == 1.0:
            return
        self._moved = t
        self._wires.clear()
        for item, (ax, ay), (bx, by) in self._box_moves:
            item.setPos(ax + (bx - ax) * t, ay + (by - ay) * t)
        for link, start, end, label_start, label_end in self._link_moves:
            if t == 1.0:
                link.set_points(end, label_end)
            elif t > 0.0:
                points = [_mix(a, b, t) for a, b in zip(start, end, strict=True)]
                label = (
                    _mix(label_start, label_end, t) if label_start is not None and label_end is not None else label_end
                )
                link.set_points(points, label)
        if t == 1.0:
            self._box_moves, self._link_moves = [], []

    def drag(self, box: BoxItem, dx: float, dy: float) -> None:
        """Move a box by (dx, dy), and draw its links as straight lines."""
        self._wires.clear()
        box.setPos(box.x() + dx, box.y() + dy)
        for item in self._links.values():
            if box.box.id in (item.link.source, item.link.target):
                a, b = self._boxes[item.link.source], self._boxes[item.link.target]
                points = connecting_curve((a.x(), a.y()), a.size, (b.x(), b.y()), b.size)
                width = label_size(item.link, "TB", text_width, item.density)[0] if item.label is not None else 0.0
                middle = ((points[0][0] + points[3][0]) / 2 + width / 2, (points[0][1] + points[3][1]) / 2)
                item.set_points(points, middle if item.label is not None else None)

    def paint_overview(self, painter: QPainter) -> None:
        """Paint links as lines and boxes as rectangles, for the minimap."""
        for link in self._links.values():
            if link.theme is not None and link.link.kind == "forward":
                painter.setPen(QPen(link.theme.value, 0))
                painter.drawPolyline(link.polygon())
        painter.setPen(Qt.PenStyle.NoPen)
        for box in self._boxes.values():
            if box.theme is not None:
                painter.fillRect(box.mapRectToScene(box.rect()), box.theme.muted)

    def _put_boxes(self, placed: PlacedPicture) -> None:
        wanted = {box.id: box for box in placed.picture.boxes}
        for name in [
            name for name in self._boxes if name not in wanted or self._boxes[name].box.kind != wanted[name].kind
        ]:
            self._scene.removeItem(self._boxes.pop(name))
        for name, box in wanted.items():
            item = self._boxes.get(name)
            place = placed.centres[name]
            if item is None:
                item = self._boxes[name] = BoxItem(box, placed.density, placed.sizes[name])
                item.setPos(*place)
                item.find_wires = partial(self._wires_at, name)
                self._add(item)
            else:
                item.set_box(box, placed.density, placed.sizes[name])
                self._box_moves.append((item, (item.x(), item.y()), place))

    def _add(self, item: GraphItem) -> None:
        """Add a new item to the scene."""
        self._scene.addItem(item)

    def _put_links(self, placed: PlacedPicture) -> None:
        wanted = {link.key: link for link in placed.picture.links}
        for key in [key for key in self._links if key not in wanted or self._links[key].link.kind != wanted[key].kind]:
            self._scene.removeItem(self._links.pop(key))
        for key, link in wanted.items():
            item = self._links.get(key)
            end, label = placed.curves[key], placed.labels.get(key)
            if item is None:
                item = self._links[key] = LinkItem(link, placed.density)
                item.set_points(end, label)
                self._add(item)
            else:
                item.set_link(link, placed.density)
                if tuple(item.points) == tuple(end) and item.label == label:
                    continue
                if len(item.points) == len(end):
                    self._link_moves.append((item, list(item.points), end, item.label, label))
                else:
                    item.set_points(end, label)  # a curve with another number of points cannot change gradually


def _mix(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t
