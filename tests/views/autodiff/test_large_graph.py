"""A graph of 60 to 300 ops can be read: a map, a view that follows the step, and an overview without tiny texts."""

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtTest import QTest

from explorer.core.graph.density import MIN_TEXT_PX
from explorer.views.graph import items
from tests.pixels import rgb

SIXTY = "+".join(f"tanh({k}*x+y)" for k in range(2, 22))

THREE_HUNDRED = "+".join(f"sin({k}*x)^2*y" for k in range(2, 52))


@pytest.fixture(scope="module", params=[SIXTY, THREE_HUNDRED], ids=["60", "300"])
def text(request):
    return request.param


@pytest.fixture
def large(ui, text):
    """The window with a large graph that is painted; its curve and formulas may still be on the way."""
    ui.window.resize(1280, 720)
    ui.type("x")  # another graph begins with the automatic view again
    ui.type(text)
    ui.until(lambda: not ui.find("graphView").isMoving)
    return ui


def visible(view):
    return view.mapToScene(view.viewport().rect()).boundingRect()


def boxes(view):
    return {item.box.id: item.mapRectToScene(item.rect()) for item in view._scene_items.boxes()}


def test_it_opens_at_the_step_with_text_that_can_be_read(large):
    view = large.find("graphView")
    assert int(view._placed.density.min_text_px) * view.transform().m11() >= MIN_TEXT_PX - 0.3
    assert visible(view).contains(boxes(view)["output:"])
    assert not visible(view).contains(QRectF(0, 0, *view._placed.size))


def follow(ui, steps):
    """Step forward, and return how often the view stayed where it was; the op of the step is always in sight."""
    view, stepper = ui.find("graphView"), ui.sessions.autodiff.stepper
    stayed = 0
    for _ in range(steps):
        before = visible(view)
        stepper.step_forward()
        (active,) = view._numbers.active
        assert visible(view).contains(boxes(view)[active])
        stayed += visible(view) == before
    return stayed


def test_the_view_follows_the_step(large):
    follow(large, 30)


def test_the_map_and_the_legend_cover_nothing(large):
    view, stepper = large.find("graphView"), large.sessions.autodiff.stepper
    minimap, legend = large.find("graphMap"), view._overlays._legend
    for _ in range(12):
        stepper.set_step(stepper.step + 3)
        view.grab()
        view._place_overlays()
        view.grab()
        assert minimap.isVisible()
        assert view.rect().contains(minimap.geometry())
        place = minimap.geometry().translated(-view.viewport().pos())
        for covered in (place, legend.rect or QRect()):
            assert not view.items(covered)
        assert legend.rect is None or not legend.rect.intersects(place)


def test_the_view_stays_where_the_step_is_in_sight(ui):
    ui.window.resize(1280, 720)
    ui.type("x")
    ui.type("sin(" * 60 + "x" + ")" * 60)
    ui.until(lambda: not ui.find("graphView").isMoving)
    assert 0 < follow(ui, 30) < 30


def test_fit_shows_all_of_it_without_tiny_texts(large, monkeypatch):
    view = large.find("graphView")
    large.click("fitButton")
    assert all(visible(view).contains(box) for box in boxes(view).values())
    sizes = []
    fitted = items._fitted
    monkeypatch.setattr(items, "_fitted", lambda *arguments: sizes.append(fitted(*arguments)) or sizes[-1])
    view.grab()
    assert all(font.pixelSize() * view.transform().m11() >= 6 for font in sizes)


def test_the_map_shows_what_is_in_view_and_moves_the_view(large):
    view, minimap = large.find("graphView"), large.find("graphMap")
    large.until(minimap.isVisible)
    assert view.rect().contains(minimap.geometry())
    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=QPoint(20, minimap.height() // 2))
    left = visible(view).center().x()
    large.until(lambda: abs(minimap.part.center().x() - left) < 0.2 * view._placed.size[0])
    QTest.mousePress(minimap, Qt.MouseButton.LeftButton, pos=QPoint(20, minimap.height() // 2))
    QTest.mouseMove(minimap, QPoint(minimap.width() - 30, minimap.height() // 2))
    QTest.mouseRelease(minimap, Qt.MouseButton.LeftButton)
    assert visible(view).center().x() > left
    minimap.setFocus()
    before = visible(view).center().x()
    QTest.keyClick(minimap, Qt.Key.Key_Left)
    assert visible(view).center().x() < before
    large.click("fitButton")
    large.until(lambda: not minimap.isVisible())


def test_a_small_graph_has_no_map(ui):
    ui.window.resize(1280, 720)
    ui.type("sin(2*x)")
    ui.until(lambda: not ui.find("graphMap").isVisible())


def test_the_map_is_painted_with_boxes_and_links(large):
    view, minimap = large.find("graphView"), large.find("graphMap")
    large.until(lambda: minimap.isVisible() and not minimap.is_busy)
    colours = set(rgb(minimap.grab().toImage())[6:-6, 6:-6].ravel().tolist())
    assert len(colours) > 3
    assert view._theme.panel.rgb() & 0xFFFFFF in colours
