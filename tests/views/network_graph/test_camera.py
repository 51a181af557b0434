"""The camera shows the entire graph if its text is readable then, and otherwise the box of interest."""

import pytest
from PySide6.QtCore import QPointF

from explorer.views.graph.camera import READABLE_ZOOM
from explorer.views.network_graph import camera as module
from explorer.views.network_graph.camera import (
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
    assert (centre(parts) - before).manhattanLength() < 60 / zoom
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


def shown_rect(parts, name):
    """Return where a box is in pixels of the view."""
    item = parts.items.box(name)
    return parts.canvas.mapFromScene(item.mapRectToScene(item.rect())).boundingRect()


@pytest.mark.parametrize("zoom", [0.6, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("names", [["l29", "l3", "l28", "input"], [f"l{k}" for k in reversed(range(30))]])
def test_a_box_is_brought_into_view_as_a_whole(parts, camera, zoom, names):
    parts.show(count=30)
    camera.update()
    camera.hold()
    parts.canvas.scale(zoom / camera.zoom, zoom / camera.zoom)
    for name in names:
        camera.show_box(name, is_layout_pending=False)
        assert camera.zoom == pytest.approx(zoom)
        assert parts.canvas.viewport().rect().contains(shown_rect(parts, name)), name


def test_of_a_box_larger_than_the_view_a_part_fills_it(parts, camera):
    camera.hold()
    parts.canvas.scale(9 / camera.zoom, 9 / camera.zoom)
    camera.show_box("l1", is_layout_pending=False)
    assert shown_rect(parts, "l1").left() in range(40)  # its beginning, where its name is
    before = centre(parts)
    camera.show_box("l1", is_layout_pending=False)
    assert centre(parts) == before


@pytest.mark.parametrize("pointer", [(0, 0), (799, 499)])
def test_a_zoom_by_key_keeps_the_box_of_interest_in_view(parts, camera, pointer):
    parts.show(count=30)
    camera.update()
    camera.show_box("l17", is_layout_pending=False)
    camera.hold()
    for factor in [1.15] * 9 + [1 / 1.15] * 14:
        camera.zoom_by_key(factor)
        assert parts.canvas.viewport().rect().contains(shown_rect(parts, "l17").center())
        if camera.zoom < 2:
            assert parts.canvas.viewport().rect().contains(shown_rect(parts, "l17"))


def test_a_group_that_is_opened_stays_in_view_though_the_box_of_interest_is_elsewhere(parts, camera):
    parts.show(count=30)
    camera.update()
    camera.show_box("l29", is_layout_pending=False)
    parts.show(count=30, open_groups=("l3",))
    camera.begin_transition("l3")
    camera.set_progress(1.0)
    assert in_view(parts, "l3/mul")


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
