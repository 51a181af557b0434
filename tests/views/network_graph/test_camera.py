"""The camera shows the entire graph if its text is readable then, and otherwise the box of interest."""

import pytest
from PySide6.QtCore import QPointF

from explorer.views.graph.camera import READABLE_ZOOM
from explorer.views.network_graph import camera as module
from explorer.views.network_graph.camera import (
    EDGE_MARGIN_X_PX,
    FOLLOW_ZOOM,
    MAX_MANUAL_ZOOM,
    MAX_TRANSITION_MS,
    MIN_MANUAL_ZOOM,
    MIN_TRANSITION_MS,
    NetworkCamera,
    Transition,
)


@pytest.fixture
def camera(parts):
    made = NetworkCamera(parts.canvas, parts.graph)
    made.update()
    return made


def centre(parts):
    return parts.canvas.mapToScene(parts.canvas.viewport().rect().center())


def in_view(parts, name):
    x, y = parts.graph.layout.centres[name]
    return parts.canvas.viewport().rect().contains(parts.canvas.mapFromScene(QPointF(x, y)))


def test_a_small_graph_is_shown_completely(parts, camera):
    assert camera.zoom >= READABLE_ZOOM
    assert all(in_view(parts, node.id) for node in parts.graph.visible.nodes)


def test_a_long_graph_is_shown_from_its_first_box(parts, camera):
    parts.show(count=30)
    camera.update()
    assert camera.zoom == pytest.approx(FOLLOW_ZOOM)
    assert in_view(parts, "input")
    assert not in_view(parts, "l29")


def test_fit_shows_all_of_a_long_graph(parts, camera):
    parts.show(count=30)
    camera.fit()
    assert all(in_view(parts, node.id) for node in parts.graph.visible.nodes)


def test_a_box_is_brought_into_view_and_becomes_the_focus(parts, camera):
    parts.show(count=30)
    camera.update()
    camera.show_box("l29", is_layout_pending=False)
    assert in_view(parts, "l29")
    assert camera.focus == QPointF(*parts.graph.layout.centres["l29"])
    before = centre(parts)
    camera.show_box("l29", is_layout_pending=False)  # it is in view already
    assert centre(parts) == before


def test_a_box_that_is_still_coming_is_shown_after_the_layout(parts, camera):
    camera.show_box("l29", is_layout_pending=True)
    assert camera.focus is None
    parts.show(count=30)
    camera.update()
    camera.show_box_after_layout()
    assert in_view(parts, "l29")


def test_after_a_manual_zoom_the_view_stays(parts, camera):
    parts.show(count=30)
    camera.update()
    camera.hold()
    parts.canvas.scale(1.5, 1.5)
    zoom, before = camera.zoom, centre(parts)
    camera.update()
    camera.begin_transition(None)
    camera.set_progress(1.0)
    assert camera.zoom == pytest.approx(zoom)
    assert (centre(parts) - before).manhattanLength() < EDGE_MARGIN_X_PX / zoom
    camera.begin_transition("l20")
    camera.set_progress(1.0)
    assert (centre(parts) - QPointF(*parts.graph.layout.centres["l20"])).manhattanLength() < 3
    camera.reset()
    camera.update()
    assert camera.zoom == pytest.approx(FOLLOW_ZOOM)


def test_a_transition_changes_the_zoom_gradually(parts, camera):
    start = camera.zoom
    parts.show(count=30)
    camera.begin_transition(None)
    zooms = []
    for progress in (0.0, 0.5, 1.0):
        camera.set_progress(progress)
        zooms.append(camera.zoom)
    assert zooms == pytest.approx([start, (start + FOLLOW_ZOOM) / 2, FOLLOW_ZOOM])


def test_each_change_of_the_viewpoint_is_reported(camera, qtbot):
    with qtbot.waitSignal(camera.moved):
        camera.fit()


@pytest.mark.parametrize(("zoom", "factor"), [(MAX_MANUAL_ZOOM, 1.1), (MIN_MANUAL_ZOOM, 0.9)])
def test_the_zoom_has_limits_but_can_always_return(parts, camera, zoom, factor):
    parts.canvas.scale(zoom / camera.zoom, zoom / camera.zoom)
    assert not camera.can_zoom_by(factor)
    assert camera.can_zoom_by(1 / factor)
    parts.canvas.scale(factor**3, factor**3)  # beyond the limit, as after a change of scale
    assert camera.can_zoom_by(1 / factor)


@pytest.mark.parametrize(("spent", "duration"), [(0.0, MAX_TRANSITION_MS), (9.0, MIN_TRANSITION_MS)])
def test_a_late_transition_is_shorter(qapp, monkeypatch, spent, duration):
    monkeypatch.setattr(module, "monotonic", lambda: 100.0 + spent)
    transition = Transition()
    transition.start(100.0)
    assert transition.is_running
    assert transition.duration_ms == duration
    transition.stop()
    assert not transition.is_running


def test_a_transition_ends_at_1(qtbot):
    transition, progress = Transition(), []
    transition.progressed.connect(progress.append)
    transition.start(0.0)
    qtbot.waitUntil(lambda: not transition.is_running)
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
