"""The map follows when another graph is shown, also where the view stays at the same point with the same zoom."""

from PySide6.QtCore import QRectF

from explorer.views.network_graph.network_view import NetworkView
from explorer.views.theme.theme import load_theme


def show(view, qtbot, source, visible):
    view.setGraph(source, visible)
    view.finish()
    view.grab()
    qtbot.waitUntil(lambda: not view.isMoving and not view.isGrowing)


def test_the_map_shows_the_other_graph_and_covers_none_of_its_boxes(qtbot, visible_graph):
    view = NetworkView()
    qtbot.addWidget(view)
    view.setTheme(load_theme("dark"))
    view.setScale(2.0)
    view.resize(1244, 300)
    view.show()
    viewpoints = set()
    for count, open_groups in ((14, ()), (30, ()), (14, ("l2",)), (6, ()), (9, ("l1", "l4"))):
        show(view, qtbot, f"{count} {open_groups}", visible_graph(count, open_groups))
        transform, index = view.viewportTransform(), view.graph.index
        viewpoints.add((transform.m11(), transform.dx(), transform.dy()))
        graph = QRectF(0, 0, *index.placed.layout.size)
        shown = view.mapToScene(view.viewport().rect()).boundingRect().intersected(graph)
        minimap = view.overlays.minimap
        assert minimap.part == shown
        place = QRectF(minimap.geometry().translated(-view.viewport().pos()))
        boxes = [rect for node, rect in zip(index.nodes, index.rects, strict=True) if node.kind in ("group", "op")]
        covered = [rect for rect in boxes if transform.mapRect(rect).adjusted(1, 1, -1, -1).intersects(place)]
        assert minimap.isHidden() or covered == []
    assert len(viewpoints) < 5, "none of them has the viewpoint of another"
