"""Zoomed out the overview is painted; of a large graph only the boxes around the view are items."""

import pytest
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPixmap, QTransform

from explorer.views.network_graph import level_of_detail
from explorer.views.network_graph.level_of_detail import OVERVIEW_ZOOM, LevelOfDetail
from explorer.views.theme.theme import load_theme


@pytest.fixture
def detail(parts):
    styled = []
    made = LevelOfDetail(
        parts.graph, parts.items, parts.overview, lambda: styled.append, lambda: QBrush(Qt.GlobalColor.black)
    )
    made.styled = styled
    return made


@pytest.fixture
def large(parts, detail, monkeypatch):
    """The same with a graph of which only the boxes around the view are items."""
    monkeypatch.setattr("explorer.views.network_graph.displayed_graph.MAX_ITEMS", 10)
    parts.show(count=30)
    return detail


def names(parts):
    return {item.node.id for item in parts.items.boxes()}


def test_zoomed_out_the_overview_replaces_the_items(parts, detail, qtbot):
    with qtbot.waitSignal(detail.changed):
        detail.update(OVERVIEW_ZOOM / 2, 1.0, is_moving=False)
    assert detail.is_overview
    assert parts.overview.isVisible()
    assert not any(item.isVisible() for item in parts.items.items())
    with qtbot.assertNotEmitted(detail.changed):
        detail.update(OVERVIEW_ZOOM / 3, 1.0, is_moving=False)
    detail.update(1.0, 1.0, is_moving=False)
    assert not parts.overview.isVisible()
    assert all(item.isVisible() for item in parts.items.items())


def test_boxes_that_move_are_always_painted(detail):
    detail.update(OVERVIEW_ZOOM / 2, 1.0, is_moving=True)
    assert not detail.is_overview


def test_the_limit_grows_with_the_scale_of_the_interface(detail):
    detail.update(1.5 * OVERVIEW_ZOOM, 2.0, is_moving=False)
    assert detail.is_overview


def test_of_a_large_graph_the_boxes_around_the_view_are_loaded(parts, large, qtbot):
    x, y = parts.graph.layout.centres["l15"]
    view = QRectF(x - 300, y - 200, 600, 400)
    with qtbot.waitSignal(large.itemsLoaded):
        large.load_area(view)
    assert "l15" in names(parts)
    assert names(parts) < {node.id for node in parts.graph.visible.nodes}
    assert {item.node.id for item in large.styled if hasattr(item, "node")} == names(parts)
    loaded = names(parts)
    large.load_area(view.translated(100, 0))  # still within the loaded margin
    assert not large.is_loading
    assert names(parts) == loaded
    with qtbot.waitSignal(large.itemsLoaded):
        large.load_area(view.translated(-5000, 0))
    assert "l15" not in names(parts)


def test_for_a_file_all_boxes_are_loaded(parts, large):
    large.load_all()
    assert names(parts) == {node.id for node in parts.graph.visible.nodes}


def test_a_small_graph_is_not_loaded_by_area(parts, detail):
    before = names(parts)
    detail.load_area(QRectF(5000, 5000, 10, 10))
    assert names(parts) == before


def test_tiles_are_for_many_boxes_that_stand_still(detail, monkeypatch):
    assert not detail.is_tiled(is_moving=False)
    monkeypatch.setattr(level_of_detail, "MIN_TILED_BOXES", 2)
    assert detail.is_tiled(is_moving=False)
    assert not detail.is_tiled(is_moving=True)
    detail.update(OVERVIEW_ZOOM / 2, 1.0, is_moving=False)
    assert not detail.is_tiled(is_moving=False)


def test_tiles_show_the_items_on_their_background(parts, detail, qtbot):
    parts.items.set_theme(load_theme("dark"))
    box = parts.items.box("l1").sceneBoundingRect()
    view = QRect(0, 0, 400, 300)
    transform = QTransform.fromTranslate(20 - round(box.left()), 20 - round(box.top()))
    detail.tiles.prepare(transform, view, 1.0)
    qtbot.waitUntil(lambda: detail.tiles.is_ready)
    tiles, scene = QPixmap(view.size()), QPixmap(view.size())
    tiles.fill(QColor("red"))
    scene.fill(QColor("black"))
    with QPainter(tiles) as painter:
        detail.tiles.paint(painter, transform, view, 1.0)
    with QPainter(scene) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        parts.scene.render(painter, QRectF(view), transform.inverted()[0].mapRect(QRectF(view)))
    assert tiles.toImage().pixelColor(100, 60) != QColor("black")  # inside the box
    assert tiles.toImage() == scene.toImage()
