"""A view of a scene that shows any point of it in its middle, at any zoom."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget


class SceneView(QGraphicsView):
    """Has a scene of items, paints all of it anew each time, and has no scroll bars."""

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
        self._scene = QGraphicsScene(self)
        # Items move all the time, and all are painted: an index would only have to be made anew.
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._scene)

    def look_at(self, look: QTransform) -> None:
        """Show what ``look`` says: its scale, and in its translation the point in the middle."""
        self.setTransform(QTransform.fromScale(look.m11(), look.m11()))
        view = self.viewport().rect()
        centre = QPointF(look.dx(), look.dy())
        # Qt shows nothing beyond the scene's rectangle: it must reach far around any point that is looked at.
        reach = max(view.width(), view.height()) / max(look.m11(), 1e-3) * 2 + 4000
        self._scene.setSceneRect(QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach))
        self.centerOn(centre)
