"""The items of a network's graph: what opens comes out of its group, what closes goes back into it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtWidgets import QGraphicsScene

from explorer.core.layout import Point, Size
from explorer.core.network.place import Arranged
from explorer.core.network.view import Node, View, Wire
from explorer.views.graph.items import Item
from explorer.views.graph.stage import Stage
from explorer.views.network.items import NodeItem, WireItem
from explorer.views.network.thumbs import Thumbs


@dataclass(frozen=True)
class Shown:
    """A view as a picture: boxes and links."""

    boxes: tuple[Node, ...]
    links: tuple[Wire, ...]


@dataclass(frozen=True)
class PlacedView:
    """A view with a place for everything, as `Stage` wants it."""

    picture: Shown
    centres: Mapping[str, Point]
    curves: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Point]
    sizes: Mapping[str, Size]
    size: Size


def placed(seen: View, arranged: Arranged) -> PlacedView:
    """Put a view and its layout together."""
    return PlacedView(
        Shown(seen.nodes, seen.wires), arranged.centres, arranged.paths, arranged.labels, arranged.sizes, arranged.size
    )


class NetworkStage(Stage):
    """Moves boxes and lets them grow. What is new fades in, from where its group was."""

    def __init__(self, scene: QGraphicsScene) -> None:
        super().__init__(scene)
        self._grow: list[tuple[NodeItem, Size, Size]] = []
        self._new: list[NodeItem | WireItem] = []
        self.thumbs: Thumbs | None = None

    def put(self, placed: PlacedView) -> None:
        """Take a new picture: old items stay where they are until `move`."""
        self._grow, self._new = [], []
        super().put(placed)

    def put_slowly(self, placed: PlacedView, dress: Callable[[Item], None]) -> Iterator[None]:
        """Take a picture of thousands of boxes, one after another; nothing moves. ``dress`` says how each looks."""
        self._grow, self._new, self._box_moves, self._link_moves = [], [], [], []
        self._moved = 1.0
        old = self.items()
        self._boxes, self._links = {}, {}
        for item in old:
            self._scene.removeItem(item)
            yield
        for node in placed.picture.boxes:
            box = self._boxes[node.id] = NodeItem(node, placed.sizes[node.id], self.thumbs)
            box.setPos(*placed.centres[node.id])
            dress(box)
            self._add(box)
            yield
        for wire in placed.picture.links:
            link = self._links[wire.key] = WireItem(wire)
            link.set_points(placed.curves[wire.key], placed.labels.get(wire.key))
            dress(link)
            self._add(link)
            yield

    def move(self, t: float) -> None:
        """Bring everything to share ``t`` of its way; 1 is there."""
        super().move(t)
        for item, (aw, ah), (bw, bh) in self._grow:
            item.resize((aw + (bw - aw) * t, ah + (bh - ah) * t))
        if t == 1.0:
            self._grow, self._new = [], []

    def new_items(self) -> list[NodeItem | WireItem]:
        """Return what fades in."""
        return self._new

    def _put_boxes(self, placed: PlacedView) -> None:
        wanted = {box.id: box for box in placed.picture.boxes}
        was = {name: (item.x(), item.y()) for name, item in self._boxes.items()}
        for name in [name for name in self._boxes if name not in wanted]:
            self._scene.removeItem(self._boxes.pop(name))
        for name, node in wanted.items():
            item, place, size = self._boxes.get(name), placed.centres[name], placed.sizes[name]
            if item is None:
                item = self._boxes[name] = NodeItem(node, size, self.thumbs)
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

    def _new_link(self, link: Wire) -> WireItem:
        made = WireItem(link)
        self._new.append(made)
        return made
