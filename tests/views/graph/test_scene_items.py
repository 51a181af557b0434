"""Items are reused in the next picture and move to their new positions."""

import pytest
from PySide6.QtWidgets import QGraphicsScene

from explorer.core.graph.picture import concept_picture
from explorer.views.graph.layout_cache import cached_layout
from explorer.views.graph.scene_items import SceneItems
from explorer.views.theme.theme import load_theme


@pytest.fixture
def scene(qapp):
    return QGraphicsScene()


@pytest.fixture
def items(scene):
    return SceneItems(scene)


@pytest.fixture
def placed(state_of):
    """A function that returns the layout of a case."""
    return lambda name, direction="TB": cached_layout(
        concept_picture(state_of(name).trace), direction, True, (800.0, 450.0)
    )


def positions(items):
    return {box.box.id: (box.x(), box.y()) for box in items.boxes()}


def test_new_items_are_in_their_places(items, placed, scene):
    layout = placed("sin(2*x)")
    items.put(layout)
    assert positions(items) == {name: pytest.approx(place) for name, place in layout.centres.items()}
    assert len(scene.items()) == len(layout.picture.boxes) + len(layout.picture.links)


def test_items_that_stay_move_and_others_are_removed(items, placed, scene):
    items.put(placed("sin(2*x)"))
    x = next(box for box in items.boxes() if box.box.id == "x")
    layout = placed("x*y+sin(x)", "LR")
    start = (x.x(), x.y())
    items.put(layout)
    items.move(0.0)
    assert (x.x(), x.y()) == start
    items.move(1.0)
    assert x in items.boxes()
    assert positions(items) == {name: pytest.approx(place) for name, place in layout.centres.items()}
    assert len(scene.items()) == len(layout.picture.boxes) + len(layout.picture.links)


def test_half_way_is_in_the_middle(items, placed):
    start = placed("sin(2*x)").centres["x"]
    items.put(placed("sin(2*x)"))
    end = placed("sin(2*x)", "LR").centres["x"]
    items.put(placed("sin(2*x)", "LR"))
    items.move(0.5)
    assert positions(items)["x"] == pytest.approx(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))


def test_links_follow_a_dragged_box(items, placed):
    items.put(placed("sin(2*x)"))
    items.move(1.0)
    box = next(box for box in items.boxes() if box.box.id == "mul")
    before = {link.link.key: list(link.points) for link in items.links()}
    items.drag(box, 40, 10)
    moved = {link.link.key for link in items.links() if list(link.points) != before[link.link.key]}
    assert moved == {link.link.key for link in items.links() if "mul" in (link.link.source, link.link.target)}


def test_the_surroundings_of_a_box_contain_the_texts_of_its_links(items, placed):
    items.put(placed("sin(2*x)"))
    items.move(1.0)
    area = items.around("mul")
    assert all(
        area.contains(link.text_rect()) for link in items.links() if "mul" in (link.link.source, link.link.target)
    )


def test_all_items_have_the_theme(items, placed):
    items.put(placed("sin(2*x)"))
    theme = load_theme("dark")
    items.set_theme(theme)
    assert all(item.theme is theme for item in items.items())
