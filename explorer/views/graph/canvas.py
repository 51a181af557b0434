"""A view of a scene of boxes and links, operated with mouse and keyboard."""

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from explorer.core.graph.graph_walk import Move
from explorer.views.graph.items import BoxItem, GraphItem, LinkItem
from explorer.views.graph.viewpoint import Viewpoint
from explorer.views.widgets.scroll_page import is_in_scrolling_page

CLICK_TOLERANCE_PX = 5
"""Distance that the pointer may move during a click; beyond it, the gesture is a drag."""

WHEEL_ZOOM_BASE = 1.0015
"""Zoom factor for each unit of `QWheelEvent.angleDelta` (120 units a notch)."""

KEY_ZOOM_FACTOR = 1.15
"""Zoom factor of one press of + or -."""

MOVES = {
    Qt.Key.Key_Right: Move.NEXT,
    Qt.Key.Key_Left: Move.PREVIOUS,
    Qt.Key.Key_Down: Move.ALONG,
    Qt.Key.Key_Up: Move.BACK,
}
"""The moves of the arrow keys."""


class GraphCanvas(QGraphicsView):
    """Shows a scene without scroll bars and turns mouse and keys into intents.

    Selecting is reported by signals. What zooming, fitting, walking and dragging mean is decided by a subclass, which
    overrides `zoom_by`, `fit`, `walk`, `begin_manual_move` and `drag_box`.
    """

    nodeSelected = Signal(str)
    edgeSelected = Signal(str)
    selectionCleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragMode(QGraphicsView.DragMode.NoDrag)
        self.setMouseTracking(True)
        self._scene = QGraphicsScene(self)
        # All items are painted each time and many move: an index would be rebuilt without being used.
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._scene)
        self._press_position: QPoint | None = None
        self._pressed_box: BoxItem | None = None
        self._is_dragging = False

    # -- for a subclass ---------------------------------------------------------------------------

    def zoom_by(self, factor: float) -> None:
        """Zoom at the pointer."""
        self.scale(factor, factor)

    def fit(self) -> None:
        """Show the whole graph."""

    def walk(self, move: Move) -> None:
        """Select the item to which a move leads from the selected one."""

    def begin_manual_move(self) -> None:
        """Prepare for the user moving the view or a box; called once at the start of each drag."""

    def drag_box(self, box: BoxItem, dx: float, dy: float) -> None:
        """Move a box by (dx, dy) scene units. By default boxes cannot be moved, and the view pans instead."""
        zoom = self.transform().m11()
        self.pan(round(dx * zoom), round(dy * zoom))

    def drop_box(self, box: BoxItem) -> None:
        """Handle the end of a drag of a box."""

    def click(self, item: GraphItem | None, point: QPoint) -> None:
        """Handle a click on an item, or on the background, at ``point`` of the view: by default, select the item."""
        if isinstance(item, BoxItem) and item.box.tensor is not None:
            self.nodeSelected.emit(item.box.id)
        elif isinstance(item, LinkItem) and item.link.tensor:
            self.edgeSelected.emit(item.link.tensor)
        else:
            self.selectionCleared.emit()

    def double_click(self, item: GraphItem | None) -> None:
        """Handle a double click: by default, one on the background fits the graph."""
        if item is None:
            self.fit()

    def item_tooltip(self, item: GraphItem | None) -> str:
        """Return the tooltip of the item under the pointer."""
        return ""

    def item_description(self, item: GraphItem) -> str:
        """Return what "What's this?" says about an item."""
        return self.item_tooltip(item)

    # -- the scene --------------------------------------------------------------------------------

    def show_viewpoint(self, viewpoint: Viewpoint) -> None:
        """Set zoom and centre; the centre may be any point, also one far from all items."""
        zoom = viewpoint.zoom
        self.setTransform(QTransform.fromScale(zoom, zoom))
        view = self.viewport().rect()
        # A QGraphicsView cannot scroll beyond the scene's rectangle, so the rectangle is spread around the centre.
        reach = max(view.width(), view.height()) / max(zoom, 1e-3) * 2 + 4000
        self._scene.setSceneRect(QRectF(viewpoint.x - reach, viewpoint.y - reach, 2 * reach, 2 * reach))
        self.centerOn(QPointF(viewpoint.x, viewpoint.y))

    def pan(self, dx: int, dy: int) -> None:
        """Move the scene by (dx, dy) pixels of the view."""
        for bar, shift in ((self.horizontalScrollBar(), dx), (self.verticalScrollBar(), dy)):
            bar.setValue(bar.value() - shift)

    def item_at(self, point: QPoint) -> GraphItem | None:
        """Return the topmost box or link within two pixels of a point of the view."""
        nearby = self.items(point.x() - 2, point.y() - 2, 4, 4)
        return next((item for item in nearby if isinstance(item, GraphItem)), None)

    # -- "What's this?" ---------------------------------------------------------------------------

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return the kind of part at a point, such as node or edge, and its description; None for the background."""
        item = self.item_at(point)
        if item is None:
            return None
        return item.part_at(item.mapFromScene(self.mapToScene(point))), self.item_description(item)

    def whatIsChosen(self) -> tuple[str, str] | None:
        """Return kind and description of the selected item; None if nothing is selected."""
        for item in self.scene().items():
            if isinstance(item, GraphItem) and item.is_selected:
                kind = "edge" if isinstance(item, LinkItem) else item.part_at(QPointF())
                return kind, self.item_description(item)
        return None

    # -- events -----------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer. In a page that is higher than the window the wheel scrolls it, and zooms with Ctrl."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier or not is_in_scrolling_page(self):
            self.zoom_by(WHEEL_ZOOM_BASE ** event.angleDelta().y())
            event.accept()
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._press_position, self._is_dragging = event.position().toPoint(), False
            item = self.item_at(self._press_position)
            self._pressed_box = item if isinstance(item, BoxItem) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan or drag a box while the button is down; otherwise update cursor and tooltip."""
        position = event.position().toPoint()
        if self._press_position is None:
            item = self.item_at(position)
            self.viewport().setCursor(item.cursor() if item is not None else Qt.CursorShape.ArrowCursor)
            self.viewport().setToolTip(self.item_tooltip(item))
            return
        shift = position - self._press_position
        if not self._is_dragging:
            if shift.manhattanLength() < CLICK_TOLERANCE_PX:
                return
            self._is_dragging = True
            self.begin_manual_move()
        self._press_position = position
        if self._pressed_box is not None:
            zoom = self.transform().m11()
            self.drag_box(self._pressed_box, shift.x() / zoom, shift.y() / zoom)
        else:
            self.pan(shift.x(), shift.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click or a drag."""
        was_pressed, box = self._press_position is not None, self._pressed_box
        self._press_position = self._pressed_box = None
        if self._is_dragging and was_pressed and box is not None:
            self.drop_box(box)
        if was_pressed and not self._is_dragging and event.button() == Qt.MouseButton.LeftButton:
            point = event.position().toPoint()
            self.click(self.item_at(point), point)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Handle a double click; it does not begin a drag."""
        self.double_click(self.item_at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the graph with the arrow keys, zoom with + and -, fit with Home."""
        match event.key():
            case key if key in MOVES:
                self.walk(MOVES[Qt.Key(key)])
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(KEY_ZOOM_FACTOR)
            case Qt.Key.Key_Minus:
                self.zoom_by(1 / KEY_ZOOM_FACTOR)
            case Qt.Key.Key_Home:
                self.fit()
            case _:
                event.ignore()
