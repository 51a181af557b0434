"""A graph that is shown small has symbols instead of texts that could not be read."""

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.core.graph.density import COMPACT, DENSE, MIN_TEXT_PX, NORMAL
from explorer.views.graph.overview_painting import is_overview, paint_box, zoom_of

RECT = QRectF(-70, -33, 140, 66)

FILL, LINE, INK = (QColor(name) for name in ("#202020", "#808080", "#ffffff"))


def painted(zoom, symbol="tanh"):
    """Return a box as it is painted at a zoom, and the zoom that the painter has."""
    image = QImage(200, 120, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    with QPainter(image) as painter:
        painter.translate(100, 60)
        painter.scale(zoom, zoom)
        found = zoom_of(painter)
        paint_box(painter, RECT, symbol, FILL, LINE, INK, zoom)
    return image, found


def lightest(image):
    return max(image.pixelColor(x, y).lightness() for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize(("zoom", "has_symbol"), [(0.5, True), (0.25, True), (0.08, False), (0.03, False)])
def test_a_box_has_its_symbol_if_that_can_be_read(qapp, zoom, has_symbol):
    image, found = painted(zoom)
    assert found == pytest.approx(zoom)
    assert (lightest(image) > LINE.lightness() + 40) == has_symbol


def test_a_symbol_stays_within_its_box(qapp):
    image, _ = painted(0.3, "averyveryverylongname")
    outside = [
        (x, y) for x in range(200) for y in range(120) if abs(x - 100) > 0.3 * 70 + 2 or abs(y - 60) > 0.3 * 33 + 2
    ]
    assert max(image.pixelColor(x, y).lightness() for x, y in outside) == 0


def test_where_names_can_be_read_nothing_is_left_out():
    for density in (NORMAL, COMPACT, *DENSE):
        assert not is_overview(MIN_TEXT_PX / density.name_px, density.name_px)
        assert is_overview(0.5 * MIN_TEXT_PX / density.name_px, density.name_px)
    for density in (NORMAL, COMPACT):
        assert is_overview(0.3, density.name_px)
