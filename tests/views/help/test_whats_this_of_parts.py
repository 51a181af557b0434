"""“What is this?” tells which part of a painted view one points at, and what is true of this one."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF

from explorer.core.help.whats_this import whats_this
from explorer.views.help.whats_this import explained
from explorer.views.plot.hit_testing import nearest_line, value_at


def told(view, point):
    """Title and what is true of this one, at a point of a view."""
    said, one, owner = explained(view.childAt(point) or view, view.mapToGlobal(point))
    assert owner is view
    return said.title, one


def title(name):
    return whats_this().find(name).title


@pytest.fixture
def graph(ui):
    ui.window.resize(1280, 720)
    ui.complete("sin(x)*x")  # x fans out
    ui.sessions.autodiff.stepper.last()
    ui.find("graphView").grab()
    return ui.find("graphView")


def box(view, kind):
    return next(item for item in view._scene_items.boxes() if item.box.kind == kind)


def global_position(view, item, point):
    return view.mapFromScene(item.mapToScene(point))


def test_the_parts_of_the_graph(ui, graph):
    x = box(graph, "input")
    assert told(graph, global_position(graph, x, QPointF(0, -10))) == (title("graphView:node"), graph.item_tooltip(x))
    assert "sum of gradients" in graph.item_tooltip(x)
    assert told(graph, global_position(graph, x, x._badge_rect().center()))[0] == title("graphView:total")
    assert told(graph, global_position(graph, box(graph, "output"), QPointF(0, 0)))[0] == title("graphView:output")
    link = next(item for item in graph._scene_items.links() if item.style.gradient and item.link.source == x.box.id)
    forward, back = link._forward.pointAtPercent(0.5), link._backward()[0].pointAtPercent(0.5)
    assert told(graph, global_position(graph, link, forward)) == (title("graphView:edge"), graph.item_tooltip(link))
    assert told(graph, global_position(graph, link, back)) == (title("graphView:gradient"), graph.item_tooltip(link))
    assert "gradient: " in graph.item_tooltip(link)
    assert told(graph, graph._legend.rect.center())[0] == title("graphView:legend")
    ui.sessions.autodiff.stepper.first()
    graph.grab()
    assert told(graph, global_position(graph, link, back))[0] != title("graphView:gradient")  # none has come


def test_the_key_explains_what_keys_have_selected(ui, graph):
    """Parts are pointed at with the mouse; with keys one walks to them."""

    def chosen():
        said, one, owner = explained(graph, None)
        assert owner is graph
        return said.title, one

    session = ui.sessions.autodiff
    assert chosen() == (title("graphView"), "")
    session.select_node("Sin")
    graph.grab()
    sine = next(item for item in graph._scene_items.boxes() if item.box.id == "Sin")
    assert chosen() == (title("graphView:node"), graph.item_tooltip(sine))
    session.select_edge("Sin:0")
    graph.grab()
    assert chosen()[0] == title("graphView:edge")
    assert "Sin:0 = " in chosen()[1]


def test_what_must_not_be_told_has_its_name_alone(ui, graph):
    ui.sessions.autodiff.stepper.set_quiz(True)
    ui.sessions.autodiff.stepper.first()
    ui.sessions.autodiff.stepper.step_forward()
    graph.grab()
    hidden = [item for item in graph._scene_items.links() if item.style.gradient == "?"]
    assert hidden
    for item in hidden:
        part, one = graph.whatIs(global_position(graph, item, item._backward()[0].pointAtPercent(0.5)))
        assert part == "gradient"
        assert "gradient: " not in one


def test_the_ops_that_tensorflow_added(ui, graph):
    ui.sessions.autodiff.set_depth("full")
    ui.until(lambda: any(item.box.kind == "gradient" for item in graph._scene_items.boxes()) and not graph.isMoving)
    graph.fit()
    graph.grab()
    item = box(graph, "gradient")
    assert told(graph, global_position(graph, item, QPointF(0, 0)))[0] == title("graphView:backward")


def test_the_parts_of_the_plot(ui):
    ui.window.resize(1280, 720)
    ui.complete("sin(x)")
    ui.sessions.autodiff.set_value("x", 1.0)
    ui.until(lambda: ui.sessions.autodiff.is_settled)
    view = ui.find("curvePlot")
    view.grab()
    canvas = view._canvas

    def place(x, y):
        scene = canvas._box.mapViewToScene(QPointF(x, y))
        return view.mapFromGlobal(canvas._plot.mapToGlobal(canvas._plot.mapFromScene(scene)))

    assert told(view, place(-2.0, np.sin(-2.0)))[0] == title("curvePlot:curve")
    assert told(view, place(-2.0, np.sin(-2.0)))[1].startswith("f = -0.9")
    assert told(view, place(-2.5, np.cos(-2.5)))[1].startswith("f′ = -0.")
    kind, one = told(view, place(1.0, np.sin(1.0)))
    assert kind == title("curvePlot:point")
    assert one == "(1, 0.841471), slope 0.540302"
    xs, ys = canvas._tangent.getData()
    assert told(view, place(xs[1], ys[1])) == (title("curvePlot:tangent"), "slope 0.540302")
    assert told(view, QPoint(view.width() // 2, view.height() - 6))[0] == title("curvePlot:axis")
    assert told(view, place(-1.5, 0.5)) == (title("curvePlot"), "")


def test_a_bar_says_whose_it_is(ui):
    bars, counts = ui.find("predictionBars"), ui.find("digitCounts")
    ui.window.show_tab("data")
    ui.until(lambda: bool(counts.counts))
    row = counts.height() / 11
    assert told(counts, QPoint(20, round(4.5 * row))) == (title("digitCounts:bar"), f"3: {counts.counts[3]:,} images")
    assert told(counts, QPoint(20, round(0.5 * row)))[1] == f"all: {sum(counts.counts):,} images"
    before, values = bars._values, np.arange(10) / 45
    bars.setProbabilities(values, None)
    kind, one = bars.whatIs(QPoint(20, round(2.5 * bars.height() / 10)))
    assert (kind, one[:8]) == ("bar", "2: 0.044")
    bars.setProbabilities(before, None)
    ui.window.show_tab("autodiff")


@pytest.mark.parametrize(
    ("at_", "name"),
    [((1.0, 2.0), "up"), ((1.0, 2.4), "up"), ((3.0, 0.0), "flat"), ((1.0, 9.0), None), ((5.0, 0.0), None)],
)
def test_the_nearest_line_within_reach(at_, name):
    lines = {"up": (np.array([0.0, 2.0]), np.array([0.0, 4.0])), "flat": (np.array([2.5, 3.5]), np.array([0.0, 0.0])),
             "hole": (np.array([4.0, 5.0, 6.0]), np.array([0.0, np.nan, 0.0]))}  # fmt: skip
    assert nearest_line(lines, at_, (0.1, 0.1), 5) == name


def test_a_height_between_two_points():
    assert value_at((np.array([0.0, 2.0]), np.array([0.0, 4.0])), 0.5) == 1.0
