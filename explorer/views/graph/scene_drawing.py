"""A graph's scene as a drawing that can be written to a file."""

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsScene

from explorer.views.painting.drawing_export import Drawing

MARGIN_PX = 24.0
"""Free space around the graph, in scene units."""


def scene_drawing(scene: QGraphicsScene, area: QRectF) -> Drawing:
    """Return the complete graph, in an area of the scene, as a drawing, regardless of what is in view."""
    source = area.adjusted(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX)
    return Drawing(source.size(), lambda painter, box: scene.render(painter, box, source))
