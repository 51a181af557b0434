"""The sum of gradients at a fan-out covers no wire, no gradient and no text."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPainterPathStroker
from PySide6.QtWidgets import QGraphicsScene

from explorer.core.expression.parser import parse
from explorer.core.graph.measure import SANS_FAMILY
from explorer.core.graph.picture import parsed_picture
from explorer.views.graph import items as module
from explorer.views.graph.badge_place import BADGE_HEIGHT_PX, NO_RECTS, UPPER_OVERLAP_PX, badge_place
from explorer.views.graph.items import BoxStyle, text_width
from explorer.views.graph.layout_cache import cached_layout
from explorer.views.graph.scene_items import SceneItems
from tests.random_expressions import random_expressions

BOX = QRectF(-60, -25, 120, 50)

TEXTS = [
    "x*sin(x)", "x*y+sin(x)*y+x/y", "h = sin(x); h*h + exp(h)", "x*x*x*x", "(x+y)*(x-y)/(x*y)",
    *random_expressions(20, range(5, 16), seed=8),
]  # fmt: skip


def stroked(path, width):
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    return stroker.createStroke(path)


def covered_parts(items, box):
    """Return what a box's badge covers: wires, gradients and texts of its links, and its own value."""
    badge = box.mapRectToScene(box._badge_rect()).adjusted(1, 1, -1, -1)
    area = QPainterPath()
    area.addRect(badge)
    found = []
    for link in items.links():
        if box.box.id not in (link.link.source, link.link.target):
            continue
        back, head = link._backward()
        tip = QPainterPath()
        tip.addPolygon(head)
        for kind, path in (("wire", stroked(link._forward, 2)), ("gradient", stroked(back, 2)), ("head", tip)):
            if path.intersects(area):
                found.append((kind, link.link.key))
        if link.text_rect().intersects(badge):
            found.append(("text", link.link.key))
    value = QRectF(box._places[2])
    value.adjust(0, (value.height() - box.density.value_px) / 2, 0, (box.density.value_px - value.height()) / 2)
    value.setLeft(value.right() - text_width(SANS_FAMILY, box.density.value_px, box.style.value, bold=True))
    if box.mapRectToScene(value).intersects(badge):
        found.append(("value", box.box.id))
    return found


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_badges_of_the_graph_cover_nothing(qapp, direction):
    for text in TEXTS:
        items = SceneItems(QGraphicsScene())
        items.put(cached_layout(parsed_picture(parse(text)), direction, True, (870.0, 480.0)))
        items.move(1.0)
        for box in items.boxes():
            if box.box.kind != "output" and sum(link.link.source == box.box.id for link in items.links()) > 1:
                box.set_style(BoxStyle(value="−0.1234", badge="−0.5678"))
                assert not covered_parts(items, box), (text, box.box.id)
                above = box.rect().top() - box._badge_rect().top()
                assert above <= BADGE_HEIGHT_PX - UPPER_OVERLAP_PX, "it is in the view above the first row"
                assert box.boundingRect().contains(box._badge_rect())


def test_without_wires_it_is_at_the_lower_left():
    place = badge_place(BOX, 60, BADGE_HEIGHT_PX, NO_RECTS)
    assert place.left() == BOX.left() + 10
    assert place.top() < BOX.bottom() < place.bottom()


def test_it_stays_while_its_number_changes(qapp, monkeypatch):
    searches = []
    find = module.badge_place
    monkeypatch.setattr(module, "badge_place", lambda *parts: searches.append(parts) or find(*parts))
    items = SceneItems(QGraphicsScene())
    items.put(cached_layout(parsed_picture(parse("x*sin(x)")), "TB", True, (870.0, 480.0)))
    items.move(1.0)
    box = next(box for box in items.boxes() if box.box.symbol == "x")
    places = set()
    for number in ("1", "−0.1", "0.4321", "−0.4321"):
        box.set_style(BoxStyle(value=number, badge=number))
        places.add((box._badge_rect().left(), box._badge_rect().top()))
    assert len(places) == 1
    assert len(searches) == 1, "a slider does not wait for a search"


def test_where_everything_is_covered_it_covers_little():
    wall = np.array([[-100.0, -100.0, 100.0, 24.0]])
    place = badge_place(BOX, 60, BADGE_HEIGHT_PX, wall)
    assert place.height() == BADGE_HEIGHT_PX
    assert place.bottom() > BOX.bottom() > place.top()


def test_it_follows_a_box_that_is_dragged(qapp):
    items = SceneItems(QGraphicsScene())
    items.put(cached_layout(parsed_picture(parse("x*sin(x)+x^2")), "TB", True, (870.0, 480.0)))
    items.move(1.0)
    box = next(box for box in items.boxes() if box.box.symbol == "x")
    box.set_style(BoxStyle(value="1", badge="2"))
    assert not covered_parts(items, box)
    items.drag(box, 120, 40)
    assert not covered_parts(items, box)
    assert box.contains(box._badge_rect().center()), "it can be clicked"
    assert box.cursor().shape() == Qt.CursorShape.PointingHandCursor
    assert box.part_at(QPointF(box._badge_rect().center())) == "total"
