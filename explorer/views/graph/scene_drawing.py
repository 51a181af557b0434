"""A graph's scene as a drawing that can be written to a file."""

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsScene

from explorer.views.painting.drawing_export import Drawing

MARGIN_PX = 24.0
"""Free space around the graph, in scene units."""


def scene_drawing(scene: QGraphicsScene, size: tuple[float, float]) -> Drawing:
    """Return the complete graph, of ``size`` in scene units, as a drawing, regardless of what is in view."""
    width, height = size
    source = QRectF(-MARGIN_PX, -MARGIN_PX, width + 2 * MARGIN_PX, height + 2 * MARGIN_PX)
    return Drawing(source.size(), lambda painter, box: scene.render(painter, box, source))
