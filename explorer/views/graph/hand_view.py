"""What mouse and keys do to a graph: zoom, pan, click, drag a box. What that means is for the subclass."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from explorer.views.graph.canvas import SceneView
from explorer.views.graph.items import BoxItem, Item, LinkItem

CLICK = 5
"""Pixels that the pointer may move during a click."""


class HandView(SceneView):
    """Tells clicks by signals; a subclass says what zooming, walking and dragging do."""

    nodeSelected = Signal(str)
    edgeSelected = Signal(str)
    selectionCleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self._pressed: QPoint | None = None
        self._held: BoxItem | None = None
        self._moved_by_hand = False

    def zoom_by(self, factor: float) -> None:
        """Zoom at the pointer."""
        raise TypeError("a subclass zooms")

    def walk(self, by: int) -> None:
        """Select the next box or the one before."""
        raise TypeError("a subclass walks")

    def walk_among(self, names: Sequence[str], selection: tuple[str, str] | None, by: int) -> None:
        """Select the name that is ``by`` places further, around the end; at first the first of them, or the last."""
        current = selection[1] if selection is not None else None
        index = names.index(current) + by if current in names else (0 if by > 0 else -1)
        self.nodeSelected.emit(names[index % len(names)])

    def fit(self) -> None:
        """Show the whole graph."""
        raise TypeError("a subclass fits")

    def begin_moving(self) -> None:
        """The view is about to be panned, or a box dragged, by hand."""

    def drag(self, box: BoxItem, dx: float, dy: float) -> None:
        """Move a box by so many scene units."""

    def tip(self, item: Item | None) -> str:
        """Return what to tell of the item under the pointer."""
        return ""

    def item_at(self, point: QPoint) -> Item | None:
        """Return the topmost box or link at a point of the view, with two pixels of grace."""
        near = (point.x() - 2, point.y() - 2, 4, 4)
        return next((item for item in self.items(*near) if isinstance(item, Item)), None)

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what lies at a point, such as a node or an edge, and what is told of this one."""
        item = self.item_at(point)
        if item is None:
            return None
        return item.part_at(item.mapFromScene(self.mapToScene(point))), self.tip(item) or self.name_of(item)

    def whatIsChosen(self) -> tuple[str, str] | None:
        """Return what is selected, such as a node or an edge, and what is told of this one; None for nothing."""
        chosen = (item for item in self.scene().items() if isinstance(item, Item) and item.look.selected)
        item = next(chosen, None)
        if item is None:
            return None
        kind = "edge" if isinstance(item, LinkItem) else item.part_at(item.rect().center())
        return kind, self.tip(item) or self.name_of(item)

    def name_of(self, item: Item) -> str:
        """Return what to say of an item of which nothing else is told."""
        return ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; with Ctrl the window scales everything."""
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1.0015 ** event.angleDelta().y())
            event.accept()
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan, to drag or to click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._moved_by_hand = event.position().toPoint(), False
            item = self.item_at(self._pressed)
            self._held = item if isinstance(item, BoxItem) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan or drag while the button is down; else tell what is under the pointer."""
        here = event.position().toPoint()
        if self._pressed is None:
            item = self.item_at(here)
            self.viewport().setCursor(item.cursor() if item is not None else Qt.CursorShape.ArrowCursor)
            self.viewport().setToolTip(self.tip(item))
            return
        if not self._moved_by_hand:
            if (here - self._pressed).manhattanLength() < CLICK:
                return
            self._moved_by_hand = True
            self.begin_moving()
        shift = here - self._pressed
        self._pressed = here
        if self._held is not None:
            zoom = self.transform().m11()
            self.drag(self._held, shift.x() / zoom, shift.y() / zoom)
            return
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - shift.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - shift.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked."""
        pressed, self._pressed, self._held = self._pressed, None, None
        if pressed is None or self._moved_by_hand or event.button() != Qt.MouseButton.LeftButton:
            return
        item = self.item_at(event.position().toPoint())
        if isinstance(item, BoxItem) and item.box.tensor is not None:
            self.nodeSelected.emit(item.box.id)
        elif isinstance(item, LinkItem) and item.link.tensor:
            self.edgeSelected.emit(item.link.tensor)
        else:
            self.selectionCleared.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole graph."""
        if self.item_at(event.position().toPoint()) is None:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from box to box with the arrow keys; + and - zoom."""
        match event.key():
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                self.walk(1)
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                self.walk(-1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(1.15)
            case Qt.Key.Key_Minus:
                self.zoom_by(1 / 1.15)
            case Qt.Key.Key_Home:
                self.fit()
            case _:
                event.ignore()
