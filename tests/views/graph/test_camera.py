"""The camera shows the entire graph, the current step, or where the user is."""

import pytest
from PySide6.QtCore import QPointF, QRect, QRectF

from explorer.views.graph.camera import CLOSE_UP_ZOOM, FOLLOW_ZOOM, MAX_MANUAL_ZOOM, Camera
from explorer.views.graph.canvas import GraphCanvas
from explorer.views.graph.viewpoint import (
    FIT_MARGIN_PX,
    MAX_FIT_ZOOM,
    MIN_ZOOM,
    Viewpoint,
    fitting_viewpoint,
    following_viewpoint,
    interpolated_viewpoint,
)

VIEW = QRect(0, 0, 400, 300)
SMALL, LARGE = (100.0, 50.0), (300.0, 5000.0)


@pytest.fixture
def canvas(qtbot):
    canvas = GraphCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    return canvas


@pytest.fixture
def camera(canvas):
    return Camera(canvas)


def shown(canvas):
    """Zoom and centre of what is shown."""
    centre = canvas.mapToScene(canvas.viewport().rect().center())
    return canvas.transform().m11(), centre.x(), centre.y()


def go_to(camera, size, has_steps=True):
    camera.begin_transition(size, has_steps)
    camera.set_progress(1.0)


def test_viewpoints():
    assert fitting_viewpoint(SMALL, VIEW, 1.0) == Viewpoint(MAX_FIT_ZOOM, 50.0, 25.0)
    width, height = 64768.0, 15030.0  # what three hundred ops may need
    zoom = fitting_viewpoint((width, height), VIEW, 1.0).zoom
    assert zoom < MIN_ZOOM
    assert zoom * width < VIEW.width()
    assert zoom * height < VIEW.height()
    corner = following_viewpoint(LARGE, VIEW, 1.0, (0.0, 0.0))
    assert corner == Viewpoint(1.0, 150.0, 150.0 - FIT_MARGIN_PX), "nothing beyond the graph is shown"
    assert following_viewpoint(LARGE, VIEW, 1.0, (150.0, 2000.0)) == Viewpoint(1.0, 150.0, 2000.0)
    assert interpolated_viewpoint(1.0, Viewpoint(3.0, 5.0, 6.0), 0.5) == Viewpoint(2.0, 5.0, 6.0)


def test_a_readable_graph_is_shown_completely(camera, canvas):
    go_to(camera, SMALL)
    assert shown(canvas) == pytest.approx((MAX_FIT_ZOOM, 50, 25), abs=2)


def test_a_large_graph_follows_the_step(camera, canvas):
    camera.focus = (200.0, 2000.0)
    go_to(camera, LARGE)
    assert shown(canvas) == pytest.approx((FOLLOW_ZOOM, 150, 2000), abs=2)
    camera.focus = (200.0, 3000.0)
    camera.update()
    assert shown(canvas)[2] == pytest.approx(3000, abs=2)


def test_a_graph_without_steps_and_a_fitted_one_are_shown_completely(camera, canvas):
    def is_complete():
        visible = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
        return visible.contains(QRectF(0, 0, *LARGE))

    go_to(camera, LARGE, has_steps=False)
    assert is_complete()
    go_to(camera, LARGE)
    assert shown(canvas)[0] == FOLLOW_ZOOM
    assert not is_complete()
    camera.fit()
    assert is_complete()
    camera.reset()
    camera.update()
    assert shown(canvas)[0] == FOLLOW_ZOOM


def test_where_the_user_is_it_stays(camera, canvas):
    go_to(camera, SMALL)
    canvas.show_viewpoint(Viewpoint(3.0, 10.0, 10.0))
    camera.hold()
    before = shown(canvas)
    go_to(camera, LARGE)
    camera.update()
    assert shown(canvas) == before
    camera.unzoom()
    assert shown(canvas)[0] == FOLLOW_ZOOM


def test_after_a_manual_zoom_only_a_step_out_of_view_is_centred(camera, canvas):
    go_to(camera, LARGE)
    canvas.show_viewpoint(Viewpoint(1.0, 200.0, 200.0))
    camera.hold()
    before = shown(canvas)
    camera.keep_in_view([QRectF(190, 190, 20, 20)])
    assert shown(canvas) == before
    camera.keep_in_view([QRectF(190, 1990, 20, 20)])
    assert shown(canvas) == pytest.approx((1.0, 200, 2000), abs=1)


def test_a_close_up_shows_the_surroundings(camera, canvas):
    go_to(camera, LARGE)
    camera.zoom_to((200.0, 100.0), QRectF(190, 90, 20, 20))
    assert shown(canvas)[0] == CLOSE_UP_ZOOM
    go_to(camera, LARGE)
    canvas.show_viewpoint(Viewpoint(0.5, 0.0, 0.0))
    camera.zoom_to((200.0, 100.0), QRectF(0, 90, 400, 20))
    view = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
    assert view.contains(QPointF(0, 100))
    assert view.contains(QPointF(400, 100))


def test_manual_zoom_is_limited(camera, canvas):
    canvas.show_viewpoint(Viewpoint(1.0, 0.0, 0.0))
    assert camera.can_zoom_by(MAX_MANUAL_ZOOM)
    assert not camera.can_zoom_by(2 * MAX_MANUAL_ZOOM)
    assert not camera.can_zoom_by(MIN_ZOOM / 2)
    camera.set_scale(2.0)
    assert camera.can_zoom_by(2 * MAX_MANUAL_ZOOM)
